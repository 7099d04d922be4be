import { Command } from 'commander';
import { withIdNumbers } from '../project/id-numbers.ts';
import { summarize } from '../report/findings.ts';
import { jsonLines } from '../report/json.ts';
import { prettyInventory } from '../report/pretty.ts';
import { type AuditFlags, runAudit, withAuditFlags } from './audit.ts';
import { print, setExit } from './output.ts';
import { EXIT, oneOf } from './usage.ts';

const FORMATS = ['pretty', 'jsonl'] as const;

/** `quiesce inventory [PATH…]`. */
export function inventoryCommand(): Command {
  return withAuditFlags(new Command('inventory'))
    .description('print every driver with its bus, its hook and its DMA, flagged or not')
    .argument('[path...]', 'files or directories; a directory is walked whole')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (paths: string[], flags: AuditFlags & { format: string }) => {
      const format = oneOf('format', flags.format, FORMATS);
      const audit = await runAudit(paths, flags);
      if (format === 'jsonl') await print(jsonLines(withIdNumbers(audit)));
      else {
        const totals = summarize(audit.drivers, audit.totals);
        await print(prettyInventory(audit.drivers, totals, process.stdout.isTTY === true));
      }
      if (flags.strict && audit.skipped.length > 0) setExit(EXIT.usage);
    });
}

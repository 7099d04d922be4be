import { Command } from 'commander';
import { findingsOf, summarize } from '../report/findings.ts';
import { gccReport } from '../report/gcc.ts';
import { jsonReport } from '../report/json.ts';
import { prettyReport } from '../report/pretty.ts';
import { type AuditFlags, runAudit, withAuditFlags } from './audit.ts';
import { print, setExit } from './output.ts';
import { EXIT, oneOf } from './usage.ts';
import { TOOL_VERSION } from './version.ts';

const FORMATS = ['pretty', 'gcc', 'json'] as const;
const FAIL_ON = ['note', 'warning', 'never'] as const;

/** `quiesce check [PATH…]`. */
export function checkCommand(): Command {
  return withAuditFlags(new Command('check'))
    .description('find drivers whose device goes on doing DMA across kexec')
    .argument('[path...]', 'files or directories; a directory is walked whole')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .option('--fail-on <severity>', `exit 1 at or above: ${FAIL_ON.join(', ')}`, 'warning')
    .action(async (paths: string[], flags: AuditFlags & { format: string; failOn: string }) => {
      const format = oneOf('format', flags.format, FORMATS);
      const failOn = oneOf('severity', flags.failOn, FAIL_ON);
      const audit = await runAudit(paths, flags);
      const reported = findingsOf(audit.drivers);
      const context = {
        toolVersion: TOOL_VERSION,
        totals: summarize(audit.drivers, audit.totals),
        skipped: audit.skipped,
      };
      if (format === 'gcc') await print(gccReport(reported));
      else if (format === 'json') await print(jsonReport(reported, context));
      else await print(prettyReport(reported, context, process.stdout.isTTY === true));
      const failing = reported.some(
        ({ finding }) => failOn === 'note' || (failOn === 'warning' && finding.severity === 'warning'),
      );
      if (flags.strict && audit.skipped.length > 0) setExit(EXIT.usage);
      else if (failing) setExit(EXIT.findings);
    });
}

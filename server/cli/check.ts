import { Command } from 'commander';
import { RULES } from '../audit/rules/index.ts';
import { fails, findingsOf, hiddenOf, type Report, summarize } from '../report/findings.ts';
import { type AuditFlags, runAudit, withAuditFlags } from './audit.ts';
import { placesOf } from './checkout.ts';
import { FORMAT_NAMES, Outputs } from './formats.ts';
import { setExit } from './output.ts';
import { EXIT, gather, oneOf } from './usage.ts';
import { TOOL_VERSION } from './version.ts';

const FAIL_ON = ['note', 'warning', 'never'] as const;

interface CheckFlags extends AuditFlags {
  readonly format?: readonly string[];
  readonly output?: string;
  readonly failOn: string;
  readonly suppressed: boolean;
}

/** `quiesce check [PATH…]`. */
export function checkCommand(): Command {
  return withAuditFlags(new Command('check'))
    .description('find drivers whose device goes on doing DMA across kexec')
    .argument('[path...]', 'files or directories; a directory is walked whole')
    .option(
      '--format <name[=file]>',
      `output format, several times for several: ${FORMAT_NAMES} (default: pretty)`,
      gather,
    )
    .option('-o, --output <file>', 'file for the last format; it appears whole or not at all')
    .option('--fail-on <severity>', `exit 1 at or above: ${FAIL_ON.join(', ')}`, 'warning')
    .option('--no-suppressed', 'leave findings that comments suppress out of sarif and junit')
    .action(async (paths: string[], flags: CheckFlags) => {
      const failOn = oneOf('severity', flags.failOn, FAIL_ON);
      const outputs = new Outputs(flags.format, flags.output);
      const audit = await runAudit(paths, flags);
      const report: Report = {
        toolVersion: TOOL_VERSION,
        rules: RULES,
        drivers: audit.drivers,
        reported: findingsOf(audit.drivers),
        hidden: flags.suppressed ? hiddenOf(audit.drivers) : [],
        totals: summarize(audit.drivers, audit.totals),
        skipped: audit.skipped,
        failOn,
        places: placesOf(audit.roots),
      };
      await outputs.write(report);
      if (flags.strict && audit.skipped.length > 0) setExit(EXIT.usage);
      else if (report.reported.some(({ finding }) => fails(finding, failOn))) setExit(EXIT.findings);
    });
}

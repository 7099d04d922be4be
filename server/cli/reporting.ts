import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finding } from '../audit/model.ts';
import { RULES } from '../audit/rules/index.ts';
import type { ConfigStore } from '../project/config-store.ts';
import type { Audit } from '../project/types.ts';
import { TOOL_VERSION } from '../project/version.ts';
import type { ChangeReport } from '../report/changes.ts';
import { findingsOf, hiddenOf, type Report, summarize } from '../report/findings.ts';
import type { FindingKey } from '../report/key.ts';
import { replyText } from '../report/reply.ts';
import { type BaselineFlags, Baselines, type Known, withBaselineFlags, without } from './baseline.ts';
import { placesOf } from './checkout.ts';
import { FORMAT_NAMES, Outputs } from './formats.ts';
import { failOnOption, Gate, type GateFlags } from './gate.ts';
import { print } from './output.ts';
import type { Owners } from './owners.ts';
import { todayIn } from './today.ts';
import { gather } from './usage.ts';

/** Options that say what is printed of an audit's findings, where, and whether they fail the run. */
export interface ReportFlags extends GateFlags, BaselineFlags {
  readonly format?: readonly string[];
  readonly output?: string;
  readonly suppressed: boolean;
  readonly quiet?: boolean;
  /** The change is answered as a mail to its thread. */
  readonly reply?: boolean;
}

/** Adds the options of `ReportFlags` to a command. */
export function withReportFlags(command: Command): Command {
  return withBaselineFlags(command)
    .option(
      '--format <name[=file]>',
      `output format, several times for several: ${FORMAT_NAMES} (default: pretty)`,
      gather,
    )
    .option('-o, --output <file>', 'file for the last format; it appears whole or not at all')
    .addOption(failOnOption())
    .option('--max-warnings <n>', 'let so many warnings pass, exit 1 when there are more')
    .option('--quiet', 'print warnings only, without the totals')
    .option('--no-suppressed', 'leave findings that comments suppress out of sarif, junit and html');
}

/** What a command line asks besides the findings. */
export interface Asked {
  readonly change?: ChangeReport | undefined;
  readonly owners?: Owners | undefined;
}

/** From judged drivers to what a run prints and whether it fails. */
export class Reporting {
  private readonly flags: ReportFlags;
  private readonly outputs: Outputs;
  private readonly gate: Gate;
  private readonly baselines: Baselines;

  /** Opens the outputs: before the work, so that what can't be written is known at once. @throws UsageError */
  constructor(flags: ReportFlags, config: ConfigStore) {
    this.flags = flags;
    this.gate = new Gate(flags, config);
    this.baselines = new Baselines(flags, config);
    this.outputs = new Outputs(flags.format, flags.output);
  }

  /**
   * Prints the findings; true when they fail the run.
   * @param asked what a change did, whose new findings are then the run's; whose the files are
   * @throws UsageError
   */
  async report(whole: Audit, { change: whatever, owners }: Asked = {}): Promise<boolean> {
    const { quiet, suppressed, reply } = this.flags;
    const known = await this.baselines.apply(whole);
    const audit = without(whole, known.findings);
    const change = whatever && withoutKnown(whatever, known);
    const found = change ? [...change.changes.introduced] : findingsOf(audit.drivers);
    const { isUsed, fixed, gone } = known;
    const count = change ? (change.known?.length ?? 0) : known.findings.size;
    const baseline = isUsed ? { known: count, fixed, gone } : undefined;
    const fails = this.gate.judge(audit.roots);
    const report: Report = {
      toolVersion: TOOL_VERSION,
      rules: RULES,
      drivers: audit.drivers,
      reported: quiet ? found.filter(({ finding }) => finding.severity === 'warning') : found,
      hidden: suppressed && !change ? hiddenOf(audit.drivers) : [],
      totals: summarize(audit.drivers, audit.totals),
      skipped: audit.skipped,
      fails,
      ...(baseline ? { baseline } : {}),
      quiet: quiet === true,
      places: placesOf(audit.roots),
      kernels: audit.kernels,
      today: () => todayIn(audit.roots),
      ...(change ? { change } : {}),
      ...(owners
        ? { groupOf: ({ file }) => owners.groupOf(resolve(audit.roots.get(file) ?? '.', file)) }
        : {}),
    };
    if (reply && change) await print(replyText(change, TOOL_VERSION));
    else await this.outputs.write(report);
    return this.gate.failsRun(found, fails) || this.failsBaseline(known);
  }

  /** With `--strict-baseline` entries without a finding fail the run, and are named whatever the format. */
  private failsBaseline({ fixed, gone }: Known): boolean {
    if (!this.flags.strictBaseline) return false;
    const say = (what: string, { file, instance, rule }: FindingKey): void => {
      process.stderr.write(`quiesce: baseline: ${what} ${file}: ${instance} [${rule}]\n`);
    };
    for (const entry of fixed) say('fixed', entry);
    for (const entry of gone) say('gone', entry);
    return fixed.length + gone.length > 0;
  }
}

/** A change without what the project knows of already. */
function withoutKnown(report: ChangeReport, { findings }: Known): ChangeReport {
  const { introduced } = report.changes;
  const isKnown = ({ finding }: { finding: Finding }): boolean => findings.has(finding);
  return {
    ...report,
    changes: { ...report.changes, introduced: introduced.filter((one) => !isKnown(one)) },
    known: introduced.filter(isKnown),
  };
}

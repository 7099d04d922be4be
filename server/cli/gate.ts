import { resolve } from 'node:path';
import { Option } from 'commander';
import { isFailing } from '../config/apply.ts';
import { FAIL_ON, type FailOn } from '../config/keys.ts';
import type { ConfigStore } from '../project/config-store.ts';
import type { Reported } from '../report/findings.ts';
import { oneOf, wholeNumber } from './usage.ts';

/** Options that decide about the exit code. */
export interface GateFlags {
  readonly failOn?: string;
  readonly maxWarnings?: string;
}

/** `--fail-on`; not given, the configuration of each file says it. */
export function failOnOption(): Option {
  return new Option(
    '--fail-on <severity>',
    `exit 1 at or above: ${FAIL_ON.join(', ')} (default: as configured, else warning)`,
  );
}

/** Decides whether findings make a run fail. */
export class Gate {
  private readonly failOn: FailOn | undefined;
  private readonly maxWarnings: number | undefined;
  private readonly config: ConfigStore;

  /** @throws UsageError */
  constructor(flags: GateFlags, config: ConfigStore) {
    this.failOn = flags.failOn === undefined ? undefined : oneOf('severity', flags.failOn, FAIL_ON);
    this.maxWarnings =
      flags.maxWarnings === undefined ? undefined : wholeNumber('--max-warnings', flags.maxWarnings, 0);
    this.config = config;
  }

  /**
   * Tells of a finding whether it is at or above what its file fails on.
   * @param roots the directory that a file's drivers are named from, by file as printed
   */
  judge(roots: ReadonlyMap<string, string>): (one: Reported) => boolean {
    const known = new Map<string, FailOn>();
    return ({ driver: { file }, finding }) => {
      let failOn = known.get(file);
      if (failOn === undefined) {
        failOn = this.failOn ?? this.config.effective(resolve(roots.get(file) ?? '', file)).failOn.value;
        known.set(file, failOn);
      }
      return isFailing(finding, failOn);
    };
  }

  /** True for exit 1. With `--max-warnings` warnings are counted, in place of failing one by one. */
  failsRun(found: readonly Reported[], fails: (one: Reported) => boolean): boolean {
    if (this.maxWarnings === undefined) return found.some(fails);
    const warnings = found.filter(({ finding }) => finding.severity === 'warning');
    if (warnings.length > this.maxWarnings) return true;
    return found.some((one) => one.finding.severity !== 'warning' && fails(one));
  }
}

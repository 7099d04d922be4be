import type { Today } from '../../simulator/kexec/today.ts';
import type { Driver, Finding, Suppressed } from '../audit/model.ts';
import type { Rule } from '../audit/rule.ts';
import type { ChangeReport } from './changes.ts';
import type { FindingKey } from './key.ts';
import type { Summary } from './summary.ts';

/** A finding with the driver that it is about: what every format prints. */
export interface Reported {
  readonly driver: Driver;
  readonly finding: Finding;
}

/** A finding that a comment in the source hides, with its driver. */
export interface Hidden extends Reported {
  readonly reason: string;
  /** Line of the comment, in the driver's file. */
  readonly commentLine: number;
}

/** Where files stand on this machine and in the checkout that they are part of. */
export interface Places {
  /** Absolute path of the checkout (where `.git` is), or of what was audited. */
  readonly checkout: string;
  /** The path of a file from the checkout, with forward slashes; absolute for a file outside of it. */
  readonly pathOf: (driver: Driver, file?: string) => string;
}

/** One run, as every format gets it. */
export interface Report {
  readonly toolVersion: string;
  readonly rules: readonly Rule[];
  readonly drivers: readonly Driver[];
  /** In the order of their places. */
  readonly reported: readonly Reported[];
  readonly hidden: readonly Hidden[];
  readonly totals: Summary;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** True for a finding that is at or above what fails the run. */
  readonly fails: (one: Reported) => boolean;
  /** What became of the findings that are known, where a baseline is in use. */
  readonly baseline?: {
    /** How many of them are there still (of a change: it introduced): they are not among the reported. */
    readonly known: number;
    /** Entries whose driver is there without the finding. */
    readonly fixed: readonly FindingKey[];
    /** Entries whose driver is gone. */
    readonly gone: readonly FindingKey[];
  };
  /** Nothing but the findings, where a format has more for a person. */
  readonly quiet?: boolean;
  readonly places: Places;
  /** For a run that asks what a change did: its findings are those that the change introduced. */
  readonly change?: ChangeReport;
  /** Versions of the kernel trees that the drivers are from. */
  readonly kernels: readonly string[];
  /** What the tree's own SMMU drivers do at shutdown, read when a format asks; files as findings name them. */
  readonly today: () => Promise<Today>;
  /** What a driver is grouped under, where findings are to be grouped. */
  readonly groupOf?: (driver: Driver) => string | undefined;
}

/** The findings of all drivers, in the drivers' order. */
export function findingsOf(drivers: readonly Driver[]): Reported[] {
  return drivers.flatMap((driver) => driver.findings.map((finding) => ({ driver, finding })));
}

/** What comments in the source hide, in the drivers' order. */
export function hiddenOf(drivers: readonly Driver[]): Hidden[] {
  const hidden =
    (driver: Driver) =>
    ({ finding, reason, line }: Suppressed) => ({
      driver,
      finding,
      reason,
      commentLine: line,
    });
  return drivers.flatMap((driver) => driver.suppressed.map(hidden(driver)));
}

/** The paragraphs of a message: what, why, what to do. */
export function paragraphs(finding: Finding): string[] {
  return finding.message.split('\n').filter((part) => part !== '');
}

/** Counts drivers and findings. */
export function summarize(
  drivers: readonly Driver[],
  totals: { readonly files: number; readonly parsedFiles: number; readonly loose: number },
): Summary {
  const masters = drivers.filter((driver) => ['provider', 'direct', 'library'].includes(driver.dma.class));
  const reported = findingsOf(drivers);
  return {
    files: totals.files,
    parsedFiles: totals.parsedFiles,
    drivers: drivers.length,
    masters: masters.length,
    hooked: masters.filter((driver) => driver.hook.state === 'present').length,
    notJudged: drivers.filter((driver) => driver.confidence === 'not-judged').length,
    loose: totals.loose,
    warnings: reported.filter(({ finding }) => finding.severity === 'warning').length,
    notes: reported.filter(({ finding }) => finding.severity === 'note').length,
  };
}

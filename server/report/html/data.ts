/** What the page of `--format html` is fed with: one JSON document inside the page, read by `client/report/`. */
import type { Severity } from '../../audit/model.ts';
import type { Summary } from '../summary.ts';

/** Index into `PageData.texts`: long texts repeat from finding to finding. */
export type TextRef = number;

/** What is known of a group of drivers that do DMA: each counted once. */
export interface GroupRow {
  readonly name: string;
  readonly warning: number;
  readonly note: number;
  /** With a hook that counts. */
  readonly hook: number;
  /** Stopped by somebody else, suppressed, or nothing to say. */
  readonly other: number;
}

/** A way to part the drivers. */
export interface Grouping {
  readonly by: 'subsystem' | 'bus' | 'class';
  readonly rows: readonly GroupRow[];
}

/** One proof of DMA: from the driver struct through functions to the call. */
export interface PageEvidence {
  readonly file: string;
  readonly line: number;
  readonly api: string;
  readonly steps: readonly { readonly name: string; readonly file: string; readonly line: number }[];
}

/** Field, value, why; the source line where one says so. */
export type PageAssumption = readonly [
  field: string,
  value: string,
  because: TextRef,
  file?: string,
  line?: number,
];

export interface PageFinding {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly confidence: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly instance: string;
  readonly subsystem: string;
  readonly bus: string;
  readonly class: string;
  readonly kind: string;
  /** What, why, what to do. */
  readonly message: readonly TextRef[];
  readonly evidence: readonly PageEvidence[];
  /** Why a comment hides it; absent for a finding that counts. */
  readonly suppressed?: string;
  /** Index into `matrices`. */
  readonly matrix: number;
  /** What the scenario takes from the driver's own code. */
  readonly read: readonly PageAssumption[];
}

/** What a policy comes to. */
export interface PageOutcome {
  readonly policy: string;
  readonly row: string;
  readonly applicable: boolean;
  readonly verdict: string;
  /** The cells' texts, in the order of `PageData.columns`; null where it does not hold. */
  readonly cells: readonly (string | null)[];
  readonly headline: TextRef;
  readonly what: TextRef;
  readonly whose: TextRef;
  readonly when: TextRef;
  readonly stops: TextRef;
  readonly reason: TextRef;
}

/** What the tree's own SMMU driver does at shutdown, on the machine of a scenario. */
export interface PageToday {
  readonly policy: string;
  readonly says: TextRef;
  /** Where the tree says so. */
  readonly file?: string;
  readonly line?: number;
}

/** The outcomes of one scenario; drivers whose code says the same share it. */
export interface PageMatrix {
  readonly machine: TextRef;
  readonly today: PageToday;
  readonly outcomes: readonly PageOutcome[];
  /** Taken for granted for every driver of this scenario. */
  readonly assumed: readonly PageAssumption[];
}

export interface PageData {
  readonly version: 1;
  readonly tool: string;
  /** The kernel's version, null outside of a kernel tree or where there are several. */
  readonly kernel: string | null;
  /** Absolute path of the checkout, for links on this machine. */
  readonly root: string;
  /** Findings are named from here, below the root. */
  readonly totals: Summary;
  readonly rules: readonly { readonly id: string; readonly summary: string; readonly page: string }[];
  readonly policies: readonly { readonly id: string; readonly brief: string }[];
  readonly columns: readonly { readonly verdict: string; readonly title: string; readonly counts: string }[];
  readonly words: readonly (readonly [name: string, says: string])[];
  readonly groups: readonly Grouping[];
  readonly findings: readonly PageFinding[];
  readonly matrices: readonly PageMatrix[];
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly texts: readonly string[];
}

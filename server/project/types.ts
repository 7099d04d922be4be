import type { Engine } from '../../grammars/parser.ts';
import type { Surroundings } from '../audit/cover.ts';
import type { JudgeContext } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import type { Doubted } from '../audit/report.ts';
import type { FactCache } from '../tree/cache/index.ts';
import type { Overlay } from '../tree/files.ts';
import type { Skipped } from '../tree/walk.ts';
import type { ConfigStore } from './config-store.ts';
import type { ShardNumber, ShardUnit } from './shard-types.ts';

/** What to audit, and how. */
export interface AuditOptions {
  readonly paths: readonly string[];
  /** Kernel tree to take instead of the one found above each file. */
  readonly tree?: string;
  /** Kernel version as `major.minor` instead of the tree's. */
  readonly version?: string;
  /** What projects configured: how their modules are judged, at which severity their findings are reported. */
  readonly config?: ConfigStore;
  /** Examine one part of the modules only, and hand over what was found: the drivers of the result are none. */
  readonly shard?: ShardNumber & { readonly take: (unit: ShardUnit) => void };
  /** Findings are reported as if no comment suppressed any. */
  readonly ignoreSuppressions?: boolean;
  readonly jobs?: number;
  readonly engine?: Engine;
  /** Take the shipped list of library entry points for what the run does not read itself (default). */
  readonly shipped?: boolean;
  /** What was read before. Written out at the end; the caller closes it. */
  readonly cache?: FactCache;
  readonly signal?: AbortSignal;
  /** Called as files are read: how many of how many, and what is being done. */
  readonly onProgress?: (done: number, total: number, phase: 'scan' | 'parse' | 'judge') => void;
  /** Called with the absolute path of each file that was parsed. */
  readonly onParsed?: (file: string) => void;
  /** Called once for each kernel tree or folder when it was judged: what an editor goes on with. */
  readonly onUnit?: (unit: JudgedUnit) => void;
  /** What wins over the disk: an unsaved text, the files as they were before a change or would be after it. */
  readonly overlay?: Overlay;
  /** Files are named from their unit's root, not as a reader of this directory would. */
  readonly fromRoot?: boolean;
}

/** What was learnt of a tree besides its drivers. */
export interface JudgedUnit {
  /** Absolute path. */
  readonly root: string;
  readonly context: JudgeContext;
  readonly surroundings: Surroundings;
  /** Kernel facts that the tree contradicts, for `reportDrivers`. */
  readonly doubted: Doubted;
  readonly drivers: readonly Driver[];
}

/** Totals of a run. */
export interface Totals {
  /** Files in the walk. */
  readonly files: number;
  readonly parsedFiles: number;
  readonly parsedBytes: number;
  /** Parsed files that lie under no Makefile and were judged alone. */
  readonly loose: number;
}

export interface Audit {
  readonly drivers: readonly Driver[];
  readonly skipped: readonly Skipped[];
  readonly totals: Totals;
  /** Absolute paths of what was named to be audited. */
  readonly named: readonly string[];
  /** For each driver's file, as it is printed: the directory (absolute) that the drivers of its unit are named from. */
  readonly roots: ReadonlyMap<string, string>;
  /** Versions (`6.12.117`) of the kernel trees that the files belong to. */
  readonly kernels: readonly string[];
}

import type { Examined } from '../audit/examined.ts';

/** Which part of the modules a run examines: `index` (from 1) of `of`. */
export interface ShardNumber {
  readonly index: number;
  readonly of: number;
}

/** What one module, or one file that no Makefile claims, was found to hold. */
export interface ShardGroup {
  /** Place of the module among all of the run. */
  readonly at: number;
  readonly loose: boolean;
  readonly examined: readonly Examined[];
}

/** One kernel tree or folder, as far as a shard examined it. */
export interface ShardUnit {
  /** Absolute path. */
  readonly root: string;
  /** The directory that its drivers are named from, absolute. */
  readonly from: string;
  readonly kernel: string | null;
  readonly groups: readonly ShardGroup[];
  /** Files that were parsed, from the root. */
  readonly parsed: readonly string[];
  /** Kernel facts that the tree contradicts. */
  readonly doubted: readonly (readonly [string, string])[];
  /** Files to report on: names as printed and paths from the root. */
  readonly targets: readonly (readonly [string, string])[];
}

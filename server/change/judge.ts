/** Judges a change: the modules that it touches, before and after it. */
import { type Changes, compareDrivers } from '../audit/compare.ts';
import type { Overlay } from '../tree/files.ts';
import type { Applied } from './patch.ts';
import { type Audited, type JudgeOptions, TreeAudits } from './run.ts';
import type { Patch } from './series.ts';
import type { ChangedFile, Sides } from './sides.ts';

/** A change, judged. */
export interface JudgedChange {
  readonly changes: Changes;
  /** The tree after it, as far as the change touches it. */
  readonly after: Audited;
}

/** What one patch of a series did. */
export interface Step {
  readonly patch: Patch;
  readonly changes: Changes;
  /** Printed files before the patch to those after it. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** A series, judged patch by patch and as a whole. */
export interface JudgedSeries extends JudgedChange {
  readonly steps: readonly Step[];
}

/** A patch and the tree that it makes. */
export interface PatchedTree {
  readonly patch: Patch;
  readonly applied: Applied;
}

/**
 * Judges the two sides of a change.
 * @param top absolute path of the directory that the changed files' paths start at
 * @throws what `auditPaths` throws
 */
export async function judgeSides(top: string, sides: Sides, options: JudgeOptions): Promise<JudgedChange> {
  const { changes, after } = await judge(new TreeAudits(top, options), sides);
  return { changes, after };
}

/**
 * Judges a series: each patch by itself, and its end against its beginning.
 * @param start the tree that the series applies to
 */
export async function judgeSeries(
  top: string,
  start: Overlay,
  series: readonly PatchedTree[],
  options: JudgeOptions,
): Promise<JudgedSeries> {
  const audits = new TreeAudits(top, options);
  const steps: Step[] = [];
  let tree = start;
  let last: JudgedChange | undefined;
  for (const { patch, applied } of series) {
    const one = await judge(audits, { files: applied.files, before: tree, after: applied.tree });
    steps.push({ patch, ...one });
    last = one;
    tree = applied.tree;
  }
  if (last && steps.length === 1) return { ...last, steps };
  const files = filesOf(series);
  const { changes, after } = await judge(audits, { files, before: start, after: tree });
  return { changes, after, steps };
}

async function judge(
  audits: TreeAudits,
  { files, before, after }: Sides,
): Promise<JudgedChange & Pick<Step, 'renamed'>> {
  const affected = audits.affected(files, before, after);
  const older = await audits.audit(before, affected.before);
  const newer = await audits.audit(after, affected.after);
  const renamed = audits.renames(files, older, newer);
  return { changes: compareDrivers(older.drivers, newer.drivers, renamed), after: newer, renamed };
}

/** The files of a whole series: each from its name at the beginning to its name at the end. */
function filesOf(series: readonly PatchedTree[]): ChangedFile[] {
  /** By the name that a file has now. */
  const files = new Map<string, ChangedFile>();
  const gone: ChangedFile[] = [];
  for (const { applied } of series) {
    for (const { before, after } of applied.files) {
      const first =
        before === null ? null : (files.get(before)?.before ?? (files.has(before) ? null : before));
      if (before !== null) files.delete(before);
      if (after !== null) files.set(after, { before: first, after });
      else if (first !== null) gone.push({ before: first, after: null });
    }
  }
  return [...files.values(), ...gone];
}

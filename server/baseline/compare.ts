import { type Baseline, type BaselineEntry, entryText } from './baseline.ts';

/** What a run knows of the tree, for judging a baseline's entries. */
export interface Seen {
  /** True for a file that the run read, or that it would have read were it still there. */
  covers(file: string): boolean;
  /** True when the file still has that driver. */
  hasDriver(file: string, instance: string): boolean;
  /** Where files went since the baseline was written: old path to new. */
  readonly renames: ReadonlyMap<string, string>;
}

/** What became of a baseline. */
export interface Compared {
  /** Indices of the findings that it knows. */
  readonly known: ReadonlySet<number>;
  /** Entries whose driver is there without the finding. */
  readonly fixed: readonly BaselineEntry[];
  /** Entries whose driver is gone. */
  readonly gone: readonly BaselineEntry[];
  /** Entries that hold, under their files' names of today; those of files that the run did not read are among them. */
  readonly kept: readonly BaselineEntry[];
}

/**
 * Compares a run's findings with a baseline. An entry is for any number of findings of its rule at its driver.
 * @param found the findings of the run, in its order
 */
export function compareWithBaseline(
  found: readonly BaselineEntry[],
  baseline: Baseline,
  seen: Seen,
): Compared {
  const now = baseline.entries.map((entry) => ({
    ...entry,
    file: seen.renames.get(entry.file) ?? entry.file,
  }));
  const entries = new Set(now.map(entryText));
  const present = new Set(found.map(entryText));
  const known = new Set<number>();
  for (const [index, one] of found.entries()) if (entries.has(entryText(one))) known.add(index);
  const fixed: BaselineEntry[] = [];
  const gone: BaselineEntry[] = [];
  const kept: BaselineEntry[] = [];
  for (const entry of now) {
    if (present.has(entryText(entry)) || !seen.covers(entry.file)) kept.push(entry);
    else if (seen.hasDriver(entry.file, entry.instance)) fixed.push(entry);
    else gone.push(entry);
  }
  return { known, fixed, gone, kept };
}

/** Renames from `git diff --name-status -z`: old path to new. */
export function parseRenames(text: string): Map<string, string> {
  const fields = text.split('\0');
  const renames = new Map<string, string>();
  for (let at = 0; at + 2 < fields.length; ) {
    if (/^[RC]\d*$/.test(fields[at]!)) {
      if (fields[at]!.startsWith('R')) renames.set(fields[at + 1]!, fields[at + 2]!);
      at += 3;
    } else at += 2;
  }
  return renames;
}

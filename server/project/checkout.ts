import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findKernelRoot } from '../tree/root.ts';

const known = new Map<string, string | null>();

/** The nearest directory from `dir` upwards that holds `.git` (a file in a worktree); null where there is none. */
export function checkoutAround(dir: string): string | null {
  let found = known.get(dir);
  if (found === undefined) {
    const up = dirname(dir);
    found = existsSync(join(dir, '.git')) ? dir : up === dir ? null : checkoutAround(up);
    known.set(dir, found);
  }
  return found;
}

/**
 * The directory that a baseline names files from: their checkout, else their kernel tree, else its own folder. The
 * command line and the editor must say the same.
 * @param dir absolute path of a file's folder
 * @param baseline absolute path of the baseline
 */
export function baselineTop(dir: string, baseline: string): string {
  return checkoutAround(dir) ?? findKernelRoot(dir)?.root ?? dirname(baseline);
}

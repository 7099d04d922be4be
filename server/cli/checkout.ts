import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Places } from '../report/findings.ts';
import { fromRoot } from '../tree/walk.ts';

/**
 * Where the files of a run stand: in the checkout around the first of them, or in the directory that they are named
 * from where nothing is checked out.
 * @param roots the directory that the drivers of a file are named from, by file as printed
 */
export function placesOf(roots: ReadonlyMap<string, string>): Places {
  const [first] = roots;
  const checkout = first ? checkoutAround(first[1], dirname(resolve(first[1], first[0]))) : process.cwd();
  return {
    checkout,
    pathOf(driver, file = driver.file) {
      const absolute = resolve(roots.get(driver.file) ?? process.cwd(), file);
      const path = fromRoot(checkout, absolute);
      return path.startsWith('../') ? absolute : path;
    },
  };
}

/** The nearest directory from `dir` upwards that holds `.git` (a file in a worktree), else `fallback`. */
function checkoutAround(fallback: string, dir: string): string {
  for (let up = dir; ; up = dirname(up)) {
    if (existsSync(join(up, '.git'))) return up;
    if (up === dirname(up)) return fallback;
  }
}

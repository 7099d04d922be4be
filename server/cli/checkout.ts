import { dirname, resolve } from 'node:path';
import { checkoutAround } from '../project/checkout.ts';
import type { Places } from '../report/findings.ts';
import { fromRoot } from '../tree/walk.ts';

/**
 * Where the files of a run stand: in the checkout around the first of them, or in the directory that they are named
 * from where nothing is checked out.
 * @param roots the directory that the drivers of a file are named from, by file as printed
 */
export function placesOf(roots: ReadonlyMap<string, string>): Places {
  const [first] = roots;
  const checkout = first ? (checkoutAround(dirname(resolve(first[1], first[0]))) ?? first[1]) : process.cwd();
  return {
    checkout,
    pathOf(driver, file = driver.file) {
      const absolute = resolve(roots.get(driver.file) ?? process.cwd(), file);
      const path = fromRoot(checkout, absolute);
      return path.startsWith('../') ? absolute : path;
    },
  };
}

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ModuleMap, readModules } from '../tree/kbuild/index.ts';
import { findKernelRoot, type KernelRoot, kernelRootAt } from '../tree/root.ts';
import { fromRoot } from '../tree/walk.ts';

/** Files that are judged against the same root: a kernel tree, an external module's folder, or a loose folder. */
export interface Unit {
  /** Absolute path. */
  readonly root: string;
  /** The kernel tree, null outside of one. */
  readonly kernel: KernelRoot | null;
  /** Files to report on, from the root. */
  readonly targets: string[];
  /** How a file of this unit is printed: from the kernel root, or as given where there is none. */
  readonly display: (file: string) => string;
}

/** A `--tree` that is no kernel tree. */
export class NoKernelTree extends Error {
  override readonly name = 'NoKernelTree';
}

/**
 * Sorts files into units.
 * @param files absolute paths
 * @param tree the kernel tree to take for all of them, instead of the one found above each
 * @throws NoKernelTree when `tree` is none
 */
export function unitsOf(files: readonly string[], tree?: string): Unit[] {
  const units = new Map<string, Unit>();
  const kernels = new Map<string, KernelRoot | undefined>();
  const forced = tree === undefined ? undefined : kernelRootAt(resolve(tree));
  if (tree !== undefined && !forced) {
    throw new NoKernelTree(`${tree}: no kernel tree (its Makefile has no VERSION and PATCHLEVEL)`);
  }
  for (const file of files) {
    const dir = dirname(file);
    if (!kernels.has(dir)) kernels.set(dir, findKernelRoot(dir));
    const own = kernels.get(dir);
    const inForced = forced && file.startsWith(`${forced.root}/`);
    const kernel = inForced ? forced : (own ?? null);
    const root = kernel?.root ?? externalRoot(dir);
    let unit = units.get(root);
    if (!unit) {
      unit = {
        root,
        kernel: kernel ?? forced ?? null,
        targets: [],
        display: displayIn(root, kernel !== null),
      };
      units.set(root, unit);
    }
    unit.targets.push(fromRoot(root, file));
  }
  return [...units.values()];
}

/** The Makefiles' modules around a unit's targets. */
export function modulesAround(unit: Unit): ModuleMap {
  const dirs = new Set<string>();
  for (const target of unit.targets) {
    const dir = dirname(target);
    dirs.add(dir === '.' ? '' : dir);
    // Objects in a folder without a Makefile are listed by one above.
    for (let up = dir; up !== '.' && up !== '' && !hasMakefile(join(unit.root, up)); ) {
      up = dirname(up);
      dirs.add(up === '.' ? '' : up);
    }
  }
  return readModules({
    root: unit.root,
    dirs: [...dirs],
    readText: (path) => {
      try {
        return readFileSync(path, 'latin1');
      } catch {
        return undefined;
      }
    },
    listDir: (path) => {
      try {
        return readdirSync(path);
      } catch {
        return undefined;
      }
    },
  });
}

/** An external module's folder: the highest folder of a chain of folders that have Makefiles. */
function externalRoot(dir: string): string {
  let root = dir;
  for (
    let up = dirname(dir), hops = 0;
    hops < 8 && up !== dirname(up) && hasKbuildText(up);
    up = dirname(up), hops++
  ) {
    root = up;
  }
  return root;
}

function hasMakefile(dir: string): boolean {
  return existsSync(join(dir, 'Kbuild')) || existsSync(join(dir, 'Makefile'));
}

function hasKbuildText(dir: string): boolean {
  for (const name of ['Kbuild', 'Makefile']) {
    const path = join(dir, name);
    try {
      if (statSync(path).isFile() && /\bobj-(?:m|y|\$)/.test(readFileSync(path, 'latin1'))) return true;
    } catch {
      // No such file: not a Kbuild folder.
    }
  }
  return false;
}

function displayIn(root: string, isKernel: boolean): (file: string) => string {
  if (isKernel) return (file) => file;
  const prefix = fromRoot(process.cwd(), root);
  if (prefix === '') return (file) => file;
  return prefix.startsWith('..') ? (file) => join(root, file) : (file) => `${prefix}/${file}`;
}

import { dirname, join, resolve } from 'node:path';
import { DISK, type TreeFiles } from '../tree/files.ts';
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
  /** Absolute path of the directory that printed names are relative to. */
  readonly from: string;
}

/** A `--tree` that is no kernel tree. */
export class NoKernelTree extends Error {
  override readonly name = 'NoKernelTree';
}

/**
 * Sorts files into units.
 * @param files absolute paths
 * @param tree the kernel tree to take for all of them, instead of the one found above each
 * @param disk what is read of the trees
 * @throws NoKernelTree when `tree` is none
 */
export function unitsOf(files: readonly string[], tree?: string, disk: TreeFiles = DISK): Unit[] {
  const units = new Map<string, Unit>();
  const kernels = new Map<string, KernelRoot | undefined>();
  const forced = tree === undefined ? undefined : kernelRootAt(resolve(tree), disk);
  if (tree !== undefined && !forced) {
    throw new NoKernelTree(`${tree}: no kernel tree (its Makefile has no VERSION and PATCHLEVEL)`);
  }
  for (const file of files) {
    const dir = dirname(file);
    if (!kernels.has(dir)) kernels.set(dir, findKernelRoot(dir, disk));
    const own = kernels.get(dir);
    const inForced = forced && file.startsWith(`${forced.root}/`);
    const kernel = inForced ? forced : (own ?? null);
    const root = kernel?.root ?? externalRoot(dir, disk);
    let unit = units.get(root);
    if (!unit) {
      unit = {
        root,
        kernel: kernel ?? forced ?? null,
        targets: [],
        display: displayIn(root, kernel !== null),
        from: kernel ? root : process.cwd(),
      };
      units.set(root, unit);
    }
    unit.targets.push(fromRoot(root, file));
  }
  return [...units.values()];
}

/** The Makefiles' modules around a unit's targets. */
export function modulesAround(unit: Unit, disk: TreeFiles = DISK): ModuleMap {
  const dirs = new Set<string>();
  for (const target of unit.targets) {
    const dir = dirname(target);
    dirs.add(dir === '.' ? '' : dir);
    // Objects in a folder without a Makefile are listed by one above.
    for (let up = dir; up !== '.' && up !== '' && !hasMakefile(join(unit.root, up), disk); ) {
      up = dirname(up);
      dirs.add(up === '.' ? '' : up);
    }
  }
  return readModules({
    root: unit.root,
    dirs: [...dirs],
    readText: (path) => disk.text(path),
    listDir: (path) => disk.list(path),
  });
}

/** An external module's folder: the highest folder of a chain of folders that have Makefiles. */
function externalRoot(dir: string, disk: TreeFiles): string {
  let root = dir;
  for (
    let up = dirname(dir), hops = 0;
    hops < 8 && up !== dirname(up) && hasKbuildText(up, disk);
    up = dirname(up), hops++
  ) {
    root = up;
  }
  return root;
}

function hasMakefile(dir: string, disk: TreeFiles): boolean {
  return disk.exists(join(dir, 'Kbuild')) || disk.exists(join(dir, 'Makefile'));
}

function hasKbuildText(dir: string, disk: TreeFiles): boolean {
  return ['Kbuild', 'Makefile'].some((name) => /\bobj-(?:m|y|\$)/.test(disk.text(join(dir, name)) ?? ''));
}

function displayIn(root: string, isKernel: boolean): (file: string) => string {
  if (isKernel) return (file) => file;
  const prefix = fromRoot(process.cwd(), root);
  if (prefix === '') return (file) => file;
  return prefix.startsWith('..') ? (file) => join(root, file) : (file) => `${prefix}/${file}`;
}

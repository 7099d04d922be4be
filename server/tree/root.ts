import { dirname, join, resolve } from 'node:path';
import { DISK, type TreeFiles } from './files.ts';
import { parseKbuild } from './kbuild/parser.ts';

/** A kernel source tree that a path lies in. */
export interface KernelRoot {
  /** Absolute path. */
  readonly root: string;
  /** `VERSION.PATCHLEVEL`, e.g. '6.12'. */
  readonly version: string;
  /** `VERSION.PATCHLEVEL.SUBLEVEL` and `EXTRAVERSION`, e.g. '6.12.117' or '6.13.0-rc3'. */
  readonly full: string;
}

/** What the search reads; the file system, unless a caller brings another. */
export type RootFiles = Pick<TreeFiles, 'text' | 'exists'>;

/** `VERSION = 6`, `PATCHLEVEL`, `SUBLEVEL` and `EXTRAVERSION` of a top Makefile; undefined where the first two lack. */
export function versionOf(makefile: string): Pick<KernelRoot, 'version' | 'full'> | undefined {
  const { variables } = parseKbuild(makefile);
  const number = (name: string): string | undefined => {
    const value = variables.get(name)?.[0];
    return value !== undefined && /^\d+$/.test(value) ? value : undefined;
  };
  const major = number('VERSION');
  const minor = number('PATCHLEVEL');
  if (major === undefined || minor === undefined) return undefined;
  const version = `${major}.${minor}`;
  const extra = variables.get('EXTRAVERSION')?.[0] ?? '';
  return { version, full: `${version}.${number('SUBLEVEL') ?? '0'}${extra.includes('$') ? '' : extra}` };
}

/**
 * The kernel tree that a file or directory lies in: the nearest directory above (or the directory itself) with a
 * Makefile that gives `VERSION` and `PATCHLEVEL`, a `Kbuild` or `Kconfig`, and `drivers` or `include/linux`.
 * Never throws.
 *
 * @param path a file or directory, existing or not; relative paths start at the working directory
 * @returns undefined when no directory above is a kernel's root, e.g. for an external module
 */
export function findKernelRoot(path: string, files: RootFiles = DISK): KernelRoot | undefined {
  for (let dir = resolve(path); ; dir = dirname(dir)) {
    const found = kernelRootAt(dir, files);
    if (found !== undefined || dirname(dir) === dir) return found;
  }
}

/** The same for one directory, without looking above it. */
export function kernelRootAt(dir: string, files: RootFiles = DISK): KernelRoot | undefined {
  if (!files.exists(join(dir, 'Kbuild')) && !files.exists(join(dir, 'Kconfig'))) return undefined;
  if (!files.exists(join(dir, 'drivers')) && !files.exists(join(dir, 'include', 'linux'))) return undefined;
  const text = files.text(join(dir, 'Makefile'));
  // The top Makefile has 2,000 lines; the version stands in its first.
  const version = text === undefined ? undefined : versionOf(text.split('\n', 200).join('\n'));
  return version === undefined ? undefined : { root: dir, ...version };
}

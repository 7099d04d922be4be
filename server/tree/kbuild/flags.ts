import { rootRelative } from './paths.ts';
import type { Scope } from './scope.ts';
import { display, isUnresolved, splitMarkers, type Word } from './words.ts';

/** Header directories that compiler flags name. */
export interface IncludeFlags {
  /** Root-relative, in order, without repeats. */
  readonly dirs: readonly string[];
  readonly unresolved: readonly string[];
}

/** Variables whose flags hold for every object of the directory. */
const DIRECTORY_FLAGS = ['ccflags-', 'cppflags-'];
/** The same, with one name (the first is the old spelling, the others are extended by a few Makefiles). */
const PLAIN_FLAGS = ['EXTRA_CFLAGS', 'KBUILD_CPPFLAGS', 'KBUILD_CFLAGS', 'LINUXINCLUDE', 'NOSTDINC_FLAGS'];
/** Variables whose flags hold for this directory and those below (`scripts/Makefile.lib`). */
const INHERITED_FLAGS = ['subdir-ccflags-'];

/** `-I` of `ccflags-y`, `ccflags-$(CONFIG_…)`, `EXTRA_CFLAGS` and the like. */
export function directoryIncludes(scope: Scope): IncludeFlags {
  return includesOf([
    ...DIRECTORY_FLAGS.flatMap((p) => flagWords(scope, p)),
    ...PLAIN_FLAGS.flatMap((n) => scope.own(n)),
  ]);
}

/** `-I` of `subdir-ccflags-y`. */
export function inheritedIncludes(scope: Scope): IncludeFlags {
  return includesOf(INHERITED_FLAGS.flatMap((p) => flagWords(scope, p)));
}

/** `-I` of `CFLAGS_x.o`, by the object's name without `.o`. */
export function objectIncludes(scope: Scope): Map<string, IncludeFlags> {
  const out = new Map<string, IncludeFlags>();
  for (const name of scope.namesWithPrefix('CFLAGS_')) {
    if (!name.endsWith('.o') || name.startsWith('CFLAGS_REMOVE_')) continue;
    const flags = includesOf(scope.own(name));
    if (flags.dirs.length > 0) out.set(name.slice('CFLAGS_'.length, -2), flags);
  }
  return out;
}

function flagWords(scope: Scope, prefix: string): Word[] {
  return scope.namesWithPrefix(prefix).flatMap((name) => {
    const { stem } = splitMarkers(name);
    return stem === prefix || name === `${prefix}y` || name === `${prefix}m` ? scope.own(name) : [];
  });
}

function includesOf(words: readonly Word[]): IncludeFlags {
  const dirs = new Set<string>();
  const unresolved: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const option = /^-(?:I|iquote|isystem|idirafter)(.*)$/.exec(words[i]!.text);
    if (option === null) continue;
    const spelled = option[1] !== '' ? option[1]! : (words[++i]?.text ?? '');
    const path = spelled.replace(/["'\\]/g, '');
    if (path === '') continue;
    const dir = isUnresolved(path) ? undefined : rootRelative(path);
    if (dir === undefined) unresolved.push(display(path));
    else dirs.add(dir);
  }
  return { dirs: [...dirs], unresolved };
}

/** Root-relative directories that every kernel object is compiled with (`Makefile:LINUXINCLUDE`), in the order searched. */
export function kernelIncludeDirs(arch: string): string[] {
  return [`arch/${arch}/include`, 'include', `arch/${arch}/include/uapi`, 'include/uapi'];
}

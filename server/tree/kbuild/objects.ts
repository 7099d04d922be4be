import { posix } from 'node:path';
import { allOf, anyOf, type Guards } from './guards.ts';
import type { Scope } from './scope.ts';
import { display, isUnresolved, mergeWords, type Word, word } from './words.ts';

/** One object of an `obj-`/`lib-` list, paths relative to the directory of the Makefile. */
export interface ListedObject {
  /** Without `.o`, as written: `foo`, `sub/foo`, `../foo`. */
  readonly stem: string;
  readonly guards: Guards;
  /** False when only `obj-y` and `lib-y` list it. */
  readonly loadable: boolean;
  readonly composite: boolean;
  /** Objects compiled into it, without `.o`; for a single-file module its own stem. */
  readonly members: readonly Word[];
  readonly unresolved: readonly string[];
}

export interface ListedDirectory {
  /** As written, without the trailing slash. */
  readonly dir: string;
  readonly guards: Guards;
}

/** What the variables of one Makefile list. */
export interface ObjectLists {
  readonly objects: readonly ListedObject[];
  readonly directories: readonly ListedDirectory[];
  readonly unresolved: readonly { readonly list: string; readonly word: string }[];
}

interface Listed extends Word {
  readonly loadable: boolean;
}

/** Reads `obj-*` and `lib-*` of an evaluated scope as `scripts/Makefile.lib` does. */
export function readObjectLists(scope: Scope): ObjectLists {
  const objects = new Map<string, ListedObject>();
  const directories = new Map<string, ListedDirectory>();
  const unresolved: { list: string; word: string }[] = [];
  for (const prefix of ['obj-', 'lib-']) {
    for (const w of listed(scope, prefix)) {
      if (isUnresolved(w.text)) unresolved.push({ list: prefix, word: display(w.text) });
      else if (w.text.endsWith('/')) addDirectory(directories, w.text.replace(/\/+$/, ''), w.guards);
      else if (w.text.endsWith('.o')) addObject(objects, scope, w);
    }
  }
  return { objects: [...objects.values()], directories: [...directories.values()], unresolved };
}

/** Directories (`x/`) named in lists such as `core-y`, `drivers-$(CONFIG_X)` of an architecture's Makefile. */
export function readDirectoryLists(scope: Scope, prefixes: readonly string[]): ListedDirectory[] {
  const directories = new Map<string, ListedDirectory>();
  for (const prefix of prefixes) {
    for (const w of listed(scope, prefix)) {
      if (!isUnresolved(w.text) && w.text.endsWith('/'))
        addDirectory(directories, w.text.replace(/\/+$/, ''), w.guards);
    }
  }
  return [...directories.values()];
}

function listed(scope: Scope, prefix: string): Listed[] {
  return scope.family(prefix).flatMap((f) =>
    f.words.map((w) => ({
      ...w,
      guards: allOf(w.guards, f.guards),
      loadable: f.mayBeM && prefix === 'obj-',
    })),
  );
}

function addDirectory(out: Map<string, ListedDirectory>, dir: string, guards: Guards): void {
  const seen = out.get(dir);
  out.set(dir, { dir, guards: seen === undefined ? guards : anyOf(seen.guards, guards) });
}

function addObject(out: Map<string, ListedObject>, scope: Scope, w: Listed): void {
  const stem = posix.normalize(w.text.slice(0, -2));
  const seen = out.get(stem);
  if (seen !== undefined) {
    out.set(stem, { ...seen, guards: anyOf(seen.guards, w.guards), loadable: seen.loadable || w.loadable });
    return;
  }
  const { members, composite, unresolved } = membersOf(scope, stem);
  out.set(stem, { stem, guards: w.guards, loadable: w.loadable, composite, members, unresolved });
}

/**
 * The objects a `STEM.o` is linked from (`scripts/Makefile.lib:real-search`): all of `STEM-objs`, `STEM-y`, `STEM-m` and
 * `STEM-$(CONFIG_…)`. When any of these (or `STEM-`, an option that is off) holds something, `STEM.c` is not compiled
 * unless it is listed itself.
 */
export function membersOf(
  scope: Scope,
  stem: string,
): Pick<ListedObject, 'members' | 'composite' | 'unresolved'> {
  const words = [
    ...scope.own(`${stem}-objs`),
    ...scope.family(`${stem}-`).flatMap((f) => f.words.map((w) => word(w.text, allOf(w.guards, f.guards)))),
  ];
  if (words.length === 0 && scope.own(`${stem}-`).length === 0) {
    return { members: [word(stem)], composite: false, unresolved: [] };
  }
  const unresolved: string[] = [];
  const members: Word[] = [];
  for (const w of mergeWords(words)) {
    if (isUnresolved(w.text)) unresolved.push(display(w.text));
    else if (w.text.endsWith('.o')) members.push(word(w.text.slice(0, -2), w.guards));
  }
  return { members, composite: true, unresolved };
}

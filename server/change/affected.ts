/** Which files have to be judged when some files change. */
import { basename, dirname, join } from 'node:path';
import { modulesAround, unitsOf } from '../project/units.ts';
import type { TreeFiles } from '../tree/files.ts';
import { type KbuildModule, resolveInclude } from '../tree/kbuild/index.ts';
import { fromRoot } from '../tree/walk.ts';

/** How many includes deep a changed header is followed, as an audit does. */
const DEPTH = 3;

/** One state of a tree. */
export interface TreeState {
  /** Absolute path. */
  readonly root: string;
  readonly disk: TreeFiles;
  readonly isKernel: boolean;
}

/**
 * The sources of all modules that changed files are part of: compiled, taken in by `#include`, or listed by a changed
 * Makefile; and sources that no Makefile claims.
 * @param changed paths from the root, there or not
 * @param other the other side's state: what its Makefiles list otherwise is affected too
 * @returns paths from the root
 */
export function affectedSources(state: TreeState, changed: readonly string[], other: TreeState): Set<string> {
  const { disk, root } = state;
  const present = changed.filter((file) => /\.[ch]$/.test(file) && disk.exists(join(root, file)));
  const sources = new Set<string>();
  const headers = present.filter((file) => !isApi(file));
  for (const file of includersOf(state, headers)) sources.add(file);
  for (const file of present) if (file.endsWith('.c')) sources.add(file);
  const found = new Set(sources);
  for (const module of modulesOf(state, [...sources])) {
    if (module.sources.some((source) => sources.has(source)))
      for (const one of module.sources) found.add(one);
  }
  const makefiles = changed.filter((file) => /(?:^|\/)(?:Makefile|Kbuild)[^/]*$/.test(file));
  for (const file of listedOtherwise(state, other, makefiles)) found.add(file);
  return new Set([...found].filter((file) => file.endsWith('.c') && disk.exists(join(root, file))));
}

/** A header of the kernel's own: an audit does not follow it into a driver. */
function isApi(file: string): boolean {
  return /^(?:include|arch\/[^/]+\/include)\//.test(file);
}

/** The modules that the Makefiles around some files list. */
function modulesOf(state: TreeState, files: readonly string[]): readonly KbuildModule[] {
  const unit = unitsOf(
    files.map((file) => join(state.root, file)),
    state.isKernel ? state.root : undefined,
    state.disk,
  );
  return unit.flatMap((one) => {
    const { modules } = modulesAround(one, state.disk);
    // Without a kernel's root a unit may be a folder of its own: paths are told from the state's root all the same.
    const named = (file: string): string => fromRoot(state.root, join(one.root, file));
    return one.root === state.root
      ? modules
      : modules.map((module) => ({ ...module, sources: module.sources.map(named) }));
  });
}

/** Sources of modules that the changed Makefiles list otherwise than on the other side. */
function listedOtherwise(state: TreeState, other: TreeState, makefiles: readonly string[]): string[] {
  if (makefiles.length === 0) return [];
  // The Makefile stands for its folder; the folder's modules are what is looked at.
  const now = modulesOf(state, makefiles);
  const then = new Map(modulesOf(other, makefiles).map((module) => [module.path, describe(module)]));
  return now.flatMap((module) => (then.get(module.path) === describe(module) ? [] : [...module.sources]));
}

function describe({ sources, configs, includeDirs }: KbuildModule): string {
  return JSON.stringify([sources, configs, includeDirs]);
}

/** The `.c` files that include some files, directly or through other headers. */
function includersOf(state: TreeState, files: readonly string[]): Set<string> {
  const found = new Set<string>();
  let wanted = new Set(files);
  if (wanted.size === 0) return found;
  const index = new IncludeIndex(state);
  const seen = new Set(files);
  for (let depth = 0; depth < DEPTH && wanted.size > 0; depth++) {
    const next = new Set<string>();
    for (const file of wanted) {
      for (const includer of index.includersOf(file)) {
        if (seen.has(includer)) continue;
        seen.add(includer);
        if (includer.endsWith('.c')) found.add(includer);
        next.add(includer);
      }
    }
    wanted = next;
  }
  return found;
}

/** Who includes what by name, read from the text of all sources of a part of the tree. */
class IncludeIndex {
  private readonly state: TreeState;
  private readonly read = new Map<string, Map<string, Set<string>>>();

  constructor(state: TreeState) {
    this.state = state;
  }

  /** Files that name this one in an `#include`: by the file that a quoted path means, else by its last name. */
  includersOf(file: string): string[] {
    const part = partOf(file);
    const byName = this.read.get(part) ?? this.index(part);
    const exists = (path: string): boolean => this.state.disk.exists(join(this.state.root, path));
    return [...(byName.get(basename(file)) ?? [])].flatMap((entry) => {
      const [includer, name] = entry.split('\0') as [string, string];
      const meant = resolveInclude(name, includer, [], exists);
      return includer !== file && (meant === undefined || meant === file) ? [includer] : [];
    });
  }

  private index(part: string): Map<string, Set<string>> {
    const byName = new Map<string, Set<string>>();
    this.read.set(part, byName);
    const pending = [part];
    for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
      for (const name of this.state.disk.list(join(this.state.root, dir)) ?? []) {
        const path = dir === '' ? name : `${dir}/${name}`;
        if (/\.[ch]$/.test(name)) this.take(path, byName);
        else if (!/^\.|\.\w+$|^(?:Makefile|Kconfig|Kbuild|node_modules)$/.test(name)) pending.push(path);
      }
    }
    return byName;
  }

  private take(path: string, byName: Map<string, Set<string>>): void {
    const text = this.state.disk.text(join(this.state.root, path)) ?? '';
    for (const [, open, name] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*(["<])([^">\n]+)[">]/gm)) {
      // `<linux/…>` is the kernel's own, and what a driver takes from its Makefile's path is rarely below a folder.
      if (open === '<' && name!.startsWith('linux/')) continue;
      const key = basename(name!);
      const users = byName.get(key) ?? new Set();
      byName.set(key, users.add(`${path}\0${open === '<' ? `<${name}>` : name}`));
    }
  }
}

/** The part of the tree whose files may include a header: its two topmost folders, `drivers/net`. */
function partOf(file: string): string {
  return dirname(file) === '.' ? '' : dirname(file).split('/').slice(0, 2).join('/');
}

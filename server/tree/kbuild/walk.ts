import { type DirectoryFacts, TreeReader } from './directory.ts';
import { ALWAYS, allOf, anyOf, type Guards } from './guards.ts';
import type { ListedObject } from './objects.ts';
import { baseName, isWithin, joinRelative, parentOf, rootRelative } from './paths.ts';
import type { KbuildModule, ModuleMap, ReadModulesOptions, UnresolvedWord } from './types.ts';

/** What the directories above say of a directory. */
interface Chain {
  readonly guards: Guards;
  /** False when no Makefile above lists it. */
  readonly listed: boolean;
  /** `-I` of the `subdir-ccflags-y` above. */
  readonly includeDirs: readonly string[];
}

/** One Makefile's listing of an object; two Makefiles may list the same (`sub/x.o` here, `x.o` in `sub`). */
interface Listing {
  readonly dir: string;
  readonly sources: ReadonlyMap<string, Guards>;
  readonly object: ListedObject;
  readonly configs: Guards;
  readonly includeDirs: readonly string[];
}

/** An external module's folder holds few directories; more is somebody's home, or a loop of links. */
const MAX_EXTERNAL = 5000;
const MAX_EXTERNAL_DEPTH = 12;
/** Names not worth asking the file system whether they are a directory. */
const FILE_OR_HIDDEN =
  /^\.|^node_modules$|\.[A-Za-z]\w*$|^(?:Makefile|Kbuild|Kconfig|README|LICENSE|COPYING)$/;

const NO_CONDITIONS: ReadonlyMap<string, Guards> = new Map();

/**
 * Reads which modules the Makefiles of some directories, and of all directories these list, build from which files.
 *
 * Makefiles above are read for the conditions and flags that they hand down, and for modules whose objects lie in the
 * directories asked for (`foo-y += sub/bar.o`). Without a kernel's Makefile in `root`, it is the folder of an external
 * module (`M=`): every Makefile below the directories asked for is read.
 *
 * A module outside of both that takes a file by `../` (`usbcore-y += ../misc/x.o`) is known only if its own directory is
 * asked for too: read the whole tree where that matters.
 *
 * Pure but for the two callbacks; reads each file and directory once; throws only what the callbacks throw.
 */
export function readModules(options: ReadModulesOptions): ModuleMap {
  return new Walk(options).run();
}

class Walk {
  private readonly reader: TreeReader;
  private readonly asked: readonly string[];
  private readonly chains = new Map<string, Chain>();
  private readonly visited = new Set<string>();
  private readonly listings = new Map<string, Listing[]>();
  private readonly ownIncludes = new Map<string, readonly string[]>();

  constructor(options: ReadModulesOptions) {
    this.reader = new TreeReader({ ...options, root: options.root.replace(/(.)\/+$/, '$1') });
    this.asked = [...new Set(options.dirs.map((d) => rootRelative(d)).filter((d) => d !== undefined))];
  }

  run(): ModuleMap {
    for (const dir of this.asked) {
      this.visit(dir);
      // `arch` and `drivers/gpu/drm/amd` have no Makefile: one above lists what lies below.
      for (const above of ancestors(dir)) {
        for (const c of this.reader.directory(above)?.children ?? [])
          if (isWithin(c.dir, dir)) this.visit(c.dir);
      }
    }
    for (const dir of this.asked) {
      const wanted = (file: string): boolean => isWithin(file, dir);
      for (const above of ancestors(dir)) this.collect(above, wanted);
      if (dir !== '' && !this.chain(dir).listed) this.relatives(dir, wanted);
    }
    return this.finish();
  }

  /** Reads a directory and what it lists, in any order and each once. */
  private visit(start: string): void {
    const queue = [start];
    for (let dir = queue.pop(); dir !== undefined; dir = queue.pop()) {
      if (this.visited.has(dir)) continue;
      this.visited.add(dir);
      this.collect(dir, () => true);
      for (const child of this.reader.directory(dir)?.children ?? []) queue.push(child.dir);
      if (!this.reader.isKernel && this.visited.size < MAX_EXTERNAL) queue.push(...this.subdirectories(dir));
    }
  }

  /** All directories below; for an external module, whose Makefiles need not list each other. */
  private subdirectories(dir: string): string[] {
    return [...(this.reader.list(dir) ?? [])]
      .filter((name) => !FILE_OR_HIDDEN.test(name))
      .map((name) => (dir === '' ? name : `${dir}/${name}`))
      .filter((path) => path.split('/').length <= MAX_EXTERNAL_DEPTH && this.reader.list(path) !== undefined);
  }

  /**
   * A directory that no Makefile lists is built by one beside it: `drivers/gpu/drm/amd/display` by `amd/amdgpu`.
   * Reads what Makefiles above list nearby, the nearest first, until a module with a wanted source is found.
   */
  private relatives(dir: string, wanted: (file: string) => boolean): void {
    const above = ancestors(dir);
    const listed = above.flatMap((a) => this.reader.directory(a)?.children ?? []);
    for (const near of above.slice(0, -1)) {
      const before = this.listings.size;
      for (const child of listed) if (isWithin(child.dir, near)) this.collect(child.dir, wanted);
      if (this.listings.size > before || this.reader.directory(near)?.children.length) return;
    }
  }

  private chain(dir: string): Chain {
    let chain = this.chains.get(dir);
    if (chain === undefined) {
      chain = this.findChain(dir);
      this.chains.set(dir, chain);
    }
    return chain;
  }

  private findChain(dir: string): Chain {
    if (dir === '') return { guards: ALWAYS, listed: true, includeDirs: [] };
    let guards: Guards | undefined;
    const includeDirs = new Set<string>();
    for (const above of ancestors(dir)) {
      const facts = this.reader.directory(above);
      const entry = facts?.children.find((c) => c.dir === dir);
      if (facts === undefined || entry === undefined) continue;
      const upper = this.chain(above);
      const all = allOf(upper.guards, entry.guards);
      guards = guards === undefined ? all : anyOf(guards, all);
      for (const i of [...upper.includeDirs, ...facts.inherited.dirs]) includeDirs.add(i);
    }
    return { guards: guards ?? ALWAYS, listed: guards !== undefined, includeDirs: [...includeDirs] };
  }

  /** Adds the modules of one directory's Makefile that have a wanted source. */
  private collect(dir: string, wanted: (file: string) => boolean): void {
    const facts = this.reader.directory(dir);
    if (facts === undefined) return;
    const whole = this.visited.has(dir);
    for (const object of facts.lists.objects) {
      const path = joinRelative(dir, object.stem);
      if (path === undefined) continue;
      const known = this.listings.get(path);
      if (known?.some((l) => l.dir === dir)) continue;
      const sources = this.sourcesOf(dir, object);
      if (!whole && ![...sources.keys()].some(wanted)) continue;
      const configs = allOf(this.chain(dir).guards, object.guards);
      const listing = { dir, sources, object, configs, includeDirs: this.includesOf(facts, object) };
      if (known === undefined) this.listings.set(path, [listing]);
      else known.push(listing);
    }
  }

  private includesOf(facts: DirectoryFacts, object: ListedObject): readonly string[] {
    let own = this.ownIncludes.get(facts.dir);
    if (own === undefined) {
      own = union([this.chain(facts.dir).includeDirs, facts.inherited.dirs, facts.includes.dirs]);
      this.ownIncludes.set(facts.dir, own);
    }
    if (facts.perObject.size === 0) return own;
    return union([own, ...object.members.map((m) => facts.perObject.get(m.text)?.dirs ?? [])]);
  }

  /** The `.c` files that exist; a member that is none is assembler, Rust, generated, or a composite listed in another. */
  private sourcesOf(dir: string, object: ListedObject): Map<string, Guards> {
    const out = new Map<string, Guards>();
    for (const member of object.members) {
      const path = joinRelative(dir, `${member.text}.c`);
      if (path === undefined || !this.reader.exists(path)) continue;
      const seen = out.get(path);
      out.set(path, seen === undefined ? member.guards : anyOf(seen, member.guards));
    }
    return out;
  }

  private finish(): ModuleMap {
    const modules = [...this.listings].map(([path, listings]) => moduleOf(path, listings));
    const byFile = new Map<string, KbuildModule[]>();
    for (const module of modules) {
      for (const file of module.sources) {
        const list = byFile.get(file);
        if (list === undefined) byFile.set(file, [module]);
        else list.push(module);
      }
    }
    const directories = [...this.visited].filter((d) => this.reader.directory(d) !== undefined);
    const words = directories.flatMap((dir) => unresolvedOf(this.reader.directory(dir)!));
    return {
      modules,
      modulesOf: (file) => byFile.get(file) ?? [],
      directories,
      unresolved: { count: words.length, words },
    };
  }
}

function moduleOf(path: string, listings: readonly Listing[]): KbuildModule {
  const name = baseName(path);
  const sources = listings.length === 1 ? listings[0]!.sources : mergeSources(listings);
  const conditional = [...sources].filter(([, guards]) => guards.length > 0);
  return {
    name,
    modname: name.replace(/[-,]/g, '_'),
    path,
    dir: listings[0]!.dir,
    sources: [...sources.keys()],
    composite: listings.some((l) => l.object.composite),
    configs: listings.map((l) => l.configs).reduce(anyOf),
    sourceConfigs: conditional.length === 0 ? NO_CONDITIONS : new Map(conditional),
    builtinOnly: listings.every((l) => !l.object.loadable),
    includeDirs: listings.length === 1 ? listings[0]!.includeDirs : union(listings.map((l) => l.includeDirs)),
    unresolved: union(listings.map((l) => l.object.unresolved)),
  };
}

function mergeSources(listings: readonly Listing[]): Map<string, Guards> {
  const out = new Map<string, Guards>();
  for (const { sources } of listings) {
    for (const [file, guards] of sources) {
      const seen = out.get(file);
      out.set(file, seen === undefined ? guards : anyOf(seen, guards));
    }
  }
  return out;
}

function unresolvedOf(facts: DirectoryFacts): UnresolvedWord[] {
  const members = facts.lists.objects.flatMap((o) =>
    o.unresolved.map((w) => ({ dir: facts.dir, list: `${o.stem}-`, word: w })),
  );
  return [...facts.lists.unresolved.map((u) => ({ dir: facts.dir, ...u })), ...members];
}

function union(lists: readonly (readonly string[])[]): readonly string[] {
  const filled = lists.filter((l) => l.length > 0);
  return filled.length <= 1 ? (filled[0] ?? []) : [...new Set(filled.flat())];
}

/** The directories above one, nearest first, the root last. */
function ancestors(dir: string): string[] {
  const out: string[] = [];
  for (let d = dir; d !== ''; ) {
    d = parentOf(d);
    out.push(d);
  }
  return out;
}

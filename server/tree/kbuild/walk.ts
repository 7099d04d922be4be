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

/** A module while its parts are being collected: two Makefiles may list one object. */
interface Draft {
  dir: string;
  sources: Map<string, Guards>;
  composite: boolean;
  configs: Guards;
  loadable: boolean;
  includeDirs: Set<string>;
  unresolved: string[];
}

/**
 * Reads which modules the Makefiles of some directories, and of all directories these list, build from which files.
 *
 * Makefiles above are read for the conditions and flags that they hand down, and for modules whose objects lie in the
 * directories asked for (`foo-y += sub/bar.o`). Without a kernel's Makefile in `root`, it is the folder of an external
 * module (`M=`): every Makefile below the directories asked for is read.
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
  private readonly drafts = new Map<string, Draft>();
  private readonly unresolved: UnresolvedWord[] = [];

  constructor(options: ReadModulesOptions) {
    this.reader = new TreeReader({ ...options, root: options.root.replace(/(.)\/+$/, '$1') });
    this.asked = [...new Set(options.dirs.map((d) => rootRelative(d)).filter((d) => d !== undefined))];
  }

  run(): ModuleMap {
    for (const dir of this.asked) this.visit(dir);
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
      if (!this.reader.isKernel) queue.push(...this.subdirectories(dir));
    }
  }

  /** All directories below; for an external module, whose Makefiles need not list each other. */
  private subdirectories(dir: string): string[] {
    return [...(this.reader.list(dir) ?? [])]
      .filter((name) => !name.includes('.') && name !== 'node_modules')
      .map((name) => (dir === '' ? name : `${dir}/${name}`))
      .filter((path) => this.reader.list(path) !== undefined);
  }

  /**
   * A directory that no Makefile lists is built by one beside it: `drivers/gpu/drm/amd/display` by `amd/amdgpu`.
   * Reads what the nearest Makefile above lists beside it.
   */
  private relatives(dir: string, wanted: (file: string) => boolean): void {
    for (const above of ancestors(dir)) {
      const children = this.reader.directory(above)?.children ?? [];
      if (children.length === 0) continue;
      const shared = isWithin(parentOf(dir), above) ? parentOf(dir) : above;
      for (const child of children) if (isWithin(child.dir, shared)) this.collect(child.dir, wanted);
      return;
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
    for (const object of facts.lists.objects) this.addObject(facts, object, wanted, whole);
    if (whole) {
      for (const u of facts.lists.unresolved) this.unresolved.push({ dir, ...u });
    }
  }

  private addObject(
    facts: DirectoryFacts,
    object: ListedObject,
    wanted: (file: string) => boolean,
    whole: boolean,
  ): void {
    const path = joinRelative(facts.dir, object.stem);
    if (path === undefined) return;
    const sources = this.sourcesOf(facts.dir, object);
    if (!whole && ![...sources.keys()].some(wanted)) return;
    const chain = this.chain(facts.dir);
    const configs = allOf(chain.guards, object.guards);
    const draft = this.drafts.get(path) ?? {
      dir: facts.dir,
      sources: new Map<string, Guards>(),
      composite: false,
      configs,
      loadable: false,
      includeDirs: new Set<string>(),
      unresolved: [],
    };
    this.drafts.set(path, draft);
    for (const [file, guards] of sources) {
      const seen = draft.sources.get(file);
      draft.sources.set(file, seen === undefined ? guards : anyOf(seen, guards));
    }
    draft.composite ||= object.composite;
    draft.loadable ||= object.loadable;
    draft.configs = anyOf(draft.configs, configs);
    for (const i of [...chain.includeDirs, ...facts.inherited.dirs, ...facts.includes.dirs])
      draft.includeDirs.add(i);
    for (const m of object.members)
      for (const i of facts.perObject.get(m.text)?.dirs ?? []) draft.includeDirs.add(i);
    for (const w of object.unresolved) {
      if (draft.unresolved.includes(w)) continue;
      draft.unresolved.push(w);
      if (whole) this.unresolved.push({ dir: facts.dir, list: `${object.stem}-`, word: w });
    }
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
    const modules = [...this.drafts].map(([path, draft]): KbuildModule => {
      const name = baseName(path);
      return {
        name,
        modname: name.replace(/[-,]/g, '_'),
        path,
        dir: draft.dir,
        sources: [...draft.sources.keys()],
        composite: draft.composite,
        configs: draft.configs,
        sourceConfigs: new Map([...draft.sources].filter(([, guards]) => guards.length > 0)),
        builtinOnly: !draft.loadable,
        includeDirs: [...draft.includeDirs],
        unresolved: draft.unresolved,
      };
    });
    const byFile = new Map<string, KbuildModule[]>();
    for (const module of modules) {
      for (const file of module.sources) {
        const list = byFile.get(file);
        if (list === undefined) byFile.set(file, [module]);
        else list.push(module);
      }
    }
    const directories = [...this.visited].filter((d) => this.reader.directory(d) !== undefined);
    return {
      modules,
      modulesOf: (file) => byFile.get(file) ?? [],
      directories,
      unresolved: { count: this.unresolved.length, words: this.unresolved },
    };
  }
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

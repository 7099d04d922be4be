import { Evaluation } from './evaluate.ts';
import { directoryIncludes, type IncludeFlags, inheritedIncludes, objectIncludes } from './flags.ts';
import { type ListedDirectory, type ObjectLists, readDirectoryLists, readObjectLists } from './objects.ts';
import { parseKbuild } from './parser.ts';
import { baseName, globPattern, joinRelative, parentOf, rootRelative } from './paths.ts';
import type { KbuildFile, ReadModulesOptions } from './types.ts';
import { type Word, word } from './words.ts';

/** What one directory's Makefile says, evaluated. */
export interface DirectoryFacts {
  readonly dir: string;
  readonly lists: ObjectLists;
  /** Directories listed, root-relative. */
  readonly children: readonly ListedDirectory[];
  readonly includes: IncludeFlags;
  /** Also for the directories below. */
  readonly inherited: IncludeFlags;
  readonly perObject: ReadonlyMap<string, IncludeFlags>;
}

/** The lists of directories in the top Makefile and the architectures' (`Makefile:vmlinux-dirs`), from the root. */
const TOP_LISTS = ['core-', 'drivers-', 'libs-', 'net-', 'virt-', 'init-', 'head-'];

/** Reads files and directories of one tree, each once. */
export class TreeReader {
  /** Whether the root is a kernel's, by the same signs as `kernelRootAt`. */
  readonly isKernel: boolean;
  private readonly options: ReadModulesOptions;
  private readonly files = new Map<string, KbuildFile | undefined>();
  private readonly listings = new Map<string, ReadonlySet<string> | undefined>();
  private readonly facts = new Map<string, DirectoryFacts | undefined>();

  constructor(options: ReadModulesOptions) {
    this.options = options;
    const top = this.file('Makefile')?.variables;
    const rest =
      (this.exists('Kbuild') || this.exists('Kconfig')) && (this.exists('drivers') || this.exists('include'));
    this.isKernel = rest && top?.has('PATCHLEVEL') === true && top.has('VERSION');
  }

  private absolute(path: string): string {
    return path === '' ? this.options.root : `${this.options.root}/${path}`;
  }

  /** A directory's entries; undefined when there is no such directory. */
  list(dir: string): ReadonlySet<string> | undefined {
    if (!this.listings.has(dir)) {
      const names = this.options.listDir(this.absolute(dir));
      this.listings.set(dir, names === undefined ? undefined : new Set(names));
    }
    return this.listings.get(dir);
  }

  /** Whether a root-relative path exists. */
  exists(path: string): boolean {
    return this.list(parentOf(path))?.has(baseName(path)) === true;
  }

  private file(path: string): KbuildFile | undefined {
    if (!this.files.has(path)) {
      const text = this.exists(path) ? this.options.readText(this.absolute(path)) : undefined;
      this.files.set(path, text === undefined ? undefined : parseKbuild(text));
    }
    return this.files.get(path);
  }

  /** The file Kbuild reads in a directory: `Kbuild` before `Makefile` (`scripts/Kbuild.include:kbuild-file`). */
  kbuildFile(dir: string): string | undefined {
    const names = this.list(dir);
    const name = names?.has('Kbuild') ? 'Kbuild' : names?.has('Makefile') ? 'Makefile' : undefined;
    return name === undefined ? undefined : dir === '' ? name : `${dir}/${name}`;
  }

  /** The evaluated Makefile of a directory, or undefined when it has none. */
  directory(dir: string): DirectoryFacts | undefined {
    if (!this.facts.has(dir)) this.facts.set(dir, this.evaluate(dir));
    return this.facts.get(dir);
  }

  private evaluate(dir: string): DirectoryFacts | undefined {
    const path = this.kbuildFile(dir);
    const isTop = this.isKernel && (dir === '' || /^arch\/[^/]+$/.test(dir));
    if (path === undefined) return undefined;
    const evaluation = this.evaluation(dir);
    evaluation.include(path);
    let lists = readObjectLists(evaluation.scope);
    if (evaluation.exhausted) {
      lists = {
        ...lists,
        unresolved: [...lists.unresolved, { list: path, word: 'too large, evaluation stopped' }],
      };
    }
    const children = lists.directories.flatMap((d) => place(d, joinRelative(dir, d.dir)));
    const includes = directoryIncludes(evaluation.scope);
    let inherited = inheritedIncludes(evaluation.scope);
    if (isTop) {
      const top = dir === '' ? 'Makefile' : `${dir}/Makefile`;
      const makefile = this.evaluation(dir);
      makefile.include(top);
      children.push(
        ...readDirectoryLists(makefile.scope, TOP_LISTS).flatMap((d) => place(d, rootRelative(d.dir))),
      );
      // The root's own flags are those of every file: `kernelIncludeDirs`.
      if (dir !== '')
        inherited = { ...inherited, dirs: [...inherited.dirs, ...directoryIncludes(makefile.scope).dirs] };
    }
    return { dir, lists, children, includes, inherited, perObject: objectIncludes(evaluation.scope) };
  }

  private evaluation(dir: string): Evaluation {
    const makeDir = dir === '' ? '.' : dir;
    return new Evaluation({
      file: (path) => {
        const relative = rootRelative(path);
        // The top Makefile includes its architecture's, and everything includes scripts/: not lists of objects.
        if (relative === undefined || /^scripts\//.test(relative)) return undefined;
        if (this.isKernel && dir === '' && relative !== 'Makefile' && relative !== 'Kbuild') return undefined;
        return this.file(relative);
      },
      wildcard: (pattern) => this.wildcard(pattern, dir),
      builtin: (name) => this.builtin(name, makeDir),
      currentDir: this.isKernel ? '.' : makeDir,
    });
  }

  private builtin(name: string, dir: string): readonly Word[] | undefined {
    switch (name) {
      case 'src':
      case 'obj':
        return [word(dir)];
      case 'srctree':
      case 'objtree':
      case 'srcroot':
        return this.isKernel ? [word('.')] : undefined;
      case 'KBUILD_EXTMOD':
      case 'M':
        return this.isKernel ? [] : [word(dir)];
      case 'CURDIR':
      case 'PWD':
        return [word(this.isKernel ? '.' : dir)];
      case 'SRCARCH':
      case 'ARCH':
        return this.architectures();
      case 'BITS':
        return [word('32', ['!CONFIG_64BIT'], true), word('64', ['CONFIG_64BIT'], true)];
      case 'comma':
        return [word(',')];
      case 'empty':
      case 'space':
        return [];
      default:
        return undefined;
    }
  }

  private architectures(): readonly Word[] | undefined {
    if (!this.isKernel) return undefined;
    const names = [...(this.list('arch') ?? [])].filter((n) => this.kbuildFile(`arch/${n}`) !== undefined);
    return names.length === 0 ? undefined : names.sort().map((n) => word(n, [`SRCARCH=${n}`], true));
  }

  /** Paths that match a pattern, in its own spelling; only the last component may hold `*`, `?` or `[…]`. */
  private wildcard(pattern: string, dir: string): string[] {
    const slash = pattern.lastIndexOf('/') + 1;
    const head = pattern.slice(0, slash);
    const tail = pattern.slice(slash);
    // Make runs in the root, or for an external module in a place of the builder's choice: most mean their own folder.
    for (const base of this.isKernel ? ['', dir] : [dir, '']) {
      const folder = joinRelative(base, head === '' ? '.' : head);
      const names = folder === undefined ? undefined : this.list(folder);
      if (names === undefined || /[*?[]/.test(head)) continue;
      const wanted = globPattern(tail);
      const found = [...names].filter((n) => wanted.test(n) && !n.startsWith('.'));
      if (found.length > 0) return found.sort().map((n) => head + n);
    }
    return [];
  }
}

function place(d: ListedDirectory, path: string | undefined): ListedDirectory[] {
  return path === undefined ? [] : [{ dir: path, guards: d.guards }];
}

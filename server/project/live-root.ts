import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CParser } from '../../grammars/types.ts';
import type { DerivedLibraries } from '../audit/evidence.ts';
import { judgeModule } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import type { SourceFile } from '../audit/scope.ts';
import { extractFacts } from '../facts/extract.ts';
import type { KbuildModule } from '../tree/kbuild/index.ts';
import type { FactPool } from '../tree/pool.ts';
import type { KernelRoot } from '../tree/root.ts';
import { packFacts, type Scan, scanText } from '../tree/task.ts';
import { deriveAll, Gatherer, INCLUDE_DEPTH } from './gather.ts';
import type { LiveFile } from './live-file.ts';
import { mergeDrivers } from './merge.ts';
import { isLibrary } from './project.ts';
import { FactStore } from './store.ts';
import { modulesAround } from './units.ts';

/** Files bigger than this together are read by the pool's threads instead of between keystrokes. */
const INLINE_BYTES = 256 * 1024;
/** Modules that one file's judgement may pull in, by sharing files with drivers. */
const MAX_MODULES = 16;

/** What a `LiveRoot` works with. */
export interface LiveTools {
  readonly parser: CParser;
  /** Threads for big modules; made when first needed. */
  readonly pool: () => FactPool;
  /** Kernel version instead of the tree's. */
  readonly version?: string;
}

/** What an audit of the whole tree left for the editor. */
export interface TreeIndex {
  readonly modules: readonly KbuildModule[];
  readonly libraries: DerivedLibraries;
  readonly drivers: readonly Driver[];
}

/** A judged module: its drivers, and the files that went into the judgement. */
interface Judged {
  readonly drivers: readonly Driver[];
  readonly files: ReadonlySet<string>;
}

/** One kernel tree (or folder of one external module) that is judged again module by module as its files change. */
export class LiveRoot {
  /** Absolute path. */
  readonly root: string;
  readonly kernel: KernelRoot | null;
  private readonly tools: LiveTools;
  private readonly open = new Map<string, LiveFile>();
  private readonly store = new FactStore((file) => file);
  private readonly scans = new Map<string, Scan | null>();
  private readonly gatherer: Gatherer;
  private readonly judged = new Map<string, Judged>();
  private readonly byDir = new Map<string, readonly KbuildModule[]>();
  private byFile: Map<string, KbuildModule[]> | undefined;
  private index: TreeIndex | undefined;
  private indexed = new Map<string, Driver[]>();
  private libraries: DerivedLibraries | undefined;

  constructor(root: string, kernel: KernelRoot | null, tools: LiveTools) {
    this.root = root;
    this.kernel = kernel;
    this.tools = tools;
    this.gatherer = new Gatherer({ root, display: (file) => file, get: (file) => this.facts(file) });
  }

  get version(): string | undefined {
    return this.tools.version ?? this.kernel?.version;
  }

  /** Takes an open file in, or (undefined) lets the disk speak again. */
  setOpen(file: string, live: LiveFile | undefined): void {
    if (live) this.open.set(file, live);
    else this.open.delete(file);
  }

  /** The whole tree's judgement: answers for files that were not judged here, and knows the tree's libraries. */
  setIndex(index: TreeIndex): void {
    this.index = index;
    this.libraries = index.libraries;
    this.indexed = new Map();
    for (const driver of index.drivers) {
      const list = this.indexed.get(driver.file);
      if (list) list.push(driver);
      else this.indexed.set(driver.file, [driver]);
    }
    this.byFile = new Map();
    for (const module of index.modules) {
      for (const source of module.sources) {
        const list = this.byFile.get(source);
        if (list) list.push(module);
        else this.byFile.set(source, [module]);
      }
    }
    this.byDir.clear();
  }

  get isIndexed(): boolean {
    return this.index !== undefined;
  }

  /** The modules that are made of a file. */
  modulesOf(file: string): readonly KbuildModule[] {
    const known = this.byFile?.get(file);
    if (known) return known;
    const dir = dirname(file);
    let modules = this.byDir.get(dir);
    if (!modules) {
      const unit = { root: this.root, kernel: this.kernel, targets: [file], display: (name: string) => name };
      modules = modulesAround(unit).modules;
      this.byDir.set(dir, modules);
    }
    return modules.filter((module) => module.sources.includes(file));
  }

  /** Drivers in a file, by the judgement at hand; lines are those of the text that was judged. */
  driversOf(file: string): Driver[] {
    const found: Driver[] = [];
    let isJudged = false;
    for (const { drivers, files } of this.judged.values()) {
      if (!files.has(file)) continue;
      isJudged = true;
      for (const driver of drivers) if (driver.file === file) found.push(driver);
    }
    if (!isJudged) return this.indexed.get(file) ?? [];
    return mergeDrivers(found);
  }

  /** Every driver known: judged here, or in the index. */
  allDrivers(): Driver[] {
    const files = new Set(this.indexed.keys());
    for (const { drivers } of this.judged.values()) for (const driver of drivers) files.add(driver.file);
    return [...files].sort().flatMap((file) => this.driversOf(file));
  }

  /**
   * Judges what a file belongs to, with the unsaved text of all open files.
   * @returns the files whose drivers may have changed
   * @throws the signal's reason when it is aborted while files are read
   */
  async judge(file: string, signal?: AbortSignal): Promise<Set<string>> {
    const affected = new Set<string>([file]);
    const seen = new Set<string>();
    const pending: string[] = [file];
    for (const next of pending) {
      const modules = this.judgedWith(next);
      const around = [...this.modulesOf(next), ...modules].filter((module) => !seen.has(module.path));
      for (const module of around) {
        if (seen.size >= MAX_MODULES || seen.has(module.path)) continue;
        seen.add(module.path);
        await this.judgeOne(module.path, module.path, module.sources, module, affected, signal);
        for (const driver of this.judged.get(module.path)?.drivers ?? []) {
          if (driver.file !== file && !pending.includes(driver.file)) pending.push(driver.file);
        }
      }
    }
    await this.judgeAlone(file, affected, signal);
    return affected;
  }

  /** Modules already judged that took the file in: a header's, or an included `.c`'s. */
  private judgedWith(file: string): KbuildModule[] {
    const found: KbuildModule[] = [];
    for (const [key, { files }] of this.judged) {
      if (!files.has(file)) continue;
      const first = [...files][0]!;
      found.push(...this.modulesOf(first).filter((module) => module.path === key));
    }
    return found;
  }

  /** A file that no module with a driver claims is judged by itself, unless a module takes it in by `#include`. */
  private async judgeAlone(file: string, affected: Set<string>, signal?: AbortSignal): Promise<void> {
    const key = `alone:${file}`;
    const claimed = [...this.judged].some(([name, { files }]) => name !== key && files.has(file));
    if (claimed || !this.scan(file)?.driver) {
      if (this.judged.delete(key)) affected.add(file);
      return;
    }
    await this.judgeOne(key, null, [file], [], affected, signal);
  }

  private async judgeOne(
    key: string,
    name: string | null,
    sources: readonly string[],
    dirs: KbuildModule | readonly string[],
    affected: Set<string>,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const driver of this.judged.get(key)?.drivers ?? []) affected.add(driver.file);
    const scans = sources.map((source) => this.scan(source) ?? undefined);
    const exports = isLibrary(scans);
    if (name !== null && !scans.some((scan) => scan?.driver) && !(exports && this.index)) {
      this.judged.set(key, { drivers: [], files: new Set(sources) });
      return;
    }
    await this.load(sources, dirs, signal);
    signal?.throwIfAborted();
    const files = this.gatherer.moduleFiles(name, sources, dirs);
    if (exports) this.relearn(files.sources, () => files);
    const context = {
      libraries: this.libraries ?? NO_LIBRARIES,
      ...(this.version ? { version: this.version } : {}),
    };
    const drivers = judgeModule(files, context);
    const all = [...files.sources, ...files.headers].map(({ path }) => path);
    this.judged.set(key, { drivers, files: new Set([...sources, ...all]) });
    for (const driver of drivers) affected.add(driver.file);
  }

  /** A library's own entry points, read again from its text. */
  private relearn(sources: readonly SourceFile[], files: () => ReturnType<Gatherer['moduleFiles']>): void {
    const own = new Set(sources.map(({ path }) => path));
    const others = [...(this.libraries ?? [])].filter(([, entry]) => !own.has(entry.file));
    this.libraries = new Map([...others, ...deriveAll([files], this.version)]);
  }

  /** Reads what a module needs and is not known yet: its sources, then what they include. */
  private async load(
    sources: readonly string[],
    dirs: KbuildModule | readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    let wanted: string[] = [...sources];
    const seen = new Set(wanted);
    for (let depth = INCLUDE_DEPTH; ; depth--) {
      await this.parse(wanted, signal);
      if (depth === 0) return;
      const found = new Set<string>();
      for (const file of wanted) {
        const source = this.facts(file);
        for (const path of source ? this.gatherer.includesOf(file, source, dirs) : []) {
          if (!seen.has(path) && this.isWorthParsing(path)) found.add(path);
        }
      }
      for (const path of found) seen.add(path);
      wanted = [...found];
      if (wanted.length === 0) return;
    }
  }

  private isWorthParsing(path: string): boolean {
    const scan = this.scan(path);
    return scan !== null && (scan.driver || scan.inlines || path.endsWith('.c'));
  }

  private async parse(files: readonly string[], signal?: AbortSignal): Promise<void> {
    const missing = files.filter((file) => !this.open.has(file) && !this.store.has(file));
    const pieces = missing.map((file) => ({ file, size: this.scan(file)?.size ?? 0 }));
    const bytes = pieces.reduce((sum, { size }) => sum + size, 0);
    if (bytes > INLINE_BYTES && pieces.length > 1) {
      await this.tools.pool().run(
        'facts',
        this.root,
        pieces,
        (result) => {
          if ('facts' in result && !this.store.has(result.file)) this.store.set(result.file, result.facts);
        },
        signal,
      );
      return;
    }
    for (const file of missing) {
      signal?.throwIfAborted();
      const text = this.readText(file);
      if (text !== undefined) this.store.set(file, packFacts(extractFacts(this.tools.parser, text)));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Facts of a file: of its unsaved text where it is open. Headers that can't matter have none, as in an audit. */
  private facts(file: string): SourceFile | undefined {
    const live = this.open.get(file);
    if (!live) return this.store.get(file);
    return file.endsWith('.h') && !this.isWorthParsing(file) ? undefined : live.file;
  }

  /** A look at a file's text; null when it can't be read. */
  private scan(file: string): Scan | null {
    const live = this.open.get(file);
    if (live) return live.scan;
    let known = this.scans.get(file);
    if (known === undefined) {
      const text = this.readText(file);
      known = text === undefined ? null : scanText(text);
      this.scans.set(file, known);
    }
    return known;
  }

  private readText(file: string): string | undefined {
    try {
      const path = join(this.root, file);
      return statSync(path).isFile() ? readFileSync(path, 'latin1') : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Forgets what was read of files that changed on disk.
   * @returns one file of each judged module that has to be judged again
   */
  changedOnDisk(files: readonly string[]): string[] {
    const again = new Set<string>();
    if (files.some((file) => isMakefile(file))) {
      this.byDir.clear();
      this.byFile = undefined;
      for (const { files: all } of this.judged.values()) again.add([...all][0]!);
    }
    for (const file of files) {
      this.store.delete(file);
      this.scans.delete(file);
      for (const { files: all } of this.judged.values()) if (all.has(file)) again.add([...all][0]!);
      if (!isMakefile(file) && (this.indexed.has(file) || file.endsWith('.c'))) again.add(file);
    }
    this.gatherer.forget();
    return [...again];
  }
}

const NO_LIBRARIES: DerivedLibraries = new Map();

/** True for the files that Kbuild reads. */
export function isMakefile(file: string): boolean {
  return /(?:^|\/)(?:Makefile|Kbuild)$/.test(file);
}

import { dirname, join } from 'node:path';
import type { Surroundings } from '../audit/cover.ts';
import type { Examined } from '../audit/examined.ts';
import { examineModule, type JudgeContext, surroundingsOf } from '../audit/judge.ts';
import { deriveStops } from '../audit/libraries.ts';
import type { DerivedLibraries } from '../audit/library-entry.ts';
import type { Driver } from '../audit/model.ts';
import type { ModuleFiles, SourceFile } from '../audit/module.ts';
import { reportDrivers } from '../audit/report.ts';
import { applyLevels } from '../config/apply.ts';
import type { Facts } from '../facts/types.ts';
import { shippedLibraries } from '../kernel/derived.ts';
import type { Kernel } from '../kernel/index.ts';
import { type KbuildModule, type ModuleMap, withIncludedSources } from '../tree/kbuild/index.ts';
import type { KernelRoot } from '../tree/root.ts';
import { Breath } from './breath.ts';
import { busesOfTree } from './buses.ts';
import { doubtedRows } from './doubt.ts';
import { deriveAll, type Gatherer } from './gather.ts';
import { RootKernels } from './judging.ts';
import { LiveFile } from './live-file.ts';
import { LiveSources, type LiveTools } from './live-sources.ts';
import { mergeExamined } from './merge.ts';
import type { JudgedUnit } from './types.ts';
import { isLibrary } from './unit-run.ts';
import { modulesAround } from './units.ts';

/** Modules that one file's judgement may pull in, by sharing files with drivers. */
const MAX_MODULES = 16;

/** A judged module: its drivers, and the files that went into the judgement. */
interface Judged {
  readonly examined: readonly Examined[];
  readonly files: ReadonlySet<string>;
  /** What it was judged from: as long as these are the same objects, the judgement is the same. */
  readonly basis: readonly unknown[];
}

/** One kernel tree (or folder of one external module) that is judged again module by module as its files change. */
export class LiveRoot {
  /** Absolute path. */
  readonly root: string;
  readonly kernel: KernelRoot | null;
  private readonly tools: LiveTools;
  private readonly sources: LiveSources;
  private readonly kernels: RootKernels;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly judged = new Map<string, Judged>();
  private readonly byDir = new Map<string, ModuleMap>();
  private index: JudgedUnit | undefined;
  private indexed = new Map<string, Driver[]>();
  private libraries: DerivedLibraries;
  private stops: ReadonlyMap<string, number> = new Map();
  private buses: JudgeContext['buses'];
  private busesRead = false;
  private doubted = new Map<string, string>();
  private readonly confirmed = new Set<string>();
  private around: Surroundings | undefined;
  private offers = '';
  /** Another number whenever drivers may have changed in files that nobody judged. */
  generation = 0;

  constructor(root: string, kernel: KernelRoot | null, tools: LiveTools) {
    this.root = root;
    this.kernel = kernel;
    this.tools = tools;
    this.sources = new LiveSources(root, tools);
    this.kernels = new RootKernels(root, tools.config, { forced: tools.version, tree: kernel?.version });
    this.libraries = this.shipped();
  }

  get version(): string | undefined {
    return this.kernels.version;
  }

  /** Takes an open file in, or (undefined) lets the disk speak again. */
  setOpen(file: string, live: LiveFile | undefined): void {
    this.sources.setOpen(file, live);
  }

  /** The whole tree's judgement: answers for files that were not judged here, and knows the tree's libraries. */
  setIndex(index: JudgedUnit): void {
    this.index = index;
    this.libraries = index.context.libraries;
    this.buses = index.context.buses;
    this.stops = index.context.stops ?? this.stops;
    this.doubted = new Map(index.doubted);
    this.around = undefined;
    this.generation++;
    this.indexed = new Map();
    for (const driver of index.drivers) {
      const list = this.indexed.get(driver.file);
      if (list) list.push(driver);
      else this.indexed.set(driver.file, [driver]);
    }
  }

  /** Forgets what was judged by another configuration. */
  reconfigure(): void {
    this.kernels.forget();
    this.judged.clear();
    this.around = undefined;
    this.generation++;
    this.index = undefined;
    this.indexed.clear();
    this.busesRead = false;
    this.buses = undefined;
    this.libraries = this.shipped();
    this.stops = new Map();
  }

  /** What is known of libraries before any was read. */
  private shipped(): DerivedLibraries {
    return new Map(
      [...shippedLibraries(this.version)].map(([name, entry]) => [name, { ...entry, file: '' }]),
    );
  }

  get isIndexed(): boolean {
    return this.index !== undefined;
  }

  /** The modules that are made of a file. */
  modulesOf(file: string): readonly KbuildModule[] {
    const dir = dirname(file);
    let map = this.byDir.get(dir);
    if (!map) {
      const unit = {
        root: this.root,
        kernel: this.kernel,
        targets: [file],
        display: (name: string) => name,
        from: this.root,
      };
      map = modulesAround(unit);
      this.byDir.set(dir, map);
    }
    const own = map.modulesOf(file);
    if (own.length === 0 && !file.endsWith('.c')) return [];
    // Whether one of its neighbours takes a file in has to be read in all of them; mostly a Makefile names it.
    const around = own.length > 0 ? { ...map, modules: own } : map;
    return withIncludedSources(around, {
      includesOf: (source) => this.sources.scan(source)?.sources ?? [],
      exists: (path) => this.sources.gatherer.exists(path),
    }).modulesOf(file);
  }

  /** Drivers in a file, by the judgement at hand; lines are those of the text that was judged. */
  driversOf(file: string): Driver[] {
    const found: Examined[] = [];
    let isJudged = false;
    for (const { examined, files } of this.judged.values()) {
      if (!files.has(file)) continue;
      isJudged = true;
      for (const one of examined) if (one.driver.file === file) found.push(one);
    }
    const { config, known } = this.tools;
    const path = join(this.root, file);
    let drivers = this.indexed.get(file) ?? [];
    if (isJudged) {
      drivers = reportDrivers(mergeExamined(found), this.surroundings(), this.doubted);
      if (config) drivers = applyLevels(drivers, () => config.effective(path));
    }
    return known ? known.without(drivers, path) : drivers;
  }

  /** What was found of the drivers in a file when its module was judged here; empty before. */
  examinedIn(file: string): readonly Examined[] {
    return [...this.judged.values()].flatMap(({ examined }) =>
      examined.filter((one) => one.driver.file === file),
    );
  }

  /** What other modules decide: as judged here, and as the index has it where nothing was judged here. */
  private surroundings(): Surroundings {
    if (this.around) return this.around;
    const live = surroundingsOf([...this.judged.values()].flatMap(({ examined }) => [...examined]));
    const stale = new Set([...this.judged.values()].flatMap(({ files }) => [...files]));
    const join = (kind: keyof Surroundings): Surroundings[typeof kind] => {
      const kept = [...(this.index?.surroundings[kind] ?? [])].filter(([, one]) => !stale.has(one.file));
      return new Map([...kept, ...live[kind]]);
    };
    this.around = { aggregates: join('aggregates'), parents: join('parents') };
    return this.around;
  }

  /**
   * Asks the tree itself about what the judgements so far rest on: its bus types, and the kernel facts in use.
   * @returns true when something is to be judged again
   */
  async confirm(): Promise<boolean> {
    if (!this.kernel) return false;
    let changed = false;
    if (!this.busesRead && !this.index) {
      this.busesRead = true;
      const buses = await busesOfTree(this.root, this.version, undefined, new Breath(5));
      if (!this.index) {
        this.buses = buses;
        changed = buses.size > 0;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    const unseen = [...this.judged.values()]
      .flatMap(({ examined }) => examined)
      .filter(({ driver }) => {
        const names = [driver.struct, ...driver.dma.evidence.map(({ api }) => api)];
        return names.filter((name) => !this.confirmed.has(name) && this.confirmed.add(name)).length > 0;
      });
    if (unseen.length > 0) {
      const before = this.doubted.size;
      for (const [name, why] of doubtedRows(this.kernel, unseen)) this.doubted.set(name, why);
      changed ||= this.doubted.size > before;
    }
    return changed;
  }

  /** Where a name on the way to a driver's DMA is defined, in the module that was judged. */
  definitionOf(driver: Driver, name: string): { file: string; line: number } | undefined {
    const proof = driver.dma.evidence[0]?.file ?? driver.file;
    const around = [...this.judged.values()].find(({ files }) => files.has(driver.file))?.files ?? [];
    for (const file of new Set([driver.file, proof, ...around])) {
      const facts = this.sources.facts(file)?.facts;
      const fact =
        facts?.functions.find((fn) => fn.name === name) ??
        facts?.objects.find((object) => object.name === name);
      if (fact) return { file, line: fact.line };
    }
    return undefined;
  }

  /** The files of the module that a driver was judged in. */
  moduleOf(driver: Driver): ModuleFiles | undefined {
    const module = this.modulesOf(driver.file).find(({ path }) => driver.modules.includes(path));
    return module
      ? this.sources.gatherer.moduleFiles(module.path, module.sources, module)
      : this.sources.gatherer.moduleFiles(null, [driver.file], []);
  }

  /** The drivers that a file would have with another text; nothing of it stays. */
  judgeText(file: string, text: string): Promise<Driver[]> {
    return this.inTurn(() => this.tryText(file, text));
  }

  private async tryText(file: string, text: string): Promise<Driver[]> {
    const before = this.sources.opened(file);
    const kept = new Map(this.judged);
    const { libraries, stops } = this;
    const trial = new LiveFile(file, text, this.tools.parser);
    this.setOpen(file, trial);
    try {
      await this.judgeNow(file);
      return this.driversOf(file);
    } finally {
      trial.dispose();
      this.setOpen(file, before);
      this.judged.clear();
      for (const [key, value] of kept) this.judged.set(key, value);
      this.libraries = libraries;
      this.stops = stops;
      this.around = undefined;
    }
  }

  /** Files that went into a judgement: those whose change on disk matters at once. */
  filesInUse(): Set<string> {
    return new Set([...this.judged.values()].flatMap(({ files }) => [...files]));
  }

  /** The facts of a file that is open or was read for a judgement. */
  factsOf(file: string): Facts | undefined {
    return this.sources.facts(file)?.facts;
  }

  /** Every driver known: judged here, or in the index. */
  allDrivers(): Driver[] {
    return this.filesWithDrivers().flatMap((file) => this.driversOf(file));
  }

  /** Files in which drivers are known, in alphabetical order. */
  filesWithDrivers(): string[] {
    const files = new Set(this.indexed.keys());
    for (const { examined } of this.judged.values())
      for (const { driver } of examined) files.add(driver.file);
    return [...files].sort();
  }

  /**
   * Judges what a file belongs to, with the unsaved text of all open files.
   * @returns the files whose drivers may have changed
   * @throws the signal's reason when it is aborted while files are read
   */
  judge(file: string, signal?: AbortSignal): Promise<Set<string>> {
    return this.inTurn(() => this.judgeNow(file, signal));
  }

  /**
   * Judges a file by itself, before its module and its headers are read, where nothing is known of it yet.
   * @returns true when there is a finding to show meanwhile
   */
  glance(file: string): Promise<boolean> {
    return this.inTurn(async () => {
      const isKnown =
        this.indexed.has(file) || [...this.judged.values()].some(({ files }) => files.has(file));
      const live = this.sources.opened(file);
      if (isKnown || !live?.scan.driver) return false;
      live.outline();
      const examined = examineModule({ name: null, sources: [live.file], headers: [] }, this.contextOf(file));
      this.judged.set(aloneKey(file), { examined, files: new Set([file]), basis: [] });
      this.around = undefined;
      return this.driversOf(file).some(({ findings }) => findings.length > 0);
    });
  }

  /** One judgement at a time: each leaves the root whole. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => {});
    return mine;
  }

  private async judgeNow(file: string, signal?: AbortSignal): Promise<Set<string>> {
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
        for (const { driver } of this.judged.get(module.path)?.examined ?? []) {
          if (driver.file !== file && !pending.includes(driver.file)) pending.push(driver.file);
        }
      }
    }
    await this.judgeAlone(file, affected, signal);
    if (this.isOfferChanged()) {
      this.generation++;
      for (const { examined } of this.judged.values())
        for (const { driver } of examined) affected.add(driver.file);
    }
    return affected;
  }

  /** Whether what the judged modules offer to others is not what it was, wherever it stands. */
  private isOfferChanged(): boolean {
    const { aggregates, parents } = surroundingsOf([...this.judged.values()].flatMap((one) => one.examined));
    const named = [...aggregates, ...parents].map(([key, { instance, file }]) => [key, instance, file]);
    const now = JSON.stringify(named);
    const isChanged = now !== this.offers;
    this.offers = now;
    return isChanged;
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
    const key = aloneKey(file);
    const claimed = [...this.judged].some(([name, { files }]) => name !== key && files.has(file));
    if (claimed || !this.sources.scan(file)?.driver) {
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
    for (const { driver } of this.judged.get(key)?.examined ?? []) affected.add(driver.file);
    this.around = undefined;
    const scans = sources.map((source) => this.sources.scan(source) ?? undefined);
    const exports = isLibrary(scans);
    if (name !== null && !scans.some((scan) => scan?.driver) && !(exports && this.index)) {
      this.judged.set(key, { examined: [], files: new Set(sources), basis: [] });
      return;
    }
    await this.sources.load(sources, dirs, signal);
    signal?.throwIfAborted();
    this.examine(key, name, sources, dirs, exports);
    for (const { driver } of this.judged.get(key)!.examined) affected.add(driver.file);
  }

  /** Judges a module from the facts at hand. */
  private examine(
    key: string,
    name: string | null,
    sources: readonly string[],
    dirs: KbuildModule | readonly string[],
    exports: boolean,
  ): void {
    this.sources.complete();
    const files = this.sources.gatherer.moduleFiles(name, sources, dirs);
    const kernel = this.kernels.of(sources[0]);
    const all = [...files.sources, ...files.headers];
    const basis = (): unknown[] => [
      kernel,
      this.index,
      this.buses,
      this.libraries,
      this.stops,
      ...all.map(({ facts }) => facts),
    ];
    const before = this.judged.get(key);
    if (before && before.basis.length > 0 && sameItems(before.basis, basis())) return;
    if (exports) this.relearn(files.sources, () => files, kernel);
    const examined = examineModule(files, this.contextOf(sources[0]));
    const paths = all.map(({ path }) => path);
    this.judged.set(key, { examined, files: new Set([...sources, ...paths]), basis: basis() });
    this.around = undefined;
  }

  /** What a module is judged by, besides its files. */
  private contextOf(file: string | undefined): JudgeContext {
    const kernel = this.kernels.of(file);
    return {
      ...(this.index?.context ?? {}),
      libraries: this.libraries,
      stops: this.stops,
      ...(this.buses ? { buses: this.buses } : {}),
      ...(kernel === undefined ? {} : { kernel }),
    };
  }

  /** A library's own entry points, read again from its text. */
  private relearn(
    sources: readonly SourceFile[],
    files: () => ReturnType<Gatherer['moduleFiles']>,
    kernel: Kernel | undefined,
  ): void {
    const own = new Set(sources.map(({ path }) => path));
    const exported = new Set(sources.flatMap(({ facts }) => facts.exports));
    const isOwn = ([name, { file }]: readonly [string, { file: string }]): boolean =>
      own.has(file) || exported.has(name);
    const before = [...this.libraries].filter(isOwn);
    const derived = [...deriveAll([files], kernel)];
    if (JSON.stringify(before) !== JSON.stringify(derived)) {
      const others = [...this.libraries].filter((entry) => !isOwn(entry));
      this.libraries = new Map([...others, ...derived]);
    }
    const stops = [...deriveStops(files(), kernel)];
    if (stops.some(([name, level]) => this.stops.get(name) !== level))
      this.stops = new Map([...this.stops, ...stops]);
  }

  /**
   * Forgets what was read of files that changed on disk.
   * @returns one file of each judged module that has to be judged again
   */
  changedOnDisk(files: readonly string[]): string[] {
    const again = new Set<string>();
    if (files.some((file) => isMakefile(file))) {
      this.byDir.clear();
      for (const [key, judged] of this.judged) {
        this.judged.set(key, { ...judged, basis: [] });
        again.add([...judged.files][0]!);
      }
    }
    this.sources.forget(files);
    for (const file of files) {
      for (const { files: all } of this.judged.values()) if (all.has(file)) again.add([...all][0]!);
      if (!isMakefile(file) && (this.indexed.has(file) || file.endsWith('.c'))) again.add(file);
    }
    return [...again];
  }
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

/** Under what a file judged by itself is kept. */
function aloneKey(file: string): string {
  return `alone:${file}`;
}

/** True for the files that Kbuild reads. */
export function isMakefile(file: string): boolean {
  return /(?:^|\/)(?:Makefile|Kbuild)$/.test(file);
}

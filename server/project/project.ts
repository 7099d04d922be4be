import { join, resolve } from 'node:path';
import type { Engine } from '../../grammars/parser.ts';
import type { Surroundings } from '../audit/cover.ts';
import { examineModule, type JudgeContext, surroundingsOf } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import { type Doubted, type Examined, reportDrivers } from '../audit/report.ts';
import type { ModuleFiles } from '../audit/scope.ts';
import { applyLevels } from '../config/apply.ts';
import { shippedLibraries } from '../kernel/derived.ts';
import type { Kernel } from '../kernel/index.ts';
import type { FactCache, Key } from '../tree/cache/index.ts';
import { filesUnder, type Overlay, type TreeFiles } from '../tree/files.ts';
import { type KbuildModule, type ModuleMap, withIncludedSources } from '../tree/kbuild/index.ts';
import { FactPool, type Piece } from '../tree/pool.ts';
import { packedIncludes, type Result, type Scan } from '../tree/task.ts';
import { type Skipped, walkPaths } from '../tree/walk.ts';
import { Breath } from './breath.ts';
import { busesOfTree } from './buses.ts';
import type { ConfigStore } from './config-store.ts';
import { type Derived, deriveTree } from './derive.ts';
import { doubtedRows } from './doubt.ts';
import { Gatherer, INCLUDE_DEPTH, type IncludeDirs } from './gather.ts';
import { RootKernels } from './judging.ts';
import { mergeExamined, sortDrivers } from './merge.ts';
import { Reads } from './reads.ts';
import { Recall } from './recall.ts';
import type { RecordedFile, RecordedModule, RunTrace } from './record.ts';
import { type ShardGroup, type ShardNumber, type ShardUnit, shardOf } from './shard.ts';
import { FactStore } from './store.ts';
import { modulesAround, type Unit, unitsOf } from './units.ts';

/** What to audit, and how. */
export interface AuditOptions {
  readonly paths: readonly string[];
  /** Kernel tree to take instead of the one found above each file. */
  readonly tree?: string;
  /** Kernel version as `major.minor` instead of the tree's. */
  readonly version?: string;
  /** What projects configured: how their modules are judged, at which severity their findings are reported. */
  readonly config?: ConfigStore;
  /** Examine one part of the modules only, and hand over what was found: the drivers of the result are none. */
  readonly shard?: ShardNumber & { readonly take: (unit: ShardUnit) => void };
  /** Findings are reported as if no comment suppressed any. */
  readonly ignoreSuppressions?: boolean;
  readonly jobs?: number;
  readonly engine?: Engine;
  /** Take the shipped list of library entry points for what the run does not read itself (default). */
  readonly shipped?: boolean;
  /** What was read before. Written out at the end; the caller closes it. */
  readonly cache?: FactCache;
  readonly signal?: AbortSignal;
  /** Called as files are read: how many of how many, and what is being done. */
  readonly onProgress?: (done: number, total: number, phase: 'scan' | 'parse' | 'judge') => void;
  /** Called with the absolute path of each file that was parsed. */
  readonly onParsed?: (file: string) => void;
  /** Called once for each kernel tree or folder when it was judged: what an editor goes on with. */
  readonly onUnit?: (unit: JudgedUnit) => void;
  /** What wins over the disk: an unsaved text, the files as they were before a change or would be after it. */
  readonly overlay?: Overlay;
  /** Files are named from their unit's root, not as a reader of this directory would. */
  readonly fromRoot?: boolean;
}

/** What was learnt of a tree besides its drivers. */
export interface JudgedUnit {
  /** Absolute path. */
  readonly root: string;
  readonly modules: readonly KbuildModule[];
  readonly context: JudgeContext;
  readonly surroundings: Surroundings;
  /** Kernel facts that the tree contradicts, for `reportDrivers`. */
  readonly doubted: Doubted;
  readonly drivers: readonly Driver[];
}

/** Totals of a run. */
export interface Totals {
  /** Files in the walk. */
  readonly files: number;
  readonly parsedFiles: number;
  readonly parsedBytes: number;
  /** Parsed files that lie under no Makefile and were judged alone. */
  readonly loose: number;
}

export interface Audit {
  readonly drivers: readonly Driver[];
  readonly skipped: readonly Skipped[];
  readonly totals: Totals;
  /** Absolute paths of what was named to be audited. */
  readonly named: readonly string[];
  /** For each driver's file, as it is printed: the directory (absolute) that the drivers of its unit are named from. */
  readonly roots: ReadonlyMap<string, string>;
  /** Versions (`6.12.117`) of the kernel trees that the files belong to. */
  readonly kernels: readonly string[];
}

/**
 * Audits files and directories: every driver in them, judged within its module.
 * @throws UnreadablePath, NoKernelTree
 */
export async function auditPaths(options: AuditOptions): Promise<Audit> {
  const recall = Recall.of(options);
  return (await recall?.recall()) ?? (await auditAnew(options, recall));
}

async function auditAnew(options: AuditOptions, recall: Recall | undefined): Promise<Audit> {
  const began = Date.now();
  const reads = recall && new Reads();
  const { files, skipped, dirs } = walkPaths(options.paths, options.overlay);
  const plain = filesUnder(options.overlay);
  const disk = reads?.watch(plain) ?? plain;
  for (const dir of dirs) reads?.dirs.add(dir);
  const pool = new FactPool({
    ...(options.jobs ? { jobs: options.jobs } : {}),
    ...(options.engine ? { engine: options.engine } : {}),
    ...(options.cache ? { cache: options.cache } : {}),
    disk: plain,
  });
  const drivers: Driver[] = [];
  const totals = { files: files.length, parsedFiles: 0, parsedBytes: 0, loose: 0 };
  const roots = new Map<string, string>();
  const kernels = new Set<string>();
  try {
    const units = unitsOf(files, options.tree, disk);
    for (const unit of units) {
      const named = options.fromRoot ? { ...unit, display: (file: string) => file, from: unit.root } : unit;
      const run = new UnitRun(named, pool, disk, options, skipped, totals);
      const found = await run.audit();
      for (const { file } of found) if (!roots.has(file)) roots.set(file, named.from);
      if (unit.kernel) kernels.add(unit.kernel.full);
      drivers.push(...found);
      if (reads && !options.shard && units.length === 1 && unit.kernel?.root === unit.root)
        recall.keep(run.trace(reads, totals, began), { skipped, totals });
    }
  } finally {
    await pool.close();
    // Also of a run that was interrupted: what it read need not be read again.
    options.cache?.flush();
  }
  const named = options.paths.map((path) => resolve(path));
  return { drivers: sortDrivers(drivers), skipped, totals, named, roots, kernels: [...kernels] };
}

/** One unit on its way from files to drivers. */
class UnitRun {
  private readonly unit: Unit;
  private readonly pool: FactPool;
  private readonly disk: TreeFiles;
  private readonly options: AuditOptions;
  private readonly skipped: Skipped[];
  private readonly totals: { parsedFiles: number; parsedBytes: number; loose: number };
  private readonly store: FactStore;
  private readonly gatherer: Gatherer;
  private readonly scans = new Map<string, Scan>();
  private readonly kernels: RootKernels;
  /** What parsed files include from the tree. */
  private readonly included = new Map<string, readonly string[]>();
  /** Content keys of parsed files, where there is a cache. */
  private readonly keys = new Map<string, Key>();
  /** How each module was judged, by its path or its only file. */
  private readonly judged = new Map<string, Omit<RecordedModule, 'wanted' | 'library'>>();
  private wanted: ReadonlySet<KbuildModule> = new Set();
  private libraries: ReadonlySet<KbuildModule> = new Set();
  private basis: Pick<RunTrace, 'context' | 'surroundings' | 'doubted' | 'drivers'> | undefined;
  /** Targets by the names under which they are printed. */
  private readonly byName = new Map<string, string>();
  /** What a shard hands over. */
  private readonly groups: ShardGroup[] = [];
  private readonly parsed: string[] = [];
  private modules!: ModuleMap;

  constructor(
    unit: Unit,
    pool: FactPool,
    disk: TreeFiles,
    options: AuditOptions,
    skipped: Skipped[],
    totals: { parsedFiles: number; parsedBytes: number; loose: number },
  ) {
    this.unit = unit;
    this.store = new FactStore(unit.display);
    this.gatherer = new Gatherer({
      root: unit.root,
      display: unit.display,
      get: (file) => this.store.get(file),
      disk,
    });
    this.kernels = new RootKernels(unit.root, options.config, {
      forced: options.version,
      tree: unit.kernel?.version,
    });
    this.pool = pool;
    this.disk = disk;
    this.options = options;
    this.skipped = skipped;
    this.totals = totals;
  }

  async audit(): Promise<Driver[]> {
    const targets = new Set(this.unit.targets);
    const around = await this.modulesOfTargets(targets);
    const wanted = around.filter((module) => module.sources.some((source) => this.scans.get(source)?.driver));
    const libraries = around.filter((module) =>
      isLibrary(module.sources.map((source) => this.scans.get(source))),
    );
    this.wanted = new Set(wanted);
    this.libraries = new Set(libraries);
    const claimed = new Set([...wanted, ...libraries].flatMap((module) => module.sources));
    const loose = [...targets].filter((file) => !claimed.has(file) && this.scans.get(file)?.driver);
    const { shard } = this.options;
    const isMine = (name: string): boolean => !shard || shardOf(name, shard.of) === shard.index;
    const own = new Set(
      [...wanted.filter(({ path }) => isMine(path)), ...libraries].flatMap((module) => module.sources),
    );
    const alone = loose.filter(isMine);
    await this.parse([...own, ...alone]);
    await this.parseIncluded([...own, ...alone], INCLUDE_DEPTH);
    const { kernel } = this.unit;
    const buses = kernel
      ? await busesOfTree(kernel.root, this.pool, this.kernels.version, this.disk)
      : undefined;
    // What follows is this thread's work: the parsers' memory is given back first.
    await this.pool.close();
    const context = this.context(await this.derive(libraries), buses);
    const examined = await this.examine(wanted, loose, targets, context, isMine);
    const surroundings = surroundingsOf(examined);
    const doubted = this.unit.kernel
      ? doubtedRows(this.unit.kernel, examined, this.disk)
      : new Map<string, string>();
    for (const target of targets) this.byName.set(this.unit.display(target), target);
    if (shard) {
      shard.take(this.shardUnit(doubted));
      return [];
    }
    const judged = reportDrivers(
      mergeExamined(examined).filter(({ driver }) => this.byName.has(driver.file)),
      surroundings,
      doubted,
      this.options.ignoreSuppressions,
    );
    this.basis = { context, surroundings, doubted, drivers: judged };
    const { config } = this.options;
    const drivers = config ? applyLevels(judged, (file) => config.effective(this.pathOf(file))) : judged;
    this.options.onUnit?.({
      root: this.unit.root,
      modules: this.modules.modules,
      context,
      surroundings,
      doubted,
      drivers,
    });
    return drivers;
  }

  private shardUnit(doubted: Doubted): ShardUnit {
    return {
      root: this.unit.root,
      from: this.unit.from,
      kernel: this.unit.kernel?.full ?? null,
      groups: this.groups,
      parsed: this.parsed,
      doubted: [...doubted],
      targets: [...this.byName],
    };
  }

  /** Absolute path of a target, by the name under which it is printed. */
  pathOf(name: string): string {
    return join(this.unit.root, this.byName.get(name) ?? name);
  }

  /** The modules that compile a target, the `.c` files that their sources take in among their sources. */
  private async modulesOfTargets(targets: ReadonlySet<string>): Promise<KbuildModule[]> {
    const plain = modulesAround(this.unit, this.disk);
    const isAround = (module: KbuildModule): boolean => module.sources.some((source) => targets.has(source));
    // Neighbours are looked at too: they may take a target in by #include, or export its probe.
    const folders = new Set([...targets].map(folderOf));
    const near = plain.modules.filter((module) => isAround(module) || folders.has(module.dir));
    await this.scan([...new Set([...targets, ...near.flatMap((module) => module.sources)])]);
    this.modules = withIncludedSources(plain, {
      includesOf: (file) => this.scans.get(file)?.sources ?? [],
      exists: (file) => this.gatherer.exists(file),
    });
    const around = this.modules.modules.filter(isAround);
    const unseen = around.flatMap((module) => module.sources).filter((file) => !this.scans.has(file));
    await this.scan([...new Set(unseen)]);
    return around;
  }

  /** What the judgement rests on besides each module: libraries, the tree's own buses, what it exports. */
  private context(derived: Derived, buses: JudgeContext['buses']): JudgeContext {
    const exported = new Set([...this.scans.values()].flatMap((scan) => scan.exports));
    const all = new Map(derived.libraries);
    if (this.options.shipped !== false) {
      // What was read speaks for itself; the list answers for the rest of the kernel.
      for (const [name, entry] of shippedLibraries(this.kernels.version)) {
        if (!exported.has(name)) all.set(name, { ...entry, file: '' });
      }
    }
    return {
      libraries: all,
      stops: derived.stops,
      exported: new Set([...exported, ...[...this.scans.values()].flatMap((scan) => scan.probes)]),
      ...(buses ? { buses } : {}),
    };
  }

  private derive(modules: readonly KbuildModule[]): Promise<Derived> {
    const derivable = modules.map((module) => ({
      gather: () => this.gather(module.path, module.sources, module),
      ...this.kernelOf(module.sources[0]),
    }));
    return deriveTree(derivable);
  }

  /** A module's files; which they are is remembered for the record of the run. */
  private gather(path: string | null, sources: readonly string[], dirs: IncludeDirs): ModuleFiles {
    const files = this.gatherer.moduleFiles(path, sources, dirs);
    if (this.options.cache) {
      const includeDirs = 'includeDirs' in dirs ? dirs.includeDirs : [];
      const names = [...files.sources, ...files.headers].map((file) => file.path);
      this.judged.set(path ?? sources[0]!, { path, sources, includeDirs, files: names, examined: [] });
    }
    return files;
  }

  private note(key: string, examined: readonly Examined[]): void {
    const judged = this.judged.get(key);
    if (judged) this.judged.set(key, { ...judged, examined });
  }

  /** What a record of this run holds. */
  trace(reads: Reads, totals: Totals, began: number): RunTrace {
    const modules = [...this.wanted, ...[...this.libraries].filter((module) => !this.wanted.has(module))];
    const recorded = modules.flatMap((module): RecordedModule[] => {
      const judged = this.judged.get(module.path);
      this.judged.delete(module.path);
      return judged
        ? [{ ...judged, wanted: this.wanted.has(module), library: this.libraries.has(module) }]
        : [];
    });
    const alone = [...this.judged.values()].map((one) => ({ ...one, wanted: true, library: false }));
    const files = new Map<string, RecordedFile>();
    for (const [file, scan] of this.scans) {
      const packed = this.store.packed(file);
      const key = this.keys.get(file);
      files.set(file, { scan, ...(packed && key ? { key, includes: packedIncludes(packed) } : {}) });
    }
    return {
      root: this.unit.root,
      reads,
      files,
      modules: [...recorded, ...alone],
      ...this.basis!,
      judging: this.kernels.judging().digest,
      totals,
      began,
    };
  }

  /** The kernel by which the module of a file is judged. */
  private kernelOf(file: string | undefined): { kernel?: Kernel } {
    const kernel = this.kernels.of(file);
    return kernel === undefined ? {} : { kernel };
  }

  private async examine(
    wanted: readonly KbuildModule[],
    loose: readonly string[],
    targets: ReadonlySet<string>,
    context: JudgeContext,
    isMine: (name: string) => boolean,
  ): Promise<Examined[]> {
    const breath = new Breath();
    const examined: Examined[] = [];
    const seen = new Set<string>();
    let done = 0;
    for (const [at, module] of wanted.entries()) {
      if (!isMine(module.path)) continue;
      await breath.take();
      this.options.signal?.throwIfAborted();
      const files = this.gather(module.path, module.sources, module);
      const found = examineModule(files, { ...context, ...this.kernelOf(module.sources[0]) });
      for (const one of found) seen.add(one.driver.file);
      examined.push(...found);
      this.note(module.path, found);
      if (this.options.shard) this.groups.push({ at, loose: false, examined: found });
      this.options.onProgress?.(++done, wanted.length, 'judge');
    }
    for (const [index, file] of loose.entries()) {
      if (!isMine(file) || seen.has(this.unit.display(file)) || !targets.has(file)) continue;
      await breath.take();
      const alone = examineModule(this.gather(null, [file], []), { ...context, ...this.kernelOf(file) });
      this.note(file, alone);
      if (this.options.shard) this.groups.push({ at: wanted.length + index, loose: true, examined: alone });
      if (alone.length > 0) this.totals.loose++;
      examined.push(...alone);
    }
    return examined;
  }

  private async scan(files: readonly string[]): Promise<void> {
    let done = 0;
    await this.pool.run(
      'scan',
      this.unit.root,
      this.pieces(files),
      (result) => {
        if ('scan' in result) this.scans.set(result.file, result.scan);
        else if ('error' in result)
          this.skipped.push({ path: join(this.unit.root, result.file), reason: result.error });
        this.options.onProgress?.(++done, files.length, 'scan');
      },
      this.options.signal,
    );
  }

  private async parse(files: readonly string[]): Promise<void> {
    const wanted = files.filter((file) => !this.store.has(file));
    let done = 0;
    await this.pool.run(
      'facts',
      this.unit.root,
      this.pieces(wanted),
      (result) => {
        this.take(result);
        this.options.onProgress?.(++done, wanted.length, 'parse');
      },
      this.options.signal,
    );
  }

  private take(result: Result): void {
    if (!('facts' in result)) return;
    this.store.set(result.file, result.facts);
    if (result.key !== undefined) this.keys.set(result.file, result.key);
    const dirs = this.modules.modulesOf(result.file)[0] ?? [];
    this.included.set(result.file, this.gatherer.includesOf(result.file, packedIncludes(result.facts), dirs));
    if (this.options.shard) this.parsed.push(result.file);
    this.options.onParsed?.(join(this.unit.root, result.file));
    this.totals.parsedFiles++;
    this.totals.parsedBytes += result.bytes;
  }

  /** Parses the headers and `.c` files that parsed files include, and theirs, as far as they can matter. */
  private async parseIncluded(files: readonly string[], depth: number): Promise<void> {
    const found = new Set<string>();
    for (const file of files) {
      for (const path of this.included.get(file) ?? []) if (!this.store.has(path)) found.add(path);
    }
    if (found.size === 0 || depth === 0) return;
    const unseen = [...found].filter((file) => !this.scans.has(file));
    await this.scan(unseen);
    const wanted = [...found].filter((file) => {
      const scan = this.scans.get(file);
      return scan && (scan.driver || scan.inlines || file.endsWith('.c'));
    });
    await this.parse(wanted);
    await this.parseIncluded(wanted, depth - 1);
  }

  private pieces(files: readonly string[]): Piece[] {
    return files.map((file) => ({
      file,
      size: this.scans.get(file)?.size ?? this.disk.size(join(this.unit.root, file)),
    }));
  }
}

/** A module that exports something and knows of DMA may do it for others. */
export function isLibrary(scans: readonly (Scan | undefined)[]): boolean {
  return scans.some((scan) => scan && scan.exports.length > 0) && scans.some((scan) => scan?.dma);
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
}

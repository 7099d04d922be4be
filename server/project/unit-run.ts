import { join } from 'node:path';
import type { Examined } from '../audit/examined.ts';
import { examineModule, type JudgeContext, surroundingsOf } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import type { ModuleFiles } from '../audit/module.ts';
import { type Doubted, reportDrivers } from '../audit/report.ts';
import { applyLevels } from '../config/apply.ts';
import { shippedLibraries } from '../kernel/derived.ts';
import type { Kernel } from '../kernel/index.ts';
import type { TreeFiles } from '../tree/files.ts';
import type { KbuildModule } from '../tree/kbuild/index.ts';
import { packedIncludes } from '../tree/packed.ts';
import type { FactPool } from '../tree/pool.ts';
import type { Scan } from '../tree/scan.ts';
import type { Skipped } from '../tree/walk.ts';
import { Breath } from './breath.ts';
import { busesOfTree } from './buses.ts';
import { type Derived, deriveTree } from './derive.ts';
import { doubtedRows } from './doubt.ts';
import type { ExamineBasis, ToExamine } from './examine-task.ts';
import { examineAll } from './examine-threads.ts';
import type { IncludeDirs } from './gather.ts';
import { RootKernels } from './judging.ts';
import { mergeExamined } from './merge.ts';
import type { Reads } from './reads.ts';
import type { RecordedFile, RecordedModule, RunTrace } from './record.ts';
import { shardOf } from './shard.ts';
import type { ShardGroup, ShardUnit } from './shard-types.ts';
import type { AuditOptions, Totals } from './types.ts';
import { UnitReader } from './unit-reader.ts';
import type { Unit } from './units.ts';

/** One unit on its way from files to drivers. */
export class UnitRun {
  private readonly unit: Unit;
  private readonly pool: FactPool;
  private readonly disk: TreeFiles;
  private readonly options: AuditOptions;
  private readonly totals: { parsedFiles: number; parsedBytes: number; loose: number };
  private readonly reader: UnitReader;
  private readonly kernels: RootKernels;
  /** How each module was judged, by its path or its only file. */
  private readonly judged = new Map<string, Omit<RecordedModule, 'wanted' | 'library'>>();
  private wanted: ReadonlySet<KbuildModule> = new Set();
  /** What is reported on, and what belongs to the same modules. */
  private audited: ReadonlySet<string> = new Set();
  private libraries: ReadonlySet<KbuildModule> = new Set();
  private basis: Pick<RunTrace, 'context' | 'surroundings' | 'doubted' | 'drivers'> | undefined;
  /** Targets by the names under which they are printed. */
  private readonly byName = new Map<string, string>();
  /** What a shard hands over. */
  private readonly groups: ShardGroup[] = [];

  constructor(
    unit: Unit,
    pool: FactPool,
    disk: TreeFiles,
    options: AuditOptions,
    skipped: Skipped[],
    totals: { parsedFiles: number; parsedBytes: number; loose: number },
  ) {
    this.unit = unit;
    this.reader = new UnitReader(unit, pool, disk, options, skipped, totals);
    this.kernels = new RootKernels(unit.root, options.config, {
      forced: options.version,
      tree: unit.kernel?.version,
    });
    this.pool = pool;
    this.disk = disk;
    this.options = options;
    this.totals = totals;
  }

  async audit(): Promise<Driver[]> {
    const targets = new Set(this.unit.targets);
    const around = await this.reader.modulesOfTargets(targets);
    const wanted = around.filter((module) =>
      module.sources.some((source) => this.reader.scans.get(source)?.driver),
    );
    const libraries = around.filter((module) =>
      isLibrary(module.sources.map((source) => this.reader.scans.get(source))),
    );
    this.audited = new Set([...targets, ...around.flatMap((module) => module.sources)]);
    this.wanted = new Set(wanted);
    this.libraries = new Set(libraries);
    const claimed = new Set([...wanted, ...libraries].flatMap((module) => module.sources));
    const loose = [...targets].filter((file) => !claimed.has(file) && this.reader.scans.get(file)?.driver);
    const { shard } = this.options;
    const isMine = (name: string): boolean => !shard || shardOf(name, shard.of) === shard.index;
    const own = new Set(
      [...wanted.filter(({ path }) => isMine(path)), ...libraries].flatMap((module) => module.sources),
    );
    const alone = loose.filter(isMine);
    await this.reader.read([...own, ...alone]);
    const { kernel } = this.unit;
    const buses = kernel ? await busesOfTree(kernel.root, this.kernels.version, this.disk) : undefined;
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
      context,
      surroundings,
      doubted,
      drivers,
    });
    return drivers;
  }

  /** Gives back what lies outside of memory, when nothing more is asked of this run. */
  close(): void {
    this.reader.close();
  }

  private shardUnit(doubted: Doubted): ShardUnit {
    return {
      root: this.unit.root,
      from: this.unit.from,
      kernel: this.unit.kernel?.full ?? null,
      groups: this.groups,
      parsed: this.reader.parsed,
      doubted: [...doubted],
      targets: [...this.byName],
    };
  }

  /** Absolute path of a target, by the name under which it is printed. */
  pathOf(name: string): string {
    return join(this.unit.root, this.byName.get(name) ?? name);
  }

  /** What the judgement rests on besides each module: libraries, the tree's own buses, what it exports. */
  private context(derived: Derived, buses: JudgeContext['buses']): JudgeContext {
    const exported = new Set([...this.reader.scans.values()].flatMap((scan) => scan.exports));
    const all = new Map(derived.libraries);
    if (this.options.shipped !== false) {
      // What was read speaks for itself; the list answers for the rest of the kernel, neighbours that were but looked at
      // among it.
      const known = new Set([...this.audited].flatMap((file) => this.reader.scans.get(file)?.exports ?? []));
      for (const [name, entry] of shippedLibraries(this.kernels.version)) {
        if (!known.has(name)) all.set(name, { ...entry, file: '' });
      }
    }
    return {
      libraries: all,
      stops: derived.stops,
      exported: new Set([...exported, ...[...this.reader.scans.values()].flatMap((scan) => scan.probes)]),
      ...(buses ? { buses } : {}),
    };
  }

  private derive(modules: readonly KbuildModule[]): Promise<Derived> {
    const derivable = modules.map((module) => {
      const one = this.toExamine(module.path, module.sources, module);
      return { gather: () => this.gather(one), ...this.kernelOf(module.sources[0]) };
    });
    return deriveTree(derivable);
  }

  /** A module's files; which they are is remembered for the record of the run. */
  private gather(module: ToExamine): ModuleFiles {
    const files = this.reader.gatherer.moduleFiles(module.name, module.sources, module.dirs);
    this.remember(
      module,
      [...files.sources, ...files.headers].map((file) => file.path),
    );
    return files;
  }

  private remember({ name, sources, dirs }: ToExamine, files: readonly string[]): void {
    if (!this.options.cache) return;
    const settings =
      'includeDirs' in dirs
        ? { includeDirs: dirs.includeDirs, configs: dirs.configs, sourceConfigs: [...dirs.sourceConfigs] }
        : { includeDirs: [], configs: [], sourceConfigs: [] };
    this.judged.set(name ?? sources[0]!, { path: name, sources, ...settings, files, examined: [] });
  }

  private note({ name, sources }: ToExamine, examined: readonly Examined[]): void {
    const key = name ?? sources[0]!;
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
    for (const [file, scan] of this.reader.scans) {
      const packed = this.reader.store.packed(file);
      const key = this.reader.keys.get(file);
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
    const all = wanted.flatMap((module, at) =>
      isMine(module.path) ? [{ at, ...this.toExamine(module.path, module.sources, module) }] : [],
    );
    let done = 0;
    const found = await examineAll(this.pool, all, {
      basis: () => this.basisOfThreads(context),
      size: ({ sources }) => sources.reduce((sum, file) => sum + (this.reader.scans.get(file)?.size ?? 0), 0),
      here: (module) => this.examineHere(module, context),
      onElsewhere: (module, { examined, files }) => {
        this.remember(module, files);
        this.note(module, examined);
      },
      onAsked: (paths) => {
        for (const path of paths) this.reader.gatherer.exists(path);
      },
      onDone: () => this.options.onProgress?.(++done, wanted.length, 'judge'),
      signal: this.options.signal,
    });
    const seen = new Set(found.flatMap((examined) => examined.map(({ driver }) => driver.file)));
    if (this.options.shard) {
      for (const [index, { at }] of all.entries())
        this.groups.push({ at, loose: false, examined: found[index]! });
    }
    const breath = new Breath();
    for (const [index, file] of loose.entries()) {
      if (!isMine(file) || seen.has(this.unit.display(file)) || !targets.has(file)) continue;
      await breath.take();
      const alone = this.examineHere(this.toExamine(null, [file], []), context);
      if (this.options.shard) this.groups.push({ at: wanted.length + index, loose: true, examined: alone });
      if (alone.length > 0) this.totals.loose++;
      found.push(alone);
    }
    return found.flat();
  }

  private toExamine(name: string | null, sources: readonly string[], dirs: IncludeDirs): ToExamine {
    const settings =
      'includeDirs' in dirs
        ? { includeDirs: dirs.includeDirs, configs: dirs.configs, sourceConfigs: dirs.sourceConfigs }
        : dirs;
    return { name, sources, dirs: settings, ...this.kernelOf(sources[0]) };
  }

  private examineHere(module: ToExamine, context: JudgeContext): Examined[] {
    const files = this.gather(module);
    const { kernel } = module;
    const examined = examineModule(files, { ...context, ...(kernel === undefined ? {} : { kernel }) });
    this.note(module, examined);
    return examined;
  }

  /** Threads read the disk: of a tree that is partly elsewhere they can't be told. */
  private basisOfThreads(context: JudgeContext): ExamineBasis | undefined {
    const { root, kernel } = this.unit;
    if (kernel?.root !== root || this.options.overlay) return undefined;
    const shared = this.reader.store.share();
    return shared && { root, shared, context, existing: this.reader.gatherer.known };
  }
}

/** A module that exports something and knows of DMA may do it for others. */
export function isLibrary(scans: readonly (Scan | undefined)[]): boolean {
  return scans.some((scan) => scan && scan.exports.length > 0) && scans.some((scan) => scan?.dma);
}

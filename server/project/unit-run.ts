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
      // What was read speaks for itself; the list answers for the rest of the kernel.
      for (const [name, entry] of shippedLibraries(this.kernels.version)) {
        if (!exported.has(name)) all.set(name, { ...entry, file: '' });
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
    const derivable = modules.map((module) => ({
      gather: () => this.gather(module.path, module.sources, module),
      ...this.kernelOf(module.sources[0]),
    }));
    return deriveTree(derivable);
  }

  /** A module's files; which they are is remembered for the record of the run. */
  private gather(path: string | null, sources: readonly string[], dirs: IncludeDirs): ModuleFiles {
    const files = this.reader.gatherer.moduleFiles(path, sources, dirs);
    if (this.options.cache) {
      const settings =
        'includeDirs' in dirs
          ? {
              includeDirs: dirs.includeDirs,
              configs: dirs.configs,
              sourceConfigs: [...dirs.sourceConfigs],
            }
          : { includeDirs: [], configs: [], sourceConfigs: [] };
      const names = [...files.sources, ...files.headers].map((file) => file.path);
      this.judged.set(path ?? sources[0]!, { path, sources, ...settings, files: names, examined: [] });
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
}

/** A module that exports something and knows of DMA may do it for others. */
export function isLibrary(scans: readonly (Scan | undefined)[]): boolean {
  return scans.some((scan) => scan && scan.exports.length > 0) && scans.some((scan) => scan?.dma);
}

import { join } from 'node:path';
import type { Key } from '../tree/cache/index.ts';
import type { TreeFiles } from '../tree/files.ts';
import { type KbuildModule, type ModuleMap, withIncludedSources } from '../tree/kbuild/index.ts';
import { packedIncludes } from '../tree/packed.ts';
import type { FactPool } from '../tree/pool.ts';
import type { Scan } from '../tree/scan.ts';
import type { Piece, Result } from '../tree/task.ts';
import type { Skipped } from '../tree/walk.ts';
import { Gatherer, INCLUDE_DEPTH } from './gather.ts';
import { FactStore } from './store.ts';
import type { AuditOptions } from './types.ts';
import { modulesAround, type Unit } from './units.ts';

/** Packed facts that are held in memory; a whole kernel tree's are some 100 MB. */
const MEMORY = 16 * 1024 * 1024;

/** Reads the files of one unit: which modules they make, what a scan of their text says, the facts of those that matter. */
export class UnitReader {
  readonly store: FactStore;
  readonly gatherer: Gatherer;
  readonly scans = new Map<string, Scan>();
  /** Content keys of parsed files, where there is a cache. */
  readonly keys = new Map<string, Key>();
  /** Files that were parsed, in that order. */
  readonly parsed: string[] = [];
  modules!: ModuleMap;
  private readonly unit: Unit;
  private readonly pool: FactPool;
  private readonly disk: TreeFiles;
  private readonly options: AuditOptions;
  private readonly skipped: Skipped[];
  /** Files that could not be read. */
  private readonly lost = new Set<string>();
  private readonly totals: { parsedFiles: number; parsedBytes: number };
  /** What parsed files include from the tree. */
  private readonly included = new Map<string, readonly string[]>();

  constructor(
    unit: Unit,
    pool: FactPool,
    disk: TreeFiles,
    options: AuditOptions,
    skipped: Skipped[],
    totals: { parsedFiles: number; parsedBytes: number },
  ) {
    this.unit = unit;
    this.pool = pool;
    this.disk = disk;
    this.options = options;
    this.skipped = skipped;
    this.totals = totals;
    this.store = new FactStore(unit.display, { memory: MEMORY });
    this.gatherer = new Gatherer({
      root: unit.root,
      display: unit.display,
      get: (file) => this.store.get(file),
      disk,
    });
  }

  /** Gives back what lies outside of memory; facts can't be had from here on. */
  close(): void {
    this.store.close();
  }

  /** Parses these files and what they include, as far as it can matter. */
  async read(files: readonly string[]): Promise<void> {
    await this.parse(files);
    await this.parseIncluded(files, INCLUDE_DEPTH);
    this.included.clear();
  }

  /** The modules that compile a target, the `.c` files that their sources take in among their sources. */
  async modulesOfTargets(targets: ReadonlySet<string>): Promise<KbuildModule[]> {
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

  private async scan(files: readonly string[]): Promise<void> {
    let done = 0;
    await this.pool.run(
      'scan',
      this.unit.root,
      this.pieces(files),
      (result) => {
        if ('scan' in result) this.scans.set(result.file, result.scan);
        else if ('error' in result) this.skip(result.file, result.error);
        this.options.onProgress?.(++done, files.length, 'scan');
      },
      this.options.signal,
    );
  }

  /** Says of a file that it could not be read, also of one that went away after it had been looked at. */
  private skip(file: string, reason: string): void {
    if (this.lost.has(file)) return;
    this.lost.add(file);
    this.skipped.push({ path: join(this.unit.root, file), reason });
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
    if ('error' in result) this.skip(result.file, result.error);
    if (!('facts' in result)) return;
    this.store.set(result.file, result.facts);
    if (result.key !== undefined) this.keys.set(result.file, result.key);
    const dirs = this.modules.modulesOf(result.file)[0] ?? [];
    this.included.set(result.file, this.gatherer.includesOf(result.file, packedIncludes(result.facts), dirs));
    this.parsed.push(result.file);
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

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : '';
}

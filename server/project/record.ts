import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirOf, type Surroundings } from '../audit/cover.ts';
import type { Examined } from '../audit/examined.ts';
import type { JudgeContext } from '../audit/judge.ts';
import type { Driver } from '../audit/model.ts';
import type { Doubted } from '../audit/report.ts';
import { CONFIG_NAME } from '../config/keys.ts';
import type { IncludeFact } from '../facts/types.ts';
import { type Key, keyOf } from '../tree/cache/key.ts';
import type { RunParts } from '../tree/cache/runs.ts';
import { type Scan, scanText } from '../tree/scan.ts';
import type { JudgingSource } from './judging.ts';
import { sortDrivers } from './merge.ts';
import { isAsStamped, listingOf, type Reads, STAMP, stampInto } from './reads.ts';
import type { Totals } from './types.ts';

/** A module as it was judged. */
export interface RecordedModule {
  /** Path without suffix; null for a file judged alone. */
  readonly path: string | null;
  readonly sources: readonly string[];
  readonly includeDirs: readonly string[];
  readonly configs: readonly string[];
  readonly sourceConfigs: readonly (readonly [file: string, configs: readonly string[]])[];
  /** Its drivers were judged; entry points were derived from it. */
  readonly wanted: boolean;
  readonly library: boolean;
  /** All files that went into the judgement, from the root. */
  readonly files: readonly string[];
  readonly examined: readonly Examined[];
}

/** What was learnt of one source file. */
export interface RecordedFile {
  readonly scan: Scan;
  /** Its content's key and what it includes, where it was parsed. */
  readonly key?: Key;
  readonly includes?: readonly IncludeFact[];
}

/** A run over one kernel tree, with all that a later run needs to judge a few of its modules again. */
export interface RunTrace {
  readonly root: string;
  readonly reads: Reads;
  readonly files: ReadonlyMap<string, RecordedFile>;
  readonly modules: readonly RecordedModule[];
  readonly context: JudgeContext;
  readonly surroundings: Surroundings;
  readonly doubted: Doubted;
  /** Digest of what is configured for the root. */
  readonly judging: string;
  /** As judged, before configured severities. */
  readonly drivers: readonly Driver[];
  readonly totals: Totals;
  /** Milliseconds since 1970 at which the run began to read. */
  readonly began: number;
}

interface Head {
  readonly root: string;
  readonly totals: Totals;
  readonly judging: string;
}

interface Paths {
  readonly dirs: readonly string[];
  /** Names and kinds of the entries of each. */
  readonly listings: readonly string[];
  readonly texts: readonly string[];
  /** Names of source files by folder. */
  readonly sources: readonly (readonly [folder: string, names: readonly string[]])[];
}

/** Which modules there are, by the numbers of their files. */
type ModuleIndex = readonly { readonly files: readonly number[]; readonly drivers: readonly number[] }[];

/** Only runs over more than this are worth a record. */
export const MIN_FILES = 64;
/** With more changed files than this, everything is gone through. */
const MAX_CHANGED = 32;

/** The parts of a record of a run; none when some directory is still changing. */
export function partsOf(trace: RunTrace): Map<string, Uint8Array> | undefined {
  const files = [...trace.files.keys()].sort();
  const number = new Map(files.map((file, index) => [file, index]));
  const dirs = [...trace.reads.dirs];
  // A configuration that comes or goes changes its directory.
  const configs = dirs.map((dir) => join(dir, CONFIG_NAME)).filter((path) => existsSync(path));
  const texts = [...trace.reads.texts, ...configs];
  const listings = dirs.map(listingOf);
  const all = [...dirs, ...texts];
  const stamps = new Float64Array((all.length + files.length) * STAMP);
  for (const [index, path] of all.entries()) {
    const isSure = stampInto(stamps, index, path, trace.began);
    // A directory that is changing can be told by its entries.
    if (!isSure && (index >= dirs.length || listings[index] === '')) return undefined;
  }
  // A source that changed a moment ago is told by its content next time.
  for (const [index, file] of files.entries())
    stampInto(stamps, all.length + index, join(trace.root, file), trace.began);
  const head: Head = { root: trace.root, totals: trace.totals, judging: trace.judging };
  const paths: Paths = { dirs, listings, texts, sources: grouped(files) };
  const index: ModuleIndex = trace.modules.map(({ files: own, examined }) => ({
    files: own.map((file) => number.get(file)).filter((at) => at !== undefined),
    drivers: [...new Set(examined.map(({ driver }) => number.get(driver.file)!))],
  }));
  const { context, surroundings } = trace;
  const parts = new Map<string, Uint8Array>([
    ['head', json(head)],
    ['paths', json(paths)],
    ['stamps', new Uint8Array(stamps.buffer)],
    ['drivers', json(sortDrivers(trace.drivers))],
    ['files', json(files.map((file) => compact(trace.files.get(file)!)))],
    ['index', json(index)],
    [
      'context',
      json({
        libraries: [...context.libraries],
        stops: [...(context.stops ?? [])],
        buses: context.buses && [...context.buses],
        exported: [...(context.exported ?? [])],
        aggregates: [...surroundings.aggregates],
        parents: [...surroundings.parents],
        doubted: [...trace.doubted],
        asked: [...new Set(trace.modules.flatMap(({ examined }) => examined.flatMap(asksOf)))],
      }),
    ],
  ]);
  for (const [at, module] of trace.modules.entries()) parts.set(`module ${at}`, json(module));
  return parts;
}

/** A record of an earlier run, read as far as it is asked. */
export class RunRecord {
  readonly head: Head;
  /** Source files from the root. */
  readonly files: readonly string[];
  private readonly parts: RunParts;
  private readonly dirs: readonly string[];
  private readonly listings: readonly string[];
  private readonly texts: readonly string[];
  private readonly stamps: Float64Array;

  /** @throws where the record is damaged */
  constructor(parts: RunParts) {
    this.parts = parts;
    this.head = this.read('head');
    const { dirs, listings, texts, sources } = this.read<Paths>('paths');
    this.dirs = dirs;
    this.listings = listings;
    this.texts = texts;
    this.files = sources.flatMap(([folder, names]) => names.map((name) => `${folder}${name}`));
    const bytes = this.bytes('stamps');
    this.stamps = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  }

  /**
   * The source files whose content is not that of the record; undefined when something else changed: a directory, a
   * Makefile, what is configured, what a file brings to others.
   */
  changed(config: JudgingSource | undefined): { file: string; text: string }[] | undefined {
    const { root, judging } = this.head;
    if ((config?.judging(root).digest ?? '') !== judging) return undefined;
    const fixed = [...this.dirs, ...this.texts];
    for (const [index, path] of fixed.entries()) {
      if (isAsStamped(this.stamps, index, path)) continue;
      if (index >= this.dirs.length || listingOf(path) !== this.listings[index]) return undefined;
    }
    const touched: number[] = [];
    for (const [index, file] of this.files.entries()) {
      if (!isAsStamped(this.stamps, fixed.length + index, `${root}/${file}`)) touched.push(index);
    }
    if (touched.length > MAX_CHANGED) return undefined;
    return touched.length === 0 ? [] : this.differing(touched);
  }

  private differing(touched: readonly number[]): { file: string; text: string }[] | undefined {
    const known = this.known;
    const changed: { file: string; text: string }[] = [];
    for (const index of touched) {
      const file = this.files[index]!;
      const content = readFileSync(join(this.head.root, file));
      const { key, scan } = known[index]!;
      if (key !== undefined && keyOf(content) === key) continue;
      const text = content.toString('latin1');
      // What others see of it has to be the same.
      const { size: _, ...now } = scanText(text);
      const { size: __, ...before } = scan;
      if (JSON.stringify(now) !== JSON.stringify(before)) return undefined;
      if (key !== undefined) changed.push({ file, text });
    }
    return changed;
  }

  /** What was learnt of each file, in the order of `files`. */
  get known(): RecordedFile[] {
    return this.read<Compact[]>('files').map(expand);
  }

  get drivers(): Driver[] {
    return this.read('drivers');
  }

  get index(): ModuleIndex {
    return this.read('index');
  }

  module(at: number): RecordedModule {
    return this.read(`module ${at}`);
  }

  /** What the modules were judged by. */
  get context(): {
    context: JudgeContext;
    surroundings: Surroundings;
    doubted: Doubted;
    /** What drivers wanted to know of other modules (`asksOf`). */
    asked: ReadonlySet<string>;
  } {
    const read = this.read<Record<string, never[]>>('context');
    return {
      context: {
        libraries: new Map(read.libraries),
        stops: new Map(read.stops),
        exported: new Set(read.exported),
        ...(read.buses ? { buses: new Map(read.buses) } : {}),
      },
      surroundings: { aggregates: new Map(read.aggregates), parents: new Map(read.parents) },
      doubted: new Map(read.doubted),
      asked: new Set(read.asked),
    };
  }

  private read<T>(name: string): T {
    return JSON.parse(Buffer.from(this.bytes(name)).toString('utf8')) as T;
  }

  private bytes(name: string): Uint8Array {
    const bytes = this.parts.get(name);
    if (!bytes) throw new Error(`the record lacks ${name}`);
    return bytes;
  }
}

/** What a driver asks of other modules: the master of its components, the parents of its auxiliary device. */
function asksOf({ driver, isComponent, parentModules }: Examined): string[] {
  return [
    ...(isComponent ? [`aggregate ${dirOf(driver.file)}`] : []),
    ...parentModules.map((name) => `parent ${name}`),
  ];
}

type Compact = readonly [scan: Scan, key: string | null, includes: readonly IncludeFact[] | null];

function compact({ scan, key, includes }: RecordedFile): Compact {
  return [scan, key === undefined ? null : Buffer.from(key, 'latin1').toString('hex'), includes ?? null];
}

function expand([scan, key, includes]: Compact): RecordedFile {
  return {
    scan,
    ...(key === null ? {} : { key: Buffer.from(key, 'hex').toString('latin1') }),
    ...(includes === null ? {} : { includes }),
  };
}

function grouped(files: readonly string[]): [string, string[]][] {
  const groups: [string, string[]][] = [];
  for (const file of files) {
    const at = file.lastIndexOf('/') + 1;
    const folder = file.slice(0, at);
    const last = groups.at(-1);
    if (last && last[0] === folder) last[1].push(file.slice(at));
    else groups.push([folder, [file.slice(at)]]);
  }
  return groups;
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

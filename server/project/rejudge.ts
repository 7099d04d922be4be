import { type Engine, openParser } from '../../grammars/parser.ts';
import type { Examined } from '../audit/examined.ts';
import { examineModule, type JudgeContext, surroundingsOf } from '../audit/judge.ts';
import { deriveLibraries, deriveStops } from '../audit/libraries.ts';
import type { LibraryEntry } from '../audit/library-entry.ts';
import type { Driver } from '../audit/model.ts';
import type { ModuleFiles, SourceFile } from '../audit/module.ts';
import { reportDrivers } from '../audit/report.ts';
import { extractFacts } from '../facts/extract.ts';
import type { FactCache } from '../tree/cache/index.ts';
import { DISK } from '../tree/files.ts';
import { unpackFacts } from '../tree/packed.ts';
import { Gatherer } from './gather.ts';
import type { RootKernels } from './judging.ts';
import { mergeExamined, sortDrivers } from './merge.ts';
import type { RecordedFile, RecordedModule, RunRecord } from './record.ts';

/** A file with another text than the record's. */
export interface Changed {
  readonly file: string;
  readonly text: string;
}

/** What is judged with. */
export interface Rejudging {
  readonly cache: FactCache;
  readonly engine: Engine;
  readonly ignoreSuppressions: boolean;
}

/**
 * The drivers of a recorded run after a few files changed: the modules that they are part of are judged again, all
 * others stand. Undefined when the change reaches further than those modules; then everything has to be gone through.
 */
export async function rejudge(
  record: RunRecord,
  changed: readonly Changed[],
  kernels: RootKernels,
  { cache, engine, ignoreSuppressions }: Rejudging,
): Promise<Driver[] | undefined> {
  const sources = new ChangedSources(record, changed, cache);
  if (!(await sources.parse(engine))) return undefined;
  const { context, surroundings, doubted, asked } = record.context;
  const index = record.index;
  const numbers = new Set(changed.map(({ file }) => record.files.indexOf(file)));
  const affected = index.flatMap(({ files }, at) => (files.some((n) => numbers.has(n)) ? [at] : []));
  const again = new Map<number, readonly Examined[]>();
  const touched = new Set<number>();
  for (const at of affected) {
    const module = record.module(at);
    const now = sources.gather(module, 'now');
    if (!now) return undefined;
    const kernel = kernels.of(module.sources[0]);
    const judge: JudgeContext = kernel === undefined ? context : { ...context, kernel };
    if (module.library) {
      const before = sources.gather(module, 'before');
      if (!before || !givesTheSame(now, before, judge)) return undefined;
    }
    if (!module.wanted) continue;
    const examined = examineModule(now, judge);
    if (!meansTheSame(examined, module, asked)) return undefined;
    again.set(at, examined);
    for (const n of index[at]!.drivers) touched.add(n);
  }
  const files = new Set([...touched].map((n) => record.files[n]!));
  const examined = index.flatMap(({ drivers }, at) =>
    drivers.some((n) => touched.has(n)) ? [...(again.get(at) ?? record.module(at).examined)] : [],
  );
  const kept: Driver[] = [];
  const reported = new Set<string>();
  for (const driver of record.drivers) {
    reported.add(driver.file);
    if (!files.has(driver.file)) kept.push(driver);
  }
  const merged = mergeExamined(examined).filter(
    ({ driver }) => files.has(driver.file) && reported.has(driver.file),
  );
  return sortDrivers([...kept, ...reportDrivers(merged, surroundings, doubted, ignoreSuppressions)]);
}

/** The files of modules before and after the change. */
class ChangedSources {
  private readonly record: RunRecord;
  private readonly changed: readonly Changed[];
  private readonly cache: FactCache;
  private readonly known = new Map<string, RecordedFile>();
  private readonly fresh = new Map<string, SourceFile>();
  private readonly read = new Map<string, SourceFile | undefined>();

  constructor(record: RunRecord, changed: readonly Changed[], cache: FactCache) {
    this.record = record;
    this.changed = changed;
    this.cache = cache;
    for (const [index, known] of record.known.entries()) this.known.set(record.files[index]!, known);
  }

  /** Reads the changed files; false when one includes something else now. */
  async parse(engine: Engine): Promise<boolean> {
    const parser = await openParser({ engine });
    try {
      for (const { file, text } of this.changed) {
        await parser.ready();
        const facts = extractFacts(parser, text);
        if (JSON.stringify(facts.includes) !== JSON.stringify(this.known.get(file)?.includes)) return false;
        this.fresh.set(file, { path: file, facts });
      }
      return true;
    } finally {
      parser.dispose();
    }
  }

  /** A module's files; undefined when the facts of one are no longer kept. */
  gather(module: RecordedModule, when: 'now' | 'before'): ModuleFiles | undefined {
    let isWhole = true;
    const gatherer = new Gatherer({
      root: this.record.head.root,
      display: (file) => file,
      disk: DISK,
      get: (file) => {
        const fresh = when === 'now' ? this.fresh.get(file) : undefined;
        const source = fresh ?? this.kept(file);
        if (!source && this.known.get(file)?.key !== undefined) isWhole = false;
        return source;
      },
    });
    const { includeDirs, configs, sourceConfigs } = module;
    const settings = { includeDirs, configs, sourceConfigs: new Map(sourceConfigs) };
    const dirs = module.path === null ? [] : settings;
    const files = gatherer.moduleFiles(module.path, module.sources, dirs);
    return isWhole ? files : undefined;
  }

  private kept(file: string): SourceFile | undefined {
    if (!this.read.has(file)) {
      const key = this.known.get(file)?.key;
      const packed = key === undefined ? undefined : this.cache.facts(key);
      this.read.set(file, packed && { path: file, facts: unpackFacts(packed) });
    }
    return this.read.get(file);
  }
}

/** Whether a library brings the same entry points and hooks to others, with what the others bring and without. */
function givesTheSame(now: ModuleFiles, before: ModuleFiles, context: JudgeContext): boolean {
  const { kernel } = context;
  const derived = new Map<string, LibraryEntry>([...context.libraries].filter(([, { file }]) => file !== ''));
  const given = (files: ModuleFiles): string =>
    JSON.stringify([
      [...deriveStops(files, kernel)],
      [...deriveLibraries(files, new Map(), kernel)],
      [...deriveLibraries(files, derived, kernel)],
    ]);
  return given(now) === given(before);
}

/** Whether the drivers of a module mean the same to other modules, and rest on no kernel fact that was not asked. */
function meansTheSame(
  examined: readonly Examined[],
  { path, examined: before }: RecordedModule,
  asked: ReadonlySet<string>,
): boolean {
  if (path === null && examined.length === 0) return false;
  const rests = (all: readonly Examined[]): string[] =>
    all.flatMap(({ driver }) => [driver.struct, ...driver.dma.evidence.map(({ api }) => api)]);
  const known = new Set(rests(before));
  const files = (all: readonly Examined[]): string =>
    JSON.stringify([...new Set(all.map(({ driver }) => driver.file))].sort());
  const now = offersOf(examined);
  const then = offersOf(before);
  const isMissed = (name: string): boolean => asked.has(name) && now.get(name) !== then.get(name);
  return (
    rests(examined).every((name) => known.has(name)) &&
    files(examined) === files(before) &&
    ![...now.keys(), ...then.keys()].some(isMissed)
  );
}

/** What examined drivers offer to others, by the names under which `asksOf` asks for it. */
function offersOf(all: readonly Examined[]): Map<string, string> {
  const { aggregates, parents } = surroundingsOf(all);
  return new Map([
    ...[...aggregates].map(([dir, one]) => [`aggregate ${dir}`, JSON.stringify(one)] as const),
    ...[...parents].map(([name, one]) => [`parent ${name}`, JSON.stringify(one)] as const),
  ]);
}

import { workerData } from 'node:worker_threads';
import type { Examined } from '../audit/examined.ts';
import { examineModule, type JudgeContext } from '../audit/judge.ts';
import type { Kernel } from '../kernel/index.ts';
import { DISK } from '../tree/files.ts';
import { Gatherer, type IncludeDirs } from './gather.ts';
import { type SharedFacts, SharedReader } from './store.ts';

/** What a thread that examines modules knows from its start. Plain data. */
export interface ExamineBasis {
  /** The kernel tree: files are printed by their path from it. */
  readonly root: string;
  readonly shared: SharedFacts;
  /** All but the kernel, which modules bring along. */
  readonly context: JudgeContext;
  /** Which paths from the root exist, as far as it was asked. */
  readonly existing: ReadonlyMap<string, boolean>;
}

/** A module to examine, or a file alone (`name` null). */
export interface ToExamine {
  readonly name: string | null;
  readonly sources: readonly string[];
  /** Of a module no more than its settings: it is sent to a thread. */
  readonly dirs: IncludeDirs;
  readonly kernel?: Kernel;
}

/** What came of it. */
export interface ExaminedModule {
  readonly examined: readonly Examined[];
  /** The files that it was made of. */
  readonly files: readonly string[];
}

/** Modules that a thread examined, in the order given. */
export interface ExamineResult {
  readonly modules: readonly ExaminedModule[];
  /** Paths from the root of which it was asked whether they exist, and `existing` did not tell. */
  readonly asked: readonly string[];
}

/** Made with the first task of a thread. */
let open: { readonly gatherer: Gatherer; readonly basis: ExamineBasis } | undefined;
let asked: string[] = [];

/** Examines modules in this thread. The threads' only export. */
export default function run(modules: readonly ToExamine[]): ExamineResult {
  open ??= start();
  const { gatherer, basis } = open;
  asked = [];
  const done = modules.map(({ name, sources, dirs, kernel }) => {
    const files = gatherer.moduleFiles(name, sources, dirs);
    return {
      examined: examineModule(files, { ...basis.context, ...(kernel === undefined ? {} : { kernel }) }),
      files: [...files.sources, ...files.headers].map(({ path }) => path),
    };
  });
  return { modules: done, asked };
}

function start(): NonNullable<typeof open> {
  // Tinypool hands its own data over in front of the caller's.
  const [, basis] = workerData as [unknown, ExamineBasis];
  const { root, shared, existing } = basis;
  const display = (file: string): string => file;
  const reader = new SharedReader(shared, display);
  const disk = {
    ...DISK,
    exists(path: string): boolean {
      asked.push(path.slice(root.length + 1));
      return DISK.exists(path);
    },
  };
  const source = { root, display, get: (file: string) => reader.get(file), disk };
  return { gatherer: new Gatherer(source, existing), basis };
}

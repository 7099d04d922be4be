import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Tinypool } from 'tinypool';
import type { Engine } from '../../grammars/parser.ts';
import { answerTexts, type FactCache, runCached, type Spread } from './cache/index.ts';
import { DISK, type TreeFiles } from './files.ts';
import runHere, { type Piece, type Result, type Task } from './task.ts';

/** How work is spread. */
export interface PoolOptions {
  /** Threads. Default: the machine's parallelism. */
  readonly jobs?: number;
  readonly engine?: Engine;
  /** What was read before; the pool neither writes it out nor closes it. */
  readonly cache?: FactCache;
  /** What is read; the file system where it is not given. */
  readonly disk?: TreeFiles;
}

/** Less work than this is done at once in this thread: a thread takes longer to start. */
const SMALL_BYTES = 256 * 1024;

/** Threads that scan and parse files; they start with the first work that is worth it. `close` ends them. */
export class FactPool {
  readonly jobs: number;
  private pool: Promise<Tinypool> | undefined;
  private readonly worker: string | undefined;
  private readonly engine: Engine;
  private readonly cache: FactCache | undefined;
  private readonly disk: TreeFiles;

  constructor(options: PoolOptions = {}) {
    this.jobs = Math.max(1, options.jobs ?? availableParallelism());
    this.engine = options.engine ?? 'auto';
    this.cache = options.cache;
    this.disk = options.disk ?? DISK;
    this.worker = bundleBeside('worker.js');
  }

  /**
   * Runs one kind of task over files, biggest first, in batches; `onResult` is called as results come in, in no
   * particular order. What the cache knows is not read again.
   */
  async run(
    kind: 'scan' | 'facts',
    root: string,
    pieces: readonly Piece[],
    onResult: (result: Result) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const spread: Spread = (step, open, take) => this.spread(step, root, open, take, signal);
    const overlaid = this.overlaid(root, pieces);
    // What the overlay says of a path must not be taken for what the disk says of it.
    const plain = overlaid ? pieces.filter(({ file }) => !overlaid.has(file)) : pieces;
    if (overlaid) await this.runOverlaid(kind, root, overlaid, onResult, signal);
    if (this.cache) await runCached(this.cache, kind, root, plain, onResult, spread);
    else await spread(kind, plain, onResult);
  }

  /** The texts of the pieces that the overlay has, null for those that it says are absent; undefined for none. */
  private overlaid(root: string, pieces: readonly Piece[]): Map<string, string | null> | undefined {
    if (this.disk === DISK) return undefined;
    const texts = new Map<string, string | null>();
    for (const { file } of pieces) {
      const text = this.disk.over(join(root, file));
      if (text !== undefined) texts.set(file, text);
    }
    return texts.size > 0 ? texts : undefined;
  }

  private async runOverlaid(
    kind: 'scan' | 'facts',
    root: string,
    overlaid: ReadonlyMap<string, string | null>,
    onResult: (result: Result) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const texts = new Map<string, string>();
    for (const [file, text] of overlaid) {
      if (text === null) onResult({ file, error: 'no such file or directory' });
      else texts.set(file, text);
    }
    const open = kind === 'facts' && this.cache ? answerTexts(this.cache, texts, onResult) : texts;
    const pieces = [...open].map(([file, text]) => ({ file, size: text.length }));
    await this.spread(
      kind,
      root,
      pieces,
      (result) => {
        if ('facts' in result && result.key !== undefined) this.cache?.put(result.key, result.facts);
        onResult(result);
      },
      signal,
      open,
    );
  }

  private async spread(
    kind: Task['kind'],
    root: string,
    pieces: readonly Piece[],
    onResult: (result: Result) => void,
    signal?: AbortSignal,
    texts?: ReadonlyMap<string, string>,
  ): Promise<void> {
    const tasks = batches(pieces, this.jobs).map((files) => this.task(kind, root, files, texts));
    const pool = await this.threadsFor(pieces);
    if (!pool) {
      for (const task of tasks) {
        signal?.throwIfAborted();
        for (const result of await runHere(task)) onResult(result);
        // So that an interrupt is heard.
        await nextTurn();
      }
      return;
    }
    // Only as many tasks as threads, and one to follow each, are under way: memory is bound by the open work.
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let at = next++; at < tasks.length; at = next++) {
        signal?.throwIfAborted();
        for (const result of (await pool.run(tasks[at])) as Result[]) onResult(result);
      }
    };
    await Promise.all(Array.from({ length: this.jobs * 2 }, lane));
  }

  /** Ends the threads and gives their memory back; later work starts new ones. */
  async close(): Promise<void> {
    const pool = this.pool;
    this.pool = undefined;
    await (await pool)?.destroy();
  }

  /**
   * Threads for other work than files; the caller destroys them.
   * @param bundle the file beside this bundle that each runs
   * @returns undefined where work stays in this thread
   */
  async start(bundle: string, data: unknown, threads: number): Promise<Tinypool | undefined> {
    const worker = this.worker && bundleBeside(bundle);
    if (!worker) return undefined;
    const { startThreads } = await import('./threads.ts');
    return startThreads(worker, threads, data);
  }

  /** The threads, when there are some already or the work is worth starting them. */
  private threadsFor(pieces: readonly Piece[]): Promise<Tinypool> | undefined {
    const { worker } = this;
    if (this.pool || !worker || pieces.reduce((sum, { size }) => sum + size, 0) < SMALL_BYTES)
      return this.pool;
    this.pool = import('./threads.ts').then(({ startThreads }) => startThreads(worker, this.jobs));
    return this.pool;
  }

  private task(kind: Task['kind'], root: string, files: string[], all?: ReadonlyMap<string, string>): Task {
    const texts = all && { texts: new Map(files.map((file) => [file, all.get(file)!])) };
    if (kind !== 'facts') return { kind, root, files, ...texts };
    return { kind, root, files, ...texts, engine: this.engine, keyed: this.cache !== undefined };
  }
}

const BATCH_BYTES = 512 * 1024;
const BATCH_FILES = 64;

/** Splits files into batches of about equal work, the biggest files first and alone. */
function batches(pieces: readonly Piece[], jobs: number): string[][] {
  const sorted = [...pieces].sort((a, b) => b.size - a.size || (a.file < b.file ? -1 : 1));
  const limit = Math.max(
    16 * 1024,
    Math.min(BATCH_BYTES, pieces.reduce((sum, p) => sum + p.size, 0) / (jobs * 4)),
  );
  const result: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const piece of sorted) {
    batch.push(piece.file);
    bytes += piece.size;
    if (bytes >= limit || batch.length >= BATCH_FILES) {
      result.push(batch);
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) result.push(batch);
  return result;
}

/** A thread's bundle stands beside this one; from source there is none, and work stays in this thread. */
function bundleBeside(name: string): string | undefined {
  const file = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return existsSync(file) ? file : undefined;
}

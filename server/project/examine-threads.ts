import type { Tinypool } from 'tinypool';
import type { Examined } from '../audit/examined.ts';
import type { FactPool } from '../tree/pool.ts';
import { Breath } from './breath.ts';
import type { ExamineBasis, ExaminedModule, ExamineResult, ToExamine } from './examine-task.ts';

/** Sources of fewer bytes are examined in this thread alone: others take a fifth of a second to start. */
const WORTH_THREADS = 4 * 1024 * 1024;
/** Batches for each thread: many, for balance, of modules that stand together, as they read the same headers. */
const BATCHES = 16;

/** How modules are examined. */
export interface ExamineOptions {
  /** What other threads know from their start; undefined where they can't be had. Asked for when there is work for them. */
  basis(): ExamineBasis | undefined;
  /** Bytes of a module's sources. */
  size(module: ToExamine): number;
  /** Examines a module in this thread. */
  here(module: ToExamine): readonly Examined[];
  /** Called with what another thread made of a module. */
  onElsewhere(module: ToExamine, result: ExaminedModule): void;
  /** Called with paths from the root that another thread asked the file system for. */
  onAsked(paths: readonly string[]): void;
  /** Called for each module when it is done. */
  onDone(): void;
  readonly signal?: AbortSignal | undefined;
}

/** Examines modules, with the help of other threads where that is worth it; what was found, in the modules' order. */
export async function examineAll(
  pool: FactPool,
  modules: readonly ToExamine[],
  options: ExamineOptions,
): Promise<(readonly Examined[])[]> {
  const sizes = modules.map((module) => options.size(module));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const basis = total < WORTH_THREADS || pool.jobs === 1 ? undefined : options.basis();
  const threads = basis && (await pool.start('examine.js', basis, pool.jobs - 1));
  const found: (readonly Examined[])[] = [];
  const open = batches(sizes, total / (pool.jobs * BATCHES));
  // A thread has the next batch before it is done with one, so that it need not wait for this thread to answer.
  const elsewhere = async (threads: Tinypool): Promise<void> => {
    for (let batch = open.shift(); batch; batch = open.shift()) {
      options.signal?.throwIfAborted();
      const sent = batch.map((index) => modules[index]!);
      const result: ExamineResult = await threads.run(sent);
      options.onAsked(result.asked);
      for (const [at, index] of batch.entries()) {
        options.onElsewhere(sent[at]!, result.modules[at]!);
        found[index] = result.modules[at]!.examined;
        options.onDone();
      }
    }
  };
  const here = async (): Promise<void> => {
    const breath = new Breath();
    for (let batch = open.shift(); batch; batch = open.shift()) {
      for (const index of batch) {
        await breath.take();
        options.signal?.throwIfAborted();
        found[index] = options.here(modules[index]!);
        options.onDone();
      }
    }
  };
  try {
    const lanes = threads ? Array.from({ length: 2 * (pool.jobs - 1) }, () => elsewhere(threads)) : [];
    await Promise.all([...lanes, here()]);
  } finally {
    await threads?.destroy();
  }
  return found;
}

/** Runs of neighbours of about equal size, the biggest first; as indexes. */
function batches(sizes: readonly number[], limit: number): number[][] {
  const all: { indexes: number[]; size: number }[] = [];
  for (const [index, size] of sizes.entries()) {
    const open = all.at(-1);
    if (open && open.size + size <= limit) {
      open.indexes.push(index);
      open.size += size;
    } else all.push({ indexes: [index], size });
  }
  return all.sort((a, b) => b.size - a.size).map(({ indexes }) => indexes);
}

import { Tinypool } from 'tinypool';

/** Starts the threads of a pool; each runs `task.ts`. A file of its own, loaded when there is work for threads. */
export function startThreads(worker: string, threads: number): Tinypool {
  return new Tinypool({
    filename: worker,
    runtime: 'worker_threads',
    isolateWorkers: false,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    // A worker keeps nothing between tasks: collect early rather than grow.
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32 },
  });
}

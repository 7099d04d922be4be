import { Tinypool } from 'tinypool';

/**
 * Starts the threads of a pool. A file of its own, loaded when there is work for threads.
 * @param worker the bundle that each runs
 * @param data what each is given at its start
 */
export function startThreads(worker: string, threads: number, data?: unknown): Tinypool {
  return new Tinypool({
    filename: worker,
    ...(data === undefined ? {} : { workerData: data }),
    runtime: 'worker_threads',
    isolateWorkers: false,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    // A worker keeps nothing between tasks: collect early rather than grow.
    resourceLimits: { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 16 },
  });
}

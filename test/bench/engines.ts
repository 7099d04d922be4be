/**
 * The two engines side by side: speed on one thread and on two, and the memory they take.
 *
 * Use: engines TREE [DIR…] [--every N] [--runs N]
 * Each configuration runs in a process of its own: it reads and masks the .c files under TREE/DIR… (default: drivers
 * sound; each eighth file), then parses them and walks their top level, with one worker thread or with two that share
 * the files. Printed: MB of text a second of wall clock, reading and masking apart, and the process's peak RSS; the
 * fastest of the runs (default 3), taken in turns, so that a busy moment of the machine falls on all alike.
 */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { maskKernelC } from '../../grammars/mask.ts';
import { openParser, walkTop } from '../../grammars/parser.ts';

type EngineName = 'wasm' | 'native';

/** What one process measures. */
interface Job {
  readonly engine: EngineName;
  readonly threads: number;
  readonly files: readonly string[];
}

interface Outcome {
  readonly bytes: number;
  readonly milliseconds: number;
  readonly items: number;
  readonly peakBytes: number;
}

/** One thread: reads and masks its files, waits for the word, parses them, and says how many items it saw. */
async function work(engine: EngineName, files: readonly string[]): Promise<void> {
  const port = parentPort!;
  const parser = await openParser({ engine });
  const texts = files.map((file) => maskKernelC(readFileSync(file, 'latin1')));
  port.postMessage(texts.reduce((sum, text) => sum + text.length, 0));
  await once(port, 'message');
  let items = 0;
  for (const text of texts) {
    const tree = parser.parse(text);
    walkTop(tree, () => {
      items++;
      return false;
    });
    tree.delete();
  }
  port.postMessage(items);
  port.close();
}

/** One process: the threads of a job, started together. */
async function measure(job: Job): Promise<Outcome> {
  const here = fileURLToPath(import.meta.url);
  const workers = Array.from({ length: job.threads }, (_, k) => {
    const files = job.files.filter((_file, i) => i % job.threads === k);
    return new Worker(here, { workerData: { engine: job.engine, files } });
  });
  const ready = await Promise.all(workers.map((worker) => once(worker, 'message')));
  const start = performance.now();
  const done = workers.map((worker) => once(worker, 'message'));
  for (const worker of workers) worker.postMessage('go');
  const items = await Promise.all(done);
  const milliseconds = performance.now() - start;
  const sum = (messages: unknown[][]) => messages.reduce((total, [value]) => total + Number(value), 0);
  return {
    bytes: sum(ready),
    milliseconds,
    items: sum(items),
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { every: { type: 'string', default: '8' }, runs: { type: 'string', default: '3' } },
  });
  const [tree, ...named] = positionals;
  const every = Number(values.every);
  if (tree === undefined || !(every >= 1)) {
    process.stderr.write('engines: which tree? Use: engines TREE [DIR…] [--every N]\n');
    process.exitCode = 2;
    return;
  }
  const files = (named.length > 0 ? named : ['drivers', 'sound'])
    .flatMap((dir) =>
      readdirSync(join(tree, dir), { recursive: true, encoding: 'utf8' }).map((f) => join(tree, dir, f)),
    )
    .filter((file) => file.endsWith('.c'))
    .sort()
    .filter((_, i) => i % every === 0);
  process.stdout.write(`${files.length} files\nengine  threads    MB/s  peak RSS, MB\n`);
  const jobs: Job[] = [1, 2].flatMap((threads) =>
    (['wasm', 'native'] as const).map((engine) => ({ engine, threads, files })),
  );
  const best = new Map<Job, Outcome | string>();
  for (let i = 0; i < Number(values.runs); i++) {
    for (const job of jobs) {
      const outcome = runApart(job);
      const before = best.get(job);
      if (typeof outcome === 'string' || before === undefined || typeof before === 'string')
        best.set(job, outcome);
      else if (outcome.milliseconds < before.milliseconds) best.set(job, outcome);
    }
  }
  for (const [job, outcome] of best) {
    const label = `${job.engine.padEnd(8)}${String(job.threads).padStart(7)}`;
    if (typeof outcome === 'string') {
      process.stdout.write(`${label}  does not run here: ${outcome}\n`);
      continue;
    }
    const rate = (outcome.bytes / 1e3 / outcome.milliseconds).toFixed(2);
    const peak = (outcome.peakBytes / 1e6).toFixed(0);
    process.stdout.write(`${label}${rate.padStart(8)}${peak.padStart(14)}   ${outcome.items} items\n`);
  }
}

/** Runs a job in a process of its own; what it measured, or why it did not run. */
function runApart(job: Job): Outcome | string {
  const run = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--job'], {
    input: JSON.stringify(job),
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (run.status === 0) return JSON.parse(run.stdout) as Outcome;
  return /Error: .*/.exec(run.stderr)?.[0] ?? `exit ${run.status}`;
}

if (!isMainThread) {
  const { engine, files } = workerData as { engine: EngineName; files: readonly string[] };
  await work(engine, files);
} else if (process.argv.includes('--job')) {
  process.stdout.write(JSON.stringify(await measure(JSON.parse(readFileSync(0, 'utf8')) as Job)));
} else {
  main();
}

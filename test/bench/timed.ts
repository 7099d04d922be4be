import { type ChildProcess, spawn } from 'node:child_process';

/** What one thing took, run by run. */
export interface Measured {
  /** Names the row: `check/cold`. */
  readonly id: string;
  readonly what: string;
  /** Seconds. */
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
  /** MB: the largest resident set of any of its processes. */
  readonly rss: readonly number[];
  /** Row that it is compared with, and the most that it may be of it. */
  readonly beside?: string;
  readonly limit?: number;
  /** Or this many seconds more than that row, where that is more. */
  readonly slack?: number;
  /** Most MB. */
  readonly most?: number;
  readonly note?: string;
  readonly tree?: string;
  readonly machine?: string;
}

/** One process to run: its command and what it reads. */
export interface Run {
  readonly command: readonly string[];
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Largest exit code that is not a failure; 0 unless said. */
  readonly worst?: number;
}

interface Time {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number;
  readonly output: string;
}

/** Runs processes at once under time(1): wall of all together, CPU of all, the largest peak. */
export async function timed(runs: readonly Run[]): Promise<Time> {
  const start = performance.now();
  const all = await Promise.all(runs.map(one));
  return {
    wall: (performance.now() - start) / 1000,
    cpu: all.reduce((sum, { cpu }) => sum + cpu, 0),
    rss: Math.max(...all.map(({ rss }) => rss)),
    output: all.map(({ output }) => output).join(''),
  };
}

async function one({ command, input, env, cwd, worst = 0 }: Run): Promise<Omit<Time, 'wall'>> {
  const child: ChildProcess = spawn('/usr/bin/time', ['-f', '%U %S %M', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    ...(cwd ? { cwd } : {}),
  });
  child.stdin!.on('error', () => {});
  child.stdin!.end(input ?? '');
  const output: Buffer[] = [];
  let errors = '';
  child.stdout!.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr!.on('data', (chunk) => {
    errors += chunk;
  });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  const last = errors.trim().split('\n').at(-1) ?? '';
  const [user, system, kilobytes] = last.split(' ').map(Number);
  // What failed early would count as fast.
  if (code === null || code > worst) throw new Error(`${command.join(' ')} ended with ${code}: ${errors}`);
  if (Number.isNaN(user) || kilobytes === undefined) throw new Error(`${command.join(' ')}: ${errors}`);
  return { cpu: user! + system!, rss: kilobytes / 1024, output: Buffer.concat(output).toString('latin1') };
}

/** Seconds that the turns of one part may take; a turn that would pass it is not begun, the first always is. */
const BUDGET = 200;

/** Runs things in turns, so that what else the machine does meets them all: each `runs` times, or as `BUDGET` allows. */
export async function inTurns(
  runs: number,
  things: readonly (Omit<Measured, 'wall' | 'cpu' | 'rss'> & { readonly start: () => Promise<Time> })[],
): Promise<Measured[]> {
  const times = things.map((): Time[] => []);
  const began = performance.now();
  for (let run = 0; run < runs; run++) {
    const spent = (performance.now() - began) / 1000;
    if (run > 0 && (spent * (run + 1)) / run > BUDGET) break;
    for (const [index, { start }] of things.entries()) times[index]!.push(await start());
  }
  return things.map(({ start: _, ...thing }, index) => ({
    ...thing,
    wall: times[index]!.map(({ wall }) => round(wall)),
    cpu: times[index]!.map(({ cpu }) => round(cpu)),
    rss: times[index]!.map(({ rss }) => Math.round(rss)),
  }));
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

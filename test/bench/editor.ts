// Editor latency on a real tree: npm run bench:editor -- --tree DIR [--edits N] [--index] [--profile DIR] [--limits]
// Types into the unsaved text of one large driver: nothing in the tree is written. Beside the wall time stands what does
// not depend on what else the machine does: the CPU time of the server's process, as the kernel counts it, and how long
// its main thread held the event loop, beside a process that does nothing.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TestClient } from '../server/lsp/client.ts';
import { type Delay, LoopDelay } from './loop-delay.ts';
import { CpuClock, residentMb } from './process.ts';
import { SCRIPTS, type Typing, Typist } from './typist.ts';

/** What typing may cost: milliseconds and megabytes. */
const LIMITS = { keystrokeP95: 50, keystrokeMost: 100, firstDiagnostics: 300, rss: 700 };

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    file: { type: 'string', default: 'drivers/net/ethernet/broadcom/bnxt/bnxt.c' },
    small: { type: 'string', default: 'drivers/dma/altera-msgdma.c' },
    edits: { type: 'string', default: '100' },
    starts: { type: 'string', default: '5' },
    index: { type: 'boolean', default: false },
    profile: { type: 'string' },
    limits: { type: 'boolean', default: false },
  },
});
if (!values.tree) {
  process.stderr.write(
    'usage: npm run bench:editor -- --tree DIR [--file F] [--edits N] [--starts N] [--index] [--profile DIR] [--limits]\n',
  );
  process.exit(2);
}
const tree = resolve(values.tree);
const edits = Number(values.edits);
const execArgv = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${resolve(values.profile)}`] : [];
const broken: string[] = [];

await firstDiagnostics(values.small);
await firstDiagnostics(values.file);
await keystrokes();
if (broken.length > 0) {
  process.stdout.write(`over the limit: ${broken.join('; ')}\n`);
  if (values.limits) process.exit(1);
}

/** From `initialized` to the finding of a driver without a hook, and from the start of the process. */
async function firstDiagnostics(file: string): Promise<void> {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8').replace(/^\t\.shutdown\s*=.*\n/m, '');
  const times: Typing[] = [];
  const cold: Typing[] = [];
  for (let run = 0; run < Number(values.starts); run++) {
    const spawned = performance.now();
    const client = await TestClient.start({ folders: [tree] }, execArgv);
    const clock = new CpuClock(client.process.pid!);
    const start = performance.now();
    await client.open(path, text);
    await client.diagnostics(path, 1, (found) => found.length > 0);
    const now = performance.now();
    const { cpu, main } = clock.lap();
    times.push({ wall: now - start, cpu, main });
    cold.push({ wall: now - spawned, ...clock.total() });
    await client.stop();
  }
  if (times.length === 0) return;
  const lines = text.split('\n').length;
  print(`first diagnostics of ${file} (${lines} lines), server initialised`, times);
  const { median } = print('  the same from the start of the process', cold);
  hold(`first diagnostics of ${file}`, median, LIMITS.firstDiagnostics);
}

async function keystrokes(): Promise<void> {
  const path = join(tree, values.file);
  const text = readFileSync(path, 'utf8');
  const delay = new LoopDelay();
  const client = await TestClient.start(
    { folders: [tree], initializationOptions: { backgroundIndex: values.index }, env: delay.env },
    [...execArgv, ...delay.execArgv],
  );
  const pid = client.process.pid!;
  const typist = new Typist(client, path, text);
  await client.open(path, text);
  await client.diagnostics(path);
  if (values.index) {
    const during: Typing[] = [];
    await delay.lap(pid);
    const start = performance.now();
    const type = async (keystrokes: number): Promise<void> => {
      // A person's pace.
      for (const one of await typist.run(SCRIPTS.body!, keystrokes, 120)) {
        during.push(one);
        if (one.wall > LIMITS.keystrokeMost) tellSlow(one, performance.now() - start, indexState(client));
      }
    };
    const lasts = (): boolean => indexState(client) === 'running' && performance.now() - start < 600_000;
    // Until the index is ready and for as long as the server takes it in.
    while (lasts()) await type(2);
    process.stdout.write(
      `index ${indexState(client)} after ${Math.round((performance.now() - start) / 1000)} s\n`,
    );
    await type(20);
    const { most } = print('keystroke to diagnostics while the index is built', during);
    hold('a keystroke beside the index', most, LIMITS.keystrokeMost);
    tellDelay(await delay.lap(pid));
    const rss = residentMb(pid);
    process.stdout.write(`server RSS ${rss} MB when the index is ready\n`);
  }
  if (edits === 0) return end();
  const all: Typing[] = [];
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const times = await typist.run(script, edits);
    all.push(...times);
    print(`keystroke to diagnostics: ${name}`, times);
  }
  const { p95 } = print(`keystroke to diagnostics in ${values.file}`, all);
  hold('a keystroke', p95, LIMITS.keystrokeP95);
  tellDelay(await delay.lap(pid));
  const rss = residentMb(pid);
  process.stdout.write(`server RSS ${rss} MB\n`);
  hold('RSS', rss, LIMITS.rss);
  await end();

  async function end(): Promise<void> {
    delay.stop();
    await client.stop();
  }
}

function tellSlow({ wall, main, cpu }: Typing, at: number, index: string): void {
  const parts = [`main thread ${main.toFixed(0)}`, `CPU ${cpu.toFixed(0)}`, `index ${index}`];
  process.stdout.write(`  ${(at / 1000).toFixed(1)} s: ${wall.toFixed(0)} ms (${parts.join(', ')})\n`);
}

function tellDelay({ measured, idle }: Readonly<Record<'measured' | 'idle', Delay>>): void {
  const line = ({ p95, p99, most }: Delay): string =>
    `p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)}, most ${most.toFixed(1)}`;
  process.stdout.write(
    `    event loop late, ms: server ${line(measured)}; a process that does nothing ${line(idle)}\n`,
  );
}

function indexState(client: TestClient): string {
  const last = client.notifications.findLast(({ method }) => method === 'quiesce/index');
  return (last?.params as { state: string } | undefined)?.state ?? 'running';
}

function hold(what: string, is: number, limit: number): void {
  if (is > limit) broken.push(`${what} ${is.toFixed(0)} > ${limit}`);
}

function print(what: string, times: readonly Typing[]): { median: number; p95: number; most: number } {
  const at = (of: keyof Typing, q: number): number => {
    const sorted = times.map((one) => one[of]).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  };
  const line = (of: keyof Typing): string =>
    `median ${at(of, 0.5).toFixed(1)}, p95 ${at(of, 0.95).toFixed(1)}, most ${at(of, 1).toFixed(1)}`;
  process.stdout.write(
    `${what} (n=${times.length}), ms\n    wall ${line('wall')}; CPU ${line('cpu')}; main thread ${line('main')}\n`,
  );
  return { median: at('wall', 0.5), p95: at('wall', 0.95), most: at('wall', 1) };
}

// Editor latency on a real tree: npm run bench:editor -- --tree DIR [--edits N] [--index]
// Works on a copy of one driver's folder laid over the tree by links, so that nothing in the tree is written.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { TestClient } from '../server/lsp/client.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    file: { type: 'string', default: 'drivers/net/ethernet/broadcom/bnxt/bnxt.c' },
    small: { type: 'string', default: 'drivers/dma/mv_xor.c' },
    edits: { type: 'string', default: '200' },
    index: { type: 'boolean', default: false },
  },
});
if (!values.tree) {
  process.stderr.write('usage: npm run bench:editor -- --tree DIR [--file F] [--edits N] [--index]\n');
  process.exit(2);
}
const tree = resolve(values.tree);
const edits = Number(values.edits);

await firstDiagnostics(values.small);
await firstDiagnostics(values.file);
await keystrokes();

/** From `initialized` to the first diagnostics of a file, and from the start of the process. */
async function firstDiagnostics(file: string): Promise<void> {
  const path = join(tree, file);
  const text = readFileSync(path, 'utf8');
  const times: number[] = [];
  const cold: number[] = [];
  for (let run = 0; run < 5; run++) {
    const spawned = performance.now();
    const client = await TestClient.start({ folders: [tree] });
    const start = performance.now();
    await client.open(path, text);
    await client.diagnostics(path);
    times.push(performance.now() - start);
    cold.push(performance.now() - spawned);
    await client.stop();
  }
  const lines = text.split('\n').length;
  print(`first diagnostics of ${file} (${lines} lines), server initialised`, times);
  print('  the same from the start of the process', cold);
}

async function keystrokes(): Promise<void> {
  const path = join(tree, values.file);
  let text = readFileSync(path, 'utf8');
  const client = await TestClient.start({
    folders: [tree],
    initializationOptions: { backgroundIndex: values.index },
  });
  await client.open(path, text);
  await client.diagnostics(path);
  if (values.index) {
    const during = await type(client, path, text, edits / 2, () => true);
    text = during.text;
    print('keystroke to diagnostics while the index is built', during.times);
    const start = performance.now();
    await client.until(() => indexState(client) !== 'running', 600_000);
    process.stdout.write(
      `index ${indexState(client)} after ${Math.round((performance.now() - start) / 1000)} s more\n`,
    );
    await new Promise((done) => setTimeout(done, 3000));
  }
  const { times } = await type(client, path, text, edits, () => true);
  print(`keystroke to diagnostics in ${values.file}`, times);
  process.stdout.write(`server RSS ${rss(client.process.pid!)} MB\n`);
  await client.stop();
}

/** Types and takes back single characters and lines in the middle of functions. */
async function type(
  client: TestClient,
  path: string,
  text: string,
  count: number,
  goOn: () => boolean,
): Promise<{ times: number[]; text: string }> {
  const times: number[] = [];
  const lines = text.split('\n');
  const places = lines.flatMap((line, i) => (/^\t\w+\(.*\);$/.test(line) ? [i] : []));
  for (let i = 0; i < count && goOn(); i++) {
    const line = places[(i * 7919) % places.length]!;
    const at = { line, character: 1 };
    const piece = i % 4 === 3 ? '\n' : 'x';
    const one = performance.now();
    const version = await client.change(path, piece, { start: at, end: at });
    await client.diagnostics(path, version);
    times.push(performance.now() - one);
    const end = piece === '\n' ? { line: line + 1, character: 0 } : { line, character: 2 };
    const two = performance.now();
    const back = await client.change(path, '', { start: at, end });
    await client.diagnostics(path, back);
    times.push(performance.now() - two);
  }
  return { times, text };
}

function indexState(client: TestClient): string {
  const last = client.notifications.findLast(({ method }) => method === 'quiesce/index');
  return (last?.params as { state: string } | undefined)?.state ?? 'running';
}

/** Resident memory of a process, MB. */
function rss(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

function print(what: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (q: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!.toFixed(1);
  process.stdout.write(
    `${what}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms (n=${times.length})\n`,
  );
}

/**
 * Times a whole inventory (without, with an empty and with a full cache) beside two peers on the same files in the same run: `rg -c shutdown` reading them, and a bare
 * tree-sitter parse of every `.c` file by as many processes as there are processors.
 *
 *     npm run --silent build && node test/run.js test/bench/whole-tree.ts TREE [DIR…] [--write docs/performance.md]
 *
 * Wall and CPU seconds are of whole processes; the peak is the largest resident set of the inventory's process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openParser } from '../../grammars/parser.ts';
import { kernelRootAt } from '../../server/tree/root.ts';
import { walkPaths } from '../../server/tree/walk.ts';

const SELF = fileURLToPath(import.meta.url);

if (process.argv[2] === '--parse') {
  // A peer's process: parses the files of a list and nothing else.
  const parser = await openParser();
  let bytes = 0;
  for (const file of readFileSync(0, 'utf8').trim().split('\n')) {
    const text = readFileSync(file, 'latin1');
    bytes += text.length;
    parser.parse(text).delete();
  }
  process.stderr.write(`${bytes}\n`);
  process.exit(0);
}

const args = process.argv.slice(2);
const at = args.indexOf('--write');
const out = at >= 0 ? args.splice(at, 2)[1] : undefined;
const [tree, ...dirs] = args;
const kernel = tree ? kernelRootAt(tree) : undefined;
if (!kernel) {
  process.stderr.write('whole-tree: name a kernel tree\n');
  process.exit(2);
}
const paths = (dirs.length > 0 ? dirs : ['drivers', 'sound', 'net', 'arch']).map((dir) =>
  join(kernel.root, dir),
);
const sources = walkPaths(paths).files.filter((file) => file.endsWith('.c'));
const jobs = availableParallelism();
const cli = fileURLToPath(new URL('./cli.js', import.meta.url));

const command = [process.execPath, cli, 'inventory', '--format', 'jsonl'];
const inventory = await timed([[...command, '--no-cache', ...paths]]);
const cache = mkdtempSync(join(tmpdir(), 'quiesce-bench-'));
process.env.XDG_CACHE_HOME = cache;
const cold = await timed([[...command, ...paths]]);
const warm = await timed([[...command, ...paths]]);
rmSync(cache, { recursive: true });
const rg = await timed([['rg', '-c', 'shutdown', ...paths]]);
const lanes = Array.from({ length: jobs }, (_, lane) =>
  sources.filter((_file, index) => index % jobs === lane),
);
const bare = await timed(
  lanes.map(() => [process.execPath, SELF, '--parse']),
  lanes.map((lane) => lane.join('\n')),
);

const text = [
  '# Performance',
  '',
  `Linux ${kernel.full}, ${paths.length} directories, ${sources.length} .c files; ${jobs} processors (${cpus()[0]?.model ?? 'unknown'}),`,
  'a shared machine: the ratios of one run are what counts. Made by `node test/run.js test/bench/whole-tree.ts TREE --write',
  'docs/performance.md`.',
  '',
  '| what | wall s | CPU s | peak RSS MB | wall, to a bare parse |',
  '|---|---|---|---|---|',
  row('`quiesce inventory --no-cache`', inventory),
  row('`quiesce inventory`, writing an empty cache', cold),
  row('`quiesce inventory` again', warm),
  row('bare tree-sitter parse of every .c file', bare),
  row('`rg -c shutdown`', rg),
  '',
  "The inventory scans every file, parses those that a driver's module or a library is made of (about half of the bytes),",
  'the headers beside them, and judges. The peak is of its one process with all threads; that of the bare parse is of one of',
  'its processes. The heap is collected early (`server/cli/memory.ts`): what is in use at a time is some 150 MB.',
  '',
].join('\n');
process.stdout.write(text);
if (out) writeFileSync(out, text);

interface Time {
  readonly wall: number;
  readonly cpu: number;
  readonly rss: number;
}

function row(what: string, time: Time): string {
  const ratio = (time.wall / bare.wall).toFixed(2);
  return `| ${what} | ${time.wall.toFixed(1)} | ${time.cpu.toFixed(1)} | ${Math.round(time.rss)} | ${ratio} |`;
}

/** Runs commands at once under time(1): wall of all together, CPU of all, the largest peak. */
async function timed(
  commands: readonly (readonly string[])[],
  inputs: readonly string[] = [],
): Promise<Time> {
  const start = performance.now();
  const ends = commands.map(async (command, index) => {
    const child: ChildProcess = spawn('/usr/bin/time', ['-f', '%U %S %M', ...command], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin!.end(inputs[index] ?? '');
    let errors = '';
    child.stderr!.on('data', (chunk) => {
      errors += chunk;
    });
    await new Promise((done) => child.on('close', done));
    const [user, system, kilobytes] = errors.trim().split('\n').at(-1)!.split(' ').map(Number);
    return { cpu: user! + system!, rss: kilobytes! / 1024 };
  });
  const all = await Promise.all(ends);
  return {
    wall: (performance.now() - start) / 1000,
    cpu: all.reduce((sum, one) => sum + one.cpu, 0),
    rss: Math.max(...all.map((one) => one.rss)),
  };
}

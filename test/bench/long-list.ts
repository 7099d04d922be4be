/**
 * Ten thousand paths on a list against one directory that holds the same files: the start is what is compared, so the
 * files are a line each. In turns, medians of five.
 *
 *     npm run build && node test/run.js test/bench/long-list.ts
 *
 * Exits 1 when a list takes more than half as long again as the directory and a third of a second more: what was named
 * is looked at path by path also where a warm run has nothing else to do.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './timed.ts';

const CLI = fileURLToPath(new URL('./cli.js', import.meta.url));
const FOLDERS = 100;
const FILES = 100;
const RUNS = 5;
const LIMIT = 1.5;
/** Seconds. */
const SLACK = 0.33;

const work = mkdtempSync(join(tmpdir(), 'quiesce-list-'));
try {
  const paths = makeTree(join(work, 'linux'));
  const list = join(work, 'list');
  const text = `${paths.join('\n')}\n`;
  writeFileSync(list, text);
  const env = { XDG_CACHE_HOME: join(work, 'cache') };
  /** Seconds of a run. */
  const check = (args: readonly string[], input = ''): number => {
    const began = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'check', ...args], {
      env: { ...process.env, ...env },
      input,
    });
    // What failed early would count as fast.
    if (status !== 0) throw new Error(`check ended with ${status}: ${stderr}`);
    return (performance.now() - began) / 1000;
  };
  let isSlow = false;
  for (const cache of [['--no-cache'], []]) {
    const ways = [
      { what: 'one directory', run: () => check([...cache, join(work, 'linux/drivers')]) },
      { what: 'a list', run: () => check([...cache, '--files-from', list]) },
      { what: 'a list on standard input', run: () => check([...cache, '--files-from', '-'], text) },
    ];
    // Once each, so that the cache is full; then in turns, so that what else the machine does meets them all.
    for (const { run } of ways) run();
    const times = ways.map((): number[] => []);
    for (let turn = 0; turn < RUNS; turn++)
      for (const [at, { run }] of ways.entries()) times[at]!.push(run());
    const seconds = times.map(median);
    for (const [at, { what }] of ways.entries())
      process.stdout.write(
        `${cache[0] ?? 'warm'}: ${paths.length} files by ${what}: ${seconds[at]!.toFixed(2)} s\n`,
      );
    const most = Math.max(LIMIT * seconds[0]!, seconds[0]! + SLACK);
    isSlow ||= seconds.some((one) => one > most);
  }
  if (isSlow) process.stderr.write('a list starts slower than the directory\n');
  process.exitCode = isSlow ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** A kernel tree of small files; their paths, in no order. */
function makeTree(root: string): string[] {
  const paths: string[] = [];
  mkdirSync(join(root, 'drivers'), { recursive: true });
  writeFileSync(join(root, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
  for (const name of ['Kbuild', 'Kconfig']) writeFileSync(join(root, name), '');
  for (let at = 0; at < FOLDERS; at++) {
    const folder = join(root, 'drivers', `d${at}`);
    mkdirSync(folder);
    const names = Array.from({ length: FILES }, (_, index) => `f${index}`);
    writeFileSync(join(folder, 'Makefile'), names.map((name) => `obj-m += ${name}.o\n`).join(''));
    for (const name of names) {
      writeFileSync(join(folder, `${name}.c`), `int ${name};\n`);
      paths.push(join(folder, `${name}.c`));
    }
  }
  // Not as a walk would find them: by the last digits first.
  return paths.sort((a, b) =>
    [...a]
      .reverse()
      .join('')
      .localeCompare([...b].reverse().join('')),
  );
}

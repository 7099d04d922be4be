/**
 * Runs that share a cache and are ended, killed, side by side or without room for it: the next one says what a run
 * without a cache says. Over copies of the examples, or with `KERNEL_TREE=DIR` over directories of kernel source.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLI, quiesce, type Ran } from './run.ts';

const { KERNEL_TREE } = process.env;
let folder: string;
let paths: string[];
/** What a run without a cache says. */
let plain: Ran;
/** Where runs write: the cache, temporary files, a report. */
let env: NodeJS.ProcessEnv;
let place: string;
let count = 0;

const args = (...more: string[]): string[] => ['check', '--format', 'json', ...more, ...paths];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quiesce-cached-'));
  const copies = Array.from({ length: 12 }, (_, at) => join(folder, 'tree', `copy${at}`));
  if (!KERNEL_TREE) for (const copy of copies) cpSync('test/fixtures/examples', copy, { recursive: true });
  paths = KERNEL_TREE
    ? ['drivers/dma', 'drivers/mmc'].map((dir) => join(KERNEL_TREE, dir))
    : [join(folder, 'tree')];
  plain = await quiesce(args('--no-cache'));
  expect(plain.code).toBe(1);
}, 60_000);
beforeEach(() => {
  place = join(folder, `${count++}`);
  for (const name of ['cache', 'temporary', 'out']) mkdirSync(join(place, name), { recursive: true });
  env = { ...process.env, XDG_CACHE_HOME: join(place, 'cache'), TMPDIR: join(place, 'temporary') };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Files that are there until they get their name: of the cache, of reports, of the system. */
function unfinished(): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.tmp') || /^(?:temporary|out)\/./.test(name),
  );
}

const isCaching = (): boolean => unfinished().some((name) => name.startsWith('cache/'));

/** Sends a signal to a run as soon as something holds; how it ended. */
async function endedWhen(holds: () => boolean, signal: NodeJS.Signals) {
  const out = ['-o', join(place, 'out/x.json')];
  const child = spawn(process.execPath, [CLI, ...args(...out)], { env, stdio: 'ignore' });
  const ended = new Promise((done) => child.on('close', (code, by) => done(by ?? code)));
  while (!holds() && child.exitCode === null) await sleep(2);
  expect(child.exitCode).toBe(null);
  child.kill(signal);
  return ended;
}

describe('a run that is ended while it fills its cache', { timeout: 120_000 }, () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves no file, and a cache that holds', async (signal, code) => {
    expect(await endedWhen(isCaching, signal)).toBe(code);
    expect(unfinished()).toEqual([]);
    // Cold, and warm.
    for (let run = 0; run < 2; run++) expect(await quiesce(args(), { env })).toEqual(plain);
    expect(unfinished()).toEqual([]);
  });

  it('by kill -9 at any time does not mislead the next one', async () => {
    for (const holds of [isCaching, () => true]) {
      expect(await endedWhen(holds, 'SIGKILL')).toBe('SIGKILL');
      expect(existsSync(join(place, 'out/x.json'))).toBe(false);
      expect(await quiesce(args(), { env })).toEqual(plain);
      expect(await quiesce(args(), { env })).toEqual(plain);
      rmSync(join(place, 'cache'), { recursive: true });
    }
  });
});

it('runs at once share a cache, cold and warm', { timeout: 120_000 }, async () => {
  for (let round = 0; round < 2; round++) {
    const runs = await Promise.all([1, 2, 3].map(() => quiesce(args(), { env })));
    expect(runs).toEqual([plain, plain, plain]);
  }
  expect(unfinished()).toEqual([]);
});

it('a full disk leaves the cache out, and the run is right', { timeout: 60_000 }, async ({ skip }) => {
  const disk = join(place, 'cache');
  const mounted =
    process.getuid?.() === 0 &&
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', disk]).status === 0;
  if (!mounted) {
    process.stderr.write('SKIPPED: a cache on a full disk, no right to mount a small tmpfs\n');
    skip();
  }
  try {
    for (let run = 0; run < 2; run++) expect(await quiesce(args(), { env })).toEqual(plain);
    const left = readdirSync(disk, { recursive: true, encoding: 'utf8' });
    expect(left.filter((name) => /\.(?:pack|tmp)$/.test(name))).toEqual([]);
  } finally {
    spawnSync('umount', [disk]);
  }
});

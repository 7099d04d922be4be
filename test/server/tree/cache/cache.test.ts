import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FactCache } from '../../../../server/tree/cache/cache.ts';
import { keyOf } from '../../../../server/tree/cache/key.ts';
import { cacheFolder, codeName } from '../../../../server/tree/cache/place.ts';

const CODE = '0123456789abcdef';
let folder: string;
const open: FactCache[] = [];

function cache(more: { code?: string; limit?: number; folder?: string } = {}): FactCache {
  const one = new FactCache({ folder, code: CODE, ...more });
  open.push(one);
  return one;
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const key = (text: string): string => keyOf(bytes(text));
function put(into: FactCache, ...texts: string[]): void {
  for (const text of texts) into.put(key(text), bytes(`facts of ${text}`));
}
function get(from: FactCache, text: string): string | undefined {
  const value = from.facts(key(text));
  return value && new TextDecoder().decode(value);
}
const facts = (): string => join(folder, CODE, 'facts');
const packs = (): string[] => (existsSync(facts()) ? readdirSync(facts()) : []);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quiesce-cache-'));
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('FactCache', () => {
  it('gives back what a run before it put in, and nothing else', () => {
    const first = cache();
    put(first, 'a', 'b');
    first.flush();
    expect(get(first, 'a')).toBe('facts of a');
    const second = cache();
    expect(get(second, 'b')).toBe('facts of b');
    expect(get(second, 'c')).toBeUndefined();
    expect(get(cache({ code: 'fedcba9876543210' }), 'a')).toBeUndefined();
  });

  it('writes nothing when nothing was learnt', () => {
    cache().flush();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('serves two writers at once', () => {
    const one = cache();
    const two = cache();
    put(one, 'shared', 'one');
    put(two, 'shared', 'two');
    one.flush();
    two.flush();
    const three = cache();
    expect(['shared', 'one', 'two'].map((text) => get(three, text))).toEqual([
      'facts of shared',
      'facts of one',
      'facts of two',
    ]);
  });

  it('merges many packs into one while another run reads them', () => {
    const reader = cache();
    for (let run = 0; run < 8; run++) {
      const writer = cache();
      put(writer, `text ${run}`);
      writer.flush();
      if (run === 3) put(reader, 'unfinished');
    }
    expect(packs().filter((name) => name.endsWith('.pack')).length).toBeLessThanOrEqual(6);
    const last = cache();
    for (let run = 0; run < 8; run++) expect(get(last, `text ${run}`)).toBe(`facts of text ${run}`);
    reader.flush();
    expect(reader.problem).toBeUndefined();
    expect(get(cache(), 'unfinished')).toBe('facts of unfinished');
  });

  it('keeps within its limit, what was used last going before the rest', () => {
    const limit = 64 * 1024;
    const big = (name: string): Uint8Array => bytes(name.repeat(8 * 1024));
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']) {
      const run = cache({ limit });
      run.facts(key('a'));
      run.put(key(name), big(name));
      run.flush();
      expect(run.bytes).toBeLessThanOrEqual(limit);
      run.close();
    }
    const last = cache({ limit });
    expect(last.facts(key('a'))).toEqual(big('a'));
    expect(last.facts(key('j'))).toEqual(big('j'));
    expect(last.facts(key('b'))).toBeUndefined();
  });

  it('takes in no more than its limit in one run', () => {
    const run = cache({ limit: 10_000 });
    for (let at = 0; at < 30; at++) run.put(key(`${at}`), new Uint8Array(1000).fill(at));
    run.flush();
    expect(run.bytes).toBeLessThanOrEqual(10_000 + 9 * 40 + 100);
  });

  it('removes the caches of builds that are no longer used, and leaves other folders alone', () => {
    mkdirSync(join(folder, 'notes'));
    for (let build = 0; build < 6; build++) {
      const code = `${build}`.repeat(16);
      const one = cache({ code });
      put(one, 'a');
      one.flush();
      utimesSync(join(folder, code), 1000 + build, Date.now() / 1000 - 1000 + build);
    }
    const last = cache();
    put(last, 'a');
    last.flush();
    expect(readdirSync(folder).sort()).toEqual([CODE, ...['3', '4', '5'].map((n) => n.repeat(16)), 'notes']);
    utimesSync(join(folder, '3'.repeat(16)), 1000, 1000);
    last.root('/k');
    last.flush();
    expect(existsSync(join(folder, '3'.repeat(16)))).toBe(false);
  });
});

describe('damage', () => {
  /** Writes a pack with two values and returns its path. */
  function written(): string {
    const one = cache();
    put(one, 'a', 'b');
    one.flush();
    one.close();
    return join(facts(), packs()[0]!);
  }

  it('ignores a pack cut off at any byte, and removes it', () => {
    const path = written();
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(path, whole.subarray(0, length));
      expect(get(cache(), 'a'), `cut at ${length}`).toBeUndefined();
      expect(existsSync(path)).toBe(false);
    }
    writeFileSync(path, whole);
    expect(get(cache(), 'a')).toBe('facts of a');
  });

  it('never gives out a value with a flipped byte', () => {
    const path = written();
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const bad = Buffer.from(whole);
      bad[at]! ^= 0x10;
      writeFileSync(path, bad);
      const run = cache();
      for (const text of ['a', 'b']) {
        const value = get(run, text);
        if (value !== undefined) expect(value).toBe(`facts of ${text}`);
      }
      run.close();
    }
  });

  it('takes away what a run that died left, but not what a run is writing', () => {
    written();
    const dead = join(facts(), '1-dead.tmp');
    const young = join(facts(), '2-live.tmp');
    writeFileSync(dead, 'x');
    writeFileSync(young, 'x');
    utimesSync(dead, 1000, 1000);
    expect(cache().isEmpty).toBe(false);
    expect(existsSync(dead)).toBe(false);
    expect(existsSync(young)).toBe(true);
  });

  it('forgets a root whose index is damaged', () => {
    const one = cache();
    const root = mkdtempSync(join(folder, 'root-'));
    writeFileSync(join(root, 'a.c'), 'int a;');
    utimesSync(join(root, 'a.c'), 1000, 1000);
    const later = Date.now() + 10_000;
    const stamp = one.root(root).stampOf('a.c', later)!;
    one.root(root).set('a.c', stamp, { key: key('a') });
    one.flush();
    expect(cache().root(root).get('a.c', stamp)).toEqual({ key: key('a') });
    const [name] = readdirSync(join(folder, CODE, 'roots'));
    const path = join(folder, CODE, 'roots', name!);
    const whole = readFileSync(path, 'utf8');
    for (const bad of [whole.replace('a.c', 'b.c'), whole.slice(0, -3), '', '{}', 'null\nnull']) {
      writeFileSync(path, bad);
      expect(cache().root(root).get('a.c', stamp)).toBeUndefined();
    }
    writeFileSync(path, whole);
    expect(
      cache()
        .root(root)
        .get('a.c', { ...stamp, size: 7 }),
    ).toBeUndefined();
    expect(
      cache()
        .root(root)
        .get('a.c', { ...stamp, mtime: 1 }),
    ).toBeUndefined();
    expect(
      cache()
        .root(root)
        .get('a.c', { ...stamp, ctime: 1 }),
    ).toBeUndefined();
    expect(
      cache()
        .root(root)
        .get('a.c', { ...stamp, inode: 1 }),
    ).toBeUndefined();
  });

  it('does not remember a file that changed a moment ago', () => {
    const root = mkdtempSync(join(folder, 'root-'));
    writeFileSync(join(root, 'a.c'), 'int a;');
    expect(cache().root(root).stampOf('a.c')).toBeUndefined();
    expect(
      cache()
        .root(root)
        .stampOf('a.c', Date.now() + 5000),
    ).toMatchObject({ size: 6 });
    expect(cache().root(root).stampOf('none.c')).toBeUndefined();
  });

  it('keeps what two runs learnt of one root', () => {
    const root = mkdtempSync(join(folder, 'root-'));
    for (const name of ['a.c', 'b.c']) writeFileSync(join(root, name), name);
    const later = Date.now() + 10_000;
    const runs = ['a.c', 'b.c'].map((name) => {
      const run = cache();
      run.root(root).set(name, run.root(root).stampOf(name, later)!, { key: key(name) });
      return run;
    });
    for (const run of runs) run.flush();
    const index = cache().root(root);
    for (const name of ['a.c', 'b.c'])
      expect(index.get(name, index.stampOf(name, later)!)).toEqual({ key: key(name) });
  });
});

/** Root may write anywhere; a folder below a file can't be made by anybody. */
const isRoot = process.getuid?.() === 0;

describe('a file system that says no', () => {
  it('goes on without a cache where its folder can not be made', () => {
    writeFileSync(join(folder, 'file'), '');
    const run = cache({ folder: join(folder, 'file') });
    put(run, 'a');
    run.flush();
    expect(run.problem).toMatch(/ENOTDIR|EEXIST/);
    expect(get(run, 'a')).toBeUndefined();
  });

  const readOnly = isRoot ? mountTiny() : '';
  it.skipIf(readOnly === undefined)('reads a cache that it may not write', () => {
    const place = readOnly === '' ? folder : readOnly!;
    const first = cache({ folder: place });
    put(first, 'a');
    first.flush();
    const dir = join(place, CODE, 'facts');
    const lock = (): unknown =>
      readOnly === '' ? chmodSync(dir, 0o500) : execFileSync('mount', ['-o', 'remount,ro', place]);
    lock();
    try {
      const run = cache({ folder: place });
      expect(get(run, 'a')).toBe('facts of a');
      put(run, 'b');
      run.flush();
      expect(run.problem).toMatch(/EACCES|EROFS/);
      expect(readdirSync(dir).length).toBe(1);
    } finally {
      if (readOnly === '') chmodSync(dir, 0o700);
      else unmount(place);
    }
  });

  const mounted = mountTiny();
  it.skipIf(mounted === undefined)('goes on on a full disk and leaves nothing half-written', () => {
    const disk = mounted!;
    try {
      const first = cache({ folder: disk });
      put(first, 'a');
      first.flush();
      expect(first.problem).toBeUndefined();
      const run = cache({ folder: disk });
      for (let at = 0; at < 64; at++) run.put(key(`${at}`), new Uint8Array(32 * 1024).fill(at));
      run.flush();
      expect(run.problem).toMatch(/ENOSPC/);
      expect(get(cache({ folder: disk }), 'a')).toBe('facts of a');
      const left = readdirSync(join(disk, CODE, 'facts'));
      expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([]);
      expect(left.length).toBe(1);
    } finally {
      unmount(disk);
    }
  });
});

function unmount(dir: string): void {
  for (const one of open.splice(0)) one.close();
  execFileSync('umount', [dir]);
  rmSync(dir, { recursive: true });
}

/** A file system of 512 KiB, where this user may mount one. */
function mountTiny(): string | undefined {
  if (!isRoot || process.platform !== 'linux') return undefined;
  const dir = mkdtempSync(join(tmpdir(), 'quiesce-tiny-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', dir], { stdio: 'ignore' });
    return dir;
  } catch {
    rmSync(dir, { recursive: true });
    return undefined;
  }
}

describe('the place', () => {
  it('follows the conventions', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux', '/h')).toBe('/x/quiesce');
    expect(cacheFolder({ XDG_CACHE_HOME: 'x' }, 'linux', '/h')).toBe('/h/.cache/quiesce');
    expect(cacheFolder({}, 'linux', '/h')).toBe('/h/.cache/quiesce');
    expect(cacheFolder({}, 'darwin', '/h')).toBe('/h/Library/Caches/quiesce');
  });

  it('names a build by its content', () => {
    const beside = (name: string): string => `file://${folder}/${name}`;
    expect(codeName('1', 'wasm', beside('cli.js'))).toBeUndefined();
    for (const file of ['worker.js', 'tree-sitter.wasm', 'tree-sitter-c.wasm'])
      writeFileSync(join(folder, file), file);
    const name = codeName('1', 'wasm', beside('cli.js'));
    expect(name).toMatch(/^[0-9a-f]{16}$/);
    expect(codeName('1', 'wasm', beside('cli.js'))).toBe(name);
    expect(codeName('2', 'wasm', beside('cli.js'))).not.toBe(name);
    expect(codeName('1', 'native', beside('cli.js'))).not.toBe(name);
    truncateSync(join(folder, 'worker.js'), 1);
    expect(statSync(join(folder, 'worker.js')).size).toBe(1);
    expect(codeName('1', 'wasm', beside('cli.js'))).not.toBe(name);
  });
});

/** `check` with several formats and with files: they appear whole or not at all. */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLI, quiesce, type Ran } from './run.ts';

const TREE = join(process.cwd(), 'test/fixtures/examples');
let root: string;
let dir: string;
let many: string;
let count = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-outputs-'));
  many = join(root, 'many');
  mkdirSync(many);
  for (let i = 0; i < 400; i++) copyFileSync(join(TREE, 'platform/recorder.c'), join(many, `d${i}.c`));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Runs `check` in a fresh folder. */
async function check(...args: string[]): Promise<Ran> {
  dir = join(root, `${count++}`);
  mkdirSync(dir);
  return again(...args);
}

const again = (...args: string[]): Promise<Ran> =>
  quiesce(['check', '--no-cache', '--jobs', '1', ...args], { cwd: dir });

describe('check --format', () => {
  it('writes several at once, all of the same run, and one to standard output', async () => {
    const { code, stdout, stderr } = await check(
      ...['--format', 'sarif=out.sarif', '--format', 'junit=out.xml', '--format', 'gcc', TREE],
    );
    expect([code, stderr]).toEqual([1, '']);
    expect(readdirSync(dir).sort()).toEqual(['out.sarif', 'out.xml']);
    const results = JSON.parse(readFileSync(join(dir, 'out.sarif'), 'utf8')).runs[0].results;
    const shown = results.filter((one: { suppressions: unknown[] }) => one.suppressions.length === 0);
    expect(shown.length).toBe(stdout.trim().split('\n').length);
    expect(shown.length).toBeLessThan(results.length);
    expect(readFileSync(join(dir, 'out.xml'), 'utf8')).toMatch(/^<\?xml.*<\/testsuites>\n$/s);
  });

  it('-o names the file of the last format; the default is pretty; - is standard output', async () => {
    expect((await check('-o', 'all.txt', TREE)).stdout).toBe('');
    expect(readFileSync(join(dir, 'all.txt'), 'utf8')).toMatch(/\d+ warnings/);
    const both = await check('--format', 'gcc', '--format', 'json', '-o', 'a.json', TREE);
    expect(both.stdout).toContain('warning:');
    expect(JSON.parse(readFileSync(join(dir, 'a.json'), 'utf8')).version).toBe(1);
    expect((await check('--format', 'gcc', '-o', '-', TREE)).stdout).toContain('warning:');
  });

  it('leaves suppressed findings out when asked to', async () => {
    const run = await check('--format', 'sarif', '--no-suppressed', TREE);
    const { results } = JSON.parse(run.stdout).runs[0];
    expect(results.every((one: { suppressions: unknown[] }) => one.suppressions.length === 0)).toBe(true);
  });

  it.each([
    [['--format', 'srif'], /unknown format 'srif'\. Did you mean 'sarif'\?/],
    [['--format', 'gcc', '--format', 'json'], /gcc and json would both go to standard output/],
    [['--format', 'gcc=x', '--format', 'json=./x'], /named as the output of two formats/],
    [['--format', 'gcc='], /no file after the =/],
    [['--format', 'gcc=a', '-o', 'b'], /has its file already/],
    [['-o', 'no/such/dir/file'], /cannot write no\/such\/dir\/file: no such file or directory/],
    [['-o', '.'], /cannot write \.: is a directory/],
    [['-o', `${'x'.repeat(300)}`], /the file name is too long/],
  ])('%j is an error before anything is read', async (args, message) => {
    const { code, stdout, stderr } = await check(...args, TREE);
    expect(stderr).toMatch(message);
    expect([code, stdout]).toEqual([2, '']);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('an output file', () => {
  it('replaces what was there, through a link, with its mode', async () => {
    await check('--format', 'gcc', '-o', 'first', TREE);
    chmodSync(join(dir, 'first'), 0o640);
    symlinkSync('first', join(dir, 'link'));
    await again('--format', 'json', '-o', 'link', TREE);
    expect(lstatSync(join(dir, 'link')).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(join(dir, 'first'), 'utf8')).version).toBe(1);
    expect(statSync(join(dir, 'first')).mode & 0o777).toBe(0o640);
    expect(readdirSync(dir).sort()).toEqual(['first', 'link']);
  });

  it('may be a device', async () => {
    const { code, stderr } = await check('--format', 'gcc', '-o', '/dev/null', TREE);
    expect([code, stderr]).toEqual([1, '']);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('stays what it was when the run fails', async () => {
    await check('--format', 'gcc', '-o', 'kept', TREE);
    const before = readFileSync(join(dir, 'kept'), 'utf8');
    expect((await again('--format', 'gcc', '-o', 'kept', 'no/such/path')).code).toBe(2);
    expect(readFileSync(join(dir, 'kept'), 'utf8')).toBe(before);
    expect(readdirSync(dir)).toEqual(['kept']);
  });

  it('where nothing may be written: an error, exit 2, nothing left', async () => {
    const locked = join(root, 'locked');
    mkdirSync(locked, { mode: 0o555 });
    const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const { code, stderr } = await quiesce(['check', '-o', join(locked, 'x'), TREE], { cwd: '/', ...user });
    expect(stderr).toMatch(/cannot write .*locked\/x: permission denied/);
    expect(code).toBe(2);
    expect(readdirSync(locked)).toEqual([]);
  });

  const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;
  it('on a full disk: an error, exit 2, none of the files', async ({ skip }) => {
    const disk = join(root, 'disk');
    mkdirSync(disk);
    if (!canMount || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'none', disk]).status !== 0) {
      process.stderr.write('SKIPPED: no right to mount a small tmpfs\n');
      skip();
    }
    try {
      for (const args of [
        ['--format', `gcc=${disk}/small`, '--format', `sarif=${disk}/big`, TREE],
        ['--write-baseline', `${disk}/known.json`, many],
        ['--shard', '1/1', '-o', `${disk}/part.json`, TREE],
      ]) {
        const { code, stdout, stderr } = await check(...args);
        expect(stderr).toMatch(/cannot write .*disk\/[\w.]+: no space left on the device\n$/);
        expect([code, stdout]).toEqual([2, '']);
        expect(readdirSync(disk)).toEqual([]);
      }
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s in the middle leaves nothing, exit %d', { timeout: 60_000 }, async (signal, code) => {
    const out = join(root, signal);
    mkdirSync(out);
    const args = [
      'check',
      '--no-cache',
      '--jobs',
      '1',
      '--format',
      'sarif',
      '-o',
      join(out, 'x.sarif'),
      many,
    ];
    const child = spawn(process.execPath, [CLI, ...args], { stdio: 'ignore' });
    const ended = new Promise((done) => child.on('close', done));
    // Its temporary file stands: it is at work.
    while (readdirSync(out).length === 0 && child.exitCode === null)
      await new Promise((go) => setTimeout(go, 5));
    expect(readdirSync(out)).toEqual([`.x.sarif.${child.pid}.tmp`]);
    child.kill(signal);
    expect(await ended).toBe(code);
    expect(readdirSync(out)).toEqual([]);
    expect(existsSync(join(out, 'x.sarif'))).toBe(false);
  });
});

it('names files from the checkout that they are part of', async () => {
  const repository = join(root, 'repository');
  mkdirSync(join(repository, '.git'), { recursive: true });
  mkdirSync(join(repository, 'linux/drivers/net'), { recursive: true });
  writeFileSync(join(repository, 'linux/Makefile'), 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
  writeFileSync(join(repository, 'linux/Kconfig'), '');
  copyFileSync(join(TREE, 'platform/recorder.c'), join(repository, 'linux/drivers/net/recorder.c'));
  const { stdout } = await check('--format', 'gitlab', join(repository, 'linux'));
  const [issue] = JSON.parse(stdout);
  expect(issue.location.path).toBe('linux/drivers/net/recorder.c');
});

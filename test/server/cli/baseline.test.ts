import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce } from './run.ts';

let root: string;
const at = (path: string): string => join(root, path);
const check = (...args: string[]) => quiesce(['check', '--format', 'gcc', ...args], { cwd: root });
const count = (text: string): number => text.split('\n').filter((line) => /\[[\w-]+\]$/.test(line)).length;
const baseline = (): { file: string; instance: string }[] =>
  JSON.parse(readFileSync(at('known.json'), 'utf8')).findings;

function git(...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: root });
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-baseline-'));
  cpSync('test/fixtures/examples', root, { recursive: true });
  git('init', '-q', '.');
  git('add', '-A');
  git('commit', '-qm', 'base');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a baseline', () => {
  it('makes what is known pass, and is adopted by one command', async () => {
    const before = await check('.');
    expect([before.code, count(before.stdout) > 5]).toEqual([1, true]);
    expect((await check('.', '--write-baseline', 'known.json')).code).toBe(0);
    expect(baseline().length).toBe(count(before.stdout));
    const after = await check('.', '--baseline', 'known.json');
    expect([after.code, after.stdout, after.stderr]).toEqual([0, '', '']);
    expect(count((await check('.', '--no-baseline')).stdout)).toBe(count(before.stdout));
  });

  it('is taken from the configuration, in every folder below', async () => {
    writeFileSync(at('.quiesce.yaml'), 'root: true\nbaseline: known.json\n');
    expect((await check('amba')).stdout).toBe('');
    expect((await check('amba', '--no-baseline')).code).toBe(1);
    expect((await quiesce(['check', '.'], { cwd: at('amba') })).stdout).toContain(
      'baseline: 1 known finding',
    );
  });

  it('fails on a new finding alone', async () => {
    const text = readFileSync(at('amba/dmac.c'), 'utf8');
    writeFileSync(
      at('amba/dmac.c'),
      `${text}${text.slice(text.indexOf('static struct amba_driver')).replace(/dmac_driver/g, 'second_driver')}`,
    );
    const { code, stdout } = await check('.');
    expect([code, count(stdout)]).toEqual([1, 1]);
    expect(stdout).toContain('second_driver');
    writeFileSync(at('amba/dmac.c'), text);
  });

  it('follows a rename that git knows of', async () => {
    git('mv', 'amba/dmac.c', 'amba/moved.c');
    writeFileSync(
      at('amba/Makefile'),
      readFileSync(at('amba/Makefile'), 'utf8').replace('dmac.o', 'moved.o'),
    );
    const moved = await check('.', '--strict-baseline');
    expect([moved.code, moved.stdout, moved.stderr]).toEqual([0, '', '']);
    git('commit', '-qam', 'move');
    expect((await check('.', '--strict-baseline')).code).toBe(0);
    // Adopted anew, the entry has the new name.
    expect((await check('.', '--write-baseline')).code).toBe(0);
    expect(baseline().map(({ file }) => file)).toContain('amba/moved.c');
    expect(baseline().map(({ file }) => file)).not.toContain('amba/dmac.c');
  });

  it('says what is fixed and what is gone, fails on it when strict, and shrinks', async () => {
    const size = baseline().length;
    renameSync(at('amba/moved.c'), at('away'));
    const { code, stderr } = await check('.', '--strict-baseline');
    expect([code, stderr]).toEqual([
      1,
      'quiesce: baseline: gone amba/moved.c: dmac_driver [missing-shutdown]\n',
    ]);
    expect((await quiesce(['check', '.'], { cwd: root })).stdout).toMatch(/0 fixed, 1 without their driver/);
    // A run over another folder says nothing of it.
    expect((await check('pci', '--strict-baseline')).code).toBe(0);
    expect((await check('pci', '--write-baseline')).code).toBe(0);
    expect(baseline().length).toBe(size);
    expect((await check('.', '--write-baseline')).code).toBe(0);
    expect(baseline().length).toBe(size - 1);
    renameSync(at('away'), at('amba/moved.c'));
  });

  it('runs nothing that the repository configures', async () => {
    const spy = at('.git/spy.sh');
    writeFileSync(spy, `#!/bin/sh\ntouch "${at('spied')}"\ncat\n`, { mode: 0o755 });
    for (const key of ['core.fsmonitor', 'core.pager', 'diff.external', 'diff.c.textconv', 'filter.x.clean'])
      git('config', key, spy);
    writeFileSync(at('.gitattributes'), '*.c diff=c filter=x\n');
    git('mv', 'pci/nic.c', 'pci/card.c');
    rmSync(at('spied'), { force: true });
    expect((await check('.')).code).not.toBe(2);
    expect(() => readFileSync(at('spied'))).toThrow();
  });

  it.each([
    ['of another version', '{"version": 99, "findings": []}', /version 99.*--write-baseline/],
    ['that is none', 'hello', /no baseline/],
  ])('%s ends with exit 2 and a clear error', async (_, text, message) => {
    writeFileSync(at('bad.json'), text);
    const { code, stdout, stderr } = await check('.', '--baseline', 'bad.json', '-o', 'out.txt');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(() => readFileSync(at('out.txt'))).toThrow();
  });

  it('that is not there, or a directory to write to, is bad usage', async () => {
    expect((await check('.', '--baseline', 'none.json')).stderr).toContain('no such file');
    expect((await check('--write-baseline', 'pci')).stderr).toContain('check pci --write-baseline');
  });
});

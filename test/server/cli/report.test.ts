/** `quiesce report`: a driver's verdict as a text that reproduces it and tells nothing else. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Repository } from '../change/repository.ts';
import { quiesce } from './run.ts';

const CAMERA = 'drivers/camera/camera_main.c';

let repository: Repository;
beforeEach(() => {
  repository = Repository.ofExamples();
});
afterEach(() => repository.remove());

const run = (...args: string[]) => quiesce(args, { cwd: repository.root });
const check = (text: string) => quiesce(['report', '--check', '-'], { cwd: repository.root, input: text });

describe('report', () => {
  it('prints a bundle that reproduces the finding without the tree', async () => {
    const { code, stdout, stderr } = await run('report', CAMERA);
    expect([code, stderr]).toEqual([0, expect.stringContaining('nothing was sent anywhere')]);
    expect(stdout).toMatch(/^Findings: warning missing-shutdown \(confidence: direct\)$/m);
    expect(await check(stdout)).toMatchObject({ code: 0, stdout: 'reproduced: warning missing-shutdown\n' });
    const elsewhere = await quiesce(['report', '--check', '-'], { cwd: '/', input: stdout });
    expect(elsewhere.code).toBe(0);
  });

  it('holds no name, path, string or comment of the driver', async () => {
    const { stdout } = await run('report', CAMERA);
    for (const file of ['camera_main.c', 'camera.h', 'camera_dma.c', 'camera_hw.c']) {
      const path = `drivers/camera/${file}`;
      if (!existsSync(`${repository.root}/${path}`)) continue;
      const own = repository.read(path).match(/\b\w*camera\w*\b/gi) ?? [];
      expect(own.length).toBeGreaterThan(0);
    }
    expect(stdout).not.toMatch(/camera/i);
    expect(stdout).not.toContain('/*');
  });

  it('says so of a driver without a finding', async () => {
    const found = (await run('inventory', '--format', 'jsonl', '.')).stdout.trimEnd().split('\n');
    const quiet = found.map((line) => JSON.parse(line)).find(({ findings }) => findings.length === 0);
    const { stdout } = await run('report', `${quiet.file}:${quiet.instance}`);
    expect(stdout).toMatch(/^Findings: none/m);
    expect(await check(stdout)).toMatchObject({ code: 0, stdout: 'reproduced: no finding\n' });
  });

  it('leaves in what the author says is overlooked', async () => {
    const without = (await run('report', CAMERA)).stdout;
    const word = /static \w+ (\w*remove\w*)\(/.exec(repository.read(CAMERA))![1]!;
    const kept = (await run('report', CAMERA, '--keep', word)).stdout;
    expect(kept.length).toBeGreaterThan(without.length);
    expect(kept).not.toContain(word);
    expect((await check(kept)).code).toBe(0);
    const unknown = await run('report', CAMERA, '--keep', 'no_such_name');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("no 'no_such_name'")]);
  });

  it('writes a file whole or not at all', async () => {
    expect(await run('report', CAMERA, '-o', 'bundle.txt')).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(`${repository.root}/bundle.txt`, 'utf8')).toMatch(/^Quiesce bundle 1/);
    const { code, stderr } = await run('report', CAMERA, '-o', 'no/such/dir.txt');
    expect([code, stderr]).toEqual([2, expect.stringContaining('no/such/dir.txt')]);
  });

  it('tells a bundle that says something else', async () => {
    const { stdout } = await run('report', CAMERA);
    const mended = stdout.replace('.probe', '.shutdown = n1,\n\t.probe');
    expect(await check(mended)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^not reproduced: /),
    });
  });

  it.each([
    ['nothing', '', /line 1: no bundle/],
    ['a newer one', 'Quiesce bundle 9, made by Quiesce 9\n', /version 9; this Quiesce reads 1/],
    ['one without files', 'Quiesce bundle 1, made by Quiesce 1\n\n', /holds no file/],
    ['one that is cut off', 'Quiesce bundle 1\n=== f1.c ===\nint a;\n', /cut off/],
    [
      'one with broken data',
      'Quiesce bundle 1\n=== f1.c ===\n=== verdict and tree, as JSON ===\n{',
      /line 4 .*not JSON/,
    ],
    [
      'one without a verdict',
      'Quiesce bundle 1\n=== f1.c ===\n=== verdict and tree, as JSON ===\n{}\n',
      /line 4: verdict/,
    ],
  ])('refuses %s', async (_, text, message) => {
    const { code, stdout, stderr } = await check(text);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('wants a driver', async () => {
    expect(await run('report')).toMatchObject({ code: 2, stderr: expect.stringContaining('name a driver') });
    expect(await run('report', `${CAMERA}:nobody`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody'),
    });
  });
});

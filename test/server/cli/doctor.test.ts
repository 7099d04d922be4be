import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doctorCommand } from '../../../server/cli/doctor.ts';

let root: string;
let printed: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-doctor-cli-'));
  writeFileSync(join(root, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
  writeFileSync(join(root, 'Kbuild'), '');
  mkdirSync(join(root, 'drivers'));
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation(((text: string, done?: () => void) => {
    printed += text;
    done?.();
    return true;
  }) as typeof process.stdout.write);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(root, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<unknown> => doctorCommand().parseAsync(args, { from: 'user' });

describe('quiesce doctor', () => {
  it('ends with 0 when nothing changed, with 1 when the tree contradicts a row', async () => {
    await run('--tree', root, '--format', 'json');
    expect(process.exitCode).toBeUndefined();
    const { tree } = JSON.parse(printed);
    expect(tree).toMatchObject({ version: '6.12', totals: { changed: 0, confirmed: 0 } });

    mkdirSync(join(root, 'mm'));
    writeFileSync(join(root, 'mm/slub.c'), 'int other;\n');
    printed = '';
    await run('--tree', root);
    expect(process.exitCode).toBe(1);
    expect(printed).toContain('changed: kfree is not declared in mm/slub.c');
  });

  it.each([
    ['a folder that is not there', ['--tree', '/nonexistent'], /--tree \/nonexistent: no such directory/],
    ['a folder that is no tree', ['--tree', tmpdir()], /not the root of a kernel tree/],
    ['a format that is none', ['--format', 'jsno'], /unknown format 'jsno'.*Did you mean 'json'/],
    ['an engine that is none', ['--engine', 'wsm'], /unknown engine 'wsm'/],
  ])('says what is wrong with %s', async (_, args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
  });

  it('names the tree above a folder within one', async () => {
    await expect(run('--tree', join(root, 'drivers'))).rejects.toThrow(`did you mean ${root}?`);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../../server/report/formats/index.ts';
import { quiesce } from './run.ts';

/** Folders to check: of the fixtures, or of a real tree with `KERNEL_TREE=DIR`. */
const { KERNEL_TREE } = process.env;
const PATHS = KERNEL_TREE
  ? ['drivers/dma', 'drivers/gpu/drm/imx', 'drivers/mmc/host'].map((path) => join(KERNEL_TREE, path))
  : ['test/fixtures/examples'];
const OF = 4;

let dir: string;
const part = (index: number): string => join(dir, `${index}.json`);
const parts = Array.from({ length: OF }, (_, at) => at + 1);
const outputs = (name: string): string[] =>
  FORMATS.flatMap((format) => ['--format', `${format.name}=${join(dir, `${name}.${format.name}`)}`]);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'quiesce-shard-'));
  for (const index of parts) {
    const ran = await quiesce(['check', ...PATHS, '--shard', `${index}/${OF}`, '-o', part(index)]);
    if (ran.code !== 0) throw new Error(ran.stderr);
  }
}, 300_000);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the parts of a run', () => {
  it('are merged to what the run as a whole says, byte for byte in every format', async () => {
    const whole = await quiesce(['check', ...PATHS, '--no-cache', ...outputs('whole')]);
    const merged = await quiesce(['merge', ...parts.map(part).reverse(), ...outputs('merged')]);
    expect([merged.code, merged.stderr]).toEqual([whole.code, '']);
    for (const { name } of FORMATS) {
      const [a, b] = ['whole', 'merged'].map((run) => readFileSync(join(dir, `${run}.${name}`), 'utf8'));
      expect(a!.length, name).toBeGreaterThan(100);
      expect(b === a, name).toBe(true);
    }
  }, 300_000);

  it('have each module once', () => {
    const modules = parts.map((index) => {
      const { units } = JSON.parse(readFileSync(part(index), 'utf8'));
      return units.flatMap(({ root, groups }: { root: string; groups: { at: number }[] }) =>
        groups.map(({ at }) => `${root} ${at}`),
      ) as string[];
    });
    const all = modules.flat();
    expect(new Set(all).size).toBe(all.length);
    expect(modules.filter((one) => one.length > 0).length).toBeGreaterThan(1);
  });

  it('are refused where some are missing, come twice, or are of another run or version', async () => {
    writeFileSync(part(9), JSON.stringify({ version: 99 }));
    for (const [names, message] of [
      [[1, 2, 3], /have 1\/4, 2\/4, 3\/4; wanted are/],
      [[1, 2, 3, 4, 4], /each once/],
      [[9], /not written by check --shard/],
      [[7], /no such file/],
    ] as const) {
      const { code, stdout, stderr } = await quiesce(['merge', ...names.map(part)]);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(message);
    }
    for (const wrong of ['0/4', '5/4', 'x', '1'])
      expect((await quiesce(['check', ...PATHS, '--shard', wrong])).code).toBe(2);
  });
});

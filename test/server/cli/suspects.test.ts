import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce } from './run.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-suspects-'));
const tree = join(dir, 'toy.dts');
const inventory = join(dir, 'inventory.jsonl');
let flagged: { instance: string; file: string; match: { of: string[] } };
let hooked: typeof flagged;

beforeAll(async () => {
  const fixtures = ['--no-cache', 'test/fixtures/examples'];
  const { stdout } = await quiesce(['inventory', '--format', 'jsonl', ...fixtures]);
  writeFileSync(inventory, stdout);
  const drivers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ bus, match }) => bus === 'platform' && match.of[0]);
  flagged = drivers.find(({ findings }) =>
    findings.some((one: { rule: string }) => one.rule === 'missing-shutdown'),
  );
  hooked = drivers.find(({ hook, dma }) => hook.state === 'present' && dma.class !== 'none');
  // RAM up to where 32 bit IOVAs begin: what bypass makes of them is somebody's memory.
  writeFileSync(
    tree,
    `/dts-v1/;
/ { model = "Toy"; #address-cells = <2>; #size-cells = <2>;
  memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
  smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0 0x5000000 0 0x1000>; #iommu-cells = <1>; };
  mac@1000 { compatible = "${flagged.match.of[0]}"; reg = <0 0x1000 0 0x1000>; iommus = <&smmu 0x10>; };
  mac@2000 { compatible = "${hooked.match.of[0]}"; reg = <0 0x2000 0 0x1000>; iommus = <&smmu 0x11>; };
};\n`,
  );
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const suspects = (...args: readonly string[]) =>
  quiesce(['suspects', tree, '--inventory', inventory, '--runs', '4', ...args]);

describe('quiesce suspects', () => {
  it('holds its schema, names the device that nothing stops and says why the other is ruled out', async () => {
    const { code, stdout } = await suspects('--pa', '0xfff00000+1M', '--format', 'json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    const schema = JSON.parse(readFileSync('docs/schema/suspects.schema.json', 'utf8'));
    const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    const [{ suspects: found, cleared }] = report.lineups;
    expect(found).toMatchObject([
      { rank: 1, device: '/mac@1000', policy: 'bypass', hits: 4, runs: 4, way: 'address', streams: [0x10] },
    ]);
    expect(cleared).toMatchObject([{ device: '/mac@2000', reason: expect.stringContaining('stops it') }]);
  });

  it('says for each policy who can have been it', async () => {
    const { code, stdout } = await suspects(
      '--pa',
      '0xfff00000-0xffffffff',
      '--policy',
      'all',
      '--format',
      'json',
    );
    expect(code).toBe(0);
    const { lineups } = JSON.parse(stdout);
    const of = (policy: string) => lineups.find((one: { policy: string }) => one.policy === policy);
    expect(of('bypass').suspects).toHaveLength(1);
    expect(of('abort').suspects).toHaveLength(0);
    expect(of('abort').cleared.map(({ reason }: { reason: string }) => reason)).toContainEqual(
      expect.stringContaining('blocked'),
    );
  });

  it('puts first whom a log names', async () => {
    const log = join(dir, 'log');
    writeFileSync(
      log,
      '[ 1.0] arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfffff000, fsynr=0x13, cbfrsynra=0x11, cb=2\n',
    );
    const { stdout } = await suspects('--pa', '0xfff00000+1M', '--log', log);
    expect(stdout).toMatch(/1\. \/mac@2000 .*\n +the log accuses it: .*first in line 1/);
  });

  it.each([
    [['--pa', '0xzz'], /neither an address nor a size/],
    [['--pa', '0x9000-0x8000'], /ends before it begins/],
    [['--pa', '0x40000000'], /nothing lies there in the memory map of Toy/],
    [['--pa', '0xfff00000', '--policy', 'abrt'], /abort/],
    [['--pa', '0xfff00000', '--phase', 'P9'], /P1/],
    [['--pa', '0xfff00000', '--runs', '0'], /--runs/],
    [[], /--pa/],
  ] as const)('refuses %s', async (args, why) => {
    const { code, stdout, stderr } = await suspects(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(why);
  });

  it('says what is missing where the machine has no memory map', async () => {
    const bare = join(dir, 'bare.dts');
    writeFileSync(bare, readFileSync(tree, 'utf8').replace(/memory@.*\n/, '\n'));
    const { code, stderr } = await quiesce([
      'suspects',
      bare,
      '--inventory',
      inventory,
      '--pa',
      '0x80000000',
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/do not say where memory lies.*iomem/s);
  });
});

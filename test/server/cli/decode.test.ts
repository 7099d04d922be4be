import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce } from './run.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-decode-'));
const tree = join(dir, 'toy.dts');
const inventory = join(dir, 'inventory.jsonl');
const LOG = [
  '[ 1.0] arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xfffff000, fsynr=0x13, cbfrsynra=0x12, cb=2',
  '[ 1.1] arm-smmu 5000000.iommu: Unhandled context fault: fsr=0x402, iova=0xffffe000, fsynr=0x13, cbfrsynra=0x12, cb=2',
  '[ 1.2] arm-smmu 6000000.iommu: Blocked unknown Stream ID 0x12; boot with "arm-smmu.disable_bypass=0" to allow, but this may have security implications',
].join('\n');
let flagged: { instance: string; file: string; match: { of: string[] } };

beforeAll(async () => {
  const fixtures = ['--no-cache', 'test/fixtures/examples'];
  const { stdout } = await quiesce(['inventory', '--format', 'jsonl', ...fixtures]);
  writeFileSync(inventory, stdout);
  const drivers = stdout.trimEnd().split('\n');
  flagged = drivers
    .map((line) => JSON.parse(line))
    .find(({ bus, match, findings }) => bus === 'platform' && match.of[0] && findings[0]);
  writeFileSync(
    tree,
    `/dts-v1/;
/ { model = "Toy"; #address-cells = <1>; #size-cells = <1>;
  smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0x5000000 0x1000>; #iommu-cells = <2>; };
  iommu@6000000 { compatible = "arm,mmu-500"; reg = <0x6000000 0x1000>; #iommu-cells = <1>; };
  mac@1000 { compatible = "${flagged.match.of[0]}"; reg = <0x1000 0x1000>; iommus = <&smmu 0x10 0x3>; };
};\n`,
  );
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const decode = (args: readonly string[], input = LOG) =>
  quiesce(['decode', tree, '--inventory', inventory, ...args], { input });

describe('quiesce decode', () => {
  it('holds its schema, and names the driver behind a masked StreamID at its own SMMU only', async () => {
    const { code, stdout } = await decode(['--log', '-', '--format', 'json']);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    const schema = JSON.parse(readFileSync('docs/schema/decode.schema.json', 'utf8'));
    const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    const { instance, file } = flagged;
    expect(report.faults).toMatchObject([
      {
        count: 2,
        stream: 0x12,
        devices: [{ device: '/mac@1000', driver: { instance, file }, unquiesced: true }],
      },
      { count: 1, stream: 0x12, smmu: '6000000.iommu', devices: [] },
    ]);
    expect(report.faults[0].seen[1]).toEqual({
      ...{ line: 2, address: '0xffffe000', access: 'write', substream: null },
    });
  });

  it('says it to a person', async () => {
    const { stdout } = await decode(['--log', '-']);
    expect(stdout).toContain('StreamID 0x12 at 5000000.iommu: TF (context), twice');
    expect(stdout).toContain('write at 0xffffe000-0xfffff000, first in line 1');
    expect(stdout).toContain(flagged.instance);
    expect(stdout).toContain('no device that the files describe has this StreamID');
    expect((await decode(['--log', '-'], 'quiet\n')).stdout).toContain('No line of an Arm SMMU driver');
  });

  it('asks for the log, and says which file it cannot read', async () => {
    expect(await decode([])).toMatchObject({ code: 2, stderr: expect.stringContaining('--log') });
    expect(await decode(['--log', join(dir, 'none')])).toMatchObject({ code: 2 });
  });
});

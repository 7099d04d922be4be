import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { simulate } from '../../../simulator/kexec/engine.ts';
import { wilson } from '../../../simulator/kexec/frequency.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/schema/scenario.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);

const FULL: ScenarioInput = {
  name: 'full',
  board: {
    ram: [{ start: '0x80000000', size: '2G' }],
    reserved: [{ start: '0x90000000', size: '1M', use: 'firmware', noMap: true }],
    mmio: [{ start: '0x10000000', size: '64K', name: 'uart' }],
    secure: [{ start: '0xff000000', size: '0x1000' }].map((r) => ({ ...r, start: '0x70000000' })),
    fixed: [{ start: '0x88000000', size: '64K', name: 'LPI table' }],
    smmu: { version: 2, qcom: false, streamIdBits: 15, streamMappingGroups: 32 },
    dmaLimitBits: 32,
  },
  device: {
    name: 'nic',
    kind: 'ring-receiver',
    bus: 'platform',
    maskBits: 32,
    direction: 'write',
    buffers: 64,
    bufferSize: '2K',
    burst: 1514,
    periodMs: 5,
    wraps: true,
    onAbort: 'stop',
    streamId: '0x12',
    buffersAt: '64M',
    behindSmmu: true,
    quiescedBy: '',
  },
  kernel: {
    version: '6.1',
    loader: 'kexec_file_load',
    imageSize: '40M',
    textOffset: 0,
    initrdSize: '8M',
    dtbSize: '32K',
    cma: '32M',
    crashkernel: { size: '128M' },
    cpus: 2,
    growthStart: '4M',
    growthPerSecond: '50M',
  },
  timing: { p0Ms: 10, relocationMs: 5, purgatoryMs: 0, bootMs: 200, p2Ms: 50, p3Ms: 20, p4Ms: 5, mapsAt: 1 },
  iommu: {
    disableBypass: true,
    gbpaAbort: false,
    foundEnabled: false,
    clocksOff: 'pass',
    forcedac: false,
    apertureBits: 40,
    rmrStreams: [],
  },
  target: 'linux',
  kdump: false,
  policies: ['bypass', 'abort'],
  seed: 3,
};

describe('a scenario file', () => {
  it('complete: nothing is assumed, and it fits the schema', () => {
    expect(validate(FULL), JSON.stringify(validate.errors)).toBe(true);
    const scenario = resolveScenario(FULL);
    expect(scenario.assumptions).toEqual([]);
    expect(scenario.device.bufferBytes).toBe(2048);
    expect(scenario.kernel.crashkernel.bytes).toBe(128 << 20);
    expect(scenario.timing.boot).toBe(200_000);
    expect(simulate(scenario).outcomes.map((o) => o.policy)).toEqual(['bypass', 'abort']);
  });

  it('empty: everything is assumed and said', () => {
    expect(validate({})).toBe(true);
    const fields = resolveScenario({}).assumptions.map((a) => a.field);
    for (const field of [
      'board',
      'device.kind',
      'device.maskBits',
      'device.onAbort',
      'kernel.loader',
      'timing.bootMs',
      'iommu.clocksOff',
    ]) {
      expect(fields).toContain(field);
    }
  });

  it.each([
    ['an unknown key', { devcie: {} }, /unknown key 'devcie', did you mean 'device'/],
    ['an unknown key below', { device: { mask: 32 } }, /unknown key 'mask', did you mean 'maskBits'/],
    ['an unknown kind', { device: { kind: 'ring' } }, /unknown 'ring', did you mean/],
    ['an unknown policy', { policies: ['bypas'] }, /unknown 'bypas', did you mean 'bypass'/],
    ['an unknown target', { target: 'windows' }, /unknown 'windows'/],
    ['an unknown board', { board: 'lx2160' }, /unknown board 'lx2160', did you mean 'lx2160a-rdb'/],
    [
      'overlapping RAM',
      {
        board: {
          ram: [
            { start: 0, size: '1G' },
            { start: '0x20000000', size: '1G' },
          ],
        },
      },
      /RAM overlaps/,
    ],
    ['an empty range', { board: { ram: [{ start: 0, size: 0 }] } }, /not a range/],
    ['a size that is none', { device: { bufferSize: '2X' } }, /neither an address nor a size/],
    ['a mask that is none', { device: { maskBits: 90 } }, /no DMA mask/],
    ['a negative time', { timing: { bootMs: -1 } }, /at least 0/],
    [
      'a StreamID out of range',
      { board: 'lx2160a-rdb', device: { streamId: '0x12345' } },
      /StreamID 0x12345 is out of range/,
    ],
    ['a part of P3 that is none', { timing: { mapsAt: 2 } }, /not a part of P3/],
    ['no SMMU version', { smmu: 'v9' }, /unknown 'v9'/],
  ] as [string, unknown, RegExp][])('%s is named', (_what, input, message) => {
    expect(() => resolveScenario(input as ScenarioInput)).toThrow(message);
  });

  it('the schema refuses unknown keys too', () => {
    expect(validate({ device: { mask: 32 } })).toBe(false);
    expect(validate({ policies: [] })).toBe(false);
  });

  it('a machine that cannot hold both kernels says so', () => {
    const scenario = resolveScenario({
      board: { ram: [{ start: 0, size: '64M' }], smmu: { version: 2 } },
      policies: ['bypass'],
    });
    expect(() => simulate(scenario)).toThrow(/kexec: no place for a kernel|not enough RAM/);
  });

  it('the old buffers and the quirks of the SMMU can be placed and switched', () => {
    const at = (buffersAt: string) =>
      simulate(resolveScenario({ device: { buffersAt }, policies: ['bypass'] })).oldBuffers[0]!.start;
    expect(at('200M') - at('104M')).toBe(96 * 2 ** 20);
    expect(resolveScenario({ iommu: { qcom: true } }).board.smmu?.qcom).toBe(true);
    expect(resolveScenario({ board: 'sdm845', iommu: { qcom: false } }).board.smmu?.qcom).toBe(false);
  });

  it('an SMMU of another version can be put in, or taken out', () => {
    expect(resolveScenario({ smmu: 'v3' }).board.smmu?.version).toBe(3);
    expect(resolveScenario({ smmu: 'none' }).board.smmu).toBeNull();
    expect(
      simulate(resolveScenario({ smmu: 'none', policies: ['bypass', 'none'] })).outcomes.map(
        (o) => o.applicable,
      ),
    ).toEqual([false, true]);
  });
});

describe('determinism', () => {
  it('the same scenario gives the same result, another seed another', () => {
    const run = (seed: number) => {
      const { outcomes } = simulate(resolveScenario({ seed, device: { kind: 'descriptor-engine' } }), {
        timeline: true,
      });
      return outcomes;
    };
    expect(run(1)).toEqual(run(1));
    expect(run(2)).not.toEqual(run(1));
  });
});

describe('the Wilson interval', () => {
  it.each([
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [5, 10, 0.2366, 0.7634],
    [37, 100, 0.2818, 0.4678],
  ])('%d of %d', (count, runs, low, high) => {
    const f = wilson(count, runs);
    expect(f.low).toBeCloseTo(low, 3);
    expect(f.high).toBeCloseTo(high, 3);
  });
});

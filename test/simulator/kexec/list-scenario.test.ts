/**
 * The scenario of the list's discussion (2024-03-14): a driver without a hook behind an SMMUv2 whose shutdown leaves
 * bypass, on a board whose low RAM reaches 4 GiB. End to end, from a line of the inventory to the report.
 */
import { describe, expect, it } from 'vitest';
import { simulate, simulateRuns } from '../../../simulator/kexec/engine.ts';
import { type AuditedDriver, scenarioFromDriver } from '../../../simulator/kexec/from-driver.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { PolicyChoice, ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { lowRamReaches4G } from '../../../simulator/machine/board.ts';
import { builtInBoards, findBoard } from '../../../simulator/machine/boards.ts';

const driver: AuditedDriver = {
  file: 'drivers/net/ethernet/toy/toy.c',
  line: 120,
  bus: 'platform',
  instance: 'toy_driver',
  hook: { state: 'missing', function: null },
  dma: {
    class: 'direct',
    kind: 'autonomous',
    mask: 32,
    directions: ['from-device'],
    buffers: [{ size: 2048, direction: 'from-device', api: 'dma_map_single' }],
    evidence: [{ file: 'drivers/net/ethernet/toy/toy.c', line: 80, api: 'dma_map_single' }],
  },
  quiescedBy: [],
};

function run(input: ScenarioInput = {}, policies: readonly PolicyChoice[] = ['bypass']) {
  const made = scenarioFromDriver(driver, { board: 'lx2160a-rdb', ...input });
  const scenario = resolveScenario(made.input, { assumptions: made.assumptions });
  return simulate(scenario, { policies });
}
const one = (policy: PolicyChoice, input: ScenarioInput = {}) => run(input, [policy]).outcomes[0]!;

describe('a driver without a hook, SMMUv2, low RAM up to 4 GiB', () => {
  it('is what the board has', () => {
    const board = findBoard('lx2160a-rdb');
    expect(lowRamReaches4G(board)).toBe(true);
    expect(board.smmu?.version).toBe(2);
    expect(run().landing).toMatch(/0xffeff000\.\.0xffffffff.*are RAM of the next kernel/);
  });

  it('bypass overwrites memory that the next kernel owns, at addresses and with owners that the report names', () => {
    const outcome = one('bypass');
    expect(outcome.verdict).toBe('corrupts');
    const [hit] = outcome.overwritten;
    expect(hit!.owner).toBe('next kernel: page tables');
    expect(hit!.first.pa).toBe(hit!.first.iova);
    expect(hit!.lowest).toBeGreaterThanOrEqual(0xffc00000);
    expect(hit!.highest).toBeLessThanOrEqual(0xffffffff);
    expect(outcome.bytesOverwritten).toBe(hit!.bytes);
    expect(outcome.firstCorruption!.phase).toBe('P1');
    expect(outcome.reason).toMatch(/overwrite \d+\.\d KiB of page tables \(0xff.*first in P1/);
  });

  it.each(['reset', 'abort', 'abort-quiet'] as const)(
    '%s: nothing is overwritten in P1 and P2, the faults are counted',
    (policy) => {
      const outcome = one(policy);
      expect(outcome.overwritten).toEqual([]);
      expect(outcome.intoFree).toEqual([]);
      for (const phase of ['P1', 'P2'] as const) {
        expect(outcome.phases[phase].landed).toBe(0);
        expect(outcome.phases[phase].faults).toBe(outcome.phases[phase].transactions);
        expect(outcome.phases[phase].transactions).toBeGreaterThan(10);
      }
      expect(outcome.faults['sGFSR USF']).toBe(outcome.phases.P1.faults + outcome.phases.P2.faults);
      // With and without interrupts between the kernels.
      expect(outcome.interrupts.pendingAtEntry).toBe(policy !== 'abort-quiet');
      expect(outcome.interrupts.beforeHandler).toBe(policy === 'abort-quiet' ? 0 : 1);
    },
  );

  it('a not-SMMU-aware target loses its DMA under abort, and keeps it under bypass', () => {
    const abort = one('abort', { target: 'not-smmu-aware' });
    expect(abort.verdict).toBe('breaks-target');
    expect(abort.targetDma).toMatchObject({ tried: 8, failed: 8 });
    expect(abort.overwritten).toEqual([]);
    const bypass = one('bypass', { target: 'not-smmu-aware' });
    expect(bypass.targetDma.failed).toBe(0);
    expect(bypass.verdict).toBe('corrupts');
  });

  it('kdump runs no hook', () => {
    const crash = run({ kdump: true }, ['bypass', 'hook']).outcomes;
    expect(crash[0]!.notes.join()).toMatch(/runs no hook/);
    expect(crash[1]!.transactions).toBe(crash[0]!.transactions);
    expect(crash[1]!.transactions).toBeGreaterThan(0);
  });

  it('a hook, or a bus that stops it, ends the matter', () => {
    expect(one('hook')).toMatchObject({ verdict: 'safe', transactions: 0 });
    const hooked = scenarioFromDriver({ ...driver, hook: { state: 'present', function: 'toy_shutdown' } });
    const outcome = simulate(resolveScenario(hooked.input), { policies: ['bypass'] }).outcomes[0]!;
    expect(outcome).toMatchObject({ verdict: 'safe', transactions: 0 });
    expect(outcome.reason).toContain('toy_shutdown');
  });

  it('GFP and mask decide, not drama: 40-bit platform mask, other boards', () => {
    const wide = run({ device: { maskBits: 40 } });
    expect(wide.landing).toMatch(/0xffff\w+\.\.0xffffffffff .*hit no RAM/);
    expect(wide.outcomes[0]!.overwritten).toEqual([]);
    for (const board of builtInBoards()) {
      const result = run({ board: board.name });
      const ram = result.iovas.some((i) => board.ram.some((r) => i.start < r.end && r.start < i.end));
      expect(/are RAM of the next kernel/.test(result.landing)).toBe(ram);
      if (!ram) expect(result.outcomes[0]!.bytesOverwritten).toBe(0);
    }
    expect(run({ board: 'imx8qm-mek' }).landing).toMatch(/bypass finds nothing there/);
    expect(run({ board: 'juno' }).landing).toMatch(/secure memory: the access is refused/);
  });

  it("RAM above 4 GiB moves the next kernel's tables away: CMA is hit, and that is unknown, not safe", () => {
    const outcome = one('bypass', { board: 'stingray' });
    expect(outcome.verdict).toBe('unknown');
    expect(outcome.intoFree[0]!.owner).toBe('next kernel: CMA, not in use');
  });
});

describe('what the driver says and what is assumed', () => {
  it('names the source line of what came from the code', () => {
    const { scenario } = run();
    expect(scenario.device).toMatchObject({
      kind: 'ring-receiver',
      maskBits: 32,
      bufferBytes: 2048,
      direction: 'write',
    });
    const mask = scenario.assumptions.find((a) => a.field === 'device.maskBits')!;
    expect(mask).toMatchObject({ file: 'drivers/net/ethernet/toy/toy.c', line: 80 });
    expect(scenario.assumptions.some((a) => a.field === 'device.buffers' && !a.file)).toBe(true);
  });

  it.each([
    [{ dma: { ...driver.dma, kind: 'request' as const } }, 'one-shot'],
    [{ dma: { ...driver.dma, class: 'provider' } }, 'descriptor-engine'],
    [{ file: 'drivers/gpu/drm/toy/toy.c' }, 'scanout'],
    [{ file: 'sound/soc/toy/toy.c' }, 'cyclic-audio'],
    [{ file: 'drivers/usb/host/toy.c' }, 'usb-schedule'],
    [{ file: 'drivers/dma/toy.c' }, 'descriptor-engine'],
    [{ file: 'drivers/misc/toy.c' }, 'ring-receiver'],
  ])('%o is a %s', (change, kind) => {
    const { input, assumptions } = scenarioFromDriver({ ...driver, ...change });
    expect(input.device!.kind).toBe(kind);
    expect(assumptions.some((a) => a.field === 'device.kind')).toBe(true);
  });

  it('a driver that only reads leaks', () => {
    const { input } = scenarioFromDriver({ ...driver, dma: { ...driver.dma, directions: ['to-device'] } });
    expect(input.device!.direction).toBe('read');
    const outcome = simulate(resolveScenario(input), { policies: ['bypass'] }).outcomes[0]!;
    expect(outcome.effects).toContain('leaks');
  });
});

describe('repeated with other placement and timing', () => {
  it('gives frequencies with a Wilson interval, the same for the same seed', () => {
    const scenario = { ...resolveScenario({ policies: ['bypass', 'none', 'adopt', 'hook'] }) };
    const a = simulateRuns(scenario, 12, 5);
    expect(simulateRuns(scenario, 12, 5)).toEqual(a);
    const of = (policy: PolicyChoice) => a.find((f) => f.policy === policy)!;
    expect(of('bypass').verdicts.corrupts).toMatchObject({ count: 12, runs: 12, high: 1 });
    expect(of('bypass').verdicts.corrupts!.low).toBeCloseTo(0.757, 2);
    expect(of('hook').verdicts).toEqual({ safe: expect.objectContaining({ count: 12 }) });
    expect(of('adopt').verdicts.corrupts).toBeUndefined();
    const none = of('none').verdicts;
    expect(Object.values(none).reduce((n, f) => n + f.count, 0)).toBe(12);
    expect(simulateRuns(scenario, 12, 6)).not.toEqual(a);
  });
});

/** Domain reference, tables 7.10 (a target that is not SMMU-aware) and 7.11 (fault interrupts). */
import { describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { inPhase, merge, play, V3 } from './play.ts';

const WRITER: ScenarioInput = { device: { kind: 'cyclic-audio' } };

describe.each(['not-smmu-aware', 'linux-no-smmu'] as const)('7.10, target %s', (target) => {
  const run = (policy: Parameters<typeof play>[0], input: ScenarioInput = {}) =>
    play(policy, merge({ target }, WRITER, input));
  const works = { tried: 8, failed: 0, misdirected: 0, by: 'physical' };
  const fails = { tried: 8, failed: 8, misdirected: 0, by: 'physical' };

  it.each([
    ['A', 'bypass', {}],
    ['F', 'bypass', V3],
    ['C with disable_bypass=0', 'reset', { iommu: { disableBypass: false } }],
    ['N', 'none', {}],
    ['T', 'passthrough', {}],
  ] as const)('%s: its own DMA works', (_row, policy, input) => {
    expect(run(policy, input).targetDma).toEqual(works);
  });

  it.each([
    ['B', 'abort', {}],
    ['C', 'reset', {}],
    ["F'", 'abort', V3],
    ['C v3', 'reset', V3],
    ['D', 'retain', {}],
    ['G', 'retain', V3],
    ['E', 'adopt', {}],
    ['H', 'adopt', V3],
  ] as const)('%s: its own DMA fails', (_row, policy, input) => {
    const outcome = run(policy, input);
    expect(outcome.targetDma).toEqual(fails);
    expect(outcome.effects).toContain('breaks-target');
  });

  it('D/G: a physical address that is an old IOVA too is misdirected into the old buffer', () => {
    // The buffer's IOVA is 0x7fff0000; the target's allocator begins in a small bank that ends there.
    const outcome = play(
      'retain',
      merge(WRITER, {
        target,
        board: {
          ram: [
            { start: '0x7fdf0000', size: '0x210000' },
            { start: '0x90000000', size: '1G' },
          ],
          smmu: { version: 2 },
        },
        device: { maskBits: 31 },
      }),
    );
    // Only the accesses of the device's own stream translate, those of the disk fault.
    expect(outcome.targetDma.failed).toBe(8);
    expect(outcome.targetDma.misdirected).toBeGreaterThan(0);
  });

  it.each([
    ['A', 'bypass', 'PA=IOVA'],
    ['B', 'abort', 'safe'],
    ['C', 'reset', 'safe'],
    ['D', 'retain', 'old buffers'],
    ['E', 'adopt', 'old buffers'],
    ['N', 'none', 'old buffers'],
    ['T', 'passthrough', 'old buffers'],
  ] as const)('%s: the un-quiesced master: %s', (_row, policy, where) => {
    const outcome = run(policy);
    const entry = inPhase(outcome, 'P1')[0]!;
    const old = inPhase(outcome, 'P0').map((e) => [e.pieces[0]!.pa, e.iova] as const);
    const [piece] = entry.pieces;
    if (where === 'safe') expect(piece).toBeUndefined();
    else if (where === 'PA=IOVA') expect(piece!.pa).toBe(entry.iova);
    else {
      const first = old[0]!;
      expect(Math.abs(piece!.pa - first[0])).toBeLessThan(16 << 20);
    }
  });

  it('the bypass lasts: nobody resets the SMMU in P2 and P3', () => {
    const outcome = run('bypass');
    expect(outcome.phases.P2.landed).toBe(outcome.phases.P2.transactions);
    expect(outcome.phases.P3.landed).toBe(outcome.phases.P3.transactions);
    expect(outcome.effects).not.toContain('self-alias');
  });
});

describe('7.11 fault interrupts', () => {
  it('v2 today: the same write clears GFIE and GCFGFIE, and CLIENTPD keeps contexts from faulting', () => {
    const outcome = play('bypass', WRITER);
    expect(outcome.interrupts).toMatchObject({ beforeHandler: 0, pendingAtEntry: false });
    expect(outcome.phases.P1.faults).toBe(0);
  });

  it.each(['abort', 'reset'] as const)(
    'v2 %s: the level line is up from the first fault, and Linux handles it once at probe',
    (policy) => {
      const outcome = play(policy, merge(WRITER, { timing: { p2Ms: 0.1 } }));
      expect(outcome.interrupts.beforeHandler).toBe(1);
      expect(outcome.interrupts.pendingAtEntry).toBe(true);
      expect(outcome.notes.join()).toMatch(/gic_dist_config/);
      expect(outcome.effects).not.toContain('unknown');
    },
  );

  it('P2: one interrupt for each faulting access, in the pace of the handler', () => {
    const outcome = play('abort-quiet', WRITER);
    expect(outcome.phases.P2.faults).toBeGreaterThan(100);
    expect(outcome.interrupts.handled).toBeGreaterThanOrEqual(outcome.phases.P2.faults);
    expect(outcome.interrupts.beforeHandler).toBe(0);
  });

  it('a target that does not reset the GIC may loop: unknown, said in words', () => {
    const loud = play('abort', merge(WRITER, { target: 'not-smmu-aware' }));
    expect(loud.effects).toContain('unknown');
    expect(loud.unknowns.join()).toMatch(/without resetting the GIC/);
    const quiet = play('abort-quiet', merge(WRITER, { target: 'not-smmu-aware' }));
    expect(quiet.unknowns).toEqual([]);
  });

  it('kdump v2: no fault before the new driver, then a storm in P2', () => {
    const outcome = play('kdump', WRITER);
    expect(outcome.interrupts.beforeHandler).toBe(0);
    expect(outcome.interrupts.handled).toBeGreaterThan(100);
  });

  it('kdump v3: queues off, no interrupt at all', () => {
    const outcome = play('kdump', merge(V3, WRITER));
    expect(outcome.interrupts.handled).toBe(0);
    expect(outcome.faults).toEqual({});
    expect(outcome.unrecordedFaults).toBeGreaterThan(100);
  });

  it("v3 F': no event and no interrupt in P1", () => {
    const outcome = play('abort', merge(V3, WRITER));
    expect(outcome.phases.P1).toMatchObject({ faults: 0 });
    expect(outcome.phases.P1.stopped).toBe(outcome.phases.P1.transactions);
  });
});

describe('clocks gated at shutdown (7.2): what clients meet depends on the SoC', () => {
  it.each([
    ['pass', 'PA=IOVA', 'corrupts'],
    ['block', 'nothing', 'blocked'],
    ['error', 'nothing', 'blocked'],
  ] as const)('%s', (clocksOff, where, verdict) => {
    const outcome = play('bypass', merge(WRITER, { iommu: { clocksOff } }));
    const [entry] = inPhase(outcome, 'P1');
    expect(entry!.pieces.length > 0 ? 'PA=IOVA' : 'nothing').toBe(where);
    expect(outcome.verdict).toBe(verdict);
  });
});

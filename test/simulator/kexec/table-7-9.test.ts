/** Domain reference, table 7.9: what an un-quiesced device does, cell by cell. */
import { describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { endings, inPhase, landing, merge, play, V3 } from './play.ts';

const READER: ScenarioInput = { device: { kind: 'cyclic-audio', direction: 'read' } };
const WRITER: ScenarioInput = { device: { kind: 'cyclic-audio', direction: 'write' } };
const NO_DISABLE: ScenarioInput = { iommu: { disableBypass: false } };
const QCOM: ScenarioInput = { board: 'sdm845' };

/** `PA=IOVA`: what bypass does; RAM answers there on this board. */
const BYPASS = ['PA=IOVA ok'];
const USF = ['nothing abort sGFSR USF'];
/** Attach to the new mapping: a context fault before the driver maps, its new buffers after. */
const ALIAS_V2 = ['elsewhere ok', 'nothing abort CB0 TF'];
const ALIAS_V3 = ['elsewhere ok', 'nothing abort F_TRANSLATION'];
const OLD = ['elsewhere ok'];
const BAD_SID = ['nothing abort C_BAD_STREAMID'];
const SILENT = ['nothing abort'];

describe.each([
  // row, policy, input, P1, P2, P3
  ['A v2 today', 'bypass', {}, BYPASS, USF, ALIAS_V2],
  ['A with disable_bypass=0', 'bypass', NO_DISABLE, BYPASS, BYPASS, ALIAS_V2],
  ['A on qcom: preserved SMR', 'bypass', QCOM, BYPASS, BYPASS, ALIAS_V2],
  ['A on SMMUv1', 'bypass', { smmu: 'v1' }, BYPASS, USF, ALIAS_V2],
  ['B v2 abort', 'abort', {}, USF, USF, ALIAS_V2],
  ['B quiet', 'abort-quiet', {}, USF, USF, ALIAS_V2],
  ['C v2 reset', 'reset', {}, USF, USF, ALIAS_V2],
  ['C with disable_bypass=0', 'reset', NO_DISABLE, BYPASS, BYPASS, ALIAS_V2],
  ['F v3 today, GBPA.ABORT=0', 'bypass', V3, BYPASS, BAD_SID, ALIAS_V3],
  ["F' v3, GBPA.ABORT=1", 'bypass', merge(V3, { iommu: { gbpaAbort: true } }), SILENT, BAD_SID, ALIAS_V3],
  [
    "F' v3, ABORT set by history",
    'bypass',
    merge(V3, { iommu: { foundEnabled: true } }),
    SILENT,
    BAD_SID,
    ALIAS_V3,
  ],
  ["F' v3 policy abort", 'abort', V3, SILENT, BAD_SID, ALIAS_V3],
  ["F' v3 policy abort, quiet", 'abort-quiet', V3, SILENT, BAD_SID, ALIAS_V3],
  ['C v3: SMMUEN=1, every STE aborts', 'reset', V3, SILENT, BAD_SID, ALIAS_V3],
] as const)('row %s', (_row, policy, input, p1, p2, p3) => {
  it.each([
    ['W', WRITER],
    ['R', READER],
  ] as const)('%s: P1, P2 and P3 end as the table says', (_dir, device) => {
    const outcome = play(policy, merge(input, device));
    expect(endings(outcome, 'P0')).toEqual(OLD);
    expect(endings(outcome, 'P1')).toEqual(p1);
    expect(endings(outcome, 'P2')).toEqual(p2);
    expect(endings(outcome, 'P3')).toEqual(p3);
    expect(inPhase(outcome, 'P4')).toEqual([]);
  });

  it('memory corrupted: in P1 where bypass finds RAM in use, by self-alias in P3 only', () => {
    const outcome = play(policy, merge(input, WRITER));
    const landed = p1 === BYPASS || p2 === BYPASS;
    const hits = [...outcome.overwritten, ...outcome.intoFree];
    expect(hits.length > 0).toBe(landed);
    expect(outcome.effects).toContain('self-alias');
    for (const hit of hits) expect(hit.first.phase).toBe('P1');
    for (const hit of outcome.selfAlias) expect(hit.first.phase).toBe('P3');
  });
});

describe('rows B and C: what the device hears and what is enabled', () => {
  it('GFRE=0 makes it RAZ/WI: terminated, but the device is told nothing', () => {
    const GFRE = 2n;
    const outcome = play('abort', WRITER, {
      change: (step, who, stage) =>
        who === 'old' && stage === 'hand-over' && step.kind === 'write' && step.register === 'sCR0'
          ? [{ ...step, value: step.value & ~GFRE }]
          : [step],
    });
    expect(endings(outcome, 'P1')).toEqual(['nothing raz-wi sGFSR USF']);
    expect(outcome.overwritten).toEqual([]);
  });

  it('C leaves fault enables on, B quiet has them off', () => {
    expect(play('reset').interrupts.pendingAtEntry).toBe(true);
    expect(play('abort').interrupts.pendingAtEntry).toBe(true);
    expect(play('abort-quiet').interrupts.pendingAtEntry).toBe(false);
  });
});

describe.each([
  ['D v2 leave translations', {}, USF, ALIAS_V2],
  ['G v3 leave SMMUEN=1', V3, BAD_SID, ALIAS_V3],
] as const)('row %s', (_row, input, p2, p3) => {
  it('P1: into the old buffers while their pages are not used again', () => {
    const outcome = play('retain', merge(input, WRITER, { kernel: { growthPerSecond: 0 } }));
    expect(endings(outcome, 'P1')).toEqual(OLD);
    expect(outcome.overwritten).toEqual([]);
    // Nobody used them in this run; whether somebody does is not known.
    expect(outcome.verdict).toBe('unknown');
    expect(outcome.intoFree[0]?.owner).toBe('next kernel: free memory');
  });

  it('P1: over what the next kernel puts there, delayed', () => {
    const outcome = play('retain', merge(input, WRITER, { kernel: { growthPerSecond: '200M' } }));
    expect(outcome.verdict).toBe('corrupts');
    expect(outcome.firstCorruption!.phase).toBe('P1');
    expect(outcome.firstCorruption!.t).toBeGreaterThan(500_000);
  });

  const reused: ScenarioInput = { kernel: { growthPerSecond: '200M' }, timing: { bootMs: 3000 } };

  it('P1: a reused page-table page ends in a fault or an arbitrary address', () => {
    // A ring walks for every buffer: it meets the new contents of the table.
    const outcome = play('retain', merge(input, reused, { device: { kind: 'ring-receiver' } }));
    const after = inPhase(outcome, 'P1').filter((e) => e.response !== 'ok');
    expect(after.length).toBeGreaterThan(0);
  });

  it('P1: what is in the TLB outlives the table', () => {
    const outcome = play('retain', merge(input, reused, WRITER));
    expect(endings(outcome, 'P1')).toEqual(OLD);
  });

  it('P2 as row A/F, P3 as row A/F', () => {
    const outcome = play('retain', merge(input, WRITER));
    expect(endings(outcome, 'P2')).toEqual(p2);
    expect(endings(outcome, 'P3')).toEqual(p3);
  });
});

describe.each([
  ['E v2 adopt', {}],
  ['H v3 adopt', V3],
] as const)('row %s', (_row, input) => {
  const outcome = play('adopt', merge(input, WRITER, { kernel: { growthPerSecond: '400M' } }));

  it.each(['P1', 'P2', 'P3'] as const)('%s: through the old tables into kept memory, no fault', (phase) => {
    expect(endings(outcome, phase)).toEqual(OLD);
    expect(new Set(inPhase(outcome, phase).flatMap((e) => e.pieces.map((p) => p.owner.label)))).toEqual(
      new Set(['memory kept for the old mappings']),
    );
  });

  it('safe, and the new driver has its own mapping after the device reset', () => {
    expect(outcome.verdict).toBe('safe');
    expect(outcome.targetDma).toEqual({ tried: 8, failed: 0, misdirected: 0, by: 'mapping' });
  });

  it('is not safe when the kernel does not keep the memory (what "adoption correctness" asks for)', () => {
    const retained = play('retain', merge(input, WRITER, { kernel: { growthPerSecond: '400M' } }));
    expect(retained.verdict).toBe('corrupts');
  });
});

describe('row K kdump', () => {
  const crash: ScenarioInput = { kdump: true };

  it.each([
    ['v2', {}, USF, ALIAS_V2],
    ['v2 qcom', QCOM, BYPASS, ALIAS_V2],
    [
      'v3: abort, queues off',
      V3,
      ['nothing abort C_BAD_STREAMID (not recorded)'],
      ['elsewhere ok', 'nothing abort F_TRANSLATION (not recorded)'],
    ],
  ] as const)('%s', (_name, input, p2, p3) => {
    const outcome = play('kdump', merge(input, WRITER));
    expect(endings(outcome, 'P1')).toEqual(OLD);
    expect(endings(outcome, 'P2')).toEqual(p2);
    expect(endings(outcome, 'P3')).toEqual(p3);
    // The crash kernel's memory is untouched: what lands is the old kernel's, which will be dumped.
    expect(outcome.overwritten).toEqual([]);
    expect(outcome.harmless.map((h) => h.side)).toContain('old');
  });

  it.each(['bypass', 'abort', 'reset', 'retain', 'hook'] as const)(
    'no hook runs: %s ends as kdump does',
    (policy) => {
      const want = play('kdump', merge(crash, WRITER));
      const got = play(policy, merge(crash, WRITER));
      expect(got.phases).toEqual(want.phases);
      expect(got.verdict).toBe(want.verdict);
      expect(got.notes.join()).toMatch(/runs no hook/);
    },
  );
});

describe('row N no SMMU', () => {
  it('P1: W to the old physical buffer; P2, P3: the device keeps on', () => {
    const outcome = play('none', merge(WRITER, { kernel: { growthPerSecond: '200M' } }));
    for (const phase of ['P1', 'P2', 'P3'] as const) expect(endings(outcome, phase)).toEqual(BYPASS);
    expect(outcome.verdict).toBe('corrupts');
    expect(outcome.interrupts.handled).toBe(0);
  });

  it('is the only policy of a board without an SMMU, beside the control', () => {
    expect(play('bypass', { board: 'rpi4' })).toMatchObject({
      applicable: false,
      reason: expect.stringContaining('no Arm SMMU'),
    });
    expect(play('none', { board: 'rpi4' }).applicable).toBe(true);
  });
});

describe('row T passthrough', () => {
  it.each([
    ['v2', {}, USF],
    ['v3', V3, BAD_SID],
  ] as const)('%s: P1 as the hand-over, P2 blocked, P3 resumes to the old buffers', (_name, input, p2) => {
    const outcome = play('passthrough', merge(input, WRITER));
    expect(endings(outcome, 'P1')).toEqual(BYPASS);
    expect(endings(outcome, 'P2')).toEqual(p2);
    expect(endings(outcome, 'P3')).toEqual(BYPASS);
    const old = new Set(inPhase(outcome, 'P0').map((e) => e.pieces[0]!.pa));
    expect(inPhase(outcome, 'P3').every((e) => old.has(e.pieces[0]!.pa) || landing(e) === 'PA=IOVA')).toBe(
      true,
    );
  });
});

describe('after the table: reads hurt too', () => {
  const engine: ScenarioInput = { device: { kind: 'descriptor-engine', wraps: true, periodMs: 2 } };
  /** The next kernel's image where the ring's IOVA (0x7ffff000) points. */
  const imageThere: ScenarioInput = {
    board: {
      ram: [{ start: 0, size: '3G' }],
      reserved: [{ start: 0, size: '0x7f000000' }],
      smmu: { version: 2 },
    },
    device: { maskBits: 31 },
  };

  it('a descriptor fetched through bypass is obeyed: second-order corruption', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 12; seed++) {
      const outcome = play('bypass', merge(imageThere, engine, { seed }));
      for (const hit of outcome.overwritten) if (hit.secondOrder) seen.add(hit.owner);
    }
    // Somebody's memory was written at an address that stood in the kernel's read-only data.
    expect([...seen].length).toBeGreaterThan(0);
  });

  it.each(['abort', 'reset'] as const)('under %s it cannot happen', (policy) => {
    for (let seed = 1; seed <= 12; seed++) {
      const outcome = play(policy, merge(imageThere, engine, { seed }));
      expect(outcome.timeline.some((e) => e.secondOrder && e.phase !== 'P3')).toBe(false);
    }
  });

  it('a scan-out shows memory of the next kernel', () => {
    const outcome = play('bypass', { device: { kind: 'scanout' } });
    expect(outcome.verdict).toBe('leaks');
    expect(outcome.leaked[0]?.owner).toBe('next kernel: page tables');
    expect(outcome.bytesLeaked).toBeGreaterThan(1 << 20);
  });
});

describe('the control', () => {
  it('a driver with a proper hook is silent under every hand-over', () => {
    expect(play('hook')).toMatchObject({ verdict: 'safe', transactions: 0, blocked: 0, effects: ['safe'] });
  });

  it('PCI: the core clears Bus Master, also without a hook', () => {
    const outcome = play('bypass', { board: 'qemu-virt', device: { bus: 'pci' } });
    expect(outcome).toMatchObject({ verdict: 'safe', transactions: 0 });
    expect(outcome.reason).toContain('Bus Master');
  });
});

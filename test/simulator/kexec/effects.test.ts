/** Effects beyond the tables: queues of the SMMU itself, purgatory, SError, firmware, the ladder of verdicts. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { inPhase, merge, play, V3 } from './play.ts';

const WRITER: ScenarioInput = { device: { kind: 'cyclic-audio' } };

describe('the SMMU writes too (7.12, point 11)', () => {
  it('a live event queue of the old kernel fills with faults over what the next kernel put there', () => {
    // Translation stays on, a ring walks into a reused table: each fault is recorded at EVENTQ_BASE.
    const outcome = play(
      'retain',
      merge(V3, {
        device: { kind: 'ring-receiver', periodMs: 5, buffers: 512 },
        kernel: { growthPerSecond: '120M' },
        timing: { bootMs: 2500 },
      }),
    );
    expect(outcome.smmuWrites.length).toBeGreaterThan(0);
    expect(outcome.smmuWrites[0]!.bytes % 32).toBe(0);
    expect(outcome.effects).toContain('corrupts');
    expect(outcome.reason).toMatch(/SMMU's own queue overwrites/);
  });

  it('with the queue off nothing is written', () => {
    expect(play('abort', merge(V3, WRITER)).smmuWrites).toEqual([]);
  });
});

describe('purgatory', () => {
  const there: ScenarioInput = {
    board: {
      ram: [{ start: 0, size: '3G' }],
      reserved: [{ start: 0, size: '0x7f000000' }],
      smmu: { version: 2 },
    },
    device: { maskBits: 31, kind: 'cyclic-audio' },
    timing: { purgatoryMs: 300 },
  };

  it('a write over the image while it is checked: hang without a message', () => {
    const outcome = play('bypass', there);
    expect(outcome.overwritten[0]!.owner).toBe('next kernel: kernel rodata');
    expect(outcome.purgatoryHang).toBe(true);
    expect(outcome.reason).toMatch(/hang without a message/);
  });

  it('kexec_file_load has no purgatory', () => {
    expect(play('bypass', merge(there, { kernel: { loader: 'kexec_file_load' } })).purgatoryHang).toBe(false);
  });

  it('writes before the copy are copied over: harmless', () => {
    const outcome = play('bypass', merge(there, { timing: { relocationMs: 200 } }));
    expect(outcome.harmless.map((h) => h.owner)).toContain(
      'destinations of the kexec image, copied over afterwards',
    );
  });
});

describe('reactions', () => {
  it('SError breaks the target', () => {
    const outcome = play('abort', merge(WRITER, { device: { onAbort: 'serror' } }));
    expect(outcome.verdict).toBe('breaks-target');
    expect(outcome.reason).toMatch(/SError/);
  });

  it.each(['stop', 'hang'] as const)('a device that %ss raises one fault and no more', (onAbort) => {
    const outcome = play('reset', merge(WRITER, { device: { onAbort } }));
    expect(outcome.blocked).toBe(1);
    expect(outcome.deviceErrors).toBe(1);
  });

  it("RAM of the firmware counts as somebody's", () => {
    const outcome = play('bypass', {
      board: {
        ram: [{ start: '0x80000000', size: '2G' }],
        reserved: [{ start: '0xfff00000', size: '1M', use: 'firmware', noMap: true, name: 'TrustZone' }],
        smmu: { version: 2 },
      },
      device: { kind: 'cyclic-audio' },
    });
    expect(outcome.overwritten[0]!.owner).toBe('firmware: TrustZone');
  });

  it('registers: what they do with it is unknown', () => {
    const outcome = play('bypass', {
      board: {
        ram: [{ start: '0x80000000', size: '1G' }],
        mmio: [{ start: '0xffff0000', size: '64K', name: 'some block' }],
        smmu: { version: 2 },
      },
      device: { kind: 'cyclic-audio' },
    });
    expect(outcome.verdict).toBe('unknown');
    expect(outcome.unknowns.join()).toMatch(/some block: what its registers do/);
  });
});

describe('HUPCF=0 (7.12, point 2)', () => {
  it('between two kernels one context fault silences the device', () => {
    const outcome = play('retain', {
      device: { kind: 'ring-receiver', periodMs: 5, buffers: 512 },
      kernel: { growthPerSecond: '200M' },
      timing: { bootMs: 2000 },
    });
    const bad = inPhase(outcome, 'P1').filter((e) => e.response !== 'ok');
    expect(bad.length).toBeGreaterThan(20);
    expect(bad.filter((e) => e.faults.includes('CB0 TF'))).toHaveLength(1);
  });
});

describe('the room', () => {
  it('imports nothing of Node and nothing of the server', () => {
    const root = new URL('../../../simulator/', import.meta.url);
    const files = readdirSync(root, { recursive: true })
      .map(String)
      .filter((f) => f.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(40);
    for (const file of files) {
      const text = readFileSync(new URL(file, root), 'utf8');
      for (const [, from] of text.matchAll(/from '([^']+)'/g)) {
        const ok = from === 'fastest-levenshtein' || (from!.startsWith('.') && !from!.includes('server/'));
        expect(ok, `${file} imports ${from}`).toBe(true);
      }
      expect(text).not.toMatch(/Date\.now|Math\.random|performance\.now/);
    }
  });
});

describe('a mask below all memory of the board (RAM from 0x80000000)', () => {
  const narrow: ScenarioInput = { device: { kind: 'cyclic-audio', maskBits: 24 } };

  it.each(['none', 'passthrough'] as const)('%s does not apply: the driver cannot set it', (policy) => {
    const outcome = play(policy, narrow);
    expect(outcome.applicable).toBe(false);
    expect(outcome.reason).toMatch(/24 bit DMA mask reaches no memory of this board/);
    expect(play(policy, merge(narrow, { device: { maskBits: 32 } })).applicable).toBe(true);
  });

  it('behind the SMMU it limits IOVAs alone', () => {
    const outcome = play('retain', narrow);
    expect(outcome.applicable).toBe(true);
    for (const entry of outcome.timeline) expect(entry.iova).toBeLessThan(2 ** 24);
    expect(outcome.timeline.length).toBeGreaterThan(0);
  });
});

/** The recorded kexecs of QEMU's virt machine (`test/fixtures/machines`). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runPolicy, simulate } from '../../../simulator/kexec/engine.ts';
import { Run } from '../../../simulator/kexec/run.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { boardFromIomem } from '../../../simulator/machine/iomem.ts';
import { endings, inPhase, play } from './play.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../fixtures/machines/${name}`, import.meta.url), 'utf8');

/** Debian's kernel and the small initramfs of the recording. */
const kernel = { initrdSize: 0x2cc000, dtbSize: 0x3000, cpus: 1 };
/** The e1000 at 00:02.0: requester ID 0x10. */
const e1000: ScenarioInput = { device: { bus: 'pci', streamId: 0x10, kind: 'ring-receiver' }, kernel };

function scenario(iomem: string, input: ScenarioInput, log?: string) {
  const board = boardFromIomem(read(iomem), { ...(log ? { log: read(log) } : {}) });
  return { board, scenario: resolveScenario(input, { board }) };
}

describe('the owners of its regions', () => {
  const { scenario: clean } = scenario('qemu-virt-clean-first.iomem', e1000);
  const run = new Run(clean, runPolicy('bypass'));
  const { ownership } = run.world;
  const early = (pa: number) => ownership.at(pa, 0).label;
  const late = (pa: number) => ownership.at(pa, run.clock.buddy + 1000).label;

  it('of the first kernel, before the jump', () => {
    expect(early(0x40200000)).toBe('old kernel: kernel text');
    expect(early(0x42870000)).toBe('old kernel: kernel data');
    expect(early(0x48000000)).toBe('old kernel: reserved at boot');
    expect(early(0x7fffffff)).toBe('old kernel: reserved at boot');
    expect(early(0x60000000)).toBe('old kernel: memory');
    expect(early(0x09000000)).toBe('pl011@9000000');
    expect(early(0x3ff00000)).toBe('no memory');
  });

  it('of the second kernel, as its own /proc/iomem says', () => {
    const second = boardFromIomem(read('qemu-virt-clean-second.iomem')).running!;
    expect(late(second.code!.start)).toBe('next kernel: kernel text');
    expect(late(second.code!.end - 1)).toBe('next kernel: kernel rodata');
    expect(late(second.data!.end - 1)).toBe('next kernel: kernel bss');
    expect(late(0x45530000)).toBe('next kernel: initrd');
    expect(late(0x457fc000)).toBe('next kernel: device tree blob');
    // What it reserved at the top of RAM.
    for (const pa of [0x7fe0c000, 0x7fffffff]) {
      expect(second.reserved.some((r) => pa >= r.start && pa < r.end)).toBe(true);
      expect(late(pa)).toBe('next kernel: page tables');
    }
    expect(late(0x7ec00000)).toBe('next kernel: struct page array (memmap)');
    expect(late(0x7ac00000)).toBe('next kernel: CMA, not in use');
  });

  it("with the old kernel's place free again", () => {
    expect(late(0x60000000)).toBe('next kernel: free memory');
    expect([
      'next kernel: slab',
      'next kernel: page cache',
      'next kernel: user pages',
      'next kernel: page tables',
    ]).toContain(late(0x40200000));
  });
});

describe('A: the clean kexec', () => {
  it.each(['bypass', 'abort', 'reset', 'retain', 'none'] as const)(
    'no DMA after the hand-over under %s: Bus Master is cleared',
    (policy) => {
      const { board } = scenario('qemu-virt-clean-first.iomem', e1000);
      const outcome = play(policy, e1000, {}, { board });
      expect(outcome.transactions).toBe(0);
      expect(outcome.verdict).toBe('safe');
      expect(outcome.reason).toMatch(/Bus Master/);
    },
  );

  it('virtio is reset by its bus', () => {
    const { board } = scenario('qemu-virt-clean-first.iomem', e1000);
    const outcome = play('bypass', { device: { bus: 'virtio', streamId: 8 }, kernel }, {}, { board });
    expect(outcome.reason).toMatch(/virtio bus resets/);
  });

  it('a device that nobody stops: its IOVAs are outside the 1 GiB of RAM, and the report says so', () => {
    const { scenario: s } = scenario('qemu-virt-clean-first.iomem', {
      ...e1000,
      device: { ...e1000.device, quiescedBy: '' },
    });
    const result = simulate(s, { policies: ['bypass'] });
    expect(result.landing).toMatch(/hit no RAM and no device of this board: bypass finds nothing there/);
    expect(result.outcomes[0]).toMatchObject({ verdict: 'blocked', bytesOverwritten: 0 });
  });
});

describe('B: the kdump', () => {
  const { board } = scenario('qemu-virt-kdump-first.iomem', e1000);
  const outcome = play('kdump', e1000, { explain: true }, { board });

  it('runs inside the recorded reservation', () => {
    const { scenario: s } = scenario('qemu-virt-kdump-first.iomem', { ...e1000, kdump: true });
    const { world } = new Run(s, runPolicy('kdump'));
    const second = boardFromIomem(read('qemu-virt-kdump-second.iomem')).running!;
    const image = world.next.segments.find((x) => x.kind === 'kernel')!;
    expect([image.start, image.end]).toEqual([second.code!.start, second.data!.end]);
    for (const claim of world.next.layout.claims) {
      expect(claim.start).toBeGreaterThanOrEqual(0x86400000);
      expect(claim.end).toBeLessThanOrEqual(0x9a400000);
    }
  });

  it('the old tables are live until the new driver makes GBPA abort', () => {
    expect(endings(outcome, 'P1')).toEqual(['elsewhere ok']);
    const p1 = inPhase(outcome, 'P1')[0]!;
    expect(p1.pieces[0]!.owner.label).toBe('old kernel: DMA buffers, to be dumped');
    expect(inPhase(outcome, 'P2').every((e) => e.pieces.length === 0)).toBe(true);
    // The recording: "arm-smmu-v3 9050000.smmuv3: SMMU currently enabled! Resetting..."
    const log = read('qemu-virt-kdump-handover.log');
    const message = 'SMMU currently enabled! Resetting...';
    expect(log).toContain(message);
    expect(outcome.steps.map((s) => s.text)).toContain(`log: ${message}`);
    const gbpa = outcome.steps.find((s) => s.text.startsWith('GBPA'))!;
    expect(gbpa.who).toBe('next');
    expect(gbpa.t).toBeLessThanOrEqual(inPhase(outcome, 'P2')[0]!.t);
    expect(gbpa.t).toBeGreaterThan(inPhase(outcome, 'P1').at(-1)!.t);
    expect(BigInt(/0x[0-9a-f]+/.exec(gbpa.text)![0]) & (1n << 20n)).toBe(1n << 20n);
  });

  it('the message is not logged in a clean kexec, as recorded', () => {
    const clean = play('bypass', { ...e1000, device: { ...e1000.device, quiescedBy: '' } }, {}, { board });
    expect(
      clean.steps
        .filter((s) => s.who === 'next')
        .map((s) => s.text)
        .join(),
    ).not.toContain('currently enabled');
  });

  it('nothing of the crash kernel is touched', () => {
    expect(outcome.overwritten).toEqual([]);
    expect(outcome.leaked).toEqual([]);
  });
});

describe('C: the failed one, GICv3 and ITS', () => {
  const input: ScenarioInput = { ...e1000 };
  const { scenario: s } = scenario('qemu-virt-gicv3-first.iomem', input, 'qemu-virt-gicv3.log');
  const result = simulate(s, { policies: ['bypass'] });

  it("the LPI property table lies inside the new kernel's text: a hit on fixed memory", () => {
    const hit = result.fixedHits.find((h) => h.table.name === 'GIC LPI property table')!;
    expect(hit).toMatchObject({
      pa: 0x431e0000,
      len: 0x10000,
      owner: { label: 'next kernel: kernel text', live: true },
    });
    expect(hit.text).toMatch(/stays in use by the GIC redistributors.*one overwrites the other/);
  });

  it('gpio_device_find(), where the recorded kernel died, is in it', () => {
    const hit = result.fixedHits[0]!;
    const pc = 0x42a00000 + 0x7e5a20;
    expect(pc >= hit.pa && pc < hit.pa + hit.len).toBe(true);
  });

  it('the pending table of CPU0 too', () => {
    expect(result.fixedHits.map((h) => h.pa)).toContain(0x431f0000);
  });

  it('with GICv2 there is none', () => {
    const { scenario: clean } = scenario('qemu-virt-clean-first.iomem', input);
    expect(simulate(clean, { policies: ['bypass'] }).fixedHits).toEqual([]);
  });
});

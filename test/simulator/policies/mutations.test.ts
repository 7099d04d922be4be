/**
 * Each test changes one write of a sequence and shows that the outcome changes as that register says: the outcomes
 * come from registers, not from the policy's name.
 */
import { expect, test } from 'vitest';
import { runSequence } from '../../../simulator/kexec/linux-steps.ts';
import { POLICIES } from '../../../simulator/kexec/policies.ts';
import type { PolicyName, SmmuOptions, Step } from '../../../simulator/smmu/types.ts';
import { type Change, IOVA, Kernels, OLD, PHYSICAL } from './kernels.ts';

const V2: SmmuOptions = { version: 2 };
const V3: SmmuOptions = { version: 3 };

/** Changes the value that is written to a register (a name, or a pattern). */
function value(register: string | RegExp, change: (old: bigint) => bigint): Change {
  return (step) =>
    step.kind === 'write' && matches(step.register, register)
      ? [{ ...step, value: change(step.value) }]
      : [step];
}

function drop(register: string | RegExp): Change {
  return (step) => (step.kind === 'write' && matches(step.register, register) ? [] : [step]);
}

function matches(register: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? register === wanted : wanted.test(register);
}

const clear = (bits: bigint) => (old: bigint) => old & ~bits;
const set = (bits: bigint) => (old: bigint) => old | bits;

/** The stale device's write after the hand-over, with and without the change. */
function afterHandOver(smmu: SmmuOptions, policy: PolicyName, change: Change): [string, string] {
  return [new Kernels(smmu).handOver(policy).dma(), new Kernels(smmu).handOver(policy, change).dma()];
}

test('1. bypass without CLIENTPD: translation goes on', () => {
  // The clocks stay on in both, or the gated SMMU would hide the register.
  const clocked: Change = (step) => (step.kind === 'clocks' ? [] : [step]);
  const change: Change = (step) => clocked(step).flatMap(value('sCR0', clear(1n)));
  expect(new Kernels(V2).handOver('bypass', clocked).dma()).toBe(PHYSICAL);
  expect(new Kernels(V2).handOver('bypass', change).dma()).toBe(OLD);
});

test('2. abort without USFCFG: unmatched streams pass', () => {
  expect(afterHandOver(V2, 'abort', value('sCR0', clear(0x400n)))).toEqual(['abort USF', PHYSICAL]);
});

test('3. abort without GFRE: the device hears nothing', () => {
  expect(afterHandOver(V2, 'abort', value('sCR0', clear(2n)))).toEqual(['abort USF', 'raz-wi USF']);
});

test('4. abort without invalidating the SMRs: the type of S2CR decides, ICF in place of USF', () => {
  expect(afterHandOver(V2, 'abort', drop(/^SMR/))).toEqual(['abort USF', 'abort ICF']);
});

test('5. abort with S2CR type bypass and the SMRs left: the stream passes', () => {
  const change: Change = (step) => drop(/^SMR/)(step).flatMap(value(/^S2CR/, () => 0x1_0000n));
  expect(afterHandOver(V2, 'abort', change)).toEqual(['abort USF', PHYSICAL]);
});

test('6. abort-quiet with GFIE: the interrupt line goes up', () => {
  const asserted = (change?: Change) => {
    const kernels = new Kernels(V2).handOver('abort-quiet', change);
    kernels.dma();
    return kernels.smmu.interrupts().some(({ pending, enabled }) => pending && enabled);
  };
  expect([asserted(), asserted(value('sCR0', set(4n)))]).toEqual([false, true]);
});

test('7. the new kernel’s reset with sCR0 first: the old stream map translates again, for a moment', () => {
  const timeline = (reorder: boolean) => {
    const kernels = new Kernels(V2).handOver('bypass');
    const steps: Step[] = [];
    const rehearsal = new Kernels(V2).handOver('bypass');
    runSequence(POLICIES.bypass.takeOver(rehearsal.fresh, rehearsal.options), rehearsal.fresh, (s) =>
      steps.push(s),
    );
    const reset = steps.filter((step) => step.source.endsWith(':arm_smmu_device_reset'));
    const button = reset.at(-1)!;
    const start = steps.indexOf(reset[0]!);
    const order = reorder
      ? [...steps.slice(0, start), button, ...steps.slice(start).filter((step) => step !== button)]
      : steps;
    return kernels.timeline(order.values() as Generator<Step, void, void>);
  };
  expect(timeline(false)).toEqual([PHYSICAL, 'abort USF']);
  expect(timeline(true)[1]).toBe(OLD);
});

test('8. the new kernel’s reset without TLB invalidation: the old translation serves the new domain', () => {
  const stale = (change?: Change) => {
    const kernels = new Kernels(V2);
    kernels.dma();
    kernels.handOver('bypass').takeOver('bypass', change);
    kernels.attach();
    return kernels.dma();
  };
  expect([stale(), stale(drop(/^TLBIALL/))]).toEqual(['abort CB0.TF', OLD]);
});

/** A fault in a bank that was programmed with a changed SCTLR, then a mapped access. */
function bankAfterFault(change?: Change): [string, string] {
  const kernels = new Kernels(V2).handOver('bypass').takeOver('bypass');
  const sequence = kernels.driver.attach([16], false);
  const domain = runSequence(sequence, kernels.fresh, undefined, change);
  domain.map(IOVA, 0x4d00_0000, 4096, { read: true, write: true });
  return [kernels.dma(IOVA - 0x1000), kernels.dma()];
}

test('9. SCTLR.HUPCF: mapped accesses pass while a fault is pending', () => {
  expect(bankAfterFault()).toEqual(['abort CB0.TF', 'abort']);
  expect(bankAfterFault(value('CB0_SCTLR', set(0x100n)))).toEqual(['abort CB0.TF', 'ok 0x4d000000+64']);
});

test('10. SCTLR.CFRE and CFCFG: silence, or a stall', () => {
  expect(bankAfterFault(value('CB0_SCTLR', clear(0x20n)))).toEqual(['raz-wi CB0.TF', 'raz-wi']);
  expect(bankAfterFault(value('CB0_SCTLR', set(0x80n)))).toEqual(['stall CB0.TF', 'stall']);
});

test('11. SMMUv3 abort without GBPA.ABORT, or without UPDATE: bypass', () => {
  expect(afterHandOver(V3, 'abort', value('GBPA', clear(0x10_0000n)))).toEqual(['abort', PHYSICAL]);
  expect(afterHandOver(V3, 'abort', value('GBPA', clear(0x8000_0000n)))).toEqual(['abort', PHYSICAL]);
});

test('12. SMMUv3 abort with CR0 before GBPA: a gap of bypass', () => {
  const kernels = new Kernels(V3);
  const steps: Step[] = [];
  runSequence(POLICIES.abort.handOver(kernels.old, kernels.options), kernels.old, (step) => steps.push(step));
  expect(new Kernels(V3).timeline(steps.values() as Generator<Step, void, void>)).toEqual([OLD, 'abort']);
  expect(new Kernels(V3).timeline([...steps].reverse().values() as Generator<Step, void, void>)).toEqual([
    OLD,
    PHYSICAL,
    'abort',
  ]);
});

test('13. SMMUv3 reset with Config=0b100 in place of abort: bypass', () => {
  const change: Change = (step) =>
    step.kind === 'memory' && step.note?.startsWith('STE') === true ? [{ ...step, value: 9n }] : [step];
  expect(afterHandOver(V3, 'reset', change)).toEqual(['abort', PHYSICAL]);
});

test('14. SMMUv3 probe without its commands: old configuration and translation live on', () => {
  const stale = (dropped: RegExp) => {
    const kernels = new Kernels(V3);
    kernels.dma();
    const noCommand: Change = (step) =>
      step.kind === 'memory' && step.note !== undefined && dropped.test(step.note)
        ? [{ ...step, value: 0x46n }]
        : [step];
    kernels.handOver('bypass').takeOver('bypass', noCommand);
    const p2 = kernels.dma();
    kernels.attach();
    return [p2, kernels.dma()];
  };
  expect(stale(/nothing/)).toEqual(['abort C_BAD_STREAMID', 'abort F_TRANSLATION']);
  // The configuration cache still holds the old entry, whose tables are still in memory.
  expect(stale(/CFGI_ALL/)[0]).toBe(OLD);
  // ASIDs are handed out from 1 again: the old translation answers for the new context.
  expect(stale(/TLBI/)).toEqual(['abort C_BAD_STREAMID', OLD]);
});

test('15. SMMUv3 probe without RECINVSID, or with the old table: other events, other memory', () => {
  const p2 = (change: Change) => new Kernels(V3).handOver('bypass').takeOver('bypass', change).dma();
  expect(p2((step) => [step])).toBe('abort C_BAD_STREAMID');
  expect(p2(value('CR2', clear(2n)))).toBe('abort (C_BAD_STREAMID)');
  expect(p2(drop(/^STRTAB_BASE/))).toBe(OLD);
});

test('16. SMMUv3 in a crash kernel that leaves the event queue on: events again', () => {
  const kernels = new Kernels(V3).handOver('kdump');
  kernels.takeOver(
    'kdump',
    value('CR0', (old) => ((old & 1n) !== 0n ? old | 4n : old)),
  );
  expect(kernels.dma()).toBe('abort C_BAD_STREAMID');
});

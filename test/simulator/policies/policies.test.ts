import { expect, test } from 'vitest';
import { runSequence } from '../../../simulator/kexec/linux-steps.ts';
import { POLICIES, POLICY_NAMES } from '../../../simulator/kexec/policies.ts';
import type { PolicyName, SmmuOptions } from '../../../simulator/smmu/types.ts';
import { IOVA, Kernels, NEW_BUFFER, OLD, OPTIONS, PHYSICAL, STREAM } from './kernels.ts';

const V2: SmmuOptions = { version: 2 };
const V3: SmmuOptions = { version: 3 };

/** P1, P2 (new driver reset), P3 before and after the new kernel maps the same IOVA. */
function phases(smmu: SmmuOptions, policy: PolicyName, options = {}): string[] {
  const { identity } = POLICIES[policy];
  const kernels = new Kernels(smmu, options, identity).handOver(policy);
  const p1 = kernels.dma();
  const p2 = kernels.takeOver(policy).dma();
  const domain = kernels.attach(identity);
  const unmapped = kernels.dma();
  domain.map(IOVA, NEW_BUFFER, 4096, { read: true, write: true });
  // With HUPCF=0 the fault just recorded would silence the bank: the handler clears it.
  for (const line of kernels.smmu.interrupts()) runSequence(kernels.driver.handle(line), kernels.fresh);
  return [p1, p2, unmapped, kernels.dma()];
}

const SELF_ALIAS = 'ok 0x4d000000+64';

test.each([
  // A: bypass in P1, blocked as unmatched in P2, context fault or the new mapping of the same IOVA in P3.
  ['bypass', {}, [PHYSICAL, 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  ['bypass', { disableBypass: false }, [PHYSICAL, PHYSICAL, 'abort CB0.TF', SELF_ALIAS]],
  ['bypass', { kernel: '6.1' }, [PHYSICAL, 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  // B: the access is ended in P1 already.
  ['abort', {}, ['abort USF', 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  ['abort-quiet', {}, ['abort USF', 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  // C: as B; with disable_bypass=0 unmatched streams bypass.
  ['reset', {}, ['abort USF', 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  ['reset', { disableBypass: false }, [PHYSICAL, PHYSICAL, 'abort CB0.TF', SELF_ALIAS]],
  // D, K: the old buffer until the new driver resets.
  ['retain', {}, [OLD, 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  ['kdump', {}, [OLD, 'abort USF', 'abort CB0.TF', SELF_ALIAS]],
  // T: blocked between reset and attach, then it resumes.
  ['passthrough', {}, [PHYSICAL, 'abort USF', PHYSICAL, PHYSICAL]],
] as const)('SMMUv2 %s %j', (policy, options, expected) => {
  expect(phases(V2, policy, options)).toEqual(expected);
});

const V3_P3 = ['abort F_TRANSLATION', SELF_ALIAS];

test.each([
  // F: GBPA.ABORT=0; F': 1 by the policy. In P2 no second-level table yet: C_BAD_STREAMID, recorded.
  ['bypass', {}, [PHYSICAL, 'abort C_BAD_STREAMID', ...V3_P3]],
  ['bypass', { kernel: '6.1' }, [PHYSICAL, 'abort C_BAD_STREAMID', ...V3_P3]],
  ['bypass', { vhe: true }, [PHYSICAL, 'abort C_BAD_STREAMID', ...V3_P3]],
  ['abort', {}, ['abort', 'abort C_BAD_STREAMID', ...V3_P3]],
  ['abort-quiet', {}, ['abort', 'abort C_BAD_STREAMID', ...V3_P3]],
  ['reset', {}, ['abort', 'abort C_BAD_STREAMID', ...V3_P3]],
  // G, K: the old buffer; in a crash kernel the event queue stays off.
  ['retain', {}, [OLD, 'abort C_BAD_STREAMID', ...V3_P3]],
  ['kdump', {}, [OLD, 'abort (C_BAD_STREAMID)', 'abort (F_TRANSLATION)', SELF_ALIAS]],
  ['passthrough', {}, [PHYSICAL, 'abort C_BAD_STREAMID', PHYSICAL, PHYSICAL]],
] as const)('SMMUv3 %s %j', (policy, options, expected) => {
  expect(phases(V3, policy, options)).toEqual(expected);
});

test('adopt: the old buffer all the way, and the new domain only from attach on', () => {
  for (const smmu of [V2, V3]) {
    const kernels = new Kernels(smmu).handOver('adopt');
    expect(kernels.dma()).toBe(OLD);
    expect(kernels.timeline(POLICIES.adopt.takeOver(kernels.fresh, kernels.options))).toEqual([OLD]);
    kernels.takeOver('adopt');
    // After the device was reset its driver attaches; the new domain has a context of its own.
    const domain = kernels.attach();
    domain.map(IOVA, NEW_BUFFER, 4096, { read: true, write: true });
    expect(kernels.dma()).toBe(SELF_ALIAS);
  }
});

test('SMMUv3 history: a boot that found SMMUEN set leaves GBPA aborting at its own shutdown', () => {
  const bootloaderLeftItOn = (kernels: Kernels) => kernels.smmu.write('CR0', 1);
  const kernels = new Kernels(V3, {}, false, bootloaderLeftItOn);
  expect(kernels.dma()).toBe(OLD);
  expect(kernels.handOver('bypass').dma()).toBe('abort');
  // The reset value of ABORT is implementation defined.
  expect(new Kernels({ ...V3, gbpaAbort: 1 }).handOver('bypass').dma()).toBe('abort');
  // 6.1 clears it in one branch only: a device tree node without #iommu-cells and disable_bypass=0.
  const options = { kernel: '6.1', noIommuCells: true, disableBypass: false } as const;
  expect(new Kernels(V3, options, false, bootloaderLeftItOn).dma()).toBe(PHYSICAL);
});

test('SMMUv3 reset: without the invalidation the cached entry translates on', () => {
  const kernels = new Kernels(V3);
  expect(kernels.dma()).toBe(OLD);
  kernels.handOver('reset', (step) => (step.kind === 'write' && step.register === 'CMDQ_PROD' ? [] : [step]));
  expect(kernels.dma()).toBe(OLD);
});

test('SMMUv3 reset: the table lies in memory that the new kernel reuses', () => {
  const kernels = new Kernels(V3).handOver('reset');
  const first = Number(kernels.smmu.read('STRTAB_BASE') & 0xf_ffff_ffff_ffc0n);
  const second = Number(kernels.memory.read64(first)! & 0xf_ffff_ffff_ffc0n);
  // Zeroed, the entry is invalid; a word that happens to read as V=1, Config=0b100 opens the stream.
  kernels.memory.fill(second, 4096, 0);
  expect(kernels.dma()).toBe('abort C_BAD_STE');
  kernels.memory.write64(second + STREAM * 64, 0xffff_8000_1234_5679n);
  expect(kernels.dma()).toBe(PHYSICAL);
});

test('fault interrupts: on under abort, off under abort-quiet, off today', () => {
  const state = (smmu: SmmuOptions, policy: PolicyName) => {
    const kernels = new Kernels(smmu).handOver(policy);
    kernels.dma();
    return kernels.smmu
      .interrupts()
      .filter(({ pending }) => pending)
      .map(({ line, enabled }) => `${line}:${enabled ? 'on' : 'off'}`);
  };
  expect(state(V2, 'abort')).toEqual(['global:on']);
  expect(state(V2, 'abort-quiet')).toEqual(['global:off']);
  expect(state(V2, 'reset')).toEqual(['global:on']);
  expect(state(V2, 'bypass')).toEqual([]);
  expect(state(V3, 'abort')).toEqual([]);
  const enabled = (policy: PolicyName) =>
    new Kernels(V3)
      .handOver(policy)
      .smmu.interrupts()
      .map((line) => line.enabled && line.line);
  expect(enabled('abort')).toContain('evtq');
  expect(enabled('abort-quiet')).not.toContain('evtq');
});

test('clocks: only today’s shutdown gates them, and then the SoC decides', () => {
  for (const policy of POLICY_NAMES) {
    const kernels = new Kernels({ ...V2, clocksOff: 'block' }).handOver(policy);
    expect(kernels.smmu.powered, policy).toBe(!['bypass', 'passthrough'].includes(policy));
  }
  expect(new Kernels({ ...V2, clocksOff: 'block' }).handOver('bypass').dma()).toBe('stall');
  expect(new Kernels({ ...V2, clocksOff: 'error' }).handOver('bypass').dma()).toBe('abort');
});

test('every policy is documented and each of its steps names its source', () => {
  expect(POLICY_NAMES).toHaveLength(9);
  for (const name of POLICY_NAMES) {
    const policy = POLICIES[name];
    expect(policy.name).toBe(name);
    expect(policy.doc.length).toBeGreaterThan(100);
    for (const smmu of [V2, V3]) {
      const kernels = new Kernels(smmu, OPTIONS, policy.identity).handOver(name).takeOver(name);
      for (const step of kernels.steps) {
        expect(step.source).toMatch(
          /^(drivers\/iommu\/arm\/[\w./-]+\.c:\w+|proposed: .+|arm-smmu-v3 adoption series.*)$/,
        );
      }
    }
  }
});

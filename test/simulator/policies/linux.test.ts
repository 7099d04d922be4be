import { expect, test } from 'vitest';
import { recordSequence, runSequence } from '../../../simulator/kexec/linux-steps.ts';
import { LinuxSmmuV2 } from '../../../simulator/kexec/linux-v2.ts';
import { LinuxSmmuV3 } from '../../../simulator/kexec/linux-v3.ts';
import { POLICIES } from '../../../simulator/kexec/policies.ts';
import type { Step } from '../../../simulator/smmu/types.ts';
import { IOVA, Kernels, OLD, OLD_BUFFER, OPTIONS, PHYSICAL, STREAM } from './kernels.ts';

function registers(steps: readonly Step[]): string[] {
  return steps.map((step) => (step.kind === 'write' ? step.register : step.kind));
}

test('v2 reset: S2CR before SMR, banks, TLB, sCR0 last', () => {
  const kernels = new Kernels({ version: 2, streamMappingGroups: 2, contextBanks: 2 });
  const driver = new LinuxSmmuV2(kernels.fresh, OPTIONS);
  const { steps } = recordSequence(driver.probe(), kernels.fresh);
  expect(registers(steps)).toEqual([
    'clocks',
    'irq-handler',
    'sCR0',
    'log',
    'sGFSR',
    'S2CR0',
    'SMR0',
    'S2CR1',
    'SMR1',
    'CB0_SCTLR',
    'CB0_FSR',
    'CB1_SCTLR',
    'CB1_FSR',
    'TLBIALLH',
    'TLBIALLNSNH',
    'sTLBGSYNC',
    'sCR0',
    'SMR0',
    'SMR0',
  ]);
  const last = steps.filter((step) => step.kind === 'write' && step.register === 'sCR0').at(-1);
  expect(last).toMatchObject({
    value: 0x20_1c36n,
    source: 'drivers/iommu/arm/arm-smmu/arm-smmu.c:arm_smmu_device_reset',
  });
});

test('v2: after a clean shutdown the bypass lasts through the whole reset, until sCR0', () => {
  const kernels = new Kernels({ version: 2 }).handOver('bypass');
  expect(kernels.timeline(POLICIES.bypass.takeOver(kernels.fresh, kernels.options))).toEqual([
    PHYSICAL,
    'abort USF',
  ]);
  const at = kernels.steps.findLastIndex((step) => step.kind === 'write' && step.register === 'sCR0');
  // All that comes after the button is the test of the SMR masks.
  expect(kernels.steps.slice(at + 1).map(({ source }) => source.split(':')[1])).toEqual([
    'arm_smmu_test_smr_masks',
    'arm_smmu_test_smr_masks',
  ]);
});

test('v2: the probe opens the SMMU before it resets it, whatever the old kernel left', () => {
  // arm_smmu_rmr_install_bypass_smr sets CLIENTPD with or without RMRs.
  for (const policy of ['abort', 'reset'] as const) {
    const kernels = new Kernels({ version: 2 }).handOver(policy);
    const timeline = kernels.timeline(POLICIES[policy].takeOver(kernels.fresh, kernels.options));
    expect(timeline).toEqual(['abort USF', PHYSICAL, 'abort USF']);
  }
});

test('v2 attach: SMR valid while S2CR still says fault is an ICF window', () => {
  const kernels = new Kernels({ version: 2 }).handOver('bypass').takeOver('bypass');
  const fresh = kernels.driver.attach([STREAM], false);
  const timeline = kernels.timeline(fresh).filter((o, i, all) => all.indexOf(o) === i);
  expect(timeline[0]).toBe('abort USF');
  expect(timeline).toContain('abort ICF');
  expect(timeline.at(-1)).toBe('abort CB0.TF');
});

test('v2: RMR streams bypass through the reset; only the first one, as the driver asks', () => {
  const kernels = new Kernels({ version: 2 }, { rmrStreams: [0x30, 0x31] })
    .handOver('bypass')
    .takeOver('bypass');
  expect(kernels.dma(IOVA, 0x30)).toBe(PHYSICAL);
  expect(kernels.dma(IOVA, 0x31)).toBe('abort USF');
});

test('v2 on Qualcomm: valid SMRs of the old kernel are kept as bypass', () => {
  for (const qcomBypassQuirk of [false, true]) {
    const kernels = new Kernels({ version: 2, qcomBypassQuirk }, { qcom: true });
    expect(kernels.dma()).toBe(OLD);
    kernels.handOver('bypass').takeOver('bypass');
    expect(kernels.dma()).toBe(PHYSICAL);
    expect(kernels.dma(IOVA, 0x99)).toBe('abort USF');
    // With the quirk the stand-in is a bank with stage 1 off.
    const type = (Number(kernels.smmu.read('S2CR0')) >> 16) & 3;
    expect(type).toBe(qcomBypassQuirk ? 0 : 1);
    kernels.attach();
    expect(kernels.dma()).toMatch(/^abort CB\d\.TF$/);
  }
});

test('v2 handlers print and clear; the context one frees the bank', () => {
  const kernels = new Kernels({ version: 2 });
  expect(kernels.dma(IOVA - 0x1000)).toBe('abort CB0.TF');
  expect(kernels.dma()).toBe('abort');
  const line = kernels.smmu.interrupts().find(({ line }) => line === 'context')!;
  const { steps } = recordSequence(kernels.driver.handle(line), kernels.old);
  expect(registers(steps)).toEqual(['log', 'CB0_FSR']);
  expect(kernels.dma()).toBe(OLD);
  kernels.dma(IOVA, 0x77);
  const global = recordSequence(kernels.driver.handle(kernels.smmu.interrupts()[0]!), kernels.old);
  expect(global.steps[0]).toMatchObject({ text: expect.stringContaining('Blocked unknown Stream ID 0x77') });
  expect(kernels.smmu.read('sGFSR')).toBe(0n);
});

test('unmapping invalidates: nothing stale is left in strict mode', () => {
  for (const version of [1, 2, 3] as const) {
    const kernels = new Kernels({ version });
    kernels.oldDomain.map(0x10_0000, OLD_BUFFER + 0x10_0000, 0x3000, { read: true, write: false });
    expect(kernels.dma()).toBe(OLD);
    runSequence(kernels.oldDomain.unmap(IOVA, 4096), kernels.old);
    expect(kernels.dma()).toMatch(/^abort (CB0\.TF|F_TRANSLATION)$/);
    expect(kernels.oldDomain.tables().length).toBeGreaterThan(2);
  }
});

test('v3 reset: GBPA, CR0, table, command queue, invalidation, event queue, interrupts, SMMUEN last', () => {
  const kernels = new Kernels({ version: 3 });
  const driver = new LinuxSmmuV3(kernels.fresh, { ...OPTIONS, msiDoorbell: 0x4e00_0000 });
  const { steps } = recordSequence(driver.probe(), kernels.fresh);
  const names = registers(steps).filter((name) => name !== 'memory');
  expect(names).toEqual([
    'log',
    'GBPA',
    'CR0',
    'CR1',
    'CR2',
    'STRTAB_BASE',
    'STRTAB_BASE_CFG',
    'CMDQ_BASE',
    'CMDQ_PROD',
    'CMDQ_CONS',
    'CR0',
    'CMDQ_PROD',
    'CMDQ_PROD',
    'CMDQ_PROD',
    'EVENTQ_BASE',
    'EVENTQ_PROD',
    'EVENTQ_CONS',
    'CR0',
    'IRQ_CTRL',
    'GERROR_IRQ_CFG0',
    'EVENTQ_IRQ_CFG0',
    'EVENTQ_IRQ_CFG0',
    'EVENTQ_IRQ_CFG1',
    'EVENTQ_IRQ_CFG2',
    'GERROR_IRQ_CFG0',
    'GERROR_IRQ_CFG1',
    'GERROR_IRQ_CFG2',
    'irq-handler',
    'irq-handler',
    'IRQ_CTRL',
    'CR0',
  ]);
  expect(steps.find((step) => step.kind === 'log')).toMatchObject({
    text: 'SMMU currently enabled! Resetting...',
  });
  expect(kernels.smmu.read('CR0')).toBe(0xdn);
  expect(kernels.smmu.read('CMDQ_CONS')).toBe(kernels.smmu.read('CMDQ_PROD'));
  expect(kernels.smmu.read('GERROR')).toBe(0n);
});

test('v3 reset after a running kernel: aborting from GBPA on, with no gap', () => {
  const kernels = new Kernels({ version: 3 }).handOver('retain');
  const timeline = kernels.timeline(POLICIES.retain.takeOver(kernels.fresh, kernels.options));
  expect(timeline).toEqual([OLD, 'abort', 'abort C_BAD_STREAMID']);
});

test('v3: RMR streams get a bypass entry before the table is live', () => {
  const kernels = new Kernels({ version: 3 }, { rmrStreams: [0x30] }).handOver('bypass').takeOver('bypass');
  expect(kernels.dma(IOVA, 0x30)).toBe(PHYSICAL);
  expect(kernels.dma(IOVA, 0x31)).toBe('abort');
});

test('v3: fresh entries abort; in 6.1 with disable_bypass=0 they bypass', () => {
  const other = (options: object) => {
    const kernels = new Kernels({ version: 3 }, options).handOver('bypass').takeOver('bypass');
    kernels.attach();
    return kernels.dma(IOVA, STREAM + 1);
  };
  expect(other({})).toBe('abort');
  expect(other({ disableBypass: false })).toBe('abort');
  expect(other({ kernel: '6.1' })).toBe('abort');
  expect(other({ kernel: '6.1', disableBypass: false })).toBe(PHYSICAL);
});

test('v3: a linear table where StreamIDs are few', () => {
  const kernels = new Kernels({ version: 3, streamIdBits: 6 });
  expect(Number(kernels.smmu.read('STRTAB_BASE_CFG'))).toBe(6);
  expect(kernels.dma()).toBe(OLD);
  expect(kernels.dma(IOVA, 5)).toBe('abort');
});

test('v3 handlers consume events and acknowledge errors', () => {
  const kernels = new Kernels({ version: 3 });
  kernels.dma(IOVA - 0x1000);
  const evtq = kernels.smmu.interrupts().find(({ line }) => line === 'evtq')!;
  expect(evtq).toMatchObject({ pending: true, enabled: true, raised: 1 });
  runSequence(kernels.driver.handle(evtq), kernels.old);
  expect(kernels.smmu.interrupts().find(({ line }) => line === 'evtq')!.pending).toBe(false);
  expect(recordSequence(kernels.driver.handle(evtq), kernels.old).steps).toEqual([]);
  kernels.smmu.write('EVENTQ_BASE', 0x9000_0003);
  kernels.dma(IOVA - 0x1000);
  const gerror = kernels.smmu.interrupts().find(({ line }) => line === 'gerror')!;
  expect(gerror.pending).toBe(true);
  runSequence(kernels.driver.handle(gerror), kernels.old);
  expect(kernels.smmu.interrupts().find(({ line }) => line === 'gerror')!.pending).toBe(false);
});

test('a live event queue writes into whatever its memory has become', () => {
  const kernels = new Kernels({ version: 3 }).handOver('retain');
  const queue = Number(kernels.smmu.read('EVENTQ_BASE') & 0xf_ffff_ffff_ffe0n);
  kernels.memory.fill(queue, 4096, 0xaa);
  kernels.dma(IOVA - 0x1000);
  expect(kernels.memory.read64(queue)).toBe((BigInt(STREAM) << 32n) | 0x10n);
  expect(kernels.smmu.takeOwnWrites()).toContainEqual({ what: 'event', pa: queue, len: 32, landed: true });
});

import type {
  DriverContext,
  IommuDriver,
  Policy,
  PolicyName,
  ProbeOptions,
  Sequence,
  Smmu,
} from '../smmu/types.ts';
import { LinuxSmmuV2 } from './linux-v2.ts';
import { LinuxSmmuV3 } from './linux-v3.ts';
import { abortV2, abortV3, adoptV2, resetV2, resetV3 } from './policy-sequences.ts';

/** A fresh driver of one kernel, not probed yet. */
export function linuxDriver(context: DriverContext, options: ProbeOptions): LinuxSmmuV2 | LinuxSmmuV3 {
  return context.smmu.version === 3 ? new LinuxSmmuV3(context, options) : new LinuxSmmuV2(context, options);
}

function isV3(smmu: Smmu): boolean {
  return smmu.version === 3;
}

/** The old kernel's `.shutdown` as Linux has it today. */
function shutdown(context: DriverContext, options: ProbeOptions): Sequence {
  return linuxDriver(context, options).shutdown();
}

/** Leaves the SMMU as it is. */
function* untouched(): Sequence {}

/** The new kernel's driver probes and resets, as Linux does today. */
function* probe(context: DriverContext, options: ProbeOptions): Sequence<IommuDriver> {
  const driver = linuxDriver(context, options);
  yield* driver.probe();
  return driver;
}

/** The new kernel's driver takes the running SMMU over. */
function* adopt(context: DriverContext, options: ProbeOptions): Sequence<IommuDriver> {
  if (isV3(context.smmu)) {
    const driver = new LinuxSmmuV3(context, options);
    yield* driver.adopt();
    return driver;
  }
  const driver = new LinuxSmmuV2(context, options);
  yield* adoptV2(driver);
  return driver;
}

/** What most policies have in common: an SMMU, translated devices, hooks that run, memory that nobody reserves. */
const USUAL = {
  hasSmmu: true,
  identity: false,
  runsHooks: true,
  reservesOldMemory: false,
  takeOver: probe,
} as const;

/**
 * The ways to leave the SMMU to the next kernel, each as the register writes that the old kernel makes at the end of
 * P0 and the new one at the start of P2.
 */
export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  bypass: {
    ...USUAL,
    name: 'bypass',
    rows: { v2: 'A', v3: "F or F'" },
    doc:
      'What Linux does today. SMMUv1/v2: sCR0=CLIENTPD, one write of the whole register, so every transaction passes ' +
      'untranslated and nothing is recorded; then the clocks go. SMMUv3: CR0=0, and GBPA.ABORT decides: it bypasses ' +
      'where ABORT is 0 (its usual reset value) and aborts where an earlier boot found SMMUEN set. A device that still ' +
      'does DMA writes to the physical address that equals its IOVA. Any next kernel can use its devices at once.',
    handOver: shutdown,
  },
  abort: {
    ...USUAL,
    name: 'abort',
    rows: { v2: 'B', v3: "F'" },
    doc:
      'Every stream is blocked. SMMUv1/v2 has no bit for it: all stream mapping groups become invalid with type fault, ' +
      'USFCFG=1 blocks what matches none, and the clocks stay on; the fault interrupts stay as they were. SMMUv3: ' +
      'GBPA.ABORT=1, then CR0=0: terminated without an event. Devices hear bus errors; a next kernel that does not ' +
      'drive the SMMU has no DMA at all.',
    handOver: (context, options) =>
      isV3(context.smmu) ? abortV3(context, options, false) : abortV2(context, false),
  },
  'abort-quiet': {
    ...USUAL,
    name: 'abort-quiet',
    rows: { v2: 'B', v3: "F'" },
    doc:
      'As abort, with the fault interrupts off first (GFIE, GCFGFIE and each SCTLR.CFIE; SMMUv3: IRQ_CTRL=0), so ' +
      'that no level-triggered line waits for a handler that does not exist yet. The question of the founding mail.',
    handOver: (context, options) =>
      isV3(context.smmu) ? abortV3(context, options, true) : abortV2(context, true),
  },
  reset: {
    ...USUAL,
    name: 'reset',
    rows: { v2: 'C', v3: 'G with every STE aborting' },
    doc:
      'The proposal of March 2024: stay in translate mode with an empty stream table. SMMUv1/v2: arm_smmu_device_reset ' +
      'without mappings (honours disable_bypass; fault interrupts on). SMMUv3: SMMUEN stays 1, every stream table entry ' +
      'aborts; the table itself stays in memory that the next kernel will reuse.',
    handOver: (context, options) =>
      isV3(context.smmu) ? resetV3(context, options) : resetV2(context, options),
  },
  retain: {
    ...USUAL,
    name: 'retain',
    rows: { v2: 'D', v3: 'G' },
    doc:
      'No hook: translation stays on with the old tables. DMA goes on into the old buffers, and after the next kernel ' +
      'has reused the table pages, wherever their new contents point. Safe only until that memory is used again.',
    handOver: untouched,
  },
  adopt: {
    ...USUAL,
    name: 'adopt',
    rows: { v2: 'E', v3: 'H' },
    doc:
      'Translation stays on, the tables and all mapped buffers are kept out of the next kernel’s allocator, and its ' +
      'driver takes the stream table over in place of resetting the SMMU; a stream moves to a new domain once its ' +
      'device was reset. Safe, and not in Linux: it needs memory handed over by some means (as in the 2026 series).',
    reservesOldMemory: true,
    handOver: untouched,
    takeOver: adopt,
  },
  kdump: {
    ...USUAL,
    name: 'kdump',
    rows: { v2: 'K', v3: 'K' },
    doc:
      'A crash: no hook runs and the SMMU stays as it was, translating by the old tables. The crash kernel lives in ' +
      'reserved memory. Its driver resets an SMMUv2 as always; with SMMUv3 it finds SMMUEN set, makes GBPA abort and ' +
      'leaves the event queue off.',
    runsHooks: false,
    handOver: untouched,
    takeOver: (context, options) => probe(context, { ...options, kdump: true }),
  },
  none: {
    ...USUAL,
    name: 'none',
    rows: { v2: 'N', v3: 'N' },
    doc:
      'No SMMU in the path (or one that firmware leaves off): devices address memory physically, so a device that was ' +
      'not stopped writes to its old buffers, which are free memory of the next kernel.',
    hasSmmu: false,
    handOver: untouched,
  },
  passthrough: {
    ...USUAL,
    name: 'passthrough',
    rows: { v2: 'T', v3: 'T' },
    doc:
      'iommu.passthrough=1: devices sit in identity domains, IOVA = PA. The hand-over is today’s; once the new driver ' +
      'attaches the stream to an identity domain again, stale DMA resumes into the old buffers until the device is reset.',
    identity: true,
    handOver: shutdown,
  },
};

/** All policies in the order of the tables. */
export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[];

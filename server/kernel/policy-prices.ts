import type { Sourced } from './types.ts';

/** What one way to leave an SMMU at kexec costs, or where it ends: one sentence of fact. */
export interface PriceRow extends Sourced {
  /** The driver of the SMMU, as in `SMMU_DRIVERS`; null: of either. */
  readonly smmu: 'v2' | 'v3' | null;
  /** Only Qualcomm's SMMUs. */
  readonly isQcom?: true;
  /** Names of the simulator's policies. */
  readonly policies: readonly string[];
  readonly says: string;
  /** Where it was said on the mailing list. */
  readonly said?: string;
}

const V2 = 'drivers/iommu/arm/arm-smmu/arm-smmu.c';
const V3 = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';
const QCOM = 'drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c:qcom_smmu_cfg_probe';
const BLOCKING = ['abort', 'abort-quiet', 'reset'];

/** In the order in which a page gives them. */
// biome-ignore format: one row a line
export const POLICY_PRICES: readonly PriceRow[] = [
  { smmu: null, policies: BLOCKING, says: 'A next system without a driver for this SMMU has no DMA behind it: why Linux opens the SMMU today.', said: 'https://lore.kernel.org/all/e072f61a-d6cf-2e34-efd5-c1db38c5c622@arm.com/', source: `${V2}:arm_smmu_device_shutdown` },
  { smmu: null, policies: BLOCKING, says: 'Where the chip reports an aborted access to a CPU as SError, the kernel that takes it stops.', source: 'arch/arm64/kernel/traps.c:do_serror' },
  { smmu: 'v2', policies: ['bypass'], says: 'sCR0.CLIENTPD=1 is one write of the whole register: nothing is blocked and nothing is recorded; then the clocks go off, and what a gated SMMU does with an access depends on the chip.', source: `${V2}:arm_smmu_device_shutdown` },
  { smmu: 'v2', policies: BLOCKING, says: 'The clocks and the power domain must stay on after the hook: a gated SMMU blocks nothing for certain.', source: `${V2}:arm_smmu_device_shutdown` },
  { smmu: 'v2', policies: ['abort', 'reset'], says: 'Fault interrupts stay on. Linux takes none before its SMMU driver asks for them; from there each blocked access is one interrupt (only the printing is limited in rate), and a target that does not reset the GIC may loop in it.', source: `${V2}:arm_smmu_global_fault` },
  { smmu: 'v2', policies: ['reset'], says: 'It honours disable_bypass: where that is off, streams without a mapping pass untranslated.', source: `${V2}:arm_smmu_device_reset` },
  { smmu: 'v2', isQcom: true, policies: ['bypass', 'retain'], says: 'The next kernel keeps every stream mapping that it finds valid, as bypass: stale DMA passes also after its reset, until the device attaches.', source: QCOM },
  { smmu: 'v2', isQcom: true, policies: BLOCKING, says: 'The mappings that firmware made (a display that it left on) are gone for the next kernel too.', source: QCOM },
  { smmu: 'v2', isQcom: true, policies: BLOCKING, says: 'Some firmware takes a write of BYPASS to S2CR for FAULT and ignores one of FAULT: only invalid SMRs and USFCFG are sure to block.', source: QCOM },
  { smmu: 'v3', policies: ['bypass'], says: 'CR0=0 leaves it to GBPA.ABORT. Its reset value is up to the implementation, and a kernel that found SMMUEN set (after a crash, or by firmware) has set it.', source: `${V3}:arm_smmu_device_reset` },
  { smmu: 'v3', policies: ['bypass', 'abort', 'abort-quiet'], says: 'Nothing in Linux clears GBPA.ABORT again: once set, each later kexec aborts.', holds: { from: '6.10' }, source: `${V3}:arm_smmu_update_gbpa` },
  { smmu: 'v3', policies: ['bypass', 'abort', 'abort-quiet'], says: 'Only a probe with disable_bypass=0 clears GBPA.ABORT again: once set, each later kexec aborts.', holds: { before: '6.10' }, source: `${V3}:arm_smmu_update_gbpa` },
  { smmu: 'v3', policies: ['abort', 'abort-quiet'], says: 'What GBPA aborts leaves no event: no log names the device.', source: `${V3}:arm_smmu_update_gbpa` },
  { smmu: 'v3', policies: ['abort'], says: 'IRQ_CTRL and the addresses of its MSIs stay: a late global error is one more write to memory.', source: `${V3}:arm_smmu_setup_irqs` },
  { smmu: 'v3', policies: ['reset'], says: 'What an aborting stream table entry stops leaves no event either.', source: `${V3}:arm_smmu_evtq_thread` },
  { smmu: 'v3', policies: ['reset'], says: 'SMMUEN stays 1: the stream table and the event queue lie in memory that the next kernel reuses, and a StreamID without an entry writes its event there.', source: `${V3}:arm_smmu_device_reset` },
  { smmu: 'v3', policies: ['reset', 'retain'], says: 'The next kernel finds SMMUEN set and sets GBPA.ABORT, which stays.', source: `${V3}:arm_smmu_device_reset` },
  { smmu: null, policies: ['retain'], says: 'The page tables lie in memory that the next kernel reuses: DMA goes where their new contents point.', source: 'drivers/iommu/io-pgtable-arm.c:__arm_lpae_alloc_pages' },
  { smmu: null, policies: ['adopt'], says: 'Not in Linux: tables and buffers have to be kept out of the next kernel’s allocator. Patches of 2026 do so for kdump on SMMUv3.', said: 'https://lore.kernel.org/all/cover.1779265413.git.nicolinc@nvidia.com/', source: `${V3}:arm_smmu_device_reset` },
  { smmu: null, policies: ['hook'], says: 'One patch a driver, and the only cure that holds without an SMMU; it runs at each reboot too, and not in a crash.', source: 'drivers/base/core.c:device_shutdown' },
];

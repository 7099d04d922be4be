import type { Sourced } from './types.ts';

/**
 * A statement that decides what an IOMMU does with untranslated DMA. What a driver's own shutdown writes is read from
 * the tree under audit; these rows only say what such a statement means.
 */
export interface SmmuStatementRow extends Sourced {
  /** Functions or macros that make the write. */
  readonly calls: readonly string[];
  /** Name of the register or command among the arguments; null where the function stands for one register. */
  readonly register: string | null;
  /** Zero-based index of the argument that holds the value. */
  readonly value: number;
  /** What the value's text must match. */
  readonly matches: string;
  /**
   * `bypass`: untranslated DMA goes to the physical address of the same number. `abort`: it is terminated.
   * `gbpa`: as the SMMUv3 register GBPA says, whose reset value is the implementation's.
   */
  readonly effect: 'bypass' | 'abort' | 'gbpa';
  readonly says: string;
}

/** Where Linux has the driver of each SMMU architecture (6.1 to 6.12); its own text says what it does at shutdown. */
export const SMMU_DRIVERS = {
  v2: 'drivers/iommu/arm/arm-smmu/arm-smmu.c',
  v3: 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c',
} as const;

/** Calls that make a driver an IOMMU driver, the GART of an AGP bridge included: it walks its tables, nothing else. */
export const IOMMU_REGISTRATIONS: readonly string[] = [
  'agp_add_bridge',
  'bus_set_iommu',
  'iommu_device_register',
];

// biome-ignore format: one row a line
export const SMMU_STATEMENTS: readonly SmmuStatementRow[] = [
  { calls: ['arm_smmu_gr0_write', 'arm_smmu_writel'], register: 'ARM_SMMU_GR0_sCR0', value: 2, matches: '\\bARM_SMMU_sCR0_CLIENTPD\\b', effect: 'bypass', says: 'sCR0.CLIENTPD=1: every stream bypasses the SMMU', source: 'drivers/iommu/arm/arm-smmu/arm-smmu.c:arm_smmu_device_shutdown' },
  { calls: ['arm_smmu_write_reg_sync'], register: 'ARM_SMMU_CR0', value: 1, matches: '^0$', effect: 'gbpa', says: 'CR0=0: GBPA.ABORT decides whether DMA is aborted or bypasses the SMMU', source: 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_device_disable' },
  { calls: ['arm_smmu_update_gbpa'], register: null, value: 1, matches: '\\bGBPA_ABORT\\b', effect: 'abort', says: 'GBPA.ABORT=1: DMA is aborted while the SMMU is off', source: 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_update_gbpa' },
  { calls: ['arm_smmu_update_gbpa'], register: null, value: 2, matches: '\\bGBPA_ABORT\\b', effect: 'bypass', says: 'GBPA.ABORT=0: DMA bypasses the SMMU while it is off', source: 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c:arm_smmu_update_gbpa' },
  { calls: ['rk_iommu_command'], register: null, value: 1, matches: '\\bRK_MMU_CMD_DISABLE_PAGING\\b', effect: 'bypass', says: 'paging disabled: addresses pass untranslated', source: 'drivers/iommu/rockchip-iommu.c:rk_iommu_disable_paging' },
];

import type { Sourced } from './types.ts';

/** A macro at file scope that defines a function around another; `$1` stands for the macro's argument. */
export interface FunctionMacroRow extends Sourced {
  readonly name: string;
  /** The function that it defines. */
  readonly defines: string;
  /** The function of the module that this one calls. */
  readonly calls: string;
}

export const FUNCTION_MACROS: readonly FunctionMacroRow[] = [
  {
    name: 'DEF_SCSI_QCMD',
    defines: '$1',
    calls: '$1_lck',
    source: 'include/scsi/scsi_host.h:DEF_SCSI_QCMD',
  },
];

/**
 * A macro of the kernel's `include/` that is a driver's name or a part of auxiliary device ids: `MLX5_ADEV_NAME ".rdma"`.
 * A module's own headers are read, these are not.
 */
export interface NameMacroRow extends Sourced {
  readonly name: string;
  readonly value: string;
}

// biome-ignore format: one row a line
export const NAME_MACROS: readonly NameMacroRow[] = [
  { name: 'ARMV8_PMU_PDEV_NAME', value: 'armv8-pmu', source: 'include/linux/perf/arm_pmu.h:ARMV8_PMU_PDEV_NAME' },
  { name: 'MLX4_ADEV_NAME', value: 'mlx4_core', source: 'include/linux/mlx4/driver.h:MLX4_ADEV_NAME', holds: { from: '6.6' } },
  { name: 'MLX5_ADEV_NAME', value: 'mlx5_core', source: 'include/linux/mlx5/driver.h:MLX5_ADEV_NAME', holds: { from: '5.11' } },
  { name: 'PDS_CORE_DRV_NAME', value: 'pds_core', source: 'include/linux/pds/pds_common.h:PDS_CORE_DRV_NAME', holds: { from: '6.4' } },
  { name: 'PDS_VDPA_DEV_NAME', value: 'pds_core.vDPA', source: 'include/linux/pds/pds_common.h:PDS_VDPA_DEV_NAME', holds: { from: '6.5' } },
  { name: 'YOGA_C630_MOD_NAME', value: 'lenovo_yoga_c630', source: 'include/linux/platform_data/lenovo-yoga-c630.h:YOGA_C630_MOD_NAME', holds: { from: '6.12' } },
];

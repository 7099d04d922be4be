/** The kexec of one device of a machine, as a scenario that `quiesce simulate --scenario` plays again. */
import {
  type AuditedDriver,
  type DriverScenario,
  scenarioFromDriver,
} from '../../../simulator/kexec/from-driver.ts';
import { boardInput } from '../../../simulator/kexec/scenario-board.ts';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import type { Board, BoardSmmu } from '../../../simulator/machine/board.ts';
import type { Device, Machine, Row, Smmu } from '../model.ts';
import { masterOf, smmuOf } from '../through.ts';

/** What the simulator takes for a DMA mask. */
const MASK = { least: 20, most: 64 } as const;
/** The default of a platform device (drivers/base/platform.c:setup_pdev_dma_masks). */
const DEFAULT_MASK = 32;

/**
 * The scenario of a device: memory and SMMU of its machine, its mask and StreamID, and what its driver's code says.
 * Complete in itself: the board is written out.
 * @param memory `Machine.memory`, which must be known
 */
export function deviceScenario(machine: Machine, memory: Board, { device, driver }: Row): DriverScenario {
  const master = masterOf(machine, device);
  const smmu = smmuOf(machine, master);
  // Which SMMU it is the device says, not who made the memory map.
  const assumptions = memory.assumptions.filter((note) => !/\bSMMUs? in the (?:tree|list)\b/.test(note));
  const { title } = machine;
  const board = boardInput({ ...memory, title, smmu: smmu ? boardSmmu(smmu) : null, assumptions });
  const stream = master.streams.find((one) => one.smmu === smmu?.id);
  const mask = maskOf(device, driver.dma.mask);
  const made = scenarioFromDriver(driver as AuditedDriver, {
    name: `${device.id}: ${driver.instance}`,
    board,
    device: {
      ...(mask === undefined ? {} : { maskBits: mask }),
      ...(stream ? { streamId: stream.id } : {}),
    },
    ...kernelOf(machine),
    iommu: iommuOf(machine, smmu),
  });
  const isMachines = mask !== undefined && mask !== driver.dma.mask;
  return {
    input: made.input,
    assumptions: made.assumptions.filter(({ field }) => !(isMachines && field === 'device.maskBits')),
  };
}

function boardSmmu({ version, model, qcom, id }: Smmu): BoardSmmu {
  return { version, model: model.replace(/^arm,/, ''), qcom, covers: 'the device', source: id };
}

/**
 * Bits of the addresses that the device is given: the mask that is set, narrowed by `dma-ranges`
 * (drivers/iommu/dma-iommu.c:iommu_dma_alloc_iova). undefined: nothing is known.
 */
function maskOf({ maskBits, limitBits }: Device, driverMask: number | null): number | undefined {
  const mask = maskBits ?? driverMask;
  if (mask === null && limitBits === null) return undefined;
  const bits = Math.min(mask ?? DEFAULT_MASK, limitBits ?? MASK.most);
  return Math.min(MASK.most, Math.max(MASK.least, bits));
}

/** The old and the next kernel are taken to be of the same release. */
function kernelOf({ kernel: { release } }: Machine): Pick<ScenarioInput, 'kernel'> {
  const minor = /^6\.(\d+)/.exec(release ?? '')?.[1];
  return minor === undefined ? {} : { kernel: { version: Number(minor) < 10 ? '6.1' : '6.12' } };
}

function iommuOf(
  { kernel: { config, cmdline }, devices }: Machine,
  smmu: Smmu | undefined,
): NonNullable<ScenarioInput['iommu']> {
  const said = cmdline?.findLast((word) => word.startsWith('arm-smmu.disable_bypass='));
  const byDefault = config?.has('CONFIG_ARM_SMMU_DISABLE_BYPASS_BY_DEFAULT');
  const disableBypass = said === undefined ? byDefault : /=(?:1|y|on)/i.test(said);
  const live = devices.filter(({ isLive }) => isLive).flatMap(({ streams }) => streams);
  const kept = live.filter((stream) => stream.smmu === smmu?.id).map(({ id }) => id);
  return {
    ...(disableBypass === undefined ? {} : { disableBypass }),
    ...(cmdline?.includes('iommu.forcedac=1') ? { forcedac: true } : {}),
    ...(kept.length > 0 ? { rmrStreams: kept } : {}),
  };
}

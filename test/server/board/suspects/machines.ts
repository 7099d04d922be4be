/** Machines made up for tests: the simulator's boards with devices of many kinds. */

import type { Driver } from '../../../../server/audit/model.ts';
import type {
  Device,
  DomainType,
  JoinedMachine,
  Machine,
  Row,
  Smmu,
} from '../../../../server/board/model.ts';
import { builtInBoards } from '../../../../simulator/machine/boards.ts';
import { createRandom, type Random } from '../../../../simulator/machine/random.ts';

/** Folder of the driver, by which the simulator knows how such a device works; bus; what it maps. */
const KINDS = [
  ['drivers/net/ethernet/mac', 'platform', ['from-device', 'to-device']],
  ['drivers/net/ethernet/nic', 'pci', ['from-device', 'to-device']],
  ['drivers/usb/host/ehci', 'platform', ['both']],
  ['drivers/gpu/drm/scan', 'platform', ['to-device']],
  ['sound/soc/i2s', 'platform', ['from-device']],
  ['drivers/media/platform/capture', 'platform', ['from-device']],
  ['drivers/dma/engine', 'amba', ['both']],
] as const;
const MASKS = [32, 32, 32, 36, 40, 48, 64, null] as const;
const SIZES = [2048, 4096, 16384, 65536, 262144, null] as const;

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)]!;
}

function driverOf(random: Random, at: number): Driver {
  const [folder, bus, directions] = pick(random, KINDS);
  const file = `${folder}-${at}.c`;
  const size = pick(random, SIZES);
  return {
    ...{ file, line: 10, column: 1, bus, struct: `${bus}_driver`, instance: `d${at}_driver`, modules: [] },
    hook: { state: 'missing', function: null, via: null, line: null },
    dma: {
      ...{ class: 'direct', kind: 'autonomous', mask: pick(random, MASKS), directions: [...directions] },
      buffers: size === null ? [] : [{ size, direction: directions[0], api: 'dma_map_single' }],
      evidence: [{ file, line: 20, api: 'dma_map_single', path: ['probe'] }],
    },
    quiescedBy: [],
    findings: [{ rule: 'missing-shutdown', severity: 'warning', message: '' }],
  } as unknown as Driver;
}

function deviceOf(random: Random, at: number, bus: string, smmu: Smmu): Device {
  // Most masters of an Arm machine with an SMMU are behind it.
  const chance = random.below(12);
  const domain: DomainType = chance === 0 ? 'none' : chance === 1 ? 'identity' : 'translated';
  return {
    ...{ id: `/dev@${at}`, bus, sysfs: null, node: `/dev@${at}`, pci: null, compatible: [], modalias: null },
    ...{ peripheral: null, parent: null, bound: undefined, maskBits: null, limitBits: null },
    streams: domain === 'none' ? [] : [{ smmu: smmu.id, id: at + 1, mask: 0 }],
    ...{ domain, domainBy: `a test's ${domain} domain`, group: null, isLive: false },
  };
}

/** A machine of 5 to 12 devices that nothing stops. */
export function machineOf(seed: number): JoinedMachine {
  const random = createRandom(seed).fork('machine');
  const memory = pick(random, builtInBoards());
  const version = memory.smmu?.version ?? 2;
  const smmu: Smmu = {
    ...{ id: '/iommu@1', version, model: 'arm,mmu-500', qcom: false, enabled: true, address: 1 },
  };
  const rows = Array.from({ length: 5 + random.below(8) }, (_, at): Row => {
    const driver = driverOf(random, at);
    const device = deviceOf(random, at, driver.bus, smmu);
    return { device, driver, by: 'of', id: `d${at}`, built: 'builtin', others: [] };
  });
  const machine = {
    ...{
      title: `machine ${seed}`,
      compatible: [],
      sources: [],
      memory,
      smmus: [smmu],
      lacks: [],
      groups: [],
      notes: [],
    },
    devices: rows.map(({ device }) => device),
    kernel: {
      ...{ release: '6.12.0', arch: 'aarch64', cmdline: [], config: null, builtin: null, available: null },
      ...{ loaded: null, aliases: [] },
    },
  } as Machine;
  return { machine, rows, disabled: [], unmatched: [] };
}

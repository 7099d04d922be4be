import { describe, expect, it } from 'vitest';
import { accuse } from '../../../server/board/accuse.ts';
import { readFaults } from '../../../server/board/fault-log.ts';
import { joinMachine } from '../../../server/board/join.ts';
import { readMachine } from '../../../server/board/read.ts';
import { readSnapshot } from '../../../server/board/snapshot.ts';
import { configsHold } from '../../../server/tree/kbuild/index.ts';
import { driverOf } from '../report/inputs.ts';

/**
 * What Linux 6.12.117 said on QEMU's `virt`, when two PCI devices were told to reach an unmapped address
 * (`npm run qemu`): 00:07.0 to write, 00:02.0 to fetch its descriptors.
 */
const LOG = `[  113.396230] arm-smmu-v3 9050000.smmuv3: event 0x10 received:
[  113.396345] arm-smmu-v3 9050000.smmuv3: 	0x0000003800000010
[  113.396373] arm-smmu-v3 9050000.smmuv3: 	0x0000000000000000
[  113.396386] arm-smmu-v3 9050000.smmuv3: 	0x0000000000bad000
[  113.396398] arm-smmu-v3 9050000.smmuv3: 	0x0000000000000000
[  144.176001] arm_smmu_evtq_thread: 6 callbacks suppressed
[  144.176593] arm-smmu-v3 9050000.smmuv3: event 0x10 received:
[  144.176604] arm-smmu-v3 9050000.smmuv3: 	0x0000001000000010
[  144.176615] arm-smmu-v3 9050000.smmuv3: 	0x0000000800000000
[  144.176627] arm-smmu-v3 9050000.smmuv3: 	0x000000000bee000c
[  144.176638] arm-smmu-v3 9050000.smmuv3: 	0x0000000000000000
`;

/** The part of that machine's snapshot that says whose a StreamID is. */
const SNAPSHOT = `quiesce-snapshot 1
== tree
p /pcie@10000000/compatible 7063692d686f73742d6563616d2d67656e6572696300
p /pcie@10000000/device_type 70636900
p /pcie@10000000/iommu-map 00000000000080040000000000010000
p /smmuv3@9050000/compatible 61726d2c736d6d752d763300
p /smmuv3@9050000/#iommu-cells 00000001
p /smmuv3@9050000/phandle 00008004
== devices
d	pci	0000:00:02.0	driver=e1000	module=e1000	group=1	modalias=
d	pci	0000:00:07.0	driver=vfio-pci	module=vfio_pci	group=9	modalias=
== groups
g 1 DMA
g 9 DMA
== end
`;

const pci = (name: string, module: string) =>
  driverOf(module, { bus: 'pci', name, modules: [`drivers/${module}`] });

describe('accuse', () => {
  it('names the devices of a real fault, from that log and that snapshot', () => {
    const machine = readMachine({ sources: ['virt'], ...readSnapshot(SNAPSHOT, 'virt') });
    const joined = joinMachine(machine, [pci('e1000', 'e1000'), pci('vfio-pci', 'vfio-pci')], configsHold);
    const said = accuse(readFaults(LOG), joined).map(({ stream, reason, accused, faults }) => [
      ...[stream, reason, faults[0]!.access, faults[0]!.address],
      ...accused.map(({ device, driver }) => `${device.id} ${driver?.instance}`),
    ]);
    expect(said).toEqual([
      [0x38, 'F_TRANSLATION', 'write', 0xbad000n, '0000:00:07.0 vfio-pci_driver'],
      [0x10, 'F_TRANSLATION', 'read', 0xbee000cn, '0000:00:02.0 e1000_driver'],
    ]);
  });
});

import { expect, it } from 'vitest';
import { readMachine } from '../../../server/board/read.ts';
import { masterOf, smmuOf } from '../../../server/board/through.ts';
import { parseDts } from '../../../simulator/machine/dts.ts';

const TREE = `/dts-v1/;
/ {
  compatible = "toy,board"; #address-cells = <1>; #size-cells = <1>;
  memory@80000000 { device_type = "memory"; reg = <0x80000000 0x40000000>; };
  smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0x5000000 0x1000>; #iommu-cells = <1>; };
  engine@1000 {
    compatible = "toy,engine"; iommus = <&smmu 0x10>;
    i2c@1100 { compatible = "toy,i2c"; chip@8 { compatible = "toy,chip"; }; };
    own@1200 { compatible = "toy,own"; iommus = <&smmu 0x20>; };
  };
  engine@10000 { compatible = "toy,engine"; };
  pcie@2000 { compatible = "toy,pcie"; device_type = "pci"; iommu-map = <0x0 &smmu 0x100 0x100>;
    wifi@0 { compatible = "toy,wifi"; };
  };
};`;

it('gives a device without StreamIDs those of the node above it, but for what is behind a host bridge', () => {
  const machine = readMachine({ sources: ['toy.dts'], tree: parseDts(TREE) });
  const masters = machine.devices.map((device) => [
    device.id,
    masterOf(machine, device).id,
    smmuOf(machine, masterOf(machine, device))?.id ?? null,
  ]);
  expect(masters.filter(([id]) => !id!.startsWith('/iommu'))).toEqual([
    ['/engine@1000', '/engine@1000', '/iommu@5000000'],
    ['/engine@1000/i2c@1100', '/engine@1000', '/iommu@5000000'],
    ['/engine@1000/i2c@1100/chip@8', '/engine@1000', '/iommu@5000000'],
    ['/engine@1000/own@1200', '/engine@1000/own@1200', '/iommu@5000000'],
    ['/engine@10000', '/engine@10000', null],
    ['/pcie@2000', '/pcie@2000', '/iommu@5000000'],
    ['/pcie@2000/wifi@0', '/pcie@2000/wifi@0', null],
  ]);
});

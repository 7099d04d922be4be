import { describe, expect, it } from 'vitest';
import { driversOn, isUnquiesced } from '../../../server/board/filter.ts';
import { joinMachine } from '../../../server/board/join.ts';
import { lacksKexec } from '../../../server/board/kernel.ts';
import { type MachineInputs, readMachine } from '../../../server/board/read.ts';
import { readSnapshot } from '../../../server/board/snapshot.ts';
import { pciStreams } from '../../../server/board/tree.ts';
import { configsHold } from '../../../server/tree/kbuild/index.ts';
import { parseDts } from '../../../simulator/machine/dts.ts';
import { driverOf, findingOf } from '../report/inputs.ts';

const TREE = `/dts-v1/;
/ {
  model = "Toy board"; compatible = "toy,board"; #address-cells = <1>; #size-cells = <1>;
  memory@80000000 { device_type = "memory"; reg = <0x80000000 0x40000000>; };
  smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0x5000000 0x1000>; #iommu-cells = <2>; };
  off: iommu@6000000 { compatible = "arm,mmu-401"; status = "disabled"; reg = <0x6000000 0x1000>; #iommu-cells = <1>; };
  soc {
    compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges;
    dma@1000 { compatible = "arm,pl330", "arm,primecell"; reg = <0x1000 0x1000>; iommus = <&smmu 0x10 0x3>; };
    usb@2000 { compatible = "toy,usb2", "toy,usb"; reg = <0x2000 0x1000>; iommus = <&off 0x4>; };
    mac@3000 { compatible = "toy,mac"; reg = <0x3000 0x1000>; };
    gone@4000 { compatible = "toy,mac"; reg = <0x4000 0x1000>; status = "disabled"; };
    i2c@5000 { compatible = "toy,i2c"; reg = <0x5000 0x1000>; #address-cells = <1>; #size-cells = <0>;
      chip@8 { compatible = "toy,chip"; reg = <8>; };
    };
  };
};`;

const match = (ids: Partial<ReturnType<typeof driverOf>['match']>) => ({
  ...{ of: [], pci: [], amba: [], acpi: [], platform: [] },
  ...ids,
});
const DRIVERS = [
  driverOf('pl330', { bus: 'amba', match: match({ amba: ['0x00041330'] }), findings: [findingOf('pl330')] }),
  driverOf('usb', { match: match({ of: ['toy,usb'] }), configs: ['CONFIG_USB'], creates: ['host'] }),
  driverOf('usb2', { match: match({ of: ['toy,usb2'] }), configs: ['CONFIG_USB2'] }),
  driverOf('host', { match: match({ platform: ['host'] }), configs: ['CONFIG_USB'] }),
  driverOf('mac', {
    match: match({ of: ['toy,mac'] }),
    configs: ['CONFIG_MAC'],
    findings: [findingOf('mac')],
  }),
  driverOf('chip', { bus: 'spi', match: match({ of: ['toy,chip'] }) }),
  driverOf('chip-i2c', { bus: 'i2c', match: match({ of: ['toy,chip'] }) }),
  driverOf('elsewhere', { match: match({ of: ['toy,elsewhere'] }) }),
];

function join(inputs: Partial<MachineInputs> = {}) {
  const tree = parseDts(TREE);
  return joinMachine(readMachine({ sources: ['toy.dts'], tree, ...inputs }), DRIVERS, configsHold);
}

const rowsOf = (joined: ReturnType<typeof join>) =>
  joined.rows.map(({ device, driver, id }) => `${device.id} ${driver.instance} ${id}`);

describe('joinMachine', () => {
  it('binds by compatible, by peripheral id, by bus, and follows children made in code', () => {
    expect(rowsOf(join())).toEqual([
      '/soc/dma@1000 pl330_driver 0x41330',
      '/soc/usb@2000 usb2_driver toy,usb2',
      '/soc/mac@3000 mac_driver toy,mac',
      '/soc/i2c@5000/chip@8 chip-i2c_driver toy,chip',
    ]);
  });

  it('lets the next driver have a device whose first is not in the kernel', () => {
    const joined = join({ config: 'CONFIG_USB=y\n# CONFIG_USB2 is not set\nCONFIG_KEXEC_CORE=y\n' });
    expect(rowsOf(joined)).toEqual([
      '/soc/dma@1000 pl330_driver 0x41330',
      '/soc/usb@2000 usb_driver toy,usb',
      '/soc/i2c@5000/chip@8 chip-i2c_driver toy,chip',
      '/soc/usb@2000/host host_driver host',
    ]);
    expect(joined.disabled.map(({ driver }) => driver.instance)).toEqual(['mac_driver']);
    expect(lacksKexec(joined.machine.kernel)).toBe(false);
    expect(joined.rows.at(-1)!.device).toMatchObject({ parent: '/soc/usb@2000', domain: 'none' });
  });

  it('goes by what is loaded', () => {
    const joined = join({
      lsmod: 'Module Size Used by\nmac 4096 0\n',
      builtin: 'kernel/drivers/net/pl330.ko\n',
    });
    expect(joined.rows.map(({ driver, built }) => [driver.instance, built])).toEqual([
      ['pl330_driver', 'builtin'],
      ['mac_driver', 'loaded'],
    ]);
  });

  it('follows iommus to the SMMU and tells the domain', () => {
    const config = 'CONFIG_ARM_SMMU=y\n';
    const domain = (inputs: Partial<MachineInputs>, at: number) => {
      const { domain: type, streams } = readMachine({
        sources: [],
        tree: parseDts(TREE),
        ...inputs,
      }).devices.filter((device) => device.streams.length > 0)[at]!;
      return [type, streams];
    };
    const dma = [{ smmu: '/iommu@5000000', id: 0x10, mask: 3 }];
    expect(domain({}, 0)).toEqual(['unknown', dma]);
    expect(domain({ config }, 0)).toEqual(['translated', dma]);
    expect(domain({ config, cmdline: 'quiet iommu.passthrough=1' }, 0)).toEqual(['identity', dma]);
    expect(domain({ config: 'CONFIG_ARM_SMMU_V3=y' }, 0)).toEqual(['none', dma]);
    expect(domain({ config }, 1)[0]).toBe('none');
  });

  it('gives PCI devices the StreamIDs that the host bridge maps their requester IDs to', () => {
    const map = (host: string, change = {}) => ({
      ...{ host, smmu: '/smmu', from: 0, base: 0x100, length: 0x10000, mask: 0xffffffff },
      ...change,
    });
    expect(pciStreams('0000:01:02.3', [map('/pcie')])).toEqual([{ smmu: '/smmu', id: 0x213, mask: 0 }]);
    expect(pciStreams('0000:01:02.3', [map('/pcie', { mask: 0 })])).toMatchObject([{ id: 0x100 }]);
    expect(pciStreams('0000:01:02.3', [map('/pcie', { length: 0x10 })])).toEqual([]);
    expect(pciStreams('0000:01:02.3', [map('/a'), map('/b')])).toEqual([]);
  });

  it('binds AMBA devices by the id that the node states, or that goes with what it is', () => {
    const cells = 'reg = <0x1000 0x1000>;';
    const tree = parseDts(`/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
      stated@1000 { compatible = "toy,x", "arm,primecell"; ${cells} arm,primecell-periphid = <0x00141805>; };
      trace@2000 { compatible = "arm,coresight-tmc", "arm,primecell"; ${cells} };
      dog@3000 { compatible = "arm,sp805", "arm,primecell"; ${cells} };
    };`);
    const amba = (name: string, id: string) => driverOf(name, { bus: 'amba', match: match({ amba: [id] }) });
    const drivers = [amba('dog', '0x00141805'), amba('tmc', '0x000bb961')];
    const { rows } = joinMachine(readMachine({ sources: [], tree }), drivers, configsHold);
    expect(rows.map(({ driver, by }) => `${driver.instance} ${by}`)).toEqual([
      'dog_driver amba',
      'tmc_driver amba',
      'dog_driver amba',
    ]);
  });

  it('binds devices of enumerated buses by alias, by number, or as the bus itself does', () => {
    const devices = [
      'd\tpci\t0000:00:01.0\tmodalias=pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00',
      'd\tvirtio\tvirtio0\tmodalias=virtio:d00000003v554D4551',
      'd\tusb\tusb1\tmodalias=',
      'd\tusb\t1-0:1.0\tmodalias=usb:v1D6Bp0002d0612dc09dsc00dp01ic09isc00ip00in00',
      'd\tamba\t1.dma\tmodalias=\tid=00241330',
    ];
    const { lsmod: _, ...snapshot } = readSnapshot(
      `quiesce-snapshot 1\n== devices\n${devices.join('\n')}\n== end\n`,
      'x',
    );
    const aliases = 'alias usb:v*p*d*dc09dsc*dp*ic*isc*ip*in* usbcore\n';
    const core = { bus: 'usb', modules: ['drivers/usb/core/usbcore'], match: match({}) };
    const file = 'drivers/usb/core/generic.c';
    const drivers = [
      driverOf('any', { bus: 'pci', match: match({ pci: ['PCI_ANY_ID:PCI_ANY_ID'] }) }),
      driverOf('nic', { bus: 'pci', match: match({ pci: ['0x1af4:PCI_ANY_ID'] }) }),
      driverOf('console', { bus: 'virtio', match: match({ virtio: ['0x0003'] }) }),
      driverOf('generic', { bus: 'usb_device', file, match: match({}) }),
      driverOf('fs', core),
      driverOf('hub', { ...core, match: match({ usb: ['class:USB_CLASS_HUB'] }) }),
      DRIVERS[0]!,
    ];
    const machine = readMachine({ sources: [], ...snapshot, aliases });
    const { rows } = joinMachine(machine, drivers, configsHold);
    expect(rows.map(({ driver, by }) => `${driver.instance} ${by}`)).toEqual([
      'nic_driver pci',
      'console_driver virtio',
      'generic_driver default',
      'hub_driver alias',
      'pl330_driver amba',
    ]);
  });

  it('knows a probe that declines for want of a property, unless it is bound', () => {
    const idle = driverOf('idle', { match: match({ of: ['toy,idle'] }), needs: ['cpu-idle-states'] });
    const rows = (property: string) => {
      const tree = parseDts(
        `/dts-v1/; / { idle { compatible = "toy,idle"; }; cpus { cpu@0 { ${property} }; }; };`,
      );
      return joinMachine(readMachine({ sources: [], tree }), [idle], configsHold).rows.length;
    };
    expect(rows('')).toBe(0);
    expect(rows('cpu-idle-states = <1>;')).toBe(1);
  });

  it('filters drivers, and says when there is no kexec', () => {
    const joined = join({ config: 'CONFIG_MAC=m\n' });
    expect(lacksKexec(joined.machine.kernel)).toBe(true);
    const on = DRIVERS.filter(driversOn(joined));
    expect(on.filter(isUnquiesced).map(({ instance }) => instance)).toEqual(['pl330_driver', 'mac_driver']);
  });
});

import { describe, expect, it } from 'vitest';
import { read } from './read.ts';

const ids = (text: string): readonly string[] => {
  const { tables } = read(text);
  if (tables.length !== 1) throw new Error(`${tables.length} tables`);
  return tables[0]!.ids;
};

describe('match tables', () => {
  it('of_device_id: compatibles, with their data, across #ifdef and several on a line', () => {
    const { tables } = read(`static const struct of_device_id foo_match[] = {
	{ .compatible = "a,one", .data = &one_data },
	{ .data = (void *)&two_data, .compatible = "a,two" }, { .compatible = "a,three" },
#ifdef CONFIG_X
	{ .compatible = "a,four" },
#endif
	{ /* .compatible = "a,comment" */ },
	{},
};
`);
    expect(tables).toMatchObject([{ name: 'foo_match', struct: 'of_device_id', line: 1, column: 34 }]);
    expect(tables[0]!.ids).toEqual(['a,one', 'a,two', 'a,three', 'a,four']);
    expect(tables[0]!.refs).toEqual(expect.arrayContaining(['one_data', 'two_data']));
  });

  it.each([
    ['{ PCI_DEVICE(0x8086, 0x100e) }', '0x8086:0x100e'],
    ['{ PCI_DEVICE(PCI_VENDOR_ID_X, DEV_Y), .driver_data = 1 }', 'PCI_VENDOR_ID_X:DEV_Y'],
    ['{ PCI_VDEVICE(INTEL, 0x1502), board }', 'PCI_VENDOR_ID_INTEL:0x1502'],
    ['{ PCI_DEVICE_DATA(HUAWEI, ZIP, 0) }', 'PCI_VENDOR_ID_HUAWEI:PCI_DEVICE_ID_HUAWEI_ZIP'],
    ['{ PCI_DEVICE_SUB(1, 2, 3, 4) }', '1:2'],
    ['{ PCI_DEVICE_CLASS(PCI_CLASS_STORAGE_EXPRESS, 0xffffff) }', 'class:PCI_CLASS_STORAGE_EXPRESS'],
    ['{ V, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_CLASS_X, 0xffffff, 1 }', 'V:PCI_ANY_ID,class:PCI_CLASS_X'],
    ['{ PCI_DEVICE(V, PCI_ANY_ID), .class = C << 8, .class_mask = ~0 }', 'V:PCI_ANY_ID,class:C<<8'],
    ['{ PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, C, 0xffffff }', 'class:C'],
    ['{ V, D, PCI_ANY_ID, PCI_ANY_ID, 0, 0, 3 }', 'V:D'],
    ['{ 0x10ec, 0x8139, PCI_ANY_ID, PCI_ANY_ID, 0, 0, 0 }', '0x10ec:0x8139'],
    ['{ .vendor = V, .device = D }', 'V:D'],
    ['{ .vendor = V, .subvendor = PCI_ANY_ID }', 'V:PCI_ANY_ID'],
    ['OWN_ID(0x12)', 'OWN_ID(0x12)'],
  ])('pci_device_id: %s', (entry, id) => {
    expect(ids(`static const struct pci_device_id t[] = { ${entry}, { 0, } };`)).toEqual([id]);
  });

  it.each([
    ['amba_id', '{ .id = 0x00041330, .mask = 0x000fffff }', '0x00041330'],
    ['acpi_device_id', '{ "HISI0231", 0 }', 'HISI0231'],
    ['platform_device_id', '{ .name = "foo-v1", .driver_data = 2 }', 'foo-v1'],
    ['platform_device_id', '{ "foo-v2", (kernel_ulong_t)&x }', 'foo-v2'],
    ['i2c_device_id', '{ "lm75", 0 }', 'lm75'],
    ['spi_device_id', '{ "m25p80" }', 'm25p80'],
    ['auxiliary_device_id', '{ .name = "mlx5_core.eth" }', 'mlx5_core.eth'],
    ['amba_id', 'CS_AMBA_ID(0x000bb961)', '0x000bb961'],
    ['usb_device_id', '{ USB_DEVICE(0x05ac, 0x1261) }', 'USB_DEVICE(0x05ac,0x1261)'],
    ['usb_device_id', '{ .idVendor = V, .match_flags = M, .idProduct = P }', 'V:P'],
    ['usb_device_id', '{ .match_flags = M, .bInterfaceClass = USB_CLASS_HUB }', 'class:USB_CLASS_HUB'],
    ['virtio_device_id', '{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID }', 'VIRTIO_ID_NET'],
    ['virtio_device_id', '{ .device = VIRTIO_ID_FS, .vendor = 1 }', 'VIRTIO_ID_FS'],
  ])('%s: %s', (struct, entry, id) => {
    expect(ids(`static const struct ${struct} t[] __maybe_unused = {\n\t${entry},\n\t{ }\n};\n`)).toEqual([
      id,
    ]);
  });

  it('a pointer to a table, and a table that is only declared, are none', () => {
    expect(
      read('extern const struct of_device_id t[];\nstatic const struct of_device_id *p = t;\n').tables,
    ).toEqual([]);
  });

  it('lie inside a function too', () => {
    expect(
      ids(
        'int f(void)\n{\n\tstatic const struct of_device_id m[] = { { .compatible = "in,side" }, {} };\n\treturn 0;\n}\n',
      ),
    ).toEqual(['in,side']);
  });
});

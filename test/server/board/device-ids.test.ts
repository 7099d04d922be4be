import { describe, expect, it } from 'vitest';
import {
  numberedPciId,
  numberedVirtioId,
  pciIdFits,
  readIdNames,
  virtioIdFits,
} from '../../../server/board/device-ids.ts';

const NAMES = readIdNames(`
#define PCI_VENDOR_ID_TOY		0x1af4
#define PCI_DEVICE_ID_TOY_NIC	0x1041
#define PCI_CLASS_TOY_IDE		0x0101
#define PCI_CLASS_TOY_BRIDGE	0x060400
#define VIRTIO_ID_TOY			3 /* toy */
`);
const NIC = 'pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00';
const BRIDGE = 'pci:v00001B36d0000000Csv00001AF4sd00000000bc06sc04i00';

describe('ids by number', () => {
  it.each([
    ['PCI_VENDOR_ID_TOY:PCI_ANY_ID', '0x1af4:PCI_ANY_ID'],
    ['PCI_VENDOR_ID_TOY:PCI_DEVICE_ID_TOY_NIC', '0x1af4:0x1041'],
    ['0x8086:OWN_DEVICE', '0x8086:OWN_DEVICE'],
    ['class:PCI_CLASS_TOY_BRIDGE', 'class:0x060400'],
    ['class:PCI_CLASS_TOY_IDE<<8', 'class:0x010100'],
    ['class:((PCI_CLASS_TOY_IDE<<8)|0x02)', 'class:0x010102'],
    ['class:OWN_CLASS', 'class:OWN_CLASS'],
    ['PCI_VENDOR_ID_TOY:PCI_ANY_ID,class:PCI_CLASS_TOY_BRIDGE', '0x1af4:PCI_ANY_ID,class:0x060400'],
    ['OWN_ID(0x12)', 'OWN_ID(0x12)'],
  ])('%s', (id, numbered) => expect(numberedPciId(id, NAMES)).toBe(numbered));

  it('virtio', () => {
    expect(numberedVirtioId('VIRTIO_ID_TOY', NAMES)).toBe('0x0003');
    expect(numberedVirtioId('VIRTIO_ID_OTHER', NAMES)).toBe('VIRTIO_ID_OTHER');
  });
});

describe('what they fit', () => {
  it.each([
    ['0x1af4:PCI_ANY_ID', NIC, true],
    ['0x1AF4:0x1041', NIC, true],
    ['0x1af4:0x1042', NIC, false],
    ['0x1af4:OWN_DEVICE', NIC, false],
    ['PCI_ANY_ID:PCI_ANY_ID', NIC, false],
    ['class:0x060400', BRIDGE, true],
    ['0x1b36:PCI_ANY_ID,class:0x060400', BRIDGE, true],
    ['0x1b36:PCI_ANY_ID,class:0x060401', BRIDGE, false],
    ['0x1af4:PCI_ANY_ID,class:OWN_CLASS', NIC, false],
    ['class:0x060401', BRIDGE, false],
    ['class:0x060400', NIC, false],
    ['0x1af4:PCI_ANY_ID', 'usb:v1AF4p0001d0000', false],
  ])('%s, %s: %s', (id, modalias, fits) => expect(pciIdFits(id, modalias)).toBe(fits));

  it('virtio', () => {
    expect(virtioIdFits('0x0003', 'virtio:d00000003v554D4551')).toBe(true);
    expect(virtioIdFits('0x0003', 'virtio:d00000030v554D4551')).toBe(false);
    expect(virtioIdFits('0x0003', 'pci:d00000003v554D4551')).toBe(false);
  });
});

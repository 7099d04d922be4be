import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withIdNumbers } from '../../../server/project/id-numbers.ts';
import { driverOf } from '../report/inputs.ts';

const root = mkdtempSync(join(tmpdir(), 'quiesce-ids-'));
mkdirSync(join(root, 'include/linux'), { recursive: true });
mkdirSync(join(root, 'include/uapi/linux'), { recursive: true });
writeFileSync(join(root, 'include/linux/pci_ids.h'), '#define PCI_VENDOR_ID_TOY\t0x1af4\n');
writeFileSync(join(root, 'include/uapi/linux/virtio_ids.h'), '#define VIRTIO_ID_TOY\t3 /* toy */\n');
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('withIdNumbers', () => {
  it("takes the numbers from the headers of each driver's own tree", () => {
    const match = { of: ['toy,x'], amba: [], acpi: [], platform: [] };
    const pci = ['PCI_VENDOR_ID_TOY:PCI_ANY_ID', '0x1af4:PCI_ANY_ID'];
    const inside = driverOf('a', { match: { ...match, pci, virtio: ['VIRTIO_ID_TOY'] } });
    const outside = driverOf('b', { match: { ...match, pci } });
    const plain = driverOf('c');
    const roots = new Map([
      [inside.file, root],
      [outside.file, join(root, 'nowhere')],
    ]);
    const numbered = withIdNumbers({ drivers: [inside, outside, plain], roots });
    expect(numbered.map((driver) => driver.match)).toEqual([
      { ...match, pci: ['0x1af4:PCI_ANY_ID'], virtio: ['0x0003'] },
      outside.match,
      plain.match,
    ]);
  });
});

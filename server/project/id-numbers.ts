import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { type IdNames, numberedPciId, numberedVirtioId, readIdNames } from '../board/device-ids.ts';
import type { Audit } from './types.ts';

/** Where a tree names the numbers of PCI and of virtio. */
const HEADERS = ['include/linux/pci_ids.h', 'include/uapi/linux/virtio_ids.h'];

/** An audit's drivers with the PCI and virtio ids of their tables by number, as the tree's own headers name them. */
export function withIdNumbers({ drivers, roots }: Pick<Audit, 'drivers' | 'roots'>): Driver[] {
  const known = new Map<string, IdNames>();
  return drivers.map((driver) => {
    const { pci, virtio } = driver.match;
    if (pci.length === 0 && !virtio) return driver;
    const root = roots.get(driver.file) ?? '';
    const names = known.get(root) ?? namesIn(root);
    known.set(root, names);
    const match = {
      ...driver.match,
      pci: [...new Set(pci.map((id) => numberedPciId(id, names)))],
      ...(virtio ? { virtio: virtio.map((id) => numberedVirtioId(id, names)) } : {}),
    };
    return { ...driver, match };
  });
}

/** The names of a tree; none outside of one. */
function namesIn(root: string): IdNames {
  const texts = HEADERS.map((path) => {
    try {
      return readFileSync(join(root, path), 'latin1');
    } catch {
      return '';
    }
  });
  return readIdNames(texts.join('\n'));
}

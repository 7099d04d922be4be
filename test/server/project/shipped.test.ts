/** Entry points that ship with Quiesce answer for what a run does not read, a neighbour of a named file among it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditPaths } from '../../../server/project/project.ts';

const LIBRARY =
  'int ata_pci_sff_init_one(struct pci_dev *pdev)\n{\n\treturn 0;\n}\nEXPORT_SYMBOL_GPL(ata_pci_sff_init_one);\n';
const USER = `static int user_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return ata_pci_sff_init_one(pdev);
}
static struct pci_driver user_driver = {
	.name = "user",
	.probe = user_probe,
};
module_pci_driver(user_driver);
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-shipped-'));
  put('Makefile', 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
  put('Kconfig', '');
  put('Kbuild', 'obj-y += drivers/\n');
  put('drivers/Makefile', 'obj-y += ata/\n');
  put('drivers/ata/Makefile', 'obj-m += library.o user.o\n');
  put('drivers/ata/library.c', LIBRARY);
  put('drivers/ata/user.c', USER);
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const dmaOf = async (path: string) => {
  const { drivers } = await auditPaths({ paths: [join(root, path)], tree: root, jobs: 1 });
  return drivers.map(({ instance, dma }) => [instance, dma.class]);
};

test('a file by itself is judged by the list, though its neighbour exports the name', async () => {
  expect(await dmaOf('drivers/ata/user.c')).toEqual([['user_driver', 'library']]);
});

test('what the run reads speaks for itself', async () => {
  expect(await dmaOf('drivers/ata')).toEqual([['user_driver', 'none']]);
});

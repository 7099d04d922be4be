import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FACT_TABLES, type FactTable } from '../../../server/kernel/confirm-tables.ts';
import { type DoctorReport, doctorJson, doctorPretty } from '../../../server/report/doctor.ts';
import { engineState, examineTree } from '../../../server/tree/doctor.ts';
import { confirmTree } from '../../../server/tree/fact-reader.ts';
import { kernelRootAt } from '../../../server/tree/root.ts';

/** A tree with a bus, a call of its own header, a hook call that moved and a DMA call. */
const FILES: Record<string, string> = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 8\nSUBLEVEL = 3\n',
  Kbuild: 'obj-y += drivers/\n',
  'drivers/Makefile': 'obj-$(CONFIG_TOY) += toy.o\n',
  'drivers/toy.c': 'int toy;\n',
  'include/linux/amba/bus.h': `struct amba_driver {
	struct device_driver drv;
	void (*shutdown)(struct amba_device *);
	const struct amba_id *id_table;
};
`,
  'drivers/amba/bus.c': `static void amba_shutdown(struct device *dev)
{
	if (dev->driver)
		to_amba_driver(dev->driver)->shutdown(to_amba_device(dev));
}
const struct bus_type amba_bustype = {
	.name = "amba",
	.shutdown = amba_shutdown,
};
`,
  'include/linux/spi/spi.h': `extern int spi_register_controller(struct spi_controller *ctlr);
extern int devm_spi_register_controller(struct device *dev, struct spi_controller *ctlr);
#define spi_register_master(_ctlr) spi_register_controller(_ctlr)
#define devm_spi_register_master(_dev, _ctlr) devm_spi_register_controller(_dev, _ctlr)
`,
  'kernel/kexec_handover.c': 'int unrelated;\n',
  'mm/slub.c': 'int slab;\n',
  'mm/slob.c': 'void kfree(const void *block)\n{\n}\nEXPORT_SYMBOL(kfree);\n',
};

let root: string;
const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const kernel = () => kernelRootAt(root)!;
/** What the tree says of one name, by table. */
function stateOf(name: string, search: 'near' | 'all' = 'all'): string[] {
  return confirmTree(kernel(), search).flatMap(({ table, rows }) =>
    rows.filter((row) => row.name === name).map((row) => `${table}: ${row.state}: ${row.why}`),
  );
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-doctor-'));
  for (const [path, text] of Object.entries(FILES)) put(path, text);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('confirmTree', () => {
  it('confirms a bus, and sees each thing that its row rests on change', () => {
    expect(stateOf('amba_driver')).toContain('buses: confirmed: as the row says');
    put('drivers/amba/bus.c', FILES['drivers/amba/bus.c']!.replace(/.*\.shutdown =.*\n/, ''));
    expect(stateOf('amba_driver').join()).toMatch(/changed: amba_bustype\.shutdown is not set/);
    put('include/linux/amba/bus.h', FILES['include/linux/amba/bus.h']!.replace(/.*shutdown.*\n/, ''));
    expect(stateOf('amba_driver').join()).toMatch(/changed: has no \.shutdown member/);
  });

  it('finds a name in its neighbourhood, and in the whole tree when asked to', () => {
    expect(stateOf('kfree', 'near')).toEqual(['quiesce: confirmed: moved to mm/slob.c']);
    rmSync(join(root, 'mm/slob.c'));
    put('block/alloc.c', FILES['mm/slob.c']!);
    expect(stateOf('kfree', 'near')).toEqual(['quiesce: changed: kfree is not declared in mm/slub.c']);
    expect(stateOf('kfree')).toEqual(['quiesce: confirmed: moved to block/alloc.c']);
  });

  it('does not take a call or a comment for a declaration that moved', () => {
    put('mm/slob.c', '/*\nvoid kfree(const void *block)\n*/\nvoid f(void)\n{\n\tkfree(NULL);\n}\n');
    expect(stateOf('kfree')).toEqual(['quiesce: changed: kfree is not declared in mm/slub.c']);
  });

  it('reads the calls of a subsystem for the versions that have them', () => {
    expect(stateOf('spi_register_master')).toEqual(['subsystem-calls: confirmed: as the row says']);
    put('include/linux/spi/spi.h', FILES['include/linux/spi/spi.h']!.replace(/#define spi_register.*\n/, ''));
    expect(stateOf('spi_register_master').join()).toMatch(/changed/);
    put('Makefile', FILES.Makefile!.replace('= 8', '= 9'));
    expect(stateOf('spi_register_master')).toEqual([]);
    expect(stateOf('devm_register_framebuffer')).toEqual([]);
  });

  it('asks for live update only where kernels have it', () => {
    const preservers = () => confirmTree(kernel()).find((one) => one.table === 'preservers')!;
    expect(preservers().rows).toEqual([]);
    put('Makefile', FILES.Makefile!.replace('= 8', '= 17'));
    expect(preservers().rows.map((row) => [row.name, row.state])).toEqual([
      ['kho_preserve_folio', 'changed'],
      ['kho_preserve_phys', 'changed'],
    ]);
    expect(preservers().otherVersions).toBe(3);
  });

  it('could not check what lies in files that the tree lacks', () => {
    rmSync(join(root, 'include/linux/amba'), { recursive: true });
    expect(stateOf('amba_driver').join()).toMatch(/could-not-check: no include\/linux\/amba\/bus\.h/);
  });
});

describe('a quick look', () => {
  it('calls changed what the tree contradicts, and nothing that it merely lacks', () => {
    put('mm/slob.c', '');
    const rows = confirmTree(kernel(), 'near').flatMap((table) => table.rows);
    const changed = rows.filter((row) => row.state === 'changed').map((row) => row.name);
    expect(changed).toContain('kfree');
    expect(changed).not.toContain('amba_driver');
    expect(changed).not.toContain('platform_driver');
  });

  it('reads only the rows that it is asked for', () => {
    const tables = FACT_TABLES.map((table) => ({
      ...table,
      rows: table.rows.filter((row) => table.nameOf(row) === 'kfree'),
    }));
    const rows = confirmTree(kernel(), 'near', tables).flatMap((table) => table.rows);
    expect(rows.map((row) => row.name)).toEqual(['kfree']);
  });
});

describe('every table', () => {
  it('has names, and a row is confirmed by the text that it names', () => {
    for (const { rows, nameOf } of FACT_TABLES as readonly FactTable[]) {
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) expect(nameOf(row)).not.toBe('');
    }
  });
});

describe('the report', () => {
  async function report(): Promise<DoctorReport> {
    return {
      tool: { name: 'quiesce', version: '0.0.0' },
      node: { version: process.version, platform: process.platform, arch: process.arch },
      engine: await engineState('auto'),
      tree: examineTree(kernel()),
    };
  }
  const schema = JSON.parse(
    readFileSync(new URL('../../../docs/schema/doctor.schema.json', import.meta.url), 'utf8'),
  );
  const validate = new Ajv().compile(schema);

  it('fits its schema, with and without a tree', async () => {
    const full = await report();
    expect(validate(JSON.parse(doctorJson(full))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...full, tree: null })).toBe(true);
    expect(validate({ ...full, extra: 1 })).toBe(false);
  });

  it('adds up, and counts what Kbuild makes', async () => {
    const { tree } = await report();
    const { rows, confirmed, changed, couldNotCheck } = tree!.totals;
    expect(confirmed + changed + couldNotCheck).toBe(rows);
    expect(confirmed).toBeGreaterThanOrEqual(4);
    expect(couldNotCheck).toBeGreaterThan(500);
    expect(tree!.kbuild).toMatchObject({ modules: 1, unresolved: 0, config: false, built: false });
    put('.config', 'CONFIG_TOY=m\n');
    expect(examineTree(kernel()).kbuild.config).toBe(true);
  });

  it('tells the engine, and why the native one does not load', async () => {
    const { used, native } = (await report()).engine;
    expect(used).toBe('wasm');
    expect(native.loads).toBe(native.why === null);
  });

  it('prints each change with its why', async () => {
    cpSync(join(root, 'mm/slub.c'), join(root, 'mm/slob.c'));
    const text = doctorPretty(await report(), false);
    expect(text).toMatch(/^kernel {3}6\.8\.3 \(facts for 6\.8\)$/m);
    expect(text).toContain('kfree (mm/slub.c:kfree): changed: kfree is not declared in mm/slub.c');
    expect(text).toMatch(/\d+ of \d+ facts changed/);
  });
});

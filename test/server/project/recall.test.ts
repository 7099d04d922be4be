import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auditPaths } from '../../../server/project/project.ts';
import type { Audit } from '../../../server/project/types.ts';
import { FactCache } from '../../../server/tree/cache/index.ts';

const COUNT = 70;
let dir: string;
let tree: string;

/** A driver of a module of one file, with or without a hook. */
function driver(name: string, hook: boolean, extra = ''): string {
  return `#include <linux/platform_device.h>
#include "common.h"
${extra}
static int ${name}_probe(struct platform_device *pdev)
{
	return common_start(&pdev->dev, dma_alloc_coherent(&pdev->dev, 64, NULL, GFP_KERNEL));
}

static void ${name}_shutdown(struct platform_device *pdev)
{
	writel(0, base + CTRL);
}

static struct platform_driver ${name}_driver = {
	.probe = ${name}_probe,
	${hook ? `.shutdown = ${name}_shutdown,` : ''}
	.driver = { .name = "${name}" },
};
module_platform_driver(${name}_driver);
`;
}

/** Writes a file as an editor does, and makes it old enough to be remembered. */
function put(path: string, text: string): void {
  const file = join(tree, path);
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quiesce-recall-'));
  tree = join(dir, 'linux');
  mkdirSync(join(tree, 'drivers/one'), { recursive: true });
  writeFileSync(join(tree, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 0\n');
  writeFileSync(join(tree, 'Kbuild'), 'obj-y += drivers/\n');
  writeFileSync(join(tree, 'drivers/Makefile'), 'obj-y += one/\n');
  const names = Array.from({ length: COUNT }, (_, index) => `d${index}`);
  put('drivers/one/Makefile', names.map((name) => `obj-m += ${name}.o\n`).join(''));
  put(
    'drivers/one/common.h',
    'static inline int common_start(struct device *dev, void *p)\n{\n\treturn 0;\n}\n',
  );
  for (const name of names) put(`drivers/one/${name}.c`, driver(name, name !== 'd7'));
});

afterEach(() => rmSync(dir, { recursive: true }));

/** What a run gives, and whether it read files or only remembered. */
async function run(cached = true): Promise<{ audit: Audit; read: boolean }> {
  let read = false;
  const cache = cached ? new FactCache({ folder: join(dir, 'cache'), code: '0123456789abcdef' }) : undefined;
  try {
    const audit = await auditPaths({
      paths: [join(tree, 'drivers')],
      jobs: 1,
      onProgress: () => {
        read = true;
      },
      ...(cache ? { cache } : {}),
    });
    return { audit, read };
  } finally {
    cache?.close();
  }
}

/** A run with the cache gives what one without gives; tells whether files were gone through. */
async function same(): Promise<boolean> {
  const { audit, read } = await run();
  expect(audit).toEqual((await run(false)).audit);
  return read;
}

/** Lets the clock of the file system go on: what changed just now is never remembered. */
const settle = (): Promise<void> => new Promise((done) => setTimeout(done, 2100));

test('a run that nothing changed for is not run again, and the changes that follow are seen', async () => {
  await settle();
  expect(await same()).toBe(true);
  expect(await same()).toBe(false);

  // A hook goes, and one comes: only their modules are judged.
  put('drivers/one/d3.c', driver('d3', false));
  put('drivers/one/d7.c', driver('d7', true));
  expect(await same()).toBe(false);
  const { drivers } = (await run()).audit;
  expect(drivers.find(({ instance }) => instance === 'd3_driver')!.findings).not.toEqual([]);
  expect(drivers.find(({ instance }) => instance === 'd7_driver')!.findings).toEqual([]);

  // Touched without a change of content.
  utimesSync(join(tree, 'drivers/one/d9.c'), new Date(), new Date());
  expect(await same()).toBe(false);

  // A header changes for all that include it: too many for remembering, or not, the result is the same.
  put(
    'drivers/one/common.h',
    'static inline int common_start(struct device *dev, void *p)\n{\n\treturn 1;\n}\n',
  );
  await same();

  // What reaches further is gone through again: an export, a Makefile, a file that comes or goes.
  put('drivers/one/d3.c', driver('d3', false, 'EXPORT_SYMBOL_GPL(d3_probe);'));
  expect(await same()).toBe(true);
  put('drivers/one/extra.c', driver('extra', false));
  expect(await same()).toBe(true);
  put('drivers/one/Makefile', 'obj-m += d1.o\n');
  expect(await same()).toBe(true);
  rmSync(join(tree, 'drivers/one/d5.c'));
  expect(await same()).toBe(true);
}, 120_000);

test('a record that is cut off is as good as none', async () => {
  await settle();
  await run();
  const code = join(dir, 'cache/0123456789abcdef');
  const runs = join(code, readdirSync(code).find((name) => name.startsWith('runs-'))!);
  for (const name of readdirSync(runs)) truncateSync(join(runs, name), 5000);
  expect(await same()).toBe(true);
  expect(await same()).toBe(false);
}, 120_000);

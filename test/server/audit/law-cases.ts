import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '../../../server/audit/model.ts';
import { auditPaths } from '../../../server/project/project.ts';

/** C text of one module each, by name; a text may be several files: name to text, a header with its `.h`. */
export type Cases = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** Audits every case as an external module of its own, in one run, and gives the drivers by case. */
export function auditCases(cases: Cases, version = '6.12'): Promise<(name: string) => Driver[]> {
  // A folder each: component masters are found by folder.
  return audit(cases, version, (name) => name);
}

/** Audits all cases as the modules of one folder: libraries and those who use them. */
export function auditTogether(cases: Cases, version = '6.12'): Promise<(name: string) => Driver[]> {
  return audit(cases, version, () => 'all');
}

async function audit(
  cases: Cases,
  version: string,
  folderOf: (name: string) => string,
): Promise<(name: string) => Driver[]> {
  const dir = mkdtempSync(join(tmpdir(), 'quiesce-law-'));
  try {
    for (const [name, text] of Object.entries(cases)) {
      const folder = join(dir, folderOf(name));
      mkdirSync(folder, { recursive: true });
      const files = typeof text === 'string' ? { [name]: text } : text;
      for (const [file, part] of Object.entries(files)) {
        writeFileSync(join(folder, file.endsWith('.h') ? file : `${file}.c`), part);
      }
      const objects = Object.keys(files).filter((file) => !file.endsWith('.h'));
      const made =
        typeof text === 'string' ? '' : `${name}-y := ${objects.map((file) => `${file}.o`).join(' ')}\n`;
      appendFileSync(join(folder, 'Makefile'), `obj-m += ${name}.o\n${made}`);
    }
    const { drivers } = await auditPaths({ paths: [dir], jobs: 1, version });
    return (name) => {
      if (!(name in cases)) throw new Error(`no such case: ${name}`);
      return drivers.filter(({ modules }) => modules.some((module) => module.split('/').at(-1) === name));
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export const INCLUDES = `#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/platform_device.h>
`;

/** A platform driver around the text of its probe, with more members and code where given. */
export function platform(probe: string, more: { before?: string; members?: string } = {}): string {
  return `${INCLUDES}${more.before ?? ''}
static int engine_probe(struct platform_device *pdev)
{
	struct engine *priv = platform_get_drvdata(pdev);
	struct device *dev = &pdev->dev;
	dma_addr_t dma;

${probe}
	return 0;
}

static struct platform_driver engine_driver = {
	.probe = engine_probe,
	${more.members ?? ''}
	.driver = { .name = "engine" },
};
module_platform_driver(engine_driver);
`;
}

/** A driver that holds a ring for good, with that hook body. */
export function hooked(body: string, before = '', members = '.shutdown = engine_shutdown,'): string {
  return platform('	priv->ring = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);', {
    before: `${before}
static void engine_shutdown(struct platform_device *pdev)
{
	struct engine *priv = platform_get_drvdata(pdev);

${body}
}
`,
    members,
  });
}

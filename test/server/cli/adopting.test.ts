/**
 * docs/adopting.md and docs/ci.md played on a git repository: of the examples, and with `KERNEL_TREE=DIR` of a few
 * directories of real kernel source: `KERNEL_TREE=DIR npx vitest run test/server/cli/adopting.test.ts`.
 */
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../../server/report/formats/index.ts';
import { Repository } from '../change/repository.ts';
import { quiesce } from './run.ts';

const { KERNEL_TREE } = process.env;
const NAME = 'quiesce_walkthrough';
const HOOK = `static void example_shutdown(struct platform_device *pdev)
{
	struct example *ex = platform_get_drvdata(pdev);

	dmaengine_terminate_sync(ex->chan);
	writel(0, ex->base + EXAMPLE_CTRL_ENABLE);
}
`;

interface Place {
  readonly made: () => Repository;
  /** Folder that gets a new driver. */
  readonly folder: string;
  /** Folder that has a known finding in a file of its own, to be renamed. */
  readonly renaming: string;
  /** How many old findings there are at least. */
  readonly old: number;
}

const PLACES: Readonly<Record<string, Place>> = {
  'a tree of the examples': {
    made: () => Repository.ofExamples(),
    folder: 'drivers/platform',
    renaming: 'drivers/pci',
    old: 5,
  },
  'a kernel tree (KERNEL_TREE)': {
    made: () =>
      Repository.ofTree(KERNEL_TREE!, [
        'Kbuild',
        'Kconfig',
        'drivers/Makefile',
        'drivers/dma',
        'drivers/mailbox',
      ]),
    folder: 'drivers/mailbox',
    renaming: 'drivers/dma',
    old: 20,
  },
};

/** A new driver with a ring of its own; with or without a hook. */
function driver(hook: boolean): string {
  return `#include <linux/dma-mapping.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#define EXAMPLE_CTRL_ENABLE 0x10
struct example {
	void __iomem *base;
	struct dma_chan *chan;
	void *ring;
	dma_addr_t ring_dma;
};
static int example_probe(struct platform_device *pdev)
{
	struct example *ex = devm_kzalloc(&pdev->dev, sizeof(*ex), GFP_KERNEL);
	struct net_device *ndev = alloc_etherdev(0);

	ex->ring = dma_alloc_coherent(&pdev->dev, 4096, &ex->ring_dma, GFP_KERNEL);
	platform_set_drvdata(pdev, ex);
	return register_netdev(ndev);
}
${hook ? HOOK : ''}static struct platform_driver ${NAME}_driver = {
	.probe = example_probe,
${hook ? '	.shutdown = example_shutdown,\n' : ''}	.driver = { .name = "${NAME}" },
};
module_platform_driver(${NAME}_driver);
`;
}

describe.each(Object.entries(PLACES))('adopting Quiesce in %s', { timeout: 240_000 }, (name, place) => {
  const isSkipped = name.includes('KERNEL_TREE') && !KERNEL_TREE;
  if (isSkipped) process.stderr.write('SKIPPED: adopting in a kernel tree, no KERNEL_TREE given\n');
  const { folder, renaming, old } = place;
  let repository: Repository;
  const at = (path: string): string => join(repository.root, path);

  /** The findings of a run over the repository, as `file instance`, and its exit code. */
  async function check(...args: string[]): Promise<{ found: string[]; code: number | null; said: string }> {
    const { stdout, stderr, code } = await quiesce(['check', '.', '--format', 'json', ...args], {
      cwd: repository.root,
    });
    if (code === 2) throw new Error(stderr);
    const findings = JSON.parse(stdout).findings as { file: string; instance: string }[];
    return { found: findings.map(({ file, instance }) => `${file} ${instance}`), code, said: stderr };
  }

  const known = (): { file: string }[] =>
    JSON.parse(readFileSync(at('.quiesce-baseline.json'), 'utf8')).findings;

  describe.skipIf(isSkipped)('step by step', () => {
    beforeAll(() => {
      repository = place.made();
    }, 120_000);
    afterAll(() => repository.remove());

    it('passes with all that is old in a baseline', async () => {
      const before = await check();
      expect([before.code, before.found.length > old]).toEqual([1, true]);
      expect((await check('--write-baseline')).code).toBe(0);
      writeFileSync(at('.quiesce.yaml'), 'root: true\nbaseline: .quiesce-baseline.json\n');
      repository.commit('adopt');
      expect(await check('--strict-baseline')).toEqual({ found: [], code: 0, said: '' });
    });

    it('fails with exactly one finding for a commit that adds a driver without a hook', async () => {
      writeFileSync(at(`${folder}/${NAME}.c`), driver(false));
      appendFileSync(at(`${folder}/Makefile`), `\nobj-$(CONFIG_WALKTHROUGH) += ${NAME}.o\n`);
      repository.commit('a driver');
      const found = [`${folder}/${NAME}.c ${NAME}_driver`];
      expect(await check()).toEqual({ found, code: 1, said: '' });
      expect(await check('--since', 'HEAD~1')).toEqual({ found, code: 1, said: '' });
    });

    it('passes for the commit that adds the hook, and the baseline shrinks', async () => {
      expect((await check('--write-baseline')).code).toBe(0);
      const size = known().length;
      writeFileSync(at(`${folder}/${NAME}.c`), driver(true));
      repository.commit('its hook');
      const strict = await check('--strict-baseline');
      expect([strict.found, strict.code]).toEqual([[], 1]);
      expect(strict.said).toContain(`baseline: fixed ${folder}/${NAME}.c: ${NAME}_driver [missing-shutdown]`);
      expect((await check('--write-baseline')).code).toBe(0);
      expect(known().length).toBe(size - 1);
      expect((await check('--strict-baseline')).code).toBe(0);
    });

    it('follows a renamed file', async () => {
      const { file } = known().find((one) => one.file.replace(/[\w-]+\.c$/, '') === `${renaming}/`)!;
      const name = file.slice(renaming.length + 1, -2);
      repository.commit('the baseline');
      repository.git('mv', file, `${renaming}/walkthrough-renamed.c`);
      repository.edit(`${renaming}/Makefile`, (text) =>
        text.replaceAll(`${name}.o`, 'walkthrough-renamed.o'),
      );
      repository.commit('rename');
      expect(await check('--strict-baseline')).toEqual({ found: [], code: 0, said: '' });
      expect((await check('--since', 'HEAD~1')).found).toEqual([]);
    });

    it('says the same from four parts as from one run, byte for byte, also of checkouts elsewhere', async () => {
      const elsewhere = join(repository.folder, 'runner');
      cpSync(repository.root, join(elsewhere, 'tree'), { recursive: true });
      const runIn = async (top: string, args: string[]): Promise<number | null> => {
        const { code, stderr } = await quiesce(args, { cwd: join(top, 'tree/drivers') });
        expect(stderr).toBe('');
        return code;
      };
      const run = (...args: string[]) => runIn(repository.folder, args);
      const paths = ['.', `../${folder}`];
      const outputs = (what: string): string[] =>
        FORMATS.flatMap(({ name }) => ['--format', `${name}=../../${what}.${name}`]);
      for (const more of [[], ['--no-baseline']]) {
        for (const part of [1, 2, 3, 4]) {
          const args = ['check', ...paths, '--shard', `${part}/4`];
          const file = join(repository.folder, `${part}.json`);
          expect(await runIn(part % 2 ? elsewhere : repository.folder, [...args, '-o', file])).toBe(0);
        }
        const whole = await run('check', ...paths, ...more, ...outputs('whole'));
        expect(whole).toBe(more.length);
        const parts = [3, 1, 4, 2].map((part) => `../../${part}.json`);
        expect(await run('merge', ...parts, ...more, ...outputs('merged'))).toBe(whole);
        for (const { name } of FORMATS) {
          const [a, b] = ['whole', 'merged'].map((what) =>
            readFileSync(join(repository.folder, `${what}.${name}`), 'utf8'),
          );
          expect(b === a, name).toBe(true);
        }
      }
    });
  });
});

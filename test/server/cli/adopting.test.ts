/** docs/adopting.md played on a git repository of real kernel source: `KERNEL_TREE=DIR npx vitest run test/server/cli/adopting.test.ts`. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

let root: string;
const at = (path: string): string => join(root, path);

function git(...args: string[]): void {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { cwd: root });
}

/** The findings of a run over the repository, as `file instance`, and its exit code. */
async function check(...args: string[]): Promise<{ found: string[]; code: number | null; said: string }> {
  const { stdout, stderr, code } = await quiesce(['check', '.', '--format', 'json', ...args], { cwd: root });
  if (code === 2) throw new Error(stderr);
  const findings = JSON.parse(stdout).findings as { file: string; instance: string }[];
  return { found: findings.map(({ file, instance }) => `${file} ${instance}`), code, said: stderr };
}

const known = (): { file: string }[] =>
  JSON.parse(readFileSync(at('.quiesce-baseline.json'), 'utf8')).findings;

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

describe.skipIf(!KERNEL_TREE)('adopting Quiesce in a kernel tree', { timeout: 240_000 }, () => {
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'quiesce-adopting-'));
    for (const part of [
      'Makefile',
      'Kbuild',
      'Kconfig',
      'drivers/Makefile',
      'drivers/dma',
      'drivers/mailbox',
    ])
      cpSync(join(KERNEL_TREE!, part), at(part), { recursive: true });
    git('init', '-q', '.');
    git('add', '-A');
    git('commit', '-qm', 'base');
  }, 120_000);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('passes with all that is old in a baseline', async () => {
    const before = await check();
    expect([before.code, before.found.length > 20]).toEqual([1, true]);
    expect((await check('--write-baseline')).code).toBe(0);
    writeFileSync(at('.quiesce.yaml'), 'root: true\nbaseline: .quiesce-baseline.json\n');
    git('add', '-A');
    git('commit', '-qm', 'adopt');
    expect(await check('--strict-baseline')).toEqual({ found: [], code: 0, said: '' });
  });

  it('fails with exactly one finding for a commit that adds a driver without a hook', async () => {
    writeFileSync(at(`drivers/mailbox/${NAME}.c`), driver(false));
    appendFileSync(at('drivers/mailbox/Makefile'), `\nobj-$(CONFIG_WALKTHROUGH) += ${NAME}.o\n`);
    git('add', '-A');
    git('commit', '-qm', 'a driver');
    const found = [`drivers/mailbox/${NAME}.c ${NAME}_driver`];
    expect(await check()).toEqual({ found, code: 1, said: '' });
  });

  it('passes for the commit that adds the hook, and the baseline shrinks', async () => {
    expect((await check('--write-baseline')).code).toBe(0);
    const size = known().length;
    writeFileSync(at(`drivers/mailbox/${NAME}.c`), driver(true));
    git('add', '-A');
    git('commit', '-qm', 'its hook');
    const strict = await check('--strict-baseline');
    expect([strict.found, strict.code]).toEqual([[], 1]);
    expect(strict.said).toContain(
      `baseline: fixed drivers/mailbox/${NAME}.c: ${NAME}_driver [missing-shutdown]`,
    );
    expect((await check('--write-baseline')).code).toBe(0);
    expect(known().length).toBe(size - 1);
    expect((await check('--strict-baseline')).code).toBe(0);
  });

  it('follows a renamed file', async () => {
    const { file } = known().find((one) => /^drivers\/dma\/[\w-]+\.c$/.test(one.file))!;
    const name = file.slice('drivers/dma/'.length, -2);
    git('add', '-A');
    git('commit', '-qm', 'the baseline');
    git('mv', file, 'drivers/dma/walkthrough-renamed.c');
    const makefile = readFileSync(at('drivers/dma/Makefile'), 'utf8');
    writeFileSync(at('drivers/dma/Makefile'), makefile.replaceAll(`${name}.o`, 'walkthrough-renamed.o'));
    git('commit', '-qam', 'rename');
    expect(await check('--strict-baseline')).toEqual({ found: [], code: 0, said: '' });
  });
});

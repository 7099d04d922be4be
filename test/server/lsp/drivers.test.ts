import { afterEach, expect, test } from 'vitest';
import type { DriverRow } from '../../../server/lsp/drivers.ts';
import { positionOf, TestClient, type Workspace, workspace } from './client.ts';
import { RING } from './sources.ts';

/** Longer than the server waits before it tells of changes. */
const QUIET_MS = 900;

let client: TestClient;
let files: Workspace;
afterEach(async () => {
  await client.stop();
  files.remove();
});

function told(): number {
  return client.notifications.filter(({ method }) => method === 'quiesce/drivers-changed').length;
}

function rows(): Promise<DriverRow[]> {
  return client.request('quiesce/drivers', null);
}

test('the drivers are told again when one of them is another, not at each keystroke', async () => {
  files = workspace({ Makefile: 'obj-m += ring.o\n', 'ring.c': RING });
  client = await TestClient.start({ folders: [files.root] });
  const path = files.path('ring.c');
  await client.open(path, RING);
  await client.diagnostics(path);
  expect(await rows()).toMatchObject([
    { path, instance: 'ring_driver', hook: 'missing', dma: 'direct', findings: 1, severity: 'warning' },
  ]);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  // The first answer may be what the file says by itself: a client asks again when it is told.
  await rows();
  const before = told();

  const at = positionOf(RING, 'writel(0');
  const typed = await client.change(path, 'x', { start: at, end: at });
  await client.diagnostics(path, typed);
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
  expect(told()).toBe(before);

  const version = await client.change(path, RING.replace('dma_alloc_coherent', 'kzalloc'));
  await client.diagnostics(path, version);
  await client.until(() => told() > before);
  expect(await rows()).toMatchObject([{ instance: 'ring_driver', dma: 'none', findings: 0, severity: null }]);
});

/** A display pipe that is a component, and in a module of its own the card whose hook switches it off. */
const PIPE = `#include <linux/component.h>
#include <linux/dma-mapping.h>
#include <linux/platform_device.h>

static int pipe_bind(struct device *dev, struct device *master, void *data)
{
	struct pipe *pipe = dev_get_drvdata(dev);

	pipe->list = dma_alloc_coherent(dev, SZ_4K, &pipe->dma, GFP_KERNEL);
	return drm_crtc_init_with_planes(data, &pipe->crtc, NULL, NULL, &funcs, NULL);
}

static const struct component_ops pipe_ops = { .bind = pipe_bind };

static int pipe_probe(struct platform_device *pdev)
{
	return component_add(&pdev->dev, &pipe_ops);
}

static struct platform_driver pipe_driver = {
	.probe = pipe_probe,
	.driver = { .name = "pipe" },
};
module_platform_driver(pipe_driver);
`;
const CARD = `#include <linux/component.h>
#include <linux/platform_device.h>

static const struct component_master_ops card_ops = { .bind = card_bind };

static int card_probe(struct platform_device *pdev)
{
	return component_master_add_with_match(&pdev->dev, &card_ops, NULL);
}

static void card_shutdown(struct platform_device *pdev)
{
	drm_atomic_helper_shutdown(platform_get_drvdata(pdev));
}

static struct platform_driver card_driver = {
	.probe = card_probe,
	.shutdown = card_shutdown,
	.driver = { .name = "card" },
};
module_platform_driver(card_driver);
`;

test('a hook in one module is taken in where another module depends on it', async () => {
  files = workspace({ Makefile: 'obj-m += pipe.o\nobj-m += card.o\n', 'pipe.c': PIPE, 'card.c': CARD });
  client = await TestClient.start({ folders: [files.root] });
  const [pipe, card] = [files.path('pipe.c'), files.path('card.c')];
  await client.open(pipe, PIPE);
  expect(await client.diagnostics(pipe)).toHaveLength(1);
  const findings = async (): Promise<number> =>
    (await rows()).find(({ instance }) => instance === 'pipe_driver')!.findings;
  expect(await findings()).toBe(1);
  await client.open(card, CARD);
  expect(await client.diagnostics(pipe, 1, (found) => found.length === 0)).toEqual([]);
  expect(await findings()).toBe(0);
});

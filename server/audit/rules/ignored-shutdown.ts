import { isMaster, type Rule, whyDma } from '../rule.ts';

export const ignoredShutdown: Rule = {
  id: 'ignored-shutdown',
  summary:
    'The hook sits where the core never calls it: .driver.shutdown under a bus with a shutdown of its own, or a dead member.',
  ceiling: 'warning',
  aboutHook: true,
  documentation: `## What it finds
A hook in the embedded \`struct device_driver\` (\`.driver.shutdown\`) of a bus whose \`bus_type\` has a \`.shutdown\` of
its own, or in a member that its bus declares and never calls.

## Why it matters
\`device_shutdown()\` calls \`dev->bus->shutdown\` where there is one, and only otherwise \`dev->driver->shutdown\`. On
platform, pci, amba, i2c, spi and auxiliary the embedded hook is dead code: the author thought of the problem, and the
function never runs.

## What to do
Move the hook to the bus's own member: \`.shutdown = foo_shutdown\` in the \`platform_driver\` itself, with that bus's
argument type.

## When it is wrong
The function is called by other means as well, for example from a reboot notifier.
`,
  example: {
    found: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void ring_shutdown(struct device *dev)
{
	writel(0, ring_regs(dev) + RING_CTRL);
}

static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.driver = { .name = "ring", .shutdown = ring_shutdown },
};
`,
    fine: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void ring_shutdown(struct platform_device *pdev)
{
	writel(0, ring_regs(pdev) + RING_CTRL);
}

static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.shutdown = ring_shutdown,
	.driver = { .name = "ring" },
};
`,
  },
  check(subject) {
    const { driver, bus } = subject;
    if (driver.hook.state !== 'ignored') return null;
    const dma = isMaster(driver);
    // The author meant to stop something: where there is any sign of DMA, the dead hook is as bad as none.
    const isSerious = dma || driver.dma.class === 'mask-only';
    return {
      severity: isSerious ? 'warning' : 'note',
      message: [
        `${driver.hook.function} of ${driver.instance} is never called.`,
        bus.busShutdown
          ? `It is set in the embedded device_driver, but ${bus.busShutdown}() of the ${bus.bus} bus runs instead (drivers/base/core.c:device_shutdown).${dma ? ` ${whyDma(subject)}` : ''}`
          : `The ${bus.bus} bus declares a .shutdown member that its core never calls, or overwrites the embedded one.${dma ? ` ${whyDma(subject)}` : ''}`,
        bus.own === 'called'
          ? `Move it to the .shutdown member of struct ${driver.struct} itself.`
          : 'Stop the device from a place that runs: a reboot notifier, or the parent device.',
      ].join('\n'),
    };
  },
};

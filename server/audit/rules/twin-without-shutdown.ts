import { isMaster, type Rule, severityOf, whyDma } from '../rule.ts';

export const twinWithoutShutdown: Rule = {
  id: 'twin-without-shutdown',
  summary: "The same module's other driver struct has the hook, this one has not.",
  ceiling: 'warning',
  aboutHook: true,
  documentation: `## What it finds
A DMA master without a hook, in a module in which another driver struct for the same DMA code has an effective one: a PCI
and a platform front of one core, an AMBA and a platform one.

## Why it matters
Somebody saw that the device must be stopped and wired the hook into one of the two. On machines that bind the other
front, the device runs on.

## What to do
Give this struct the twin's hook, with this bus's argument type.

## When it is wrong
The two fronts drive different hardware, or the bus of this one does the stopping.
`,
  example: {
    found: `static int ring_setup(struct device *dev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static int ring_amba_probe(struct amba_device *adev, const struct amba_id *id)
{
	return ring_setup(&adev->dev);
}

static int ring_probe(struct platform_device *pdev)
{
	return ring_setup(&pdev->dev);
}

static void ring_amba_shutdown(struct amba_device *adev)
{
	writel(0, ring_regs(&adev->dev) + RING_CTRL);
}

static struct amba_driver ring_amba_driver = {
	.drv = { .name = "ring" },
	.probe = ring_amba_probe,
	.shutdown = ring_amba_shutdown,
};

static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.driver = { .name = "ring" },
};
`,
    fine: `static int ring_setup(struct device *dev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static int ring_amba_probe(struct amba_device *adev, const struct amba_id *id)
{
	return ring_setup(&adev->dev);
}

static int ring_probe(struct platform_device *pdev)
{
	return ring_setup(&pdev->dev);
}

static void ring_amba_shutdown(struct amba_device *adev)
{
	writel(0, ring_regs(&adev->dev) + RING_CTRL);
}

static void ring_shutdown(struct platform_device *pdev)
{
	writel(0, ring_regs(&pdev->dev) + RING_CTRL);
}

static struct amba_driver ring_amba_driver = {
	.drv = { .name = "ring" },
	.probe = ring_amba_probe,
	.shutdown = ring_amba_shutdown,
};

static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.shutdown = ring_shutdown,
	.driver = { .name = "ring" },
};
`,
  },
  check(subject) {
    const { driver, twin } = subject;
    if (!twin || driver.hook.state !== 'missing' || !isMaster(driver)) return null;
    return {
      severity: severityOf(subject, 'warning'),
      message: [
        `${driver.instance} has no .shutdown hook, but its twin ${twin.instance} (${twin.file}) has ${twin.hook}.`,
        whyDma(subject),
        `Wire the same stop into this struct, with the argument type of the ${driver.bus} bus.`,
      ].join('\n'),
    };
  },
};

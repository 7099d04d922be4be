import { atKexec, HOOK_MANNERS, isMaster, type Rule, severityOf, whyDma } from '../rule.ts';

export const emptyShutdown: Rule = {
  id: 'empty-shutdown',
  summary: "The hook's body does nothing, or only logs.",
  ceiling: 'warning',
  aboutHook: true,
  documentation: `## What it finds
A \`.shutdown\` hook of a DMA master whose body has no effect: no call but logging, no store.

## Why it matters
The hook looks like an answer to a reviewer's question and stops nothing.

## What to do
Stop the engine in it, or remove it.

## When it is wrong
The body is a macro that this tool does not know.
`,
  example: {
    found: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void ring_shutdown(struct platform_device *pdev)
{
	dev_info(&pdev->dev, "shutting down\\n");
}

static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.shutdown = ring_shutdown,
	.driver = { .name = "ring" },
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
    const { driver } = subject;
    if (driver.hook.state !== 'empty' || !isMaster(driver)) return null;
    return {
      severity: severityOf(subject, 'warning'),
      message: [
        `${driver.hook.function}, the .shutdown hook of ${driver.instance}, does nothing.`,
        `${whyDma(subject)} ${atKexec(subject)}`,
        `${subject.advice} ${HOOK_MANNERS}`,
      ].join('\n'),
    };
  },
};

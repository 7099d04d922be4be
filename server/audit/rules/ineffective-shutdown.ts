import { HOOK_MANNERS, isMaster, type Rule, whyDma } from '../rule.ts';

export const ineffectiveShutdown: Rule = {
  id: 'ineffective-shutdown',
  summary: 'A hook from which no path reaches anything that stops the DMA.',
  ceiling: 'note',
  aboutHook: true,
  documentation: `## What it finds
A \`.shutdown\` hook of a DMA master that does something, but from which no call leads to anything that stops the device:
it sets a flag, frees or masks an interrupt, cancels work, switches a PHY or a regulator, or powers the block on.

## Why it matters
Such a hook looks right in a review. The engine runs on through kexec.

## What to do
Stop the engine: what \`.remove\`, \`.suspend\` or \`ndo_stop\` of the driver does to the hardware, without freeing anything.

## When it is wrong
The stop is behind a function of another module whose name does not say so, or the block loses power with its PHY.
`,
  example: {
    found: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void ring_shutdown(struct platform_device *pdev)
{
	ring_of(pdev)->stopped = true;
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
    if (driver.hook.state !== 'ineffective' || !isMaster(driver)) return null;
    return {
      severity: 'note',
      message: [
        `${driver.hook.function}, the .shutdown hook of ${driver.instance}, reaches nothing that stops its DMA.`,
        `${whyDma(subject)} The hook's calls end in flags, interrupts, clocks of other parts or messages.`,
        `${subject.advice} ${HOOK_MANNERS}`,
      ].join('\n'),
    };
  },
};

import { isMaster, type Rule, severityOf, whyDma } from '../rule.ts';
import { WHILE_UNUSED } from '../stop.ts';

export const conditionalShutdown: Rule = {
  id: 'conditional-shutdown',
  summary: 'The hook, or its body, exists only under a CONFIG that kexec does not need.',
  ceiling: 'warning',
  aboutHook: true,
  documentation: `## What it finds
A hook of a DMA master that stands, or has a body, only under an \`#ifdef\` such as \`CONFIG_PM\` or \`CONFIG_PM_SLEEP\`.

## Why it matters
\`.shutdown\` has nothing to do with power management. A kernel built without that option kexecs just the same, and has no
hook.

## What to do
Move the hook and the routine that it calls out of the \`#ifdef\`.

## When it is wrong
The option is implied by the driver's own Kconfig entry.
`,
  example: {
    found: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

#ifdef CONFIG_PM_SLEEP
static void ring_shutdown(struct platform_device *pdev)
{
	writel(0, ring_regs(pdev) + RING_CTRL);
}
#endif

static struct platform_driver ring_driver = {
	.probe = ring_probe,
#ifdef CONFIG_PM_SLEEP
	.shutdown = ring_shutdown,
#endif
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
    if (driver.hook.state !== 'conditional' || !isMaster(driver)) return null;
    const when = subject.hookConditions.join(' and ') || 'a configuration option';
    const isInUse = subject.hookConditions.includes(WHILE_UNUSED);
    return {
      severity: severityOf(subject, 'warning'),
      message: [
        isInUse
          ? `${driver.hook.function}, the .shutdown hook of ${driver.instance}, returns before it stops anything while the device is in use.`
          : `${driver.hook.function}, the .shutdown hook of ${driver.instance}, exists only under ${when}.`,
        isInUse
          ? `Nothing is unbound on the way to kexec, so users are the usual case. ${whyDma(subject)}`
          : `kexec does not need that option: a kernel without it has no hook. ${whyDma(subject)}`,
        isInUse
          ? 'Stop the engine first, whoever uses it.'
          : 'Move the hook and what it calls out of the condition.',
      ].join('\n'),
    };
  },
};

import type { Rule } from '../rule.ts';

/** Reported by `suppress.ts`, which knows all findings of a file; the rule itself only documents it. */
export const unusedSuppression: Rule = {
  id: 'unused-suppression',
  summary: 'A suppression that suppresses nothing, names no rule, or gives no reason.',
  ceiling: 'note',
  aboutHook: false,
  documentation: `## What it finds
A comment \`quiesce-ignore RULE: reason\` that no longer hides a finding, that names a rule which does not exist, or that
gives no reason. One without a reason hides nothing.

## Why it matters
A stale suppression hides the next real finding. A reason tells the next reader why this one is none.

## What to do
Delete it, or give the reason: \`/* quiesce-ignore missing-shutdown: the parent's hook resets the block */\`.

## When it is wrong
The finding appears only with another configuration or in another tree.
`,
  example: {
    found: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void ring_shutdown(struct platform_device *pdev)
{
	writel(0, ring_regs(pdev) + RING_CTRL);
}

/* quiesce-ignore missing-shutdown: the parent stops it */
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

/* quiesce-ignore missing-shutdown: the parent stops it */
static struct platform_driver ring_driver = {
	.probe = ring_probe,
	.driver = { .name = "ring" },
};
`,
  },
  check: () => null,
};

import { atKexec, doesDma, HOOK_MANNERS, isMaster, type Rule, severityOf, whyDma } from '../rule.ts';

export const missingShutdown: Rule = {
  id: 'missing-shutdown',
  summary: 'A DMA master on a bus that does nothing for it at kexec, without a .shutdown hook.',
  ceiling: 'warning',
  aboutHook: true,
  documentation: `## What it finds
A driver whose device does DMA itself, on a bus whose core does nothing for the device when the kernel shuts its devices
down (platform, amba, auxiliary, and others), without a \`.shutdown\` hook.

## Why it matters
kexec jumps into the next kernel without a firmware reset. \`device_shutdown()\` calls the hook and nothing else: not
\`.remove\`, not \`.suspend\`, no restart handler. A device that is not stopped goes on reading and writing memory that
belongs to the next kernel.

## What to do
Add a hook that stops the engine and keeps new work out: for a display \`drm_atomic_helper_shutdown()\`, for a USB host
\`usb_hcd_platform_shutdown()\`, for a network device \`netif_device_detach()\` and \`dev_close()\` under \`rtnl_lock()\`.
It runs at every reboot and power-off as well, on a device that may be runtime-suspended, and must not free anything.

## When it is wrong
Somebody else may stop the device: a component master, a parent's hook, firmware. Say so in a suppression:
\`/* quiesce-ignore missing-shutdown: the parent's hook resets the block */\`.
`,
  example: {
    found: `static int ring_probe(struct platform_device *pdev)
{
	dma_addr_t dma;

	return dmam_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static struct platform_driver ring_driver = {
	.probe = ring_probe,
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
    const { driver, bus } = subject;
    // Its twin says more, and an IOMMU only walks its tables.
    if (subject.twin || subject.isIommu) return null;
    if (driver.hook.state !== 'missing' || bus.bus === 'pci') return null;
    // The controller above it is the master, and has a driver of its own.
    if (bus.dma === 'client' || bus.dma === 'none') return null;
    if (!isMaster(driver) && driver.dma.class !== 'mask-only') return null;
    return {
      severity: severityOf(subject, 'warning'),
      message: [
        `${driver.instance} ${doesDma(subject)} and has no .shutdown hook (${subject.because}).`,
        `${whyDma(subject)} ${atKexec(subject)}`,
        `${subject.advice} ${HOOK_MANNERS}`,
      ].join('\n'),
    };
  },
};

import type { Evidence } from '../model.ts';
import { doesDma, HOOK_MANNERS, isMaster, type Rule, whyDma } from '../rule.ts';

export const missingShutdownPci: Rule = {
  id: 'missing-shutdown-pci',
  summary:
    'A PCI DMA master without a .shutdown hook: the core clears Bus Master, which is weaker than a hook.',
  ceiling: 'note',
  aboutHook: true,
  documentation: `## What it finds
A PCI driver whose device does DMA, without a \`.shutdown\` hook.

## Why it matters
On an ordinary kexec \`pci_device_shutdown()\` clears Bus Master for every device in D0 to D3hot, and for the bridges above
it. That stops new requests, so this is a note. What is left: the engine's own state survives, and the next
\`pci_set_master()\` opens the gate again before the new driver has reset the device; a device in D3cold is not touched; on
kdump nothing is cleared.

## What to do
Add a hook that stops the engine. Network drivers detach and close their device under \`rtnl_lock()\`; storage drivers
stop their queues; many drivers can share the code of their suspend routine.

## When it is wrong
The device is reset by \`probe\` before Bus Master is set again.
`,
  example: {
    found: `static int card_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	dma_addr_t dma;

	pci_set_master(pdev);
	return dma_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static struct pci_driver card_driver = {
	.name = "card",
	.probe = card_probe,
};
`,
    fine: `static int card_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	dma_addr_t dma;

	pci_set_master(pdev);
	return dma_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void card_shutdown(struct pci_dev *pdev)
{
	writel(0, card_regs(pdev) + CARD_CTRL);
	pci_clear_master(pdev);
}

static struct pci_driver card_driver = {
	.name = "card",
	.probe = card_probe,
	.shutdown = card_shutdown,
};
`,
  },
  check(subject) {
    const { driver, bus } = subject;
    // Its twin says more, and an IOMMU only walks its tables.
    if (subject.twin || subject.isIommu) return null;
    if (driver.hook.state !== 'missing' || bus.bus !== 'pci') return null;
    if (!isMaster(driver) && (driver.dma.class !== 'mask-only' || driver.dma.evidence.every(isBusMaster)))
      return null;
    return {
      severity: 'note',
      message: [
        `${driver.instance} ${doesDma(subject)} and has no .shutdown hook; the PCI core clears Bus Master at kexec.`,
        `${whyDma(subject)} Clearing Bus Master stops new requests but leaves the engine's state: the next pci_set_master() lets it go on before the new driver has reset it.`,
        `${subject.advice} ${HOOK_MANNERS}`,
      ].join('\n'),
    };
  },
};

/** Bus Master also lets a device send MSIs; the core clears it at kexec. Alone it says nothing of DMA. */
function isBusMaster({ api }: Evidence): boolean {
  return api === 'pci_set_master';
}

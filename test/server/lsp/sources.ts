/** Small drivers of our own, for the editor's tests. */

/** A platform driver with a DMA ring and no hook; it has a routine that stops its engine. */
export const RING = `#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>

#define RING_CTRL 0x10
#define RING_CTRL_EN BIT(0)

struct ring {
	struct device *dev;
	void __iomem *regs;
	void *desc;
	dma_addr_t desc_dma;
};

static void ring_stop(struct ring *ring)
{
	writel(0, ring->regs + RING_CTRL);
}

static int ring_setup(struct ring *ring)
{
	ring->desc = dma_alloc_coherent(ring->dev, 4096, &ring->desc_dma, GFP_KERNEL);
	if (!ring->desc)
		return -ENOMEM;
	writel(RING_CTRL_EN, ring->regs + RING_CTRL);
	return 0;
}

static int ring_probe(struct platform_device *pdev)
{
	struct ring *ring;

	ring = devm_kzalloc(&pdev->dev, sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	ring->dev = &pdev->dev;
	ring->regs = devm_platform_ioremap_resource(pdev, 0);
	platform_set_drvdata(pdev, ring);
	return ring_setup(ring);
}

static void ring_remove(struct platform_device *pdev)
{
	struct ring *ring = platform_get_drvdata(pdev);

	ring_stop(ring);
	dma_free_coherent(ring->dev, 4096, ring->desc, ring->desc_dma);
}

static struct platform_driver ring_driver = {
	.probe		= ring_probe,
	.remove		= ring_remove,
	.driver		= {
		.name	= "ring",
	},
};
module_platform_driver(ring_driver);
MODULE_LICENSE("GPL");
`;

/** One module in two files: the DMA is in `pair_dma.c`, the driver in `pair_main.c`. */
export const PAIR_MAKEFILE = 'obj-m += pair.o\npair-y := pair_main.o pair_dma.o\n';
export const PAIR_MAIN = `#include <linux/module.h>
#include <linux/platform_device.h>
#include "pair.h"

static int pair_probe(struct platform_device *pdev)
{
	return pair_start(&pdev->dev);
}

static struct platform_driver pair_driver = {
	.probe = pair_probe,
	.driver = {
		.name = "pair",
	},
};
module_platform_driver(pair_driver);
`;
export const PAIR_DMA = `#include <linux/dma-mapping.h>
#include "pair.h"

int pair_start(struct device *dev)
{
	dma_addr_t dma;
	void *ring = dma_alloc_coherent(dev, 65536, &dma, GFP_KERNEL);

	return ring ? 0 : -ENOMEM;
}
`;
export const PAIR_HEADER = 'struct device;\nint pair_start(struct device *dev);\n';

/** The pair as files of a workspace. */
export const PAIR = {
  Makefile: PAIR_MAKEFILE,
  'pair_main.c': PAIR_MAIN,
  'pair_dma.c': PAIR_DMA,
  'pair.h': PAIR_HEADER,
};

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

/** Some 6,000 lines with three drivers in them: `ring`, `mid` and `last`. */
export function largeDriver(): string {
  const [head, body] = [
    RING.slice(0, RING.indexOf('struct ring {')),
    RING.slice(RING.indexOf('struct ring {')),
  ];
  const functions = body.slice(0, body.indexOf('static struct platform_driver'));
  const parts = Array.from({ length: 100 }, (_, i) => functions.replaceAll('ring', `block${i}`));
  parts.splice(0, 0, body);
  parts.splice(50, 0, body.replaceAll('ring', 'mid'));
  parts.push(body.replaceAll('ring', 'last'));
  return head + parts.join('\n');
}

/** Random numbers that are the same in each run. */
export function randomFrom(start: number): (below: number) => number {
  let seed = start;
  return (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor(seed / 8) % below;
  };
}

const PIECES = [
  '\n',
  ' ',
  '/* é */',
  'x',
  '{',
  '}',
  ';',
  '(',
  ')',
  '"',
  '/*',
  '*/',
  '//',
  '\\\n',
  '\tif (x)\n\t\treturn;\n',
  '\tdma_free_coherent(dev, 4, p, d);\n',
  '#if 0\n',
  '#ifdef CONFIG_X\n',
  '#endif\n',
  '#define X 1\n',
  'static int q(void)\n{\n\treturn 0;\n}\n',
  'static struct platform_driver q_driver = {\n\t.probe = q,\n};\n',
  'EXPORT_SYMBOL(q);\n',
  '/* quiesce-ignore missing-shutdown: x */\n',
];

/** A random edit of a text: something put in, taken out or replaced, that mostly breaks it. */
export function randomEdit(
  text: string,
  random: (below: number) => number,
): { at: number; removed: number; inserted: string } {
  const at = random(text.length + 1);
  const kind = random(4);
  const piece = PIECES[random(PIECES.length)]!;
  const most = text.length - at;
  if (kind === 0) return { at, removed: Math.min(most, random(40)), inserted: '' };
  if (kind === 1) return { at, removed: Math.min(most, random(200)), inserted: piece };
  if (kind === 2) return { at, removed: 0, inserted: piece };
  return { at: text.indexOf('\n', at) + 1, removed: 0, inserted: piece };
}

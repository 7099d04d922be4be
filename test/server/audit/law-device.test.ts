import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditCases, INCLUDES, platform } from './law-cases.ts';

/** A platform driver that maps a buffer in its interrupt handler, on that expression. */
function maps(expression: string, probe = '', locals = ''): string {
  return platform(`${probe}\n	devm_request_irq(dev, 7, engine_irq, 0, "engine", priv);`, {
    before: `static irqreturn_t engine_irq(int irq, void *data)
{
	struct engine *priv = data;
	${locals}

	priv->addr = dma_map_single(${expression}, priv->buf, SZ_4K, DMA_FROM_DEVICE);
	return IRQ_HANDLED;
}
`,
  });
}

const NET = (store: string, expression: string): string =>
  platform(`	${store}\n	ndev->netdev_ops = &engine_ops;\n	register_netdev(ndev);`, {
    before: `static int engine_open(struct net_device *ndev)
{
	struct engine *priv = netdev_priv(ndev);

	priv->addr = dma_map_single(${expression}, priv->buf, SZ_4K, DMA_FROM_DEVICE);
	return 0;
}
static const struct net_device_ops engine_ops = { .ndo_open = engine_open };
`,
  });

/** What each expression is: the own device or somebody else's. */
const OWN = {
  pdev_dev: maps('&priv->pdev->dev', '	priv->pdev = pdev;'),
  saved_dev: maps('priv->dev', '	priv->dev = &pdev->dev;'),
  saved_from_local: maps('priv->dev', '	priv->dev = dev;'),
  net_parent: NET('SET_NETDEV_DEV(ndev, &pdev->dev);', 'ndev->dev.parent'),
  handed_down: platform('	engine_one(&pdev->dev, priv);', {
    before: `static int engine_two(struct device *device, struct engine *priv)
{
	priv->ring = dma_alloc_coherent(device, SZ_4K, &priv->dma, GFP_KERNEL);
	return 0;
}
static int engine_one(struct device *which, struct engine *priv)
{
	return engine_two(which, priv);
}
`,
  }),
  declared_local: platform('	engine_one(dev, priv);', {
    before: `static int engine_one(struct device *which, struct engine *priv)
{
	priv->ring = dma_alloc_coherent(which, SZ_4K, &priv->dma, GFP_KERNEL);
	return 0;
}
`,
  }),
  provider_chan: platform('	dma_async_device_register(&priv->ddev);', {
    before: `static int engine_alloc(struct dma_chan *chan)
{
	struct engine *priv = to_engine(chan);

	priv->ring = dma_alloc_coherent(chan->device->dev, SZ_4K, &priv->dma, GFP_KERNEL);
	return 0;
}
`,
  }),
} as const;

const FOREIGN = {
  chan_device: maps('priv->chan->device->dev', '	priv->chan = dma_request_chan(dev, "rx");'),
  chan_local: maps(
    'chan->device->dev',
    '	priv->chan = dma_request_chan(dev, "rx");',
    'struct dma_chan *chan = priv->chan;',
  ),
  dma_device_local: maps(
    'ddev->dev',
    '	priv->dev = dev;\n	priv->chan = dma_request_chan(dev, "rx");',
    'struct dma_device *ddev = priv->chan->device;',
  ),
  parent: maps('priv->pdev->dev.parent', '	priv->pdev = pdev;'),
  found_by_node: maps('&mailbox->dev', '', 'struct platform_device *mailbox = of_find_device_by_node(np);'),
  lent_hcd: platform('	hcd = bus_to_hcd(priv->host);\n	usb_add_hcd(hcd, 7, 0);'),
  engine_of_another: platform(
    `	struct platform_device *mailbox = of_find_device_by_node(np);

	priv->mailbox_dev = &mailbox->dev;
	priv->dmadev.dev = priv->mailbox_dev;
	dma_async_device_register(&priv->dmadev);`,
  ),
  parent_saved: maps('priv->dma_dev', '	priv->dma_dev = pdev->dev.parent;'),
} as const;

const SPI = `${INCLUDES}#include <linux/spi/spi.h>
static int sensor_probe(struct spi_device *spi)
{
	dma_addr_t dma = dma_map_single(spi->controller->dev.parent, spi_get_drvdata(spi), SZ_4K, DMA_FROM_DEVICE);

	return dma_mapping_error(spi->controller->dev.parent, dma);
}
static struct spi_driver sensor_driver = {
	.probe = sensor_probe,
	.driver = { .name = "sensor" },
};
module_spi_driver(sensor_driver);
`;

describe('whose device', () => {
  let of: (name: string) => Driver[];
  const one = (name: string): Driver => {
    const drivers = of(name);
    expect(drivers, name).toHaveLength(1);
    return drivers[0]!;
  };
  beforeAll(async () => {
    of = await auditCases({ ...OWN, ...FOREIGN, spi: SPI });
  });

  it.each(Object.keys(OWN))('is the own device, so the evidence is direct: %s', (name) => {
    const driver = one(name);
    expect(driver.dma.class).toBe(name === 'provider_chan' ? 'provider' : 'direct');
    expect(driver.confidence).toBe('direct');
    expect(driver.findings.map(({ rule }) => rule)).toEqual(['missing-shutdown']);
  });

  it.each(Object.keys(FOREIGN))("is another driver's, so it is no DMA of this one: %s", (name) => {
    const driver = one(name);
    expect(['none', 'client']).toContain(driver.dma.class);
    expect(driver.findings).toEqual([]);
  });

  it("is the controller's on a bus whose devices are no masters: never a warning", () => {
    expect(one('spi').findings.every(({ severity }) => severity === 'note')).toBe(true);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditCases, INCLUDES, platform } from './law-cases.ts';

const RING = '	priv->ring = dma_alloc_coherent(&pdev->dev, SZ_4K, &dma, GFP_KERNEL);';

/** A driver with a reboot notifier of that body. */
const notifier = (body: string): string =>
  platform(`${RING}\n	priv->nb.notifier_call = engine_reboot;\n	register_reboot_notifier(&priv->nb);`, {
    before: `static int engine_reboot(struct notifier_block *nb, unsigned long code, void *unused)
{
	struct engine *priv = container_of(nb, struct engine, nb);

${body}
	return NOTIFY_DONE;
}
`,
  });

/** A display's pipe as a component, and its aggregate with that hook. */
const components = (
  hook: string,
  members: string,
  pipe = '	drm_crtc_init_with_planes(data, crtc, NULL, NULL, &funcs, NULL);',
) => ({
  pipe: `${INCLUDES}
static int pipe_bind(struct device *dev, struct device *master, void *data)
{
	struct pipe *pipe = dev_get_drvdata(dev);

	pipe->list = dma_alloc_coherent(dev, SZ_4K, &pipe->dma, GFP_KERNEL);
${pipe}
	return 0;
}
static const struct component_ops pipe_ops = { .bind = pipe_bind };
static int pipe_probe(struct platform_device *pdev)
{
	return component_add(&pdev->dev, &pipe_ops);
}
struct platform_driver pipe_driver = {
	.probe = pipe_probe,
	.driver = { .name = "pipe" },
};
`,
  drv: `${INCLUDES}
static const struct component_master_ops card_ops = { .bind = card_bind };
static int card_probe(struct platform_device *pdev)
{
	return component_master_add_with_match(&pdev->dev, &card_ops, NULL);
}
${hook}
static struct platform_driver card_driver = {
	.probe = card_probe,
	${members}
	.driver = { .name = "card" },
};
module_platform_driver(card_driver);
`,
});

/** A blitter that is a component, and the aggregate whose ioctl table hands it jobs. */
const blitter = {
  blit: components('', '', '')
    .pipe.replace('void *data)\n{', 'void *data)\n{')
    .concat(`
int blit_exec_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	return blit_start(drm, data);
}
`),
  drv: components(
    `static void card_shutdown(struct platform_device *pdev)
{
	drm_atomic_helper_shutdown(platform_get_drvdata(pdev));
}
static const struct drm_ioctl_desc card_ioctls[] = {
	DRM_IOCTL_DEF_DRV(BLIT_EXEC, blit_exec_ioctl, DRM_RENDER_ALLOW),
};`,
    '.shutdown = card_shutdown,',
  ).drv,
};

/** A block's shared part with a hook, and the driver of its channels, which works on the shared part's state. */
const channels = `${INCLUDES}
static int block_probe(struct platform_device *pdev)
{
	struct block *block = devm_kzalloc(&pdev->dev, sizeof(*block), GFP_KERNEL);

	platform_set_drvdata(pdev, block);
	return 0;
}
static void block_shutdown(struct platform_device *pdev)
{
	struct block *block = platform_get_drvdata(pdev);

	writel(0, block->base + BLOCK_CTRL);
}
static struct platform_driver block_driver = {
	.probe = block_probe,
	.shutdown = block_shutdown,
	.driver = { .name = "block" },
};
static int channel_probe(struct platform_device *pdev)
{
	struct channel_data *data = dev_get_platdata(&pdev->dev);
	struct channel *channel = devm_kzalloc(&pdev->dev, sizeof(*channel), GFP_KERNEL);

	struct platform_device *block = data->block_dev;

	channel->block = platform_get_drvdata(block);
	channel->ring = dma_alloc_coherent(&pdev->dev, SZ_4K, &channel->dma, GFP_KERNEL);
	return 0;
}
static struct platform_driver channel_driver = {
	.probe = channel_probe,
	.driver = { .name = "channel" },
};
`;

const SHUTDOWN = `static void card_shutdown(struct platform_device *pdev)
{
	drm_atomic_helper_shutdown(platform_get_drvdata(pdev));
}`;

/** A driver of another bus with a ring on its own device. */
const onBus = (struct: string, device: string, dev: string): string => `${INCLUDES}
static int engine_probe(struct ${device} *edev)
{
	dma_addr_t dma;
	void *ring = dma_alloc_coherent(${dev}, SZ_4K, &dma, GFP_KERNEL);

	return ring ? 0 : -ENOMEM;
}
static struct ${struct} engine_driver = {
	.probe = engine_probe,
	.driver = { .name = "engine" },
};
`;

const CASES = {
  plain: platform(RING),
  notifier_stops: notifier('	writel(0, priv->base + ENGINE_CTRL);'),
  notifier_prints: notifier('	dev_info(priv->dev, "going down");'),
  notifier_flag: notifier('	priv->down = true;'),
  restart_handler: platform(
    `${RING}\n	priv->nb.notifier_call = engine_restart;\n	register_restart_handler(&priv->nb);`,
    {
      before: `static int engine_restart(struct notifier_block *nb, unsigned long code, void *unused)
{
	struct engine *priv = container_of(nb, struct engine, nb);

	writel(0, priv->base + ENGINE_CTRL);
	return NOTIFY_DONE;
}
`,
    },
  ),
  sys_off: platform(
    `${RING}\n	devm_register_sys_off_handler(dev, SYS_OFF_MODE_RESTART_PREPARE, SYS_OFF_PRIO_DEFAULT, engine_off, priv);`,
    {
      before: `static int engine_off(struct sys_off_data *data)
{
	struct engine *priv = data->cb_data;

	writel(0, priv->base + ENGINE_CTRL);
	return NOTIFY_DONE;
}
`,
    },
  ),
  aggregate: components(SHUTDOWN, '.shutdown = card_shutdown,'),
  aggregate_without: components('', ''),
  aggregate_empty: components(
    'static void card_shutdown(struct platform_device *pdev)\n{\n}',
    '.shutdown = card_shutdown,',
  ),
  blitter,
  channels,
  // The displays of one module, its component in another file, no component master.
  module_display: {
    pipe: components('', '').pipe,
    drv: components(SHUTDOWN, '.shutdown = card_shutdown,').drv.replace(
      /component_master_add_with_match\(.*\)/,
      '0',
    ),
  },
  usb: onBus('usb_driver', 'usb_interface', '&edev->dev'),
  bus_master_only: `${INCLUDES}
static int engine_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	pci_set_master(pdev);
	return 0;
}
static struct pci_driver engine_driver = { .name = "engine", .probe = engine_probe };
`,
  mask_only: `${INCLUDES}
static int engine_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	pci_set_master(pdev);
	return dma_set_mask(&pdev->dev, DMA_BIT_MASK(32));
}
static struct pci_driver engine_driver = { .name = "engine", .probe = engine_probe };
`,
  virtio: onBus('virtio_driver', 'virtio_device', '&edev->dev'),
  fsl_mc: onBus('fsl_mc_driver', 'fsl_mc_device', '&edev->dev'),
  pci: onBus('pci_driver', 'pci_dev', '&edev->dev'),
  amba: onBus('amba_driver', 'amba_device', '&edev->dev'),
  mmc: platform(`${RING}\n	mmc_add_host(priv->mmc);`),
} as const;

describe('what else quiesces a device', () => {
  let of: (name: string) => Driver[];
  const one = (name: string, instance = 'engine_driver'): Driver => {
    const drivers = of(name).filter((driver) => driver.instance === instance);
    expect(drivers, name).toHaveLength(1);
    return drivers[0]!;
  };
  const rules = (driver: Driver): string[] =>
    driver.findings.map(({ rule, severity }) => `${severity} ${rule}`);
  beforeAll(async () => {
    of = await auditCases(CASES);
  });

  it('nobody, on the platform and amba buses', () => {
    for (const name of ['plain', 'amba']) {
      expect(one(name).quiescedBy, name).toEqual([]);
      expect(rules(one(name)), name).toEqual(['warning missing-shutdown']);
    }
  });

  it('a reboot notifier of its own, when it stops the device', () => {
    expect(one('notifier_stops').quiescedBy).toMatchObject([{ kind: 'notifier', by: 'engine_reboot' }]);
    expect(one('notifier_stops').findings).toEqual([]);
  });

  it.each(['notifier_prints', 'notifier_flag', 'restart_handler', 'sys_off'])('not: %s', (name) => {
    expect(one(name).quiescedBy).toEqual([]);
    expect(rules(one(name))).toEqual(['warning missing-shutdown']);
  });

  it("a component's aggregate with an effective hook", () => {
    const pipe = one('aggregate', 'pipe_driver');
    expect(pipe.dma.class).toBe('direct');
    expect(pipe.quiescedBy).toMatchObject([{ kind: 'aggregate', by: 'card_driver' }]);
    expect(pipe.findings).toEqual([]);
  });

  it('not an aggregate without a hook, or with an empty one', () => {
    for (const name of ['aggregate_without', 'aggregate_empty']) {
      expect(one(name, 'pipe_driver').quiescedBy, name).toEqual([]);
      expect(rules(one(name, 'pipe_driver')), name).toEqual(['warning missing-shutdown']);
    }
  });

  it('not an aggregate that only hands it the jobs of user space', () => {
    expect(rules(one('blitter', 'pipe_driver'))).toEqual(['warning missing-shutdown']);
  });

  it("the module's driver that switches all displays off", () => {
    expect(one('module_display', 'pipe_driver').quiescedBy).toMatchObject([
      { kind: 'aggregate', by: 'card_driver' },
    ]);
  });

  it("the hook of the block whose state a channel's driver works on", () => {
    expect(one('channels', 'channel_driver').quiescedBy).toMatchObject([
      { kind: 'parent', by: 'block_driver' },
    ]);
    expect(one('channels', 'channel_driver').findings).toEqual([]);
  });

  it('the controller, on a bus of clients: nothing to do in the driver', () => {
    expect(rules(one('usb'))).toEqual([]);
  });

  it('Bus Master alone says nothing of DMA; a mask says that it may', () => {
    expect(one('bus_master_only').dma.class).toBe('mask-only');
    expect(one('bus_master_only').findings).toEqual([]);
    expect(one('mask_only').findings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^engine_driver may do DMA and has no \.shutdown hook/),
    ]);
  });

  it('the bus core: virtio resets, the fsl-mc root removes, PCI clears Bus Master', () => {
    expect(one('virtio').quiescedBy).toMatchObject([{ kind: 'bus' }]);
    expect(one('virtio').findings).toEqual([]);
    expect(one('fsl_mc').quiescedBy).toMatchObject([{ kind: 'parent' }]);
    expect(one('fsl_mc').findings).toEqual([]);
    expect(rules(one('pci'))).toEqual(['note missing-shutdown-pci']);
  });

  it('the MMC core, named in quiescedBy', () => {
    expect(one('mmc').quiescedBy).toMatchObject([{ kind: 'core' }]);
    expect(one('mmc').findings.every(({ severity }) => severity === 'note')).toBe(true);
  });
});

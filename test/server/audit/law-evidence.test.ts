import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditCases, type Cases, INCLUDES, platform } from './law-cases.ts';

const ALLOC = '	priv->ring = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);';
const SETUP = `static int engine_setup(struct device *dev, struct engine *priv)
{
	dma_addr_t dma;

	priv->ring = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);
	return 0;
}
`;
const ALSA = (type: string): string =>
  platform('	snd_soc_register_component(dev, &engine_component, NULL, 0);', {
    before: `static int engine_new(struct snd_soc_component *component, struct snd_soc_pcm_runtime *rtd)
{
	snd_pcm_set_managed_buffer_all(rtd->pcm, ${type}, component->dev, SZ_4K, SZ_64K);
	return 0;
}
static int engine_trigger(struct snd_soc_component *component, struct snd_pcm_substream *substream, int cmd)
{
	writel(substream->runtime->dma_addr, base);
	return 0;
}
static const struct snd_soc_component_driver engine_component = {
	.pcm_construct = engine_new,
	.trigger = engine_trigger,
};
`,
  });
const HCD = (flags: string): string =>
  platform('	usb_add_hcd(usb_create_hcd(&engine_hc_driver, dev, "engine"), 7, 0);', {
    before: `static const struct hc_driver engine_hc_driver = {
	.flags = ${flags},
	.start = engine_start,
};
`,
  });

const CASES: Cases = {
  whole: platform('	engine_setup(dev, priv);', { before: SETUP }),
  edge_broken: platform('	engine_prepare(dev, priv);', { before: SETUP }),
  edge_broken_mask: platform('	dma_set_mask(dev, DMA_BIT_MASK(32));', { before: SETUP }),
  if_zero: platform(`#if 0\n${ALLOC}\n#endif`),
  if_zero_else: platform(`#if 0\n	priv->ring = NULL;\n#else\n${ALLOC}\n#endif`),
  in_comment: platform(`	/* ${ALLOC} */\n	// ${ALLOC}`),
  in_string: platform('	pr_info("dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);");'),
  unreachable: platform('	engine_reset(priv);', { before: SETUP }),
  freed_again: platform('	engine_ask(dev);', {
    before: `static int engine_ask(struct device *dev)
{
	dma_addr_t dma;
	void *buf = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);
	int err = firmware_call(dma);

	dma_free_coherent(dev, SZ_4K, buf, dma);
	return err;
}
`,
  }),
  freed_on_errors: platform('	engine_ask(dev);', {
    before: `static int engine_ask(struct device *dev)
{
	dma_addr_t dma;
	void *buf = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);
	int err = firmware_call(dma);

	if (err)
		goto free;
	return 0;
free:
	dma_free_coherent(dev, SZ_4K, buf, dma);
	return err;
}
`,
  }),
  host_bridge: platform(`${ALLOC}\n	pci_host_probe(bridge);`),
  only_in_remove: platform('	engine_reset(priv);', {
    before: `${SETUP}static void engine_remove(struct platform_device *pdev)\n{\n	engine_setup(&pdev->dev, NULL);\n}\n`,
    members: '.remove = engine_remove,',
  }),
  by_ops: platform('	ndev->netdev_ops = &engine_ops;\n	register_netdev(ndev);', {
    before: `static int engine_open(struct net_device *ndev)
{
	struct engine *priv = netdev_priv(ndev);

	priv->ring = dma_alloc_coherent(ndev->dev.parent, SZ_4K, &priv->dma, GFP_KERNEL);
	return 0;
}
static const struct net_device_ops engine_ops = {
	.ndo_open = engine_open,
};
`,
  }),
  two_files: {
    main: platform('	engine_setup(dev, priv);', {
      before: 'int engine_setup(struct device *, struct engine *);\n',
    }),
    ring: `${INCLUDES}${SETUP.replace('static ', '')}`,
  },
  two_drivers: {
    master: platform('	engine_setup(dev, priv);', {
      before: SETUP.replaceAll('engine_', 'ring_'),
    }).replaceAll('engine_setup', 'ring_setup'),
    sibling: platform('	gadget_reset(priv);').replaceAll('engine_', 'sibling_'),
  },
  alsa_dev: ALSA('SNDRV_DMA_TYPE_DEV'),
  alsa_vmalloc: ALSA('SNDRV_DMA_TYPE_VMALLOC'),
  alsa_continuous: ALSA('SNDRV_DMA_TYPE_CONTINUOUS'),
  hcd_dma: HCD('HCD_USB2 | HCD_DMA | HCD_MEMORY'),
  hcd_pio: HCD('HCD_USB11 | HCD_MEMORY'),
  mangled: `${platform(ALLOC).replace('.probe = engine_probe,', '.probe = engine_probe, ) [ = {{ "')}`,
  mangled_probe: platform(ALLOC).replace('.probe = engine_probe,', '.probe = engine_probe_of_nobody,'),
};

describe('evidence of DMA', () => {
  let of: (name: string) => Driver[];
  const one = (name: string): Driver => {
    const drivers = of(name);
    expect(drivers, name).toHaveLength(1);
    return drivers[0]!;
  };
  beforeAll(async () => {
    of = await auditCases(CASES);
  });

  it('is direct along a path of calls, and names that path', () => {
    const driver = one('whole');
    expect(driver.dma.class).toBe('direct');
    expect(driver.confidence).toBe('direct');
    expect(driver.dma.evidence[0]!.path).toEqual(['engine_probe', 'engine_setup']);
    expect(driver.findings.map(({ rule }) => rule)).toEqual(['missing-shutdown']);
  });

  it('falls by a tier when a call edge is broken', () => {
    expect(one('edge_broken').dma.class).toBe('none');
    expect(one('edge_broken').findings).toEqual([]);
    expect(one('edge_broken_mask').dma.class).toBe('mask-only');
    expect(one('edge_broken_mask').confidence).toBe('weak');
    expect(one('edge_broken_mask').findings.every(({ severity }) => severity === 'note')).toBe(true);
  });

  it.each(['if_zero', 'in_comment', 'in_string', 'unreachable', 'only_in_remove'])(
    'does not count: %s',
    (name) => {
      expect(one(name).dma.class).toBe('none');
      expect(one(name).findings).toEqual([]);
    },
  );

  it('counts in the branch of an #if 0 that is compiled', () => {
    expect(one('if_zero_else').dma.class).toBe('direct');
  });

  it('is found behind ops tables and in other files of the module', () => {
    expect(one('by_ops').dma.evidence[0]).toMatchObject({
      api: 'dma_alloc_coherent',
      path: ['engine_probe', 'engine_ops', 'engine_open'],
    });
    expect(one('two_files').dma.class).toBe('direct');
    expect(one('two_files').dma.evidence[0]!.file).toMatch(/two_files\/ring\.c$/);
  });

  it('belongs to the driver whose code reaches it, not to its sibling', () => {
    const [master, sibling] = of('two_drivers').sort((a, b) => a.file.localeCompare(b.file));
    expect([master!.dma.class, sibling!.dma.class]).toEqual(['direct', 'none']);
  });

  it('does not count where a framework works without DMA', () => {
    expect(one('alsa_dev').dma.class).toBe('library');
    expect(one('alsa_vmalloc').dma.class).toBe('none');
    expect(one('alsa_continuous').dma.class).toBe('none');
    expect(one('hcd_dma').dma.class).toBe('library');
    expect(one('hcd_pio').dma.class).toBe('none');
  });

  it('leaves nothing to stop when the buffer is freed at once, or is but the target of MSIs', () => {
    for (const name of ['freed_again', 'host_bridge']) {
      expect(one(name).dma.class, name).toBe('direct');
      expect(one(name).findings, name).toEqual([]);
    }
    expect(one('freed_on_errors').findings.map(({ rule }) => rule)).toEqual(['missing-shutdown']);
  });

  it('is not judged, never silently none, when the initialiser is mangled', () => {
    for (const name of ['mangled', 'mangled_probe']) {
      const driver = one(name);
      expect(driver.confidence, name).toBe('not-judged');
      expect(driver.findings, name).toEqual([]);
    }
  });
});

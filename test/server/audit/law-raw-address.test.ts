import { beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { auditCases, type Cases, platform } from './law-cases.ts';

/** Operations that stand in for the DMA API, in a table of that struct. */
const opsOf = (struct: string): Cases[string] =>
  platform('	priv->ops = &engine_ops;', {
    before: `static u64 engine_map(struct device *dev, void *at, size_t size, enum dma_data_direction direction)
{
	return __pa(at);
}
static const struct ${struct} engine_ops = {
	.map_single = engine_map,
};
`,
  });

const CASES: Cases = {
  register: platform('	writel(virt_to_phys(priv->ring), priv->base + RING_BASE);'),
  two_lines: platform(
    '	iowrite32be(page_to_phys(priv->page) +\n		    priv->offset, priv->base + RING_BASE);',
  ),
  own_accessor: platform('	engine_write_reg(priv->base, RING_BASE, virt_to_bus(priv->ring));'),
  by_member: platform(
    '	priv->ring_phys = virt_to_phys(priv->ring);\n	writeq(priv->ring_phys, priv->base);',
  ),
  member_unread: platform('	priv->ring_phys = virt_to_phys(priv->ring);'),
  own_ops: opsOf('engine_ops'),
  dma_api: opsOf('dma_map_ops'),
  firmware: platform('	firmware_call(ENGINE_QUERY, __pa(priv->ring), SZ_4K);'),
  boot_address: platform('	writel(virt_to_phys(engine_resume), priv->base + BOOT_ADDR);'),
  memory_window: platform('	writel(__pa(PAGE_OFFSET), priv->base + WINDOW);'),
  page_table: platform('	writeq(__pa(iommu->page_table) | 1, iommu->base);'),
  unreachable: platform('	engine_reset(priv);', {
    before:
      'static void engine_start(struct engine *priv)\n{\n	writel(virt_to_phys(priv->ring), priv->base);\n}\n',
  }),
  beside_dma_api: platform(
    '	priv->ring = dma_alloc_coherent(dev, SZ_4K, &dma, GFP_KERNEL);\n	writel(virt_to_phys(priv->note), priv->base);',
  ),
  gart: platform('	writel(virt_to_phys(table), priv->base);\n	agp_add_bridge(bridge);'),
};

describe('raw addresses given to a device', () => {
  let of: (name: string) => Driver[];
  const one = (name: string): Driver => {
    const drivers = of(name);
    expect(drivers, name).toHaveLength(1);
    return drivers[0]!;
  };
  beforeAll(async () => {
    of = await auditCases(CASES);
  });

  it.each(['register', 'two_lines', 'own_accessor', 'by_member', 'own_ops'])(
    'are weak evidence: %s',
    (name) => {
      const driver = one(name);
      expect(driver.dma.class).toBe('direct');
      expect(driver.confidence).toBe('weak');
      expect(driver.findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
        'note missing-shutdown',
      ]);
    },
  );

  it.each([
    'member_unread',
    'dma_api',
    'firmware',
    'boot_address',
    'memory_window',
    'page_table',
    'unreachable',
  ])('are none where no register of the device gets a buffer: %s', (name) => {
    expect(one(name).dma.class).toBe('none');
    expect(one(name).findings).toEqual([]);
  });

  it('say nothing beside what the DMA API says', () => {
    const { dma, confidence } = one('beside_dma_api');
    expect(dma.evidence.map(({ api }) => api)).toEqual(['dma_alloc_coherent']);
    expect(confidence).toBe('direct');
  });

  it('leave nothing to stop in the GART of an AGP bridge', () => {
    expect(one('gart').findings).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { auditPaths } from '../../../server/project/project.ts';
import { expectationsIn, sourcesBelow, verdictsOf } from '../../tools/expectations.ts';

const EXAMPLES = 'test/fixtures/examples';

describe('the example drivers', () => {
  it('give exactly the findings that are written in them, and no driver is without an expectation', async () => {
    const { drivers, skipped, totals } = await auditPaths({ paths: [EXAMPLES], jobs: 1 });
    expect(skipped).toEqual([]);
    expect(totals.loose).toBe(0);
    expect(verdictsOf(drivers)).toEqual(expectationsIn(sourcesBelow(EXAMPLES)));
  });

  it('cover several buses, several rules and good drivers', async () => {
    const { drivers } = await auditPaths({ paths: [EXAMPLES], jobs: 1 });
    expect([...new Set(drivers.map((driver) => driver.bus))].sort()).toEqual(
      ['amba', 'i2c', 'pci', 'platform', 'sdio', 'usb', 'virtio'].sort(),
    );
    const masters = drivers.filter((driver) => /provider|direct|library/.test(driver.dma.class));
    expect(masters.filter((driver) => driver.findings.length === 0).length).toBeGreaterThanOrEqual(5);
    expect(
      new Set(drivers.flatMap((driver) => driver.findings.map(({ rule }) => rule))).size,
    ).toBeGreaterThanOrEqual(5);
  });

  it('find the DMA of a module in three files through its files', async () => {
    const { drivers } = await auditPaths({ paths: [`${EXAMPLES}/camera`], jobs: 1 });
    expect(drivers).toHaveLength(1);
    expect(drivers[0]!.modules).toHaveLength(1);
    const [evidence] = drivers[0]!.dma.evidence.filter(({ api }) => api === 'dma_alloc_coherent');
    expect(evidence).toMatchObject({
      file: `${EXAMPLES}/camera/camera_ring.c`,
      path: ['camera_probe', 'camera_ring_setup'],
    });
    expect(drivers[0]!.match.of).toEqual(['example,camera-v1', 'example,camera-v2']);
  });

  it('say the same of one file of a module as of its whole folder', async () => {
    const whole = await auditPaths({ paths: [EXAMPLES], jobs: 1 });
    const alone = await auditPaths({ paths: [`${EXAMPLES}/camera/camera_main.c`], jobs: 1 });
    expect(alone.drivers).toEqual(whole.drivers.filter(({ file }) => file.includes('/camera/')));
  });
});

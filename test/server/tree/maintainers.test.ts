import { describe, expect, it } from 'vitest';
import { isIn, readMaintainers, sectionsOf } from '../../../server/tree/maintainers.ts';

const TEXT = `List of maintainers
===================

	M: *Mail* patches to: FullName <address@domain>
	F: *Files* and directories

Maintainers List
----------------

ARM SMMU DRIVERS
M:	Some Body <some@example.org>
L:	list@example.org
F:	drivers/iommu/arm/
F:	drivers/iommu/io-pgtable*
X:	drivers/iommu/arm/other/

DMA ENGINES
M:	Any Body <any@example.org>
F:	drivers/dma/
F:	*/dma-top/*
K:	\\bdma_engine\\b

ONE DRIVER
M:	Some Body <some@example.org>
F:	drivers/dma/one.c
F:	drivers/dma/one-dir

TEGRA
N:	[^a-z] tegra

THE REST
F:	*
F:	*/
`;
const sections = readMaintainers(TEXT, (path) => path === 'drivers/dma/one-dir');
const of = (file: string): string[] => sectionsOf(sections, file).map(({ name }) => name);

describe('MAINTAINERS', () => {
  it('has its sections behind the explanation', () => {
    expect(sections.map(({ name }) => name)).toEqual([
      'ARM SMMU DRIVERS',
      'DMA ENGINES',
      'ONE DRIVER',
      'TEGRA',
      'THE REST',
    ]);
    expect(sections[0]!.maintainers).toEqual(['Some Body <some@example.org>']);
    expect(sections.filter(({ hasKeywords }) => hasKeywords).map(({ name }) => name)).toEqual([
      'DMA ENGINES',
    ]);
  });

  it('takes a folder with all below, other patterns only at their depth, X: first', () => {
    expect(of('drivers/iommu/arm/a/b.c')).toEqual(['ARM SMMU DRIVERS']);
    expect(of('drivers/iommu/arm/other/b.c')).toEqual([]);
    expect(of('drivers/iommu/io-pgtable-arm.c')).toEqual(['ARM SMMU DRIVERS']);
    expect(of('drivers/iommu/io-pgtable/x.c')).toEqual([]);
    expect(of('sound/dma-top/x.c')).toEqual(['DMA ENGINES']);
    expect(of('sound/dma-top/below/x.c')).toEqual([]);
  });

  it('names the most telling section first, and takes a directory without its slash', () => {
    expect(of('drivers/dma/one.c')).toEqual(['ONE DRIVER', 'DMA ENGINES']);
    expect(of('drivers/dma/one-dir/x.c')).toEqual(['ONE DRIVER', 'DMA ENGINES']);
  });

  it('reads N: as an extended expression', () => {
    expect(of('drivers/spi/spi-tegra.c')).toEqual(['TEGRA']);
    expect(of('drivers/integrator.c')).toEqual([]);
    expect(isIn(sections[4]!, 'init/main.c')).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IovaDomain } from '../../../simulator/machine/iova.ts';

describe('domain reference 7.7: where IOVAs lie', () => {
  it('a sole page in a 32-bit domain is 0xfffff000, then 0xffffe000', () => {
    const domain = new IovaDomain();
    expect(domain.alloc(4096, 32)).toBe(0xfffff000);
    expect(domain.alloc(4096, 32)).toBe(0xffffe000);
  });

  it('64 KiB is 0xffff0000: aligned to its size', () => {
    expect(new IovaDomain().alloc(65536, 32)).toBe(0xffff0000);
  });

  it('sizes below 32 granules are rounded up to a power of two, larger ones only aligned', () => {
    const domain = new IovaDomain();
    expect(domain.alloc(5 * 4096, 32)).toBe(0xffff8000);
    expect(domain.alloc(4096, 32)).toBe(0xffff7000);
    const large = new IovaDomain();
    expect(large.alloc(33 * 4096, 32)).toBe(0xfffc0000);
    // 33 pages are in use, not 64: the next page fits right above, but the search goes on below.
    expect(large.alloc(4096, 32)).toBe(0xfffbf000);
  });

  it('PCI tries 32 bits first, platform goes to the top of its mask', () => {
    expect(new IovaDomain({ pci: true }).alloc(4096, 64)).toBe(0xfffff000);
    expect(new IovaDomain({ pci: false }).alloc(4096, 40)).toBe(0xfffffff000);
    expect(new IovaDomain({ pci: false, apertureBits: 48 }).alloc(4096, 64)).toBe(0xfffffffff000);
  });

  it('iommu.forcedac=1 disables 32-bit-first', () => {
    expect(new IovaDomain({ pci: true, forcedac: true }).alloc(4096, 64)).toBe(0xfffffffff000);
  });

  it('goes wide for good when 32-bit space is exhausted', () => {
    const domain = new IovaDomain({ pci: true, reserved: [{ start: 0x1000, end: 0xffffe000 }] });
    expect(domain.alloc(4096, 40)).toBe(0xfffff000);
    expect(domain.alloc(4096, 40)).toBe(0xffffe000);
    expect(domain.wentWide).toBe(false);
    expect(domain.alloc(4096, 40)).toBe(0xfffffff000);
    expect(domain.wentWide).toBe(true);
    domain.free(0xfffff000, 4096);
    // The freed low page lies in the cache, and the cache is asked with the wide limit too.
    expect(domain.alloc(4096, 40)).toBe(0xfffff000);
  });

  it('never gives page 0, and says when it is full', () => {
    const domain = new IovaDomain({ reserved: [{ start: 0x2000, end: 2 ** 32 }] });
    expect(domain.alloc(4096, 32)).toBe(0x1000);
    expect(() => domain.alloc(4096, 32)).toThrow(/no I\/O virtual address left/);
  });

  it('reuses freed ranges last-in-first-out', () => {
    const domain = new IovaDomain();
    const [a, b, c] = [domain.alloc(4096, 32), domain.alloc(4096, 32), domain.alloc(4096, 32)] as const;
    domain.free(a, 4096);
    domain.free(c, 4096);
    expect(domain.alloc(4096, 32)).toBe(c);
    expect(domain.alloc(4096, 32)).toBe(a);
    expect(domain.alloc(4096, 32)).toBe(b - 0x2000);
  });

  it('flushes the caches before it gives up', () => {
    const domain = new IovaDomain({ reserved: [{ start: 0x3000, end: 2 ** 32 }] });
    const a = domain.alloc(4096, 32);
    const b = domain.alloc(4096, 32);
    domain.free(a, 4096);
    domain.free(b, 4096);
    // Two cached single pages; only their return to the tree makes room for one of two pages (0x1000 is odd: none).
    expect(() => domain.alloc(8192, 32)).toThrow(/left/);
    expect([domain.alloc(4096, 32), domain.alloc(4096, 32)].sort()).toEqual([0x1000, 0x2000]);
  });

  it('skips reserved windows (PCI bridge)', () => {
    const domain = new IovaDomain({ reserved: [{ start: 0xe0000000, end: 0x100000000 }] });
    expect(domain.alloc(4096, 32)).toBe(0xdffff000);
  });
});

describe('laws', () => {
  const step = fc.record({ pages: fc.integer({ min: 1, max: 80 }), free: fc.boolean(), pick: fc.nat(1000) });

  it('ranges in use never overlap, are aligned, lie below the mask; same calls, same addresses', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const run = () => {
          const domain = new IovaDomain();
          const live: { iova: number; bytes: number }[] = [];
          const trace: number[] = [];
          for (const s of steps) {
            if (s.free && live.length > 0) {
              const [gone] = live.splice(s.pick % live.length, 1);
              domain.free(gone!.iova, gone!.bytes);
              continue;
            }
            const bytes = s.pages * 4096;
            const iova = domain.alloc(bytes, 32);
            let align = 1;
            while (align < s.pages) align *= 2;
            expect(iova % (align * 4096)).toBe(0);
            expect(iova).toBeGreaterThan(0);
            expect(iova + bytes).toBeLessThanOrEqual(2 ** 32);
            for (const other of live) {
              expect(iova + bytes <= other.iova || other.iova + other.bytes <= iova).toBe(true);
            }
            live.push({ iova, bytes });
            trace.push(iova);
          }
          return trace;
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 60, seed: 11 },
    );
  });
});

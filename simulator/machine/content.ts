/**
 * What stands in a page of the next kernel: not its real bytes, but words of the right kind, so that a device or a walker
 * that reads a reused page meets what it would meet in life (domain reference 7.12, point 12).
 */
import { PAGE } from './address.ts';
import type { Owner, OwnerKind } from './ownership.ts';
import { mix32 } from './random.ts';

/** PAGE_KERNEL of a 4K linear-map entry: AF, inner shareable, dirty, UXN, PXN (asm/pgtable-prot.h). */
const PTE_LOW = 0x713;
const PTE_HIGH = 0x00680000;

function noise(pa: number, index: number, seed: number): number {
  return mix32(mix32(seed ^ Math.floor(pa / PAGE)) + index);
}

/** The 64-bit word number `index` of a page, as two 32-bit halves (low, high). */
function word(kind: OwnerKind, pa: number, index: number, seed: number): readonly [number, number] {
  const low = noise(pa, index * 2, seed);
  const high = noise(pa, index * 2 + 1, seed);
  switch (kind) {
    case 'page-tables': {
      // Last-level entries of the linear map: 512 pages in a row.
      const target = (noise(pa, -1, seed) % 2 ** 20) * 2 ** 21 + index * PAGE;
      return [((target % 2 ** 32) | PTE_LOW) >>> 0, (Math.floor(target / 2 ** 32) | PTE_HIGH) >>> 0];
    }
    case 'slab':
    case 'percpu':
    case 'hash-tables':
    case 'data':
      // Kernel pointers, small integers and zeros.
      if (low % 4 === 0) return [0, 0];
      if (low % 4 === 1) return [high % 4096, 0];
      return [(low & ~7) >>> 0, (0xffff0000 | (high & 0xffff)) >>> 0];
    case 'memmap':
      // struct page: flags, list pointers, counts.
      if (index % 8 === 0) return [low & 0x7f, 0x0bfffe00];
      return index % 8 < 4 ? [(low & ~7) >>> 0, 0xfffffe00] : [high % 2, 0];
    case 'bss':
    case 'user':
    case 'swiotlb':
    case 'dma-buffer':
    case 'smmu-tables':
      return [0, 0];
    default:
      // Code, compressed data, file contents: anything.
      return [low, high];
  }
}

/** Owners that do not write before somebody uses the page; a crashed kernel's memory stays as it is too. */
const KEEPS: ReadonlySet<OwnerKind> = new Set(['free', 'cma', 'crashkernel']);

/** The bytes of the page at `pa` (page-aligned) in the hands of `who`. `undefined`: it keeps what was in it. */
export function pageContent(who: Owner, pa: number, seed: number): Uint8Array | undefined {
  if (KEEPS.has(who.kind) || (who.side !== 'next' && who.side !== 'old')) return undefined;
  const bytes = new Uint8Array(PAGE);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < PAGE / 8; i++) {
    const [low, high] = word(who.kind, pa, i, seed);
    view.setUint32(i * 8, low, true);
    view.setUint32(i * 8 + 4, high, true);
  }
  return bytes;
}

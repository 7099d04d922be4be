/**
 * I/O virtual addresses the way Linux hands them out: drivers/iommu/iova.c (top-down, size-aligned, first fit below the
 * last allocation, per-size caches reused last-in-first-out) and drivers/iommu/dma-iommu.c:iommu_dma_alloc_iova (masks,
 * 32-bit-first for PCI only). The red-black tree is a sorted list here; order and results are the same.
 */
import { alignDown, InputError, type Span } from './address.ts';

interface Iova {
  readonly lo: number;
  readonly hi: number;
}

/** Above every pfn that a device can name; stands for IOVA_ANCHOR (~0UL). */
const ANCHOR = 2 ** 52;
/** IOVA_RANGE_CACHE_MAX_SIZE: sizes of 2^0..2^5 granules are cached. */
const CACHED_ORDERS = 6;
/** IOVA_MAG_SIZE. */
const MAGAZINE = 127;

function ceilLog2(value: number): number {
  let order = 0;
  while (2 ** order < value) order++;
  return order;
}

/** A per-CPU cache of freed ranges of one size: two magazines and the depot behind them. */
class RangeCache {
  private loaded: number[] = [];
  private previous: number[] = [];
  private readonly depot: number[][] = [];

  insert(pfn: number): void {
    if (this.loaded.length >= MAGAZINE) {
      if (this.previous.length < MAGAZINE) {
        [this.previous, this.loaded] = [this.loaded, this.previous];
      } else {
        this.depot.push(this.loaded);
        this.loaded = [];
      }
    }
    this.loaded.push(pfn);
  }

  /** The last freed pfn that is not above `limit`, as iova_magazine_pop; 0: none. */
  take(limit: number): number {
    if (this.loaded.length === 0) {
      if (this.previous.length > 0) [this.previous, this.loaded] = [this.loaded, this.previous];
      else if (this.depot.length > 0) this.loaded = this.depot.pop()!;
      else return 0;
    }
    let i = this.loaded.length - 1;
    while (this.loaded[i]! > limit) if (i-- === 0) return 0;
    const pfn = this.loaded[i]!;
    this.loaded[i] = this.loaded.at(-1)!;
    this.loaded.pop();
    return pfn;
  }

  drain(): number[] {
    const all = [...this.loaded, ...this.previous, ...this.depot.flat()];
    this.loaded = [];
    this.previous = [];
    this.depot.length = 0;
    return all;
  }
}

/** What decides where a device's IOVAs lie. */
export interface IovaOptions {
  /** Bytes of the smallest page of the domain; 4 KiB unless the SMMU has no 4K granule. */
  readonly granule?: number;
  /** `domain->geometry.aperture_end + 1` in bits: v2 32..48 (`ias`), v3 up to 48/52. */
  readonly apertureBits?: number;
  /** PCI device: 32-bit addresses first (`pci_32bit_workaround`). */
  readonly pci?: boolean;
  /** `iommu.forcedac=1`. */
  readonly forcedac?: boolean;
  /** `dev->bus_dma_limit` from dma-ranges, in bits; absent: none. */
  readonly busLimitBits?: number;
  /** Ranges that are never given out: PCI bridge windows, firmware mappings. */
  readonly reserved?: readonly Span[];
}

/** The IOVA space of one DMA domain. */
export class IovaDomain {
  /** "Using %d-bit DMA addresses": 32-bit space was exhausted and 32-bit-first is off for good. */
  wentWide = false;
  private readonly granule: number;
  private readonly options: IovaOptions;
  private readonly startPfn = 1;
  private readonly dma32Pfn: number;
  private max32AllocSize: number;
  private readonly list: Iova[] = [];
  private readonly anchor: Iova = { lo: ANCHOR, hi: ANCHOR };
  private cached: Iova = this.anchor;
  private cached32: Iova = this.anchor;
  private readonly caches = Array.from({ length: CACHED_ORDERS }, () => new RangeCache());
  private workaround: boolean;

  constructor(options: IovaOptions = {}) {
    this.options = options;
    this.granule = options.granule ?? 4096;
    this.dma32Pfn = 2 ** 32 / this.granule;
    this.max32AllocSize = this.dma32Pfn;
    this.workaround = Boolean(options.pci) && !options.forcedac;
    this.list.push(this.anchor);
    for (const span of options.reserved ?? []) this.reserve(span);
  }

  /** Keeps a range out of every allocation (iova.c:reserve_iova). */
  reserve(span: Span): void {
    const lo = Math.floor(span.start / this.granule);
    const hi = Math.ceil(span.end / this.granule) - 1;
    this.insert({ lo, hi });
  }

  /** How many ranges are in use, reserved ones and cached ones included. */
  get inUse(): number {
    return this.list.length - 1;
  }

  /**
   * iommu_dma_alloc_iova for a mapping of `bytes` and a DMA mask of `maskBits` bits (up to 64).
   * @returns the first address.
   * @throws InputError when the space below the mask is exhausted, as the driver would get DMA_MAPPING_ERROR.
   */
  alloc(bytes: number, maskBits: number): number {
    const pages = Math.ceil(bytes / this.granule);
    const bits = Math.min(maskBits, this.options.busLimitBits ?? 64, this.options.apertureBits ?? 48);
    const limitPfn = Math.floor((2 ** bits - 1) / this.granule);
    if (bits > 32 && this.workaround) {
      const low = this.allocFast(pages, Math.floor((2 ** 32 - 1) / this.granule), false);
      if (low > 0) return low * this.granule;
      this.workaround = false;
      this.wentWide = true;
    }
    const pfn = this.allocFast(pages, limitPfn, true);
    if (pfn === 0) {
      throw new InputError(
        `no I/O virtual address left for ${bytes} bytes below 2^${bits}`,
        'IOVA allocator',
        'fewer or smaller buffers, or a wider DMA mask',
      );
    }
    return pfn * this.granule;
  }

  /** iommu_dma_free_iova. `bytes` as given to `alloc`. */
  free(iova: number, bytes: number): void {
    const pfn = iova / this.granule;
    const order = ceilLog2(Math.ceil(bytes / this.granule));
    if (order < CACHED_ORDERS) this.caches[order]!.insert(pfn);
    else this.removePfn(pfn);
  }

  /** alloc_iova_fast; 0: failed. */
  private allocFast(pages: number, limitPfn: number, flush: boolean): number {
    const size = pages < 2 ** (CACHED_ORDERS - 1) ? 2 ** ceilLog2(pages) : pages;
    const order = ceilLog2(size);
    if (order < CACHED_ORDERS) {
      const pfn = this.caches[order]!.take(limitPfn + 1 - size);
      if (pfn > 0) return pfn;
    }
    let pfn = this.insertRange(size, limitPfn + 1);
    if (pfn === 0 && flush) {
      for (const cache of this.caches) for (const freed of cache.drain()) this.removePfn(freed);
      pfn = this.insertRange(size, limitPfn + 1);
    }
    return pfn;
  }

  /** __alloc_and_insert_iova_range with size_aligned; 0: -ENOMEM. */
  private insertRange(size: number, limitPfn: number): number {
    const align = 2 ** ceilLog2(size);
    if (limitPfn <= this.dma32Pfn && size >= this.max32AllocSize) return 0;
    let at = this.indexOf(limitPfn <= this.dma32Pfn ? this.cached32 : this.cached);
    let high = limitPfn;
    let low = this.startPfn;
    const retry = this.list[at]!.hi;
    for (;;) {
      let fit: number;
      let curr: Iova | undefined = this.list[at];
      do {
        high = Math.min(high, curr!.lo);
        fit = high - size < 0 ? -1 : alignDown(high - size, align);
        curr = this.list[--at];
      } while (curr && fit <= curr.hi && fit >= low);
      if (high >= size && fit >= low) {
        const added = { lo: fit, hi: fit + size - 1 };
        this.insert(added);
        if (added.hi < this.dma32Pfn) this.cached32 = added;
        else this.cached = added;
        return fit;
      }
      if (low === this.startPfn && retry < limitPfn) {
        high = limitPfn;
        low = retry + 1;
        at = this.limitIndex(limitPfn);
        continue;
      }
      this.max32AllocSize = size;
      return 0;
    }
  }

  /** iova_find_limit: where a walk down from `limitPfn` begins. */
  private limitIndex(limitPfn: number): number {
    if (limitPfn > this.dma32Pfn) return this.list.length - 1;
    const at = this.list.findIndex((iova) => iova.hi >= limitPfn);
    return at < 0 ? this.list.length - 1 : at;
  }

  private lowerBound(lo: number): number {
    let a = 0;
    let b = this.list.length;
    while (a < b) {
      const mid = (a + b) >> 1;
      if (this.list[mid]!.lo < lo) a = mid + 1;
      else b = mid;
    }
    return a;
  }

  private indexOf(iova: Iova): number {
    return this.lowerBound(iova.lo);
  }

  private insert(iova: Iova): void {
    this.list.splice(this.lowerBound(iova.lo), 0, iova);
  }

  private removePfn(pfn: number): void {
    const at = this.list.findIndex((iova) => pfn >= iova.lo && pfn <= iova.hi);
    const freed = this.list[at];
    if (!freed || freed === this.anchor) return;
    const next = this.list[at + 1]!;
    // __cached_rbnode_delete_update
    if (freed === this.cached32 || (freed.hi < this.dma32Pfn && freed.lo >= this.cached32.lo))
      this.cached32 = next;
    if (freed.lo < this.dma32Pfn) this.max32AllocSize = this.dma32Pfn;
    if (freed.lo >= this.cached.lo) this.cached = next;
    this.list.splice(at, 1);
  }
}

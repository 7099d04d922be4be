/**
 * The next kernel's page allocator as it grows: which free page is taken when, and by whom. A model, not a fact: Linux
 * hands out the lowest blocks of ZONE_NORMAL first and falls back to the DMA zone (mm/page_alloc.c: boot memory is freed
 * to the tail of the lists in ascending order); owners keep to pageblocks of 2 MiB.
 */
import { MIB, PAGE, type Span, size } from './address.ts';
import { type GrowingClaim, type Owner, owner } from './ownership.ts';
import { hashName, mix32 } from './random.ts';

/** How much is allocated when. */
export interface GrowthCurve {
  /** Microsecond at which the page allocator takes over from memblock. */
  readonly start: number;
  /** Bytes in use right then (slab caches, per-CPU pages, …). */
  readonly atStart: number;
  /** Bytes per second from then on. */
  readonly perSecond: number;
}

/** Free memory in the order in which it is handed out. */
export interface ZoneOrder {
  readonly spans: readonly Span[];
  /** Bytes before each span in that order. */
  readonly before: readonly number[];
  readonly total: number;
}

/** ZONE_NORMAL (above `dmaLimit`) first, then the DMA zone; ascending inside each. */
export function zoneOrder(free: readonly Span[], dmaLimit: number): ZoneOrder {
  const cut = free.flatMap((s) =>
    s.start < dmaLimit && s.end > dmaLimit
      ? [
          { start: s.start, end: dmaLimit },
          { start: dmaLimit, end: s.end },
        ]
      : [s],
  );
  const ascending = [...cut].sort((a, b) => a.start - b.start);
  const spans = [
    ...ascending.filter((s) => s.start >= dmaLimit),
    ...ascending.filter((s) => s.start < dmaLimit),
  ];
  const before: number[] = [];
  let total = 0;
  for (const span of spans) {
    before.push(total);
    total += size(span);
  }
  return { spans, before, total };
}

/** The address that is `offset` bytes into the order; `undefined` past its end. */
export function addressAt(order: ZoneOrder, offset: number): number | undefined {
  for (let i = order.spans.length - 1; i >= 0; i--) {
    if (offset >= order.before[i]!) {
      const pa = order.spans[i]!.start + offset - order.before[i]!;
      return pa < order.spans[i]!.end ? pa : undefined;
    }
  }
  return undefined;
}

/** Who gets a pageblock, in parts of 100: an early boot is mostly unmovable, the initramfs fills the page cache. */
const USERS: readonly (readonly [Owner, number])[] = [
  [owner('next', 'slab'), 45],
  [owner('next', 'page-tables'), 8],
  [owner('next', 'page-cache'), 35],
  [owner('next', 'user'), 12],
];

const FREE = owner('next', 'free');

function userOf(block: number, seed: number): Owner {
  let part = mix32(block ^ mix32(seed ^ hashName('pageblock'))) % 100;
  for (const [who, share] of USERS) {
    if (part < share) return who;
    part -= share;
  }
  return USERS[0]![0];
}

/** Claims for the free memory of the next kernel. `seed` decides who gets which pageblock. */
export function growingClaims(order: ZoneOrder, curve: GrowthCurve, seed: number): GrowingClaim[] {
  return order.spans.map((span, i) => {
    const base = order.before[i]!;
    const takenAt = (pa: number): number => {
      const offset = base + (pa - (pa % PAGE)) - span.start;
      if (offset < curve.atStart) return curve.start;
      if (curve.perSecond <= 0) return Infinity;
      return curve.start + Math.ceil(((offset - curve.atStart) / curve.perSecond) * 1_000_000);
    };
    return {
      start: span.start,
      end: span.end,
      from: -Infinity,
      until: Infinity,
      takenAt,
      ownerAt: (pa, t) => (t >= takenAt(pa) ? userOf(Math.floor(pa / (2 * MIB)), seed) : FREE),
    };
  });
}

/**
 * Hands out pages of a running kernel in the order of its zones, from `offset` bytes into them on: what a driver gets
 * that allocates at that moment of the boot.
 */
export class PageSource {
  private readonly order: ZoneOrder;
  private offset: number;
  private readonly limit: number;

  /** Addresses stay below `limit` (a DMA mask without an IOMMU). */
  constructor(order: ZoneOrder, offset: number, limit = Infinity) {
    this.order = order;
    this.offset = Math.floor(offset / PAGE) * PAGE;
    this.limit = limit;
  }

  /** `bytes` of contiguous memory, aligned to their size rounded up to a power of two. `undefined`: exhausted. */
  take(bytes: number): Span | undefined {
    let align = PAGE;
    while (align < bytes) align *= 2;
    const length = Math.ceil(bytes / PAGE) * PAGE;
    for (let i = 0; i < this.order.spans.length; i++) {
      const span = this.order.spans[i]!;
      const base = this.order.before[i]!;
      if (this.offset >= base + size(span)) continue;
      const from = span.start + Math.max(0, this.offset - base);
      const start = Math.ceil(from / align) * align;
      if (start + length > span.end || start + length > this.limit) continue;
      this.offset = base + start + length - span.start;
      return { start, end: start + length };
    }
    return undefined;
  }

  /** Leaves `bytes` to others. */
  skip(bytes: number): void {
    this.offset += Math.floor(bytes / PAGE) * PAGE;
  }
}

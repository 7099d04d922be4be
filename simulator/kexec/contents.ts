/** What stands in the pages that somebody reads: rings, tables, and whatever a device is led to. */
import { PAGE, type Span } from '../machine/address.ts';
import { pageContent } from '../machine/content.ts';
import { type Ownership, owner } from '../machine/ownership.ts';
import type { PhysicalMemory, Segment } from '../smmu/types.ts';

/** Policy adopt: memory that the next kernel leaves alone. */
export const KEPT = owner('machine', 'reserved', 'memory kept for the old mappings', false);

/** Memory whose contents follow its owners: filled when first looked at, and again when it changed hands. */
export class Contents {
  private readonly memory: PhysicalMemory;
  private readonly ownership: Ownership;
  private readonly seed: number;
  private readonly deviceReads: boolean;
  private readonly watched = new Set<number>();
  private readonly filled = new Map<number, number>();

  /** @param deviceReads the device looks at what it reads: all its writes must be in memory */
  constructor(memory: PhysicalMemory, ownership: Ownership, seed: number, deviceReads: boolean) {
    this.deviceReads = deviceReads;
    this.memory = memory;
    this.ownership = ownership;
    this.seed = seed;
  }

  /** Pages that the SMMU or the device reads without asking us: what is written there must be in memory. */
  watch(span: Span): void {
    for (const page of pagesIn(span.start, span.end - span.start)) this.watched.add(page);
  }

  /** When watched pages get another owner between two moments: their contents change then. */
  reuses(from: number, until: number): { t: number; page: number }[] {
    const out: { t: number; page: number }[] = [];
    for (const page of this.watched) {
      for (const t of this.ownership.changes(page, from, until)) out.push({ t, page });
    }
    return out;
  }

  /** Fills a page with what its owner at `t` keeps there, once per owner. */
  materialise(page: number, t: number): void {
    const since = this.ownership.changes(page, -Infinity, t + 1).at(-1) ?? -Infinity;
    const known = this.filled.get(page);
    if (known !== undefined && known >= since) return;
    this.filled.set(page, since);
    const who = this.ownership.at(page, t);
    // Tables and buffers hold what a driver wrote.
    if (who.kind === 'smmu-tables' || who.kind === 'dma-buffer' || who === KEPT) return;
    const bytes = pageContent(who, page, this.seed);
    if (bytes) this.memory.writeBytes(page, bytes);
  }

  /** A write of the device's that landed. Without `data` its value matters to nobody unless the page is watched. */
  store(t: number, pa: number, len: number, data: Uint8Array | undefined): void {
    const pages = pagesIn(pa, len);
    if (!(data && this.deviceReads) && !pages.some((page) => this.watched.has(page))) return;
    for (const page of pages) this.materialise(page, t);
    this.memory.writeBytes(pa, data ?? new Uint8Array(len).fill(0x5a));
  }

  /** What a read of the device's got; bytes that did not arrive are zero. */
  load(t: number, len: number, iova: number, segments: readonly Segment[]): Uint8Array {
    const out = new Uint8Array(len);
    for (const segment of segments) {
      for (const page of pagesIn(segment.pa, segment.len)) this.materialise(page, t);
      out.set(this.memory.readBytes(segment.pa, segment.len), segment.iova - iova);
    }
    return out;
  }
}

function pagesIn(pa: number, len: number): number[] {
  const pages: number[] = [];
  for (let page = pa - (pa % PAGE); page < pa + len; page += PAGE) pages.push(page);
  return pages;
}

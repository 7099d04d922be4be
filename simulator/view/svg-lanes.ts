/** Cuts physical memory into lanes that a picture has room for: what was hit gets the most of it. */

import type { Frontier, MapRegion, MemoryMap } from '../kexec/engine.ts';
import type { PolicyOutcome } from '../kexec/outcome-types.ts';
import { alignDown, intersect, KIB, MIB, PAGE, type Span } from '../machine/address.ts';

/** A stretch of addresses with its height. */
export interface Lane extends Span {
  /** What is there in the end. */
  readonly region: MapRegion;
  readonly name: string;
  /** Bytes in it were hit by some outcome. */
  readonly hit: boolean;
  /** Share of the picture's height. */
  weight: number;
}

/** How many lanes stay readable. */
const MOST_LANES = 14;

/** The topmost region at `pa`, at the end of the run. */
function lastRegion(map: MemoryMap, pa: number): MapRegion | undefined {
  let found: MapRegion | undefined;
  for (const region of map.regions) if (pa >= region.start && pa < region.end) found = region;
  return found;
}

/** Ranges that any outcome's accesses reached after the hand-over, by page, near ones joined. */
export function hitRanges(outcomes: readonly PolicyOutcome[]): Span[] {
  const pages = new Set<number>();
  for (const o of outcomes) {
    for (const e of o.timeline) {
      if (e.phase === 'P0') continue;
      for (const p of e.pieces) pages.add(alignDown(p.pa, PAGE));
    }
  }
  return joinedPages(pages);
}

/** Pages as ranges; near ones are one. */
export function joinedPages(pages: Iterable<number>): Span[] {
  const out: { start: number; end: number }[] = [];
  for (const page of [...pages].sort((a, b) => a - b)) {
    const last = out.at(-1);
    // Holes below 256 KiB are the spaces between buffers.
    if (last && page - last.end < 256 * KIB) last.end = page + PAGE;
    else out.push({ start: page, end: page + PAGE });
  }
  return out;
}

/** Parts of one image are one lane unless one of them was hit. */
const IMAGE = new Set(['text', 'rodata', 'init', 'data', 'bss']);

/** What a lane is called: regions that share a name share a lane. */
function nameOf(region: MapRegion, hit: boolean): string {
  const label = region.label.replace(/^next kernel: /, '');
  return !hit && IMAGE.has(region.kind) ? 'kernel image (text to bss)' : label;
}

/** Lanes from the lowest address up. A stretch that was hit is one lane, whatever small regions lie in it. */
export function lanesOf(map: MemoryMap, hits: readonly Span[]): Lane[] {
  const cuts = new Set<number>();
  for (const r of map.regions) {
    for (const cut of [r.start, r.end]) if (!hits.some((h) => cut > h.start && cut < h.end)) cuts.add(cut);
  }
  for (const h of hits) {
    cuts.add(h.start);
    cuts.add(h.end);
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  let lanes: Lane[] = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const span = { start: sorted[i]!, end: sorted[i + 1]! };
    const region = lastRegion(map, span.start);
    if (!region || region.kind === 'mmio') continue;
    const hit = hits.some((h) => intersect(h, span));
    const name = hit ? hitName(map, span) : nameOf(region, hit);
    const last = lanes.at(-1);
    if (last && span.start - last.end < SMALL_HOLE && last.name === name && last.hit === hit) {
      lanes[lanes.length - 1] = { ...last, end: span.end };
    } else lanes.push({ ...span, region, name, hit, weight: 1 });
  }
  lanes = joined(lanes);
  while (lanes.length > MOST_LANES) lanes = dropLeast(lanes);
  for (const lane of lanes) {
    lane.weight = (lane.hit ? 4 : 1) + Math.max(0, Math.log2((lane.end - lane.start) / (64 * KIB))) * 0.06;
  }
  return lanes;
}

/** Small free stretches between two lanes of one name go into them. */
function joined(lanes: readonly Lane[]): Lane[] {
  const out: Lane[] = [];
  for (const lane of lanes) {
    const before = out.at(-2);
    const hole = out.at(-1);
    const small = hole && hole.region.kind === 'free' && !hole.hit && hole.end - hole.start < SMALL_HOLE;
    if (before && small && before.name === lane.name && before.hit === lane.hit) {
      out.splice(-2, 2, { ...before, end: lane.end });
    } else out.push(lane);
  }
  return out;
}

/** Holes between two pieces of the same kind that do not make two lanes of them. */
const SMALL_HOLE = MIB;

/** The largest part of a stretch that says something: what is only free, or was before, does not. */
function hitName(map: MemoryMap, span: Span): string {
  const sizes = new Map<string, number>();
  for (const region of map.regions) {
    const part = intersect(region, span);
    if (!part) continue;
    const name = nameOf(region, true);
    const plain = /memory$|memory to be dumped$|^free memory/.test(name) && !name.startsWith('memory kept');
    const weight = (plain ? 0.001 : 1) * (region.side === 'old' ? 0.5 : 1);
    sizes.set(name, (sizes.get(name) ?? 0) + (part.end - part.start) * weight);
  }
  const [largest] = [...sizes].sort((a, b) => b[1] - a[1]);
  return largest?.[0].replace(/^old kernel: /, 'old ') ?? 'memory';
}

/** The lane that says least: small, not hit, nothing of the next kernel's. */
function dropLeast(lanes: readonly Lane[]): Lane[] {
  const worth = (lane: Lane) =>
    (lane.hit ? 100 : 0) +
    (lane.region.live && lane.region.side === 'next' ? 20 : 0) +
    Math.log2((lane.end - lane.start) / PAGE);
  let least = 0;
  lanes.forEach((lane, i) => {
    if (worth(lane) < worth(lanes[least]!)) least = i;
  });
  return lanes.filter((_, i) => i !== least);
}

/** A lane with its place in a picture; high addresses are on top. */
export interface PlacedLane extends Lane {
  readonly top: number;
  readonly bottom: number;
}

/** Gives each lane its share of `height`, from `y` down. */
export function placeLanes(lanes: readonly Lane[], y: number, height: number): PlacedLane[] {
  const total = lanes.reduce((sum, l) => sum + l.weight, 0);
  let at = y + height;
  return lanes.map((lane) => {
    const own = (height * lane.weight) / total;
    at -= own;
    return { ...lane, top: at, bottom: at + own };
  });
}

/** Where a byte is in the picture; undefined outside of every lane. */
export function yOf(lanes: readonly PlacedLane[], pa: number): number | undefined {
  const lane = lanes.find((l) => pa >= l.start && pa < l.end);
  if (!lane) return undefined;
  // A little air, so that marks do not sit on the border.
  const height = Math.max(1, lane.bottom - lane.top - 4);
  return lane.bottom - 2 - ((pa - lane.start) / (lane.end - lane.start)) * height;
}

/** Between the points of a frontier the allocator grows evenly. */
function takenAt({ points }: Frontier, pa: number): number {
  const after = points.findIndex((p) => p.pa >= pa);
  if (after === 0) return points[0]!.t;
  const [a, b] = [points[after - 1], points[after]];
  if (!a || !b) return Infinity;
  return a.t + ((b.t - a.t) * (pa - a.pa)) / (b.pa - a.pa);
}

/** When the page allocator takes which byte of `part`, from its low end up. */
export function frontierEdge(frontier: Frontier, part: Span): { readonly pa: number; readonly t: number }[] {
  const inside = frontier.points.filter((p) => p.pa > part.start && p.pa < part.end);
  return [part.start, ...inside.map((p) => p.pa), part.end - 1].map((pa) => ({
    pa,
    t: takenAt(frontier, pa),
  }));
}

/** Physical memory over time: lanes of addresses, filled by owner, with the pieces of the accesses on them. */
import type { MapRegion, MemoryMap } from '../../../simulator/kexec/engine.ts';
import {
  alignDown,
  formatSize,
  hex,
  intersect,
  PAGE,
  type Span,
} from '../../../simulator/machine/address.ts';
import { countUntil, type TimelineColumns } from '../../../simulator/view/columns.ts';
import {
  frontierEdge,
  joinedPages,
  lanesOf,
  type PlacedLane,
  placeLanes,
  yOf,
} from '../../../simulator/view/svg-lanes.ts';
import { fillOf } from '../../../simulator/view/svg-style.ts';
import type { TimeScale } from './scales.ts';
import type { Colours } from './theme.ts';

/** Pages that accesses reached after the hand-over, near ones joined. */
export function reached(columns: TimelineColumns, jump: number): Span[] {
  const pages = new Set<number>();
  for (let k = 0; k < columns.pa.length; k++) {
    if (columns.t[columns.of[k]!]! >= jump) pages.add(alignDown(columns.pa[k]!, PAGE));
  }
  return joinedPages(pages);
}

/** What the map shows: its lanes from the lowest up, or one stretch in its true proportions. */
export function lanesFor(
  map: MemoryMap,
  hits: readonly Span[],
  span: Span | null,
  height: number,
): PlacedLane[] {
  if (!span) return placeLanes(lanesOf(map, hits), 0, height);
  const region = ownerOf(map, span.start, Infinity) ?? map.regions[0]!;
  const hit = hits.some((h) => intersect(h, span));
  return placeLanes([{ ...span, region, name: region.label, hit, weight: 1 }], 0, height);
}

/** The topmost region at an address and a moment; Infinity: at the end. */
export function ownerOf(map: MemoryMap, pa: number, t: number): MapRegion | undefined {
  let found: MapRegion | undefined;
  for (const region of map.regions) {
    if (pa < region.start || pa >= region.end) continue;
    if (t === Infinity || (t >= region.from && t < region.until)) found = region;
  }
  return found;
}

/** A name beside the map. */
export interface MapLabel extends Span {
  readonly top: number;
  readonly height: number;
  readonly name: string;
  readonly hit: boolean;
}

/** How high a label has to be to be read. */
const LEAST = 13;

/** Names of the lanes, or of what lies in a single stretch; what is too low to be read has none. */
export function labelsOf(map: MemoryMap, lanes: readonly PlacedLane[], zoomed: boolean): MapLabel[] {
  if (!zoomed) {
    return lanes
      .map((l) => ({
        start: l.start,
        end: l.end,
        top: l.top,
        height: l.bottom - l.top,
        name: l.name,
        hit: l.hit,
      }))
      .filter((l) => l.height >= LEAST - 1.5);
  }
  const [lane] = lanes;
  if (!lane) return [];
  const cuts = new Set([lane.start, lane.end]);
  for (const r of map.regions) {
    for (const cut of [r.start, r.end]) if (cut > lane.start && cut < lane.end) cuts.add(cut);
  }
  const sorted = [...cuts].sort((a, b) => a - b);
  const out: MapLabel[] = [];
  for (let i = 0; i + 1 < sorted.length; i++) {
    const [start, end] = [sorted[i]!, sorted[i + 1]!];
    const top = place(lane, end);
    const height = place(lane, start) - top;
    const name = ownerOf(map, start, Infinity)?.label.replace(/^next kernel: /, '') ?? '';
    if (height >= LEAST && name) out.push({ start, end, top, height, name, hit: false });
  }
  return out;
}

export function labelText(label: MapLabel): string {
  return `${label.name}, ${formatSize(label.end - label.start)} from ${hex(label.start)}`;
}

function place(lane: PlacedLane, pa: number): number {
  return lane.bottom - ((pa - lane.start) / (lane.end - lane.start)) * (lane.bottom - lane.top);
}

/** Draws the map of one policy. */
export function drawMemory(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  lanes: readonly PlacedLane[],
  map: MemoryMap,
  columns: TimelineColumns,
  x: TimeScale,
  edges: readonly number[],
  colours: Colours,
): void {
  for (const lane of lanes) drawLane(context, lane, map, x, edges.at(-1)!, colours);
  context.fillStyle = colours.line;
  for (const lane of lanes) context.fillRect(0, lane.top, width, 0.5);
  for (const edge of edges.slice(1, -1)) context.fillRect(Math.round(x(edge)), 0, 1, height);
  drawPieces(context, width, height, lanes, columns, x, colours);
}

function drawLane(
  context: CanvasRenderingContext2D,
  lane: PlacedLane,
  map: MemoryMap,
  x: TimeScale,
  end: number,
  colours: Colours,
): void {
  for (const region of map.regions) {
    const part = intersect(region, lane);
    if (!part) continue;
    const [left, top] = [x(region.from), place(lane, part.end)];
    context.fillStyle = colours.ground;
    const area = [left, top, x(region.until) - left, place(lane, part.start) - top] as const;
    // Fills are translucent in some themes: what is covered must not shine through.
    context.fillRect(...area);
    context.fillStyle = colours.fills[fillOf(region.kind, region.side, region.live).slice(2)]!;
    context.fillRect(...area);
  }
  for (const frontier of map.frontiers) {
    const part = intersect(frontier, lane);
    if (!part) continue;
    const edge = frontierEdge(frontier, part).filter((p) => p.t < end);
    const [low] = edge;
    if (!low) continue;
    context.beginPath();
    for (const p of edge) context.lineTo(x(p.t), place(lane, p.pa));
    context.lineTo(x(end), place(lane, edge.at(-1)!.pa));
    context.lineTo(x(end), place(lane, low.pa));
    context.closePath();
    context.fillStyle = colours.fills.data!;
    context.fill();
  }
}

/** Marks on a grid of pixels, the worst on top: a pixel is painted once, however many accesses fall on it. */
function drawPieces(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  lanes: readonly PlacedLane[],
  columns: TimelineColumns,
  x: TimeScale,
  colours: Colours,
): void {
  const none = colours.marks.length;
  const grid = new Uint8Array((width + 1) * (height + 1)).fill(none);
  let access = -1;
  let px = 0;
  for (let k = 0; k < columns.pa.length; k++) {
    const y = yOf(lanes, columns.pa[k]!);
    if (y === undefined) continue;
    if (columns.of[k] !== access) {
      access = columns.of[k]!;
      px = Math.round(x(columns.t[access]!));
    }
    const cell = Math.round(y) * (width + 1) + px;
    grid[cell] = Math.min(grid[cell]!, columns.pieceMark[k]!);
  }
  for (let mark = none - 1; mark >= 0; mark--) {
    context.fillStyle = colours.marks[mark]!;
    for (let cell = grid.indexOf(mark); cell >= 0; cell = grid.indexOf(mark, cell + 1)) {
      context.fillRect((cell % (width + 1)) - 1, Math.floor(cell / (width + 1)) - 1.5, 2.5, 3);
    }
  }
}

/** The access whose piece is under the pointer; -1: none. */
export function memoryHit(
  columns: TimelineColumns,
  lanes: readonly PlacedLane[],
  x: TimeScale,
  px: number,
  py: number,
): number {
  const near = 5;
  const from = countUntil(columns, x.invert(px - near) - 1);
  const until = countUntil(columns, x.invert(px + near));
  let best = -1;
  let distance = near * 2;
  for (let k = pieceFrom(columns, from); k < columns.of.length && columns.of[k]! < until; k++) {
    const y = yOf(lanes, columns.pa[k]!);
    if (y === undefined) continue;
    const away = Math.abs(x(columns.t[columns.of[k]!]!) - px) + Math.abs(y - py);
    if (away < distance) {
      distance = away;
      best = columns.of[k]!;
    }
  }
  return best;
}

/** The first piece of an access or of one after it. */
function pieceFrom(columns: TimelineColumns, access: number): number {
  let low = 0;
  let high = columns.of.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (columns.of[mid]! < access) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Bytes of one page, with the mark of the last access that reached each until `t` (index into `MARKS`; 255: none). */
export function pageBytes(columns: TimelineColumns, page: number, until: number): Uint8Array {
  const bytes = new Uint8Array(PAGE).fill(255);
  for (let k = 0; k < columns.pa.length && columns.of[k]! <= until; k++) {
    const start = Math.max(columns.pa[k]!, page);
    const end = Math.min(columns.pa[k]! + columns.bytes[k]!, page + PAGE);
    if (start < end) bytes.fill(columns.pieceMark[k]!, start - page, end - page);
  }
  return bytes;
}

/** Bytes in a row of the picture of a page. */
export const PAGE_ROW = 64;

export function drawPage(
  context: CanvasRenderingContext2D,
  bytes: Uint8Array,
  cell: number,
  fill: string,
  colours: Colours,
): void {
  const side = PAGE_ROW * cell;
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, side, side);
  context.fillStyle = fill;
  context.fillRect(0, 0, side, side);
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] === 255) continue;
    context.fillStyle = colours.marks[bytes[i]!]!;
    context.fillRect((i % PAGE_ROW) * cell, Math.floor(i / PAGE_ROW) * cell, cell - 0.5, cell - 0.5);
  }
  context.fillStyle = colours.line;
  for (let i = 0; i <= 4; i++) context.fillRect(0, (i * side) / 4, side, 0.5);
}

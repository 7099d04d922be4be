/** A picture of a simulation: for each policy, who has which memory when, and where the device's accesses go. */

import { type Clock, PHASES } from '../kexec/clock.ts';
import type { Frontier, MemoryMap, SimulationResult } from '../kexec/engine.ts';
import type { PolicyOutcome, Verdict } from '../kexec/outcome-types.ts';
import { formatSize, formatTime, hex, intersect, type Span, size } from '../machine/address.ts';
import { MARKS, type Mark, markOf } from './marks.ts';
import {
  frontierEdge,
  hitRanges,
  type Lane,
  lanesOf,
  type PlacedLane,
  placeLanes,
  yOf,
} from './svg-lanes.ts';
import { fillOf, styleSheet, type Theme } from './svg-style.ts';
import { wrap } from './table.ts';

/** How the picture looks. */
export interface SvgOptions {
  /** `auto` follows the reader's colour scheme where the viewer can. */
  readonly theme?: Theme;
  /** Panels side by side, 1 or 2. */
  readonly columns?: 1 | 2;
}

const WIDTH = 1040;
const MARGIN = 20;
const GAP = 22;
const GUTTER = 74;
const HEAD = 62;
const STRIP = 16;
const MEMORY = 190;
const PANEL = HEAD + 16 + MEMORY + STRIP + 26;

/** Share of the width that each phase gets: short phases stay visible. */
export const PHASE_SHARE = { P0: 0.09, P1: 0.51, P2: 0.18, P3: 0.14, P4: 0.08 } as const;

const VERDICT_CLASS: Readonly<Record<Verdict, string>> = {
  corrupts: 'f-bad',
  leaks: 'f-leak',
  'breaks-target': 'f-unsure',
  unknown: 'f-unsure',
  blocked: 'f-fine',
  safe: 'f-fine',
};

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function text(x: number, y: number, content: string, classes: string, anchor = 'start'): string {
  const end = anchor === 'start' ? '' : ` text-anchor="${anchor}"`;
  return `<text x="${round(x)}" y="${round(y)}" class="${classes}"${end}>${escapeText(content)}</text>`;
}

function rect(x: number, y: number, w: number, h: number, classes: string, extra = ''): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, w))}" height="${round(Math.max(0, h))}" class="${classes}"${extra}/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Time to x, phase by phase. */
function timeScale(clock: Clock, x: number, width: number): (t: number) => number {
  const starts = [0, clock.jump, clock.p2, clock.p3, clock.p4, clock.end];
  const edges = [x];
  for (const phase of PHASES) edges.push(edges.at(-1)! + PHASE_SHARE[phase] * width);
  return (t) => {
    let i = 0;
    while (i < PHASES.length - 1 && t >= starts[i + 1]!) i++;
    const span = starts[i + 1]! - starts[i]!;
    const part = span > 0 ? Math.min(1, Math.max(0, (t - starts[i]!) / span)) : 0;
    return edges[i]! + part * (edges[i + 1]! - edges[i]!);
  };
}

/** The lane over time: each owner's stretch in its colour, the allocator's frontier as a slope. */
function laneBody(lane: PlacedLane, map: MemoryMap, x: (t: number) => number, end: number): string[] {
  const out: string[] = [];
  const y = (pa: number) =>
    lane.bottom - ((pa - lane.start) / (lane.end - lane.start)) * (lane.bottom - lane.top);
  for (const region of map.regions) {
    const part = intersect(region, lane);
    if (!part) continue;
    const from = x(region.from);
    const top = y(part.end);
    const fill = fillOf(region.kind, region.side, region.live);
    out.push(rect(from, top, x(region.until) - from, y(part.start) - top, fill));
  }
  for (const frontier of map.frontiers) {
    const part = intersect(frontier, lane);
    if (part) out.push(...slope(frontier, part, y, x, end));
  }
  return out;
}

/** What the page allocator has taken of `part`, as an area that grows upwards with time. */
function slope(
  frontier: Frontier,
  part: Span,
  y: (pa: number) => number,
  x: (t: number) => number,
  end: number,
): string[] {
  const edge = frontierEdge(frontier, part).filter((p) => p.t < end);
  const [low] = edge;
  if (!low) return [];
  const path = edge.map((p) => `${round(x(p.t))} ${round(y(p.pa))}`).join('L');
  const right = round(x(end));
  return [
    `<path d="M${path}L${right} ${round(y(edge.at(-1)!.pa))}L${right} ${round(y(low.pa))}Z" class="f-data"/>`,
  ];
}

/** Marks on a grid of 2 px: a picture of ten thousand accesses stays small. */
function marks(
  o: PolicyOutcome,
  lanes: readonly PlacedLane[],
  x: (t: number) => number,
  strip: number,
): string[] {
  const cells = new Map<Mark, Set<string>>();
  const put = (mark: Mark, px: number, py: number) => {
    const cell = `${Math.round(px / 2) * 2} ${Math.round(py / 2) * 2}`;
    const set = cells.get(mark) ?? new Set();
    set.add(cell);
    cells.set(mark, set);
  };
  for (const entry of o.timeline) {
    for (const piece of entry.pieces) {
      const y = yOf(lanes, piece.pa);
      if (y !== undefined) put(markOf(entry, piece), x(entry.t), y);
    }
    if (entry.response !== 'ok') put('stop', x(entry.t), strip + STRIP / 2);
  }
  return [...cells].map(([mark, set]) => markPath(mark, [...set]));
}

function markPath(mark: Mark, cells: readonly string[]): string {
  if (mark === 'stop')
    return `<path d="${cells.map((c) => `M${c}m-2 -3l4 6m0 -6l-4 6`).join('')}" class="cross s-stop"/>`;
  const dots = mark === 'bad' || mark === 'leak' ? 'mark' : 'mark dot';
  return `<path d="${cells.map((c) => `M${c}h.01`).join('')}" class="${dots} s-${mark}"/>`;
}

function numbers(o: PolicyOutcome): string {
  const parts: string[] = [];
  if (o.bytesOverwritten > 0) parts.push(`${formatSize(o.bytesOverwritten)} overwritten`);
  if (o.bytesLeaked > 0) parts.push(`${formatSize(o.bytesLeaked)} read`);
  if (o.blocked > 0) parts.push(`${o.blocked} blocked`);
  if (o.targetDma.failed > 0) parts.push(`target's DMA fails ${o.targetDma.failed}/${o.targetDma.tried}`);
  return parts.join(', ');
}

function header(o: PolicyOutcome, x: number, y: number, width: number): string[] {
  const badge = o.verdict.toUpperCase();
  const badgeWidth = badge.length * 7.9 + 14;
  const out = [
    text(x, y + 14, `${o.policy}${o.row === '-' ? '' : ` (${o.row})`}`, 'head f-fg'),
    rect(x + width - badgeWidth, y + 2, badgeWidth, 17, VERDICT_CLASS[o.verdict], ' rx="3"'),
    text(x + width - badgeWidth / 2, y + 14.5, badge, 'badge f-bg', 'middle'),
    text(x + width - badgeWidth - 8, y + 14, numbers(o), 'small f-muted', 'end'),
  ];
  const lines = wrap(o.reason, Math.floor(width / 5.1), '').slice(0, 3);
  lines.forEach((line, i) => {
    out.push(text(x, y + 30 + i * 12, line, 'small f-fg'));
  });
  return out;
}

/** Addresses on the left, names in the lanes; every other one where they are too dense. */
function laneLabels(lanes: readonly PlacedLane[], x: number, left: number): string[] {
  const out: string[] = [];
  let lastAddress = Infinity;
  for (const lane of lanes) {
    if (lastAddress - lane.bottom > 9) {
      out.push(text(left - 5, lane.bottom, hex(lane.start), 'mono f-muted', 'end'));
      lastAddress = lane.bottom;
    }
    if (lane.bottom - lane.top >= 9) {
      const middle = (lane.top + lane.bottom) / 2 + 3;
      out.push(text(x, middle, `${lane.name} ${formatSize(size(lane))}`, 'lane halo f-fg', 'end'));
    }
  }
  return out;
}

function panel(
  o: PolicyOutcome,
  map: MemoryMap,
  lanes: readonly Lane[],
  clock: Clock,
  x: number,
  y: number,
  width: number,
): string {
  const left = x + GUTTER;
  const inner = width - GUTTER;
  const scale = timeScale(clock, left, inner);
  const top = y + HEAD + 16;
  const strip = top + MEMORY;
  const placed = placeLanes(lanes, top, MEMORY);
  const starts = [0, clock.jump, clock.p2, clock.p3, clock.p4, clock.end];
  const out = header(o, x, y, width);
  PHASES.forEach((phase, i) => {
    const from = scale(starts[i]!);
    const to = i === PHASES.length - 1 ? left + inner : scale(starts[i + 1]!);
    if (i % 2 === 0) out.push(rect(from, top - 14, to - from, MEMORY + STRIP + 14, 'f-phase'));
    out.push(text((from + to) / 2, top - 4, phase, 'small f-muted', 'middle'));
  });
  for (const lane of placed) out.push(...laneBody(lane, map, scale, clock.end));
  for (const lane of placed) {
    out.push(
      `<path d="M${round(left)} ${round(lane.bottom)}h${round(inner)}" class="s-line" stroke-width=".6"/>`,
    );
  }
  for (const t of starts.slice(1, -1)) {
    out.push(
      `<path d="M${round(scale(t))} ${round(top - 14)}V${round(strip + STRIP)}" class="s-muted" stroke-width=".7" stroke-dasharray="2 2"/>`,
    );
  }
  out.push(...marks(o, placed, scale, strip), ...laneLabels(placed, left + inner - 4, left));
  out.push(text(left - 5, strip + STRIP - 5, 'terminated', 'lane f-muted', 'end'));
  out.push(rect(left, top, inner, MEMORY + STRIP, 's-line', ' fill="none" stroke-width=".8"'));
  const axis = strip + STRIP + 11;
  out.push(text(left, axis, '0', 'mono f-muted'));
  for (const [t, anchor] of [
    [clock.jump, 'middle'],
    [clock.p2, 'middle'],
    [clock.p3, 'middle'],
    [clock.end, 'end'],
  ] as const) {
    const at = t === clock.end ? left + inner : scale(t);
    out.push(text(at, axis, formatTime(t), 'mono f-muted', anchor));
  }
  const id = `policy-${o.policy}`;
  return `<g id="${id}" role="group" aria-label="${escapeText(`${o.policy}: ${o.verdict}. ${o.reason}`)}">${out.join('')}</g>`;
}

function legend(x: number, y: number): string[] {
  const out: string[] = [];
  MARKS.forEach(([mark, meaning], i) => {
    const at = x + (i % 3) * 335;
    const line = y + Math.floor(i / 3) * 16;
    out.push(
      `<g>${markPath(mark, [`${round(at + 5)} ${round(line - 4)}`])}</g>`,
      text(at + 15, line, meaning, 'small f-fg'),
    );
  });
  return out;
}

/**
 * Draws a result whose outcomes kept their timeline. Policies that do not apply are left out.
 * @returns a complete SVG document, readable in light and dark
 */
export function simulationSvg(result: SimulationResult, options: SvgOptions = {}): string {
  const { scenario } = result;
  const columns = options.columns ?? (result.outcomes.length > 1 ? 2 : 1);
  const shown = result.outcomes.filter((o) => o.applicable);
  const width = (WIDTH - 2 * MARGIN - (columns - 1) * GAP) / columns;
  const smmu = scenario.board.smmu
    ? `SMMUv${scenario.board.smmu.version} (${scenario.board.smmu.model})`
    : 'no SMMU';
  const intro = [
    `${smmu}; ${scenario.device.kind} on ${scenario.device.bus}, ${scenario.device.maskBits} bit mask; next: ${scenario.target}${scenario.kdump ? ', kdump' : ''}. ${result.landing}.`,
    ...result.fixedHits.map((h) => h.text),
  ].flatMap((line) => wrap(line, 175, ''));
  const headHeight = 34 + intro.length * 14 + 12;
  const rows = Math.ceil(shown.length / columns);
  const height = MARGIN + headHeight + rows * (PANEL + 14) + 52;
  const title = `${scenario.name}: what its DMA does to the next kernel`;
  const body: string[] = [
    rect(0, 0, WIDTH, height, 'f-bg'),
    text(MARGIN, MARGIN + 16, title, 'title f-fg'),
    ...intro.map((line, i) => text(MARGIN, MARGIN + 36 + i * 14, line, 'small f-muted')),
  ];
  for (const [i, o] of shown.entries()) {
    const map = result.maps[o.policy]!;
    const lanes = lanesOf(map, hitRanges([o]));
    const x = MARGIN + (i % columns) * (width + GAP);
    const y = MARGIN + headHeight + Math.floor(i / columns) * (PANEL + 14);
    body.push(panel(o, map, lanes, result.clocks[o.policy]!, x, y, width));
  }
  body.push(...legend(MARGIN, height - 38));
  const summary = shown.map((o) => `${o.policy}: ${o.verdict}`).join('; ');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${Math.round(height)}" width="${WIDTH}" height="${Math.round(height)}" role="img" aria-labelledby="t d">` +
    `<title id="t">${escapeText(title)}</title><desc id="d">${escapeText(summary)}</desc>` +
    `<style>${styleSheet(options.theme ?? 'auto')}</style>${body.join('\n')}</svg>\n`
  );
}

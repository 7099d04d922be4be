/** The timeline: one track for each thing that an access can come to, and one for what the kernels do to the SMMU. */
import type { AppliedStep } from '../../../simulator/kexec/outcome-types.ts';
import { countUntil, type TimelineColumns } from '../../../simulator/view/columns.ts';
import { MARKS } from '../../../simulator/view/marks.ts';
import type { TimeScale } from './scales.ts';
import type { Colours } from './theme.ts';

/** Names of the tracks, short; the long ones are in `MARKS`. */
export const TRACKS = ['overwrites', 'reads', 'into free', 'own fresh', 'harmless', 'stopped'] as const;

export const TRACK_HEIGHT = 13;
export const STEPS_HEIGHT = 13;
export const TRACKS_HEIGHT = STEPS_HEIGHT + MARKS.length * TRACK_HEIGHT + 2;

const STOP = MARKS.findIndex(([mark]) => mark === 'stop');

/** Which track an access is on. */
function trackOf(columns: TimelineColumns, i: number): number {
  return columns.mark[i]!;
}

/** Draws everything; a pixel is painted once, however many accesses fall on it. */
export function drawTracks(
  context: CanvasRenderingContext2D,
  width: number,
  columns: TimelineColumns,
  steps: readonly AppliedStep[],
  x: TimeScale,
  edges: readonly number[],
  colours: Colours,
): void {
  context.fillStyle = colours.line;
  for (const edge of edges.slice(1, -1)) context.fillRect(Math.round(x(edge)), 0, 1, TRACKS_HEIGHT);
  for (let row = 0; row < MARKS.length; row++) {
    context.fillRect(0, STEPS_HEIGHT + row * TRACK_HEIGHT + TRACK_HEIGHT - 1, width, 0.5);
  }
  context.fillStyle = colours.text;
  for (const px of new Set(steps.map((s) => Math.round(x(Math.max(0, s.t)))))) diamond(context, px);
  const last = new Int32Array(MARKS.length).fill(-9);
  for (let i = 0; i < columns.count; i++) {
    const px = Math.round(x(columns.t[i]!));
    const row = trackOf(columns, i);
    // Part of it arrived and part did not: it is on both tracks.
    const both = columns.refused[i] === 1 && row !== STOP;
    for (const one of both ? [row, STOP] : [row]) {
      if (last[one] === px) continue;
      last[one] = px;
      context.fillStyle = colours.marks[one]!;
      context.fillRect(px - 0.5, STEPS_HEIGHT + one * TRACK_HEIGHT + 2, 1.5, TRACK_HEIGHT - 5);
    }
  }
}

function diamond(context: CanvasRenderingContext2D, px: number): void {
  const middle = STEPS_HEIGHT / 2;
  context.beginPath();
  context.moveTo(px, middle - 4);
  context.lineTo(px + 4, middle);
  context.lineTo(px, middle + 4);
  context.lineTo(px - 4, middle);
  context.fill();
}

/** How far from the pointer an access may be. */
const NEAR = 4;

/** The access under the pointer; -1: none. */
export function trackHit(columns: TimelineColumns, x: TimeScale, px: number, py: number): number {
  const row = Math.floor((py - STEPS_HEIGHT) / TRACK_HEIGHT);
  const from = countUntil(columns, x.invert(px - NEAR) - 1);
  const until = countUntil(columns, x.invert(px + NEAR));
  let best = -1;
  let distance = Infinity;
  for (let i = from; i < until; i++) {
    const own = trackOf(columns, i) === row || (row === STOP && columns.refused[i] === 1);
    const away = Math.abs(x(columns.t[i]!) - px) + (own ? 0 : NEAR);
    if (away < distance) {
      distance = away;
      best = i;
    }
  }
  return best;
}

/** The long blanks of a masked text, which no parser need read. */

import type { CPart } from './types.ts';

/** A blank of fewer code units costs the engine less than going around it does: 128 was the fastest of 32, 64, 128, 512. */
const LONG = 128;

/**
 * What is left of a part of `text` without its long blanks, in the order of the text; at least one piece. A line end and
 * one blank stay of each, so that directives end and words stay apart.
 */
export function withoutBlanks(text: string, whole: CPart): readonly CPart[] {
  const pieces: CPart[] = [];
  let { start, row, column } = whole;
  // Any run of LONG blanks holds a place that is a multiple of LONG away from the last.
  for (let probe = start + LONG - 1; probe < whole.end; probe += LONG) {
    if (!isBlank(text, probe)) continue;
    let from = probe;
    while (from > start && isBlank(text, from - 1)) from--;
    let to = probe + 1;
    while (to < whole.end && isBlank(text, to)) to++;
    if (to - from < LONG) continue;
    probe = to;
    const lineEnd = text.indexOf('\n', from);
    const end = lineEnd >= 0 && lineEnd < to - 1 ? lineEnd + 1 : from + 1;
    pieces.push({ start, end, row, column });
    // Where the next piece begins: the blank's last unit.
    const next = to - 1;
    const lineStart = text.lastIndexOf('\n', next - 1) + 1;
    row += lineEndsIn(text, start, next);
    column = lineStart > start ? next - lineStart : column + next - start;
    start = next;
  }
  pieces.push({ start, end: whole.end, row, column });
  return pieces;
}

/** The number of line ends from `start` to before `end`. */
export function lineEndsIn(text: string, start: number, end: number): number {
  let count = 0;
  for (let i = text.indexOf('\n', start); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) count++;
  return count;
}

function isBlank(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit === 0x20 || unit === 0x0a || unit === 0x09 || unit === 0x0d;
}

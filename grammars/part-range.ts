/** A part of a text as both engines want an included range. */

import type { CPart, CPoint } from './types.ts';

/** The places that bound a part, as index and as row and column. */
export interface PartRange {
  startIndex: number;
  endIndex: number;
  startPosition: CPoint;
  endPosition: CPoint;
}

/** The range of a part of `text`. */
export function partRange(text: string, part: CPart): PartRange {
  const { start, end, row, column } = part;
  let endRow = row;
  let lineStart = start - column;
  for (let i = text.indexOf('\n', start); i >= 0 && i < end; i = text.indexOf('\n', i + 1)) {
    endRow++;
    lineStart = i + 1;
  }
  return {
    startIndex: start,
    endIndex: end,
    startPosition: { row, column },
    endPosition: { row: endRow, column: end - lineStart },
  };
}

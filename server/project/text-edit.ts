import type { CEdit } from '../../grammars/types.ts';

/** A change of the text: what was at an offset made way for something else. */
export interface TextEdit {
  readonly at: number;
  readonly removed: number;
  readonly inserted: number;
}

/** The smallest edit that makes one text of the other. */
export function differenceOf(before: string, after: string): TextEdit {
  const { startIndex: at, oldEndIndex, newEndIndex } = editBetween(before, after) ?? NO_EDIT;
  return { at, removed: oldEndIndex - at, inserted: newEndIndex - at };
}

const NO_EDIT = { startIndex: 0, oldEndIndex: 0, newEndIndex: 0 };

/** The smallest single edit that makes one text of the other; undefined when they are the same. */
export function editBetween(before: string, after: string): CEdit | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  const oldEndIndex = before.length - tail;
  const newEndIndex = after.length - tail;
  return {
    startIndex: start,
    oldEndIndex,
    newEndIndex,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, oldEndIndex),
    newEndPosition: pointAt(after, newEndIndex),
  };
}

function pointAt(text: string, index: number): { row: number; column: number } {
  let row = 0;
  let last = -1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    row++;
    last = at;
  }
  return { row, column: index - last - 1 };
}

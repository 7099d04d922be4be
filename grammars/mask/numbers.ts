/** Where a number ends, and what looks like one and is none. */

import { WORD } from './edits.ts';

/** Index behind a preprocessing number: digits, letters, dots, and a sign behind an exponent. */
export function numberEnd(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  for (;;) {
    const c = bytes[i]!;
    if (WORD[c] === 1 || c === 46) i++;
    else if ((c === 43 || c === 45) && (bytes[i - 1]! | 32) === 101 && (bytes[start + 1]! | 32) !== 120) i++;
    else return i;
  }
}

/** True for a "number" that no number literal is, such as `82875_0` or `3200HB`. */
export function isPasted(bytes: Uint8Array, start: number, end: number): boolean {
  const second = bytes[start + 1]! | 32;
  if (bytes[start] === 48 && end > start + 1 && (second === 120 || second === 98)) return false;
  for (let i = start; i < end; i++) {
    const c = bytes[i]! | 32;
    if (bytes[i] === 95 || (c >= 97 && c <= 122 && c !== 117 && c !== 108 && c !== 101 && c !== 102))
      return true;
  }
  return false;
}

/** What of a C text is code: comments, literals and `#if 0` blocks blanked, every offset and newline kept. */

import { fromUnits, toUnits } from './units.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const QUOTE = 34;
const HASH = 35;
const APOSTROPHE = 39;
const STAR = 42;
const SLASH = 47;
const BACKSLASH = 92;

/** 1 for a byte at which the scan has to look closer: `"`, `'`, `/`, `#`, and NUL, which also ends the text. */
const STOPS = new Uint8Array(256);
for (const stop of [0, QUOTE, HASH, APOSTROPHE, SLASH]) STOPS[stop] = 1;

/** Blanks `bytes[from, to)` but for its line ends. */
export function blank(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const c = bytes[i]!;
    if (c !== NEWLINE && c !== RETURN) bytes[i] = SPACE;
  }
}

/** Index of the newline (or the end) that ends the logical line at `from`: one after a backslash does not. */
export function logicalLineEnd(bytes: Uint8Array, from: number, length: number): number {
  let i = from;
  for (;;) {
    while (i < length && bytes[i] !== NEWLINE) i++;
    if (i >= length) return length;
    const before = bytes[i - 1] === RETURN ? i - 2 : i - 1;
    if (before < from || bytes[before] !== BACKSLASH) return i;
    i++;
  }
}

/** Index behind the block comment that opens at `from`; the end of the text where it is not closed. */
export function blockCommentEnd(bytes: Uint8Array, from: number, length: number): number {
  let i = from + 2;
  while (i < length && !(bytes[i] === STAR && bytes[i + 1] === SLASH)) i++;
  return i < length ? i + 2 : length;
}

/** Index of the quote that closes the literal opened at `from`; of the newline, or the end, where none closes it. */
export function literalEnd(bytes: Uint8Array, from: number, length: number): number {
  const quote = bytes[from]!;
  let i = from + 1;
  while (i < length) {
    const c = bytes[i]!;
    if (c === quote || c === NEWLINE) return i;
    if (c === BACKSLASH) i += bytes[i + 1] === RETURN && bytes[i + 2] === NEWLINE ? 2 : 1;
    i++;
  }
  return length;
}

/** True when nothing but blanks stands before `bytes[at]` on its line and the line does not continue another. */
export function opensLine(bytes: Uint8Array, at: number): boolean {
  let i = at - 1;
  while (i >= 0 && (bytes[i] === SPACE || bytes[i] === TAB)) i--;
  if (i < 0) return true;
  if (bytes[i] !== NEWLINE) return false;
  if (bytes[i - 1] === RETURN) i--;
  return bytes[i - 1] !== BACKSLASH;
}

/** The conditional directives, as `directiveAt` tells them apart. */
export type Conditional = 'if' | 'if0' | 'elif' | 'else' | 'endif' | 'other';

/** Reads the directive whose `#` is at `hash`. `if0` is `#if 0` or `#if (0)` alone on its line. */
export function directiveAt(bytes: Uint8Array, hash: number, length: number): Conditional {
  let i = hash + 1;
  while (bytes[i] === SPACE || bytes[i] === TAB) i++;
  const start = i;
  while (bytes[i]! >= 97 && bytes[i]! <= 122) i++;
  const a = bytes[start]!;
  const b = bytes[start + 1]!;
  if (a === 105 && b === 102) {
    if (i !== start + 2) return i - start === 5 || i - start === 6 ? 'if' : 'other';
    while (bytes[i] === SPACE || bytes[i] === TAB || bytes[i] === 40) i++;
    if (bytes[i] !== 48) return 'if';
    i++;
    while (bytes[i] === SPACE || bytes[i] === TAB || bytes[i] === 41 || bytes[i] === RETURN) i++;
    const c = bytes[i];
    const comment = c === SLASH && (bytes[i + 1] === SLASH || bytes[i + 1] === STAR);
    return i >= length || c === NEWLINE || comment ? 'if0' : 'if';
  }
  if (a === 101) {
    if (b === 108 && i - start === 4) return bytes[start + 2] === 105 ? 'elif' : 'else';
    if (b === 108) return 'elif';
    if (b === 110 && i - start === 5) return 'endif';
  }
  return 'other';
}

/**
 * Blanks the dead part of an `#if 0` whose `#` is at `hash`: to its `#endif` (that line too), or to its `#else`
 * (that line too). An `#elif` becomes the `#if` of what follows. `open` is told when a live part follows whose
 * `#endif` is still to come. Returns where to go on.
 */
function blankDead(
  bytes: Uint8Array,
  hash: number,
  length: number,
  open: (elseBranch: boolean) => void,
): number {
  let depth = 0;
  let i = hash + 1;
  while (i < length) {
    const c = bytes[i]!;
    if (c === HASH && opensLine(bytes, i)) {
      const kind = directiveAt(bytes, i, length);
      if (kind === 'if' || kind === 'if0') depth++;
      else if (kind === 'endif' && depth-- === 0) {
        const end = logicalLineEnd(bytes, i, length);
        blank(bytes, hash, end);
        return end;
      } else if (kind === 'else' && depth === 0) {
        const end = logicalLineEnd(bytes, i, length);
        blank(bytes, hash, end);
        open(true);
        return end;
      } else if (kind === 'elif' && depth === 0) {
        blank(bytes, hash, i);
        let word = i + 1;
        while (bytes[word] === SPACE || bytes[word] === TAB) word++;
        // "elif" -> "if  ", "elifdef" -> "ifdef  ", "elifndef" -> "ifndef  "
        while (bytes[word + 2]! >= 97 && bytes[word + 2]! <= 122) {
          bytes[word] = bytes[word + 2]!;
          word++;
        }
        bytes[word] = SPACE;
        bytes[word + 1] = SPACE;
        open(false);
        return word;
      }
      i++;
    } else if (c === SLASH && bytes[i + 1] === STAR) {
      i = blockCommentEnd(bytes, i, length);
    } else if (c === SLASH && bytes[i + 1] === SLASH) {
      i = logicalLineEnd(bytes, i, length);
    } else {
      i++;
    }
  }
  blank(bytes, hash, length);
  return length;
}

/** What `lex` gives. */
export interface Lexed {
  /** Same length and newlines as the text. */
  readonly code: string;
}

/**
 * Blanks comments, the contents of string and character literals (their quotes stay) and dead `#if 0` blocks (with
 * their directives; a live `#else` part stays). Line continuations count; an unterminated comment runs to the end, an
 * unterminated literal to the end of its line. Any string is fine; never throws.
 */
export function lex(text: string): Lexed {
  const units = toUnits(text);
  const { bytes, length } = units;
  // One entry for each open conditional after the first `#if 0` with a live part: true when its #endif is to be blanked.
  const opened: boolean[] = [];
  let tracking = false;
  let i = 0;
  for (;;) {
    while (STOPS[bytes[i]!] === 0) i++;
    if (i >= length) break;
    const c = bytes[i]!;
    if (c === SLASH) {
      const next = bytes[i + 1];
      if (next === STAR || next === SLASH) {
        const end = next === STAR ? blockCommentEnd(bytes, i, length) : logicalLineEnd(bytes, i, length);
        blank(bytes, i, end);
        i = end;
      } else i++;
    } else if (c === QUOTE || c === APOSTROPHE) {
      const end = literalEnd(bytes, i, length);
      blank(bytes, i + 1, end);
      i = end + 1;
    } else if (c === HASH && opensLine(bytes, i)) {
      const kind = directiveAt(bytes, i, length);
      if (kind === 'if0') {
        i = blankDead(bytes, i, length, (elseBranch) => {
          tracking = true;
          opened.push(elseBranch);
        });
        continue;
      }
      if (tracking && kind === 'if') opened.push(false);
      if (tracking && kind === 'endif' && opened.pop() === true) {
        const end = logicalLineEnd(bytes, i, length);
        blank(bytes, i, end);
        i = end;
        continue;
      }
      if (opened.length === 0) tracking = false;
      i++;
    } else i++;
  }
  return { code: fromUnits(units, bytes) };
}

/** The text of one preprocessor line: where it ends, and what of it the grammar cannot read. */

import { blockCommentEnd, literalEnd, logicalLineEnd } from '../lex.ts';
import { blankOut, isSpace, isWord, skipSpace } from './edits.ts';
import { ROW } from './rows.ts';
import type { State } from './state.ts';

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const STAR = 42;
const SLASH = 47;
const BACKSLASH = 92;

/**
 * Index of the line end behind the directive whose `#` is at `hash`; continued lines and comments of several lines
 * belong to it. A comment at its end stays (the grammar reads it), one before other text is blanked.
 */
export function directiveEnd(s: State, hash: number): number {
  const { bytes, length } = s;
  let comment = -1;
  let commentEnd = -1;
  let i = hash;
  while (i < length) {
    const c = bytes[i]!;
    if (c === NEWLINE) break;
    if (c === SLASH && bytes[i + 1] === STAR) {
      if (comment >= 0) dropComment(s, comment, commentEnd);
      comment = i;
      commentEnd = i = blockCommentEnd(bytes, i, length);
      continue;
    }
    if (c === SLASH && bytes[i + 1] === SLASH) {
      if (comment >= 0) dropComment(s, comment, commentEnd);
      return logicalLineEnd(bytes, i, length);
    }
    if (!isSpace(c) && comment >= 0 && !(c === BACKSLASH && isSpace(bytes[i + 1]!))) {
      dropComment(s, comment, commentEnd);
      comment = -1;
    }
    if (c === BACKSLASH) {
      if (bytes[i + 1] === NEWLINE) i++;
      else if (bytes[i + 1] === RETURN && bytes[i + 2] === NEWLINE) i += 2;
    } else if (c === 34 || c === 39) {
      const end = literalEnd(bytes, i, length);
      // A `/*` in a literal opens a comment for the grammar, which takes a macro's body as one token up to there.
      for (let k = i; k < end; k++) if (bytes[k] === SLASH && bytes[k + 1] === STAR) bytes[k] = SPACE;
      if (bytes[end] !== c) return end;
      i = end;
    } else if (c === SLASH && bytes[i + 1] === BACKSLASH) {
      // A division before a continuation: the grammar takes the backslash for its operand.
      bytes[i] = SPACE;
    }
    i++;
  }
  if (comment >= 0 && i > commentEnd && bytes[commentEnd - 1] === SLASH) {
    if (hasBackslash(bytes, commentEnd, i)) dropComment(s, comment, commentEnd);
    else moveCloser(s, commentEnd - 2, 2, i);
  }
  return i;
}

function hasBackslash(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === BACKSLASH) return true;
  return false;
}

/** Blanks at a line's end that the grammar does not skip there: the closing mark before them moves behind them. */
function moveCloser(s: State, at: number, size: number, end: number): void {
  const { bytes } = s;
  const last = bytes[end - 1] === RETURN ? end - 1 : end;
  if (last <= at + size) return;
  for (let i = at + size; i < last; i++) if (bytes[i] === NEWLINE || bytes[i] === RETURN) return;
  s.applied[ROW.directiveTail]!++;
  for (let k = size - 1; k >= 0; k--) {
    bytes[last - size + k] = bytes[at + k]!;
    if (at + k < last - size) bytes[at + k] = SPACE;
  }
}

/**
 * Blanks a comment in front of other text of a directive. What follows it belongs to the directive still, so the lines
 * of a long comment are continued with backslashes.
 */
function dropComment(s: State, start: number, end: number): void {
  const { bytes } = s;
  s.applied[ROW.comment]!++;
  blankOut(bytes, start, end);
  for (let i = start; i < end; i++) {
    if (bytes[i] !== NEWLINE) continue;
    const at = bytes[i - 1] === RETURN ? i - 2 : i - 1;
    if (at < start || bytes[at] !== SPACE) continue;
    s.applied[ROW.defineComment]!++;
    bytes[at] = BACKSLASH;
  }
}

/** Repairs an unconditional directive that stays. */
export function tidyDirective(s: State, hash: number, end: number): void {
  const { bytes } = s;
  const word = skipSpace(bytes, hash + 1, end);
  if (bytes[word] === 100) tidyDefine(s, hash, word, end);
  else if (bytes[word] === 105 && bytes[word + 1] === 110) {
    // `#include <x.h>` and blanks.
    let last = end;
    while (last > word && isSpace(bytes[last - 1]!)) last--;
    if (last < end && (bytes[last - 1] === 62 || bytes[last - 1] === 34)) moveCloser(s, last - 1, 1, end);
  } else if (skipSpace(bytes, wordEnd(bytes, word), end) === end && wordEnd(bytes, word) < end) {
    // `#pragma` and blanks.
    blankOut(bytes, hash, end);
  }
}

function wordEnd(bytes: Uint8Array, start: number): number {
  let i = start;
  while (isWord(bytes[i]!)) i++;
  return i;
}

/** `#define f(a, args...)`: the grammar knows `...` alone; `#define X` and blanks: it takes the next line for the body. */
function tidyDefine(s: State, hash: number, word: number, end: number): void {
  const { bytes } = s;
  let i = wordEnd(bytes, skipSpace(bytes, wordEnd(bytes, word), end));
  let named = false;
  if (bytes[i] === 40) {
    while (i < end && bytes[i] !== 41) {
      if (isWord(bytes[i]!)) named = true;
      else if (bytes[i] === 44) named = false;
      if (named && bytes[i] === 46 && bytes[i + 1] === 46) {
        s.applied[ROW.namedVariadic]!++;
        blankOut(bytes, i, i + 3);
      }
      i++;
    }
    i++;
  }
  if (i >= end) return;
  let body = i;
  while (body < end && (isSpace(bytes[body]!) || (bytes[body] === BACKSLASH && isSpace(bytes[body + 1]!))))
    body++;
  if (body >= end && !(end - i === 1 && bytes[i] === RETURN)) {
    s.applied[ROW.emptyDefine]!++;
    blankOut(bytes, hash, end);
  }
}

/** `#endif CONFIG_X`, `#else !CONFIG_X`: words behind a directive that takes none. Comments stay. */
export function tidyTail(s: State, hash: number, end: number): void {
  const { bytes } = s;
  const word = skipSpace(bytes, hash + 1, end);
  // `#elif` takes a condition.
  if (bytes[word + 2] === 105) return;
  const tail = wordEnd(bytes, word);
  const rest = skipSpace(bytes, tail, end);
  if (rest < end && !(bytes[rest] === SLASH && (bytes[rest + 1] === STAR || bytes[rest + 1] === SLASH))) {
    s.applied[ROW.directiveTail]!++;
    blankOut(bytes, tail, end);
  }
}

/** The mask's one pass over the text: tokens, and for each what its neighbours make of it. */

import { blockCommentEnd, literalEnd, logicalLineEnd, opensLine } from '../lex.ts';
import { resolveCall } from './calls.ts';
import { Conditionals } from './conditionals.ts';
import { blankOut, isWord, WORD } from './edits.ts';
import { blankPrev, identifier, keyword, plain, resolve } from './identifiers.ts';
import { isPasted, numberEnd } from './numbers.ts';
import { punctuation } from './punctuation.ts';
import { ROW } from './rows.ts';
import { C_ARGS, C_TOP, type State } from './state.ts';
import { T_EOF, T_IDENT, T_NUM, T_OP, T_RCALL, T_STR, wordKind } from './words.ts';

const X_SPACE = 0;
const X_WORD = 1;
const X_DIGIT = 2;
const X_LITERAL = 3;
const X_SLASH = 4;
const X_HASH = 5;
const X_PUNCTUATION = 6;
const X_NUL = 7;

/** What a byte can begin. */
const CLASS = new Uint8Array(256).fill(X_PUNCTUATION);
for (let c = 0; c < 256; c++) if (isWord(c)) CLASS[c] = X_WORD;
for (let c = 48; c <= 57; c++) CLASS[c] = X_DIGIT;
for (const c of [9, 10, 11, 12, 13, 32, 92]) CLASS[c] = X_SPACE;
CLASS[0] = X_NUL;
CLASS[34] = X_LITERAL;
CLASS[39] = X_LITERAL;
CLASS[47] = X_SLASH;
CLASS[35] = X_HASH;

/** Masks the whole text of `s` in place. */
export function scan(s: State): void {
  const { bytes, length } = s;
  const conditionals = new Conditionals(s);
  let i = 0;
  for (;;) {
    while (CLASS[bytes[i]!] === X_SPACE) i++;
    if (i >= length) break;
    const c = bytes[i]!;
    const start = i;
    if (start >= s.nextCut) s.tryCut(start);
    switch (CLASS[c]!) {
      case X_WORD: {
        let hash = 0;
        let b = c;
        do {
          hash = (Math.imul(hash, 31) + b) | 0;
          b = bytes[++i]!;
        } while (WORD[b] === 1);
        const kind = wordKind(bytes, start, i, hash);
        s.at = i;
        if (kind === T_IDENT) {
          identifier(s, start, i);
          i = s.at;
        } else {
          if (!keyword(s, kind, start, i)) return;
          i = s.at;
        }
        break;
      }
      case X_DIGIT:
        i = numberEnd(bytes, i);
        number(s, start, i);
        break;
      case X_LITERAL: {
        const end = literalEnd(bytes, i, length);
        i = bytes[end] === c ? end + 1 : end;
        literal(s, c === 34 ? T_STR : T_NUM, start, i);
        break;
      }
      case X_SLASH:
        if (bytes[i + 1] === 42 || bytes[i + 1] === 47) {
          i = bytes[i + 1] === 42 ? blockCommentEnd(bytes, i, length) : logicalLineEnd(bytes, i, length);
          blankOut(bytes, start, i);
          s.applied[ROW.comment]!++;
        } else {
          i++;
          if (bytes[i] === 61) i++;
          if (s.pend !== 0) resolve(s, T_OP, start);
          plain(s, T_OP, start, i);
        }
        break;
      case X_HASH:
        if (opensLine(bytes, i)) i = conditionals.directive(i);
        else i++;
        break;
      case X_NUL:
        i++;
        break;
      default:
        s.at = i;
        if (!punctuation(s, c)) return;
        i = s.at + 1;
    }
  }
  s.at = length;
  if (s.pend !== 0) resolveCall(s, T_EOF);
  if (s.depth === 0 && s.prev === T_IDENT && s.itemBefore === 0 && s.item !== 0)
    blankPrev(s, ROW.lonelyMacro);
}

/** `bytes[start, end)` is a string (`T_STR`) or a character (counted as a number). */
function literal(s: State, kind: number, start: number, end: number): void {
  if (s.pend !== 0) resolve(s, kind, start);
  if (s.prev === T_RCALL && kind === T_STR && s.ctx !== C_TOP && s.callClose === s.prevStart) {
    // `__stringify(X) "text"`
    s.applied[ROW.stringMacro]!++;
    blankOut(s.bytes, s.callName, s.callClose + 1);
    s.dropPrev();
  }
  plain(s, kind, start, end);
}

/** `bytes[start, end)` is a number, or begins like one. */
function number(s: State, start: number, end: number): void {
  const { bytes } = s;
  if (s.pend !== 0) resolve(s, T_NUM, start);
  if (s.ctx === C_ARGS) {
    if (s.prev === T_IDENT) blankPrev(s, ROW.wordsInARow);
    if (isPasted(bytes, start, end)) {
      // `PCI_VEND_DEV(INTEL, 3200_HB)`: a part of a name, pasted by the macro.
      s.applied[ROW.pastedWord]!++;
      bytes[start] = 95;
      for (let i = start; i < end; i++) if (bytes[i] === 46) bytes[i] = 95;
    }
  }
  plain(s, T_NUM, start, end);
}

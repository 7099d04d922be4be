/** What stands between a macro's parentheses and is no expression. */

import { argumentsEnd, blankOut, braceEnd, isSpace, isWord, readArguments, skipSpace } from './edits.ts';
import { ROW } from './rows.ts';
import { C_ARGS, C_BODY, type State } from './state.ts';
import { T_ASSIGN, T_COMMA, T_IDENT, T_LPAREN, T_OP, T_RBRACE, T_STAR, T_START } from './words.ts';

/** At the end of an argument: a type's stars, an operator that stands alone, nothing at all. */
export function tidyArgument(s: State): void {
  const { bytes } = s;
  if (s.prev === T_STAR) {
    s.applied[ROW.typeArgument]!++;
    for (let i = s.prevEnd - 1; i > 0 && (bytes[i] === 42 || isSpace(bytes[i]!)); i--) {
      if (bytes[i] === 42) bytes[i] = 32;
    }
    s.dropPrev();
  } else if (s.prev === T_OP && (s.before === T_LPAREN || s.before === T_COMMA)) {
    s.applied[ROW.operatorArgument]!++;
    for (let i = s.prevStart; i < s.prevEnd; i++) bytes[i] = 111;
    s.prev = T_IDENT;
  } else if (s.prev === T_COMMA && s.ctx === C_ARGS) {
    s.applied[ROW.emptyArgument]!++;
    bytes[s.prevStart] = 32;
  }
}

/** `MACRO(a, { .x = 1, .y })`: the grammar knows a block there, no list. The braces stay, empty; behind `=` they become 0. */
export function listArgument(s: State): boolean {
  const { bytes, at } = s;
  const end = braceEnd(s, at);
  if (end < 0) return false;
  s.applied[ROW.listArgument]!++;
  blankOut(bytes, at + 1, end);
  if (s.prev === T_ASSIGN) {
    bytes[at] = 48;
    bytes[end] = 32;
  }
  s.agg = 0;
  s.shift(T_RBRACE, at, end + 1);
  s.at = end;
  return true;
}

/** `MACRO(a, [0 ... 3] = b)`: the designator goes. */
export function elementArgument(s: State): boolean {
  const { bytes, at } = s;
  let i = at;
  const limit = Math.min(s.length, at + 200);
  while (i < limit && bytes[i] !== 93 && bytes[i] !== 10) i++;
  if (bytes[i] !== 93) return false;
  i = skipSpace(bytes, i + 1, s.length);
  if (bytes[i] !== 61 || bytes[i + 1] === 61) return false;
  s.applied[ROW.designatorArgument]!++;
  blankOut(bytes, at, i + 1);
  s.at = i;
  return true;
}

/**
 * `nvkm_msec(device, 2000, if (done()) break; )`: an argument, the last, that consists of statements. It is put in braces,
 * where there are blanks to put them in, and read again as a block. True when that was done.
 */
export function wrapStatements(s: State, from: number, fallback: boolean): boolean {
  const { bytes } = s;
  const start = skipSpace(bytes, from, s.length);
  const open = bytes[start - 1];
  if (s.brace() !== C_BODY) return false;
  const end = argumentsEnd(s, start);
  if (end < 0) return false;
  if ((open !== 32 && open !== 9) || (bytes[end - 1] !== 32 && bytes[end - 1] !== 9)) {
    if (!fallback) return false;
    s.applied[ROW.statementArgument]!++;
    blankOut(bytes, start, end);
    s.at = end;
    return true;
  }
  s.applied[ROW.statementArgument]!++;
  bytes[start - 1] = 123;
  bytes[end - 1] = 125;
  s.prev = T_COMMA;
  s.before = T_START;
  s.at = start - 1;
  return true;
}

/** `offsetof(struct x, a.b[0])` -> `offsetof(struct x, a     )`: the grammar knows one field name there. */
export function plainMember(s: State, open: number, close: number): void {
  const { bytes } = s;
  const { commas } = readArguments(bytes, open, close);
  const comma = commas[0];
  if (comma === undefined) return;
  let i = skipSpace(bytes, comma + 1, close);
  while (i < close && isWord(bytes[i]!)) i++;
  if (skipSpace(bytes, i, close) < close) {
    s.applied[ROW.offsetofMember]!++;
    blankOut(bytes, i, close);
  }
}

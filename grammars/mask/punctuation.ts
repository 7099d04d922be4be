/** Punctuation: what it ends, and what of it the grammar cannot read where it stands. */

import { elementArgument, tidyArgument, wrapStatements } from './arguments.ts';
import { closeBrace, closeParenthesis, openBrace, openParenthesis } from './brackets.ts';
import { resolveCall } from './calls.ts';
import { argumentsEnd, blankOut, hasNewline, isMacroName, write } from './edits.ts';
import { blankPrev, declares, plain } from './identifiers.ts';
import { numberEnd } from './numbers.ts';
import { ROW } from './rows.ts';
import {
  C_ARGS,
  C_BODY,
  C_BRACKET,
  C_EXTERN,
  C_GROUP,
  C_INIT,
  C_PARAMS,
  C_STRUCT,
  C_TOP,
  F_ASM,
  F_OPERANDS,
  I_ANY,
  I_ASSIGN,
  I_TYPE,
  LAST_BRACE,
  type State,
} from './state.ts';
import {
  T_AGG,
  T_ARROW,
  T_ASSIGN,
  T_COLON,
  T_COMMA,
  T_DOT,
  T_ELLIPSIS,
  T_IDENT,
  T_KEY,
  T_LBRACE,
  T_LBRACK,
  T_LPAREN,
  T_NUM,
  T_OP,
  T_QUAL,
  T_RBRACE,
  T_RBRACK,
  T_RPARAMS,
  T_SEMI,
  T_STAR,
  T_TYPE,
} from './words.ts';

/** Handles the punctuation byte `c` at `s.at` and leaves `s.at` on its last byte. False when the scan is to stop. */
export function punctuation(s: State, c: number): boolean {
  const start = s.at;
  switch (c) {
    case 40: // (
      if (s.pend !== 0) resolveCall(s, T_LPAREN);
      if (s.ctx <= LAST_BRACE && s.prev !== T_IDENT) s.item |= I_ANY | I_TYPE;
      s.agg = 0;
      return openParenthesis(s);
    case 41: // )
      s.pend = 0;
      s.agg = 0;
      closeParenthesis(s);
      return true;
    case 123: // {
      if (s.pend !== 0) resolveCall(s, T_LBRACE);
      trailingWord(s);
      if (s.prev === T_IDENT && s.ctx === C_INIT) lonelyWord(s, start);
      return openBrace(s);
    case 125: // }
      if (s.pend !== 0) resolveCall(s, T_RBRACE);
      if (
        (s.ctx === C_BODY || s.ctx === C_STRUCT) &&
        s.prev === T_IDENT &&
        s.itemBefore === 0 &&
        s.item !== 0 &&
        s.before !== T_AGG
      ) {
        blankPrev(s, ROW.lonelyMacro);
      }
      closeBrace(s);
      return true;
    case 91: // [
      if (s.pend !== 0) resolveCall(s, T_LBRACK);
      s.agg = 0;
      if (s.prev === T_IDENT && s.ctx === C_INIT) lonelyWord(s, start);
      if (s.ctx === C_ARGS && (s.prev === T_LPAREN || s.prev === T_COMMA) && elementArgument(s)) return true;
      if (!s.push(C_BRACKET, start, 0)) return false;
      s.shift(T_LBRACK, start, start + 1);
      return true;
    case 93: // ]
      s.pend = 0;
      if (s.ctx === C_BRACKET) {
        s.pop();
        s.collapse(s.depth);
      }
      s.shift(T_RBRACK, start, start + 1);
      return true;
    case 59: // ;
      semicolon(s, start);
      return true;
    case 44: // ,
      comma(s, start);
      return true;
    case 58: // :
      colon(s, start);
      return true;
    case 46: // .
      dot(s, start);
      return true;
    default:
      operator(s, c, start);
      return true;
  }
}

/** `.`: of a member, a designator, a number, or the first of three. */
function dot(s: State, start: number): void {
  const { bytes } = s;
  const next = bytes[start + 1]!;
  const argument = s.ctx === C_ARGS && (s.prev === T_LPAREN || s.prev === T_COMMA);
  if (next === 46 && bytes[start + 2] === 46) {
    ellipsis(s, start);
  } else if (next >= 48 && next <= 57) {
    s.at = numberEnd(bytes, start) - 1;
    if (s.prev === T_IDENT && s.ctx === C_ARGS) {
      // `EC_NAME(BINF.2)`
      s.applied[ROW.pastedWord]!++;
      bytes[start] = 95;
    } else plain(s, T_NUM, start, s.at + 1);
  } else {
    if (s.pend !== 0) resolveCall(s, T_DOT);
    if (argument) {
      s.applied[ROW.designatorArgument]!++;
      bytes[start] = 32;
      return;
    }
    if (s.prev === T_IDENT && s.ctx === C_INIT) lonelyWord(s, start);
    plain(s, T_DOT, start, start + 1);
  }
}

function semicolon(s: State, start: number): void {
  const { bytes } = s;
  if (s.pend !== 0) resolveCall(s, T_SEMI);
  trailingWord(s);
  s.agg = 0;
  if (s.ctx === C_ARGS) {
    if (wrapStatements(s, s.argument[s.depth - 1]!, false)) {
      s.at--;
      return;
    }
    let i = start + 1;
    while (bytes[i] === 32 || bytes[i] === 9) i++;
    if ((bytes[i] !== 10 && bytes[i] !== 13) || argumentsEnd(s, i) >= 0) {
      s.applied[ROW.statementArgument]!++;
      bytes[start] = 44;
      s.shift(T_COMMA, start, start + 1);
      return;
    }
  }
  if (s.ctx === C_STRUCT && s.item === 0) {
    s.applied[ROW.strayMemberSemicolon]!++;
    bytes[start] = 32;
    return;
  }
  if (s.prev === T_RBRACE && s.storageAt >= 0 && (s.item & I_ASSIGN) === 0 && bytes[s.storageAt] === 115) {
    // `static struct x { … };`: a declaration that declares nothing but the type.
    s.applied[ROW.uselessStorage]!++;
    blankOut(bytes, s.storageAt, s.storageAt + 6);
  }
  if (s.ctx <= LAST_BRACE) s.endItem();
  s.shift(T_SEMI, start, start + 1);
}

function comma(s: State, start: number): void {
  if (s.pend !== 0) resolveCall(s, T_COMMA);
  s.agg = 0;
  if (s.ctx === C_ARGS) {
    if (s.prev === T_LPAREN || s.prev === T_COMMA) {
      s.applied[ROW.emptyArgument]!++;
      s.bytes[start] = 32;
      return;
    }
    tidyArgument(s);
  }
  s.shift(T_COMMA, start, start + 1);
  if (s.depth > 0) s.argument[s.depth - 1] = start + 1;
}

function colon(s: State, start: number): void {
  const { bytes, prev } = s;
  s.pend = 0;
  s.agg = 0;
  if (
    s.ctx === C_STRUCT &&
    (prev === T_TYPE || (prev === T_IDENT && s.itemBefore === 0) || prev === T_COMMA)
  ) {
    anonymousBitfield(s, start);
    return;
  }
  if (s.ctx === C_GROUP) {
    if ((s.flags[s.depth - 1]! & F_ASM) !== 0) s.flags[s.depth - 1]! |= F_OPERANDS;
  } else if (s.ctx === C_PARAMS && s.brace() === C_STRUCT) s.items[s.depth - 1] = -1;
  if (s.ctx === C_ARGS) {
    // `FIELD(reg, 7:4)`, `asm_goto("…" : : : : label)`: a colon that belongs to no `?`.
    if (s.items[s.depth - 1]! > 0) s.items[s.depth - 1]!--;
    else {
      s.applied[ROW.colonArgument]!++;
      bytes[start] = 43;
      s.shift(T_OP, start, start + 1);
      return;
    }
  }
  if (s.ctx === C_BODY) {
    if (s.ternary > 0) s.ternary--;
    else {
      s.endItem();
      // What stood before the label's name decides whether it is one: `case x:` ends with a word, too.
      s.shift(T_COLON, start, start + 1);
      return;
    }
  }
  s.shift(T_COLON, start, start + 1);
}

/** `u32 :5;` becomes `u32 _ ;`. */
function anonymousBitfield(s: State, start: number): void {
  const { bytes } = s;
  s.applied[ROW.bitfield]!++;
  let i = start + 1;
  while (i < s.length && bytes[i] !== 59 && bytes[i] !== 44 && bytes[i] !== 10) i++;
  bytes[start] = 95;
  blankOut(bytes, start + 1, i);
  s.at = i - 1;
  s.shift(T_IDENT, start, start + 1);
}

/** `case 1 ... 3:` becomes `case 1  +  3:`. */
function ellipsis(s: State, start: number): void {
  if (s.ctx === C_BODY) {
    s.applied[ROW.caseRange]!++;
    write(s.bytes, start, ' + ');
  }
  s.at = start + 2;
  s.shift(T_ELLIPSIS, start, start + 3);
}

function operator(s: State, c: number, start: number): void {
  const { bytes } = s;
  const next = bytes[start + 1]!;
  let kind = T_OP;
  let end = start + 1;
  if (c === 61) {
    if (next === 61) end++;
    else kind = T_ASSIGN;
  } else if (c === 42 && next !== 61) kind = T_STAR;
  else if (c === 45 && next === 62) {
    kind = T_ARROW;
    end++;
  } else if (next === 61) end++;
  else if (next === c && (c === 38 || c === 124 || c === 43 || c === 45 || c === 60 || c === 62)) {
    end++;
    if (bytes[end] === 61) end++;
  } else if (c === 63) {
    if (s.ctx === C_BODY) s.ternary++;
    else if (s.ctx === C_ARGS) s.items[s.depth - 1]!++;
  }
  if (s.pend !== 0) resolveCall(s, kind);
  if (kind === T_STAR) {
    if (s.prev === T_KEY && bytes[s.prevStart] === 103) {
      computedGoto(s, start);
      return;
    }
    if (s.prev === T_IDENT) fixPointer(s);
  }
  if (s.ctx <= LAST_BRACE) {
    s.item |= I_ANY | I_TYPE;
    if (kind === T_ASSIGN) {
      trailingWord(s);
      s.item |= I_ASSIGN;
    } else if (kind === T_OP && s.ctx === C_BODY) s.item |= I_ASSIGN;
  }
  s.agg = 0;
  s.at = end - 1;
  s.shift(kind, start, end);
}

/** A star behind a word behind a word, in a declaration: one of the words is an attribute. */
function fixPointer(s: State): void {
  const { bytes, before } = s;
  if (before === T_TYPE && (declares(s.ctx) || s.ctx === C_GROUP)) {
    // `unsigned char SOME_ATTRIBUTE *p`
    blankPrev(s, ROW.unknownAttribute);
  } else if (before === T_IDENT && declares(s.ctx)) {
    // `u8 SOME_ATTRIBUTE *p`, `SOME_ATTRIBUTE u8 *p`, `struct a SOME_ATTRIBUTE *p`
    if (s.older === T_AGG) blankPrev(s, ROW.unknownAttribute);
    else if (isMacroName(bytes, s.beforeStart, s.beforeEnd) && !isMacroName(bytes, s.prevStart, s.prevEnd)) {
      s.applied[ROW.unknownAttribute]!++;
      blankOut(bytes, s.beforeStart, s.beforeEnd);
      s.dropBefore();
    } else blankPrev(s, ROW.unknownAttribute);
  } else if (before === T_QUAL && s.older === T_IDENT && declares(s.ctx)) {
    // `SOME_ATTRIBUTE const u8 *p`
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, s.olderStart, s.olderEnd);
  }
}

/** `goto *labels[1];` becomes `goto _         ;`. */
function computedGoto(s: State, start: number): void {
  const { bytes } = s;
  let i = start;
  while (i < s.length && bytes[i] !== 59 && bytes[i] !== 10) i++;
  s.applied[ROW.computedGoto]!++;
  blankOut(bytes, start, i);
  bytes[start] = 95;
  s.agg = 0;
  s.at = i - 1;
  s.shift(T_IDENT, start, start + 1);
}

/** In a list, `SOME_MACRO` on a line of its own before `.x =` or `[x] =`: a macro that ends with its own comma. */
function lonelyWord(s: State, at: number): void {
  if (
    (s.before === T_COMMA || s.before === T_LBRACE) &&
    (s.bytes[at] === 123 || hasNewline(s.bytes, s.prevEnd, at))
  ) {
    blankPrev(s, ROW.noComma);
  }
}

/** `void f(void) SOME_ATTRIBUTE;`: a word between the parameters and the end. */
function trailingWord(s: State): void {
  if (s.prev === T_IDENT && s.before === T_RPARAMS && (s.ctx === C_TOP || s.ctx === C_EXTERN)) {
    blankPrev(s, ROW.trailingAttribute);
  }
}

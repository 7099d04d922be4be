/** Words: attributes, words in a row, keywords where the grammar expects none. */

import { wrapStatements } from './arguments.ts';
import { openGroupOfMembers } from './brackets.ts';
import { resolveCall } from './calls.ts';
import {
  blankOut,
  closingParenthesis,
  hasNewline,
  isMacroName,
  isWord,
  skipSpace,
  upperCase,
  write,
} from './edits.ts';
import { ROW } from './rows.ts';
import {
  C_ARGS,
  C_BODY,
  C_BRACKET,
  C_ENUM,
  C_EXTERN,
  C_GROUP,
  C_INIT,
  C_PARAMS,
  C_STRUCT,
  C_TOP,
  F_ASM,
  F_MACHINE,
  F_OPERANDS,
  I_ANY,
  I_ASSIGN,
  I_EXTERN,
  I_TYPE,
  LAST_BRACE,
  type State,
} from './state.ts';
import {
  T_AGG,
  T_ARROW,
  T_ASM,
  T_COMMA,
  T_CTRL,
  T_DOT,
  T_ELSE,
  T_IDENT,
  T_KEY,
  T_LPAREN,
  T_NUM,
  T_QUAL,
  T_RBRACE,
  T_RBRACK,
  T_RPARAMS,
  T_SEMI,
  T_SIZEOF,
  T_STAR,
  T_STORAGE,
  T_STR,
  T_TYPE,
  W_ALIGNOF,
  W_ALTERNATE,
  W_ASM_INLINE,
  W_ATTRIBUTE,
  W_ATTRIBUTE_ARGS,
  W_STRUCT_GROUP,
} from './words.ts';

/** `bytes[start, end)` is a word of no list. */
export function identifier(s: State, start: number, end: number): void {
  const { bytes, ctx } = s;
  if (s.pend !== 0) resolve(s, T_IDENT, start);
  if (s.prev === T_RPARAMS) endHead(s, start);
  const { prev } = s;
  if (ctx === C_GROUP && (s.flags[s.depth - 1]! & (F_ASM | F_OPERANDS)) === F_ASM && end - start > 1) {
    asmTemplate(s, start, end);
    return;
  }
  if (
    ctx === C_INIT &&
    (s.flags[s.depth - 1]! & F_MACHINE) !== 0 &&
    bytes[start - 1] === 10 &&
    end - start > 2
  ) {
    // `MACHINE_END`
    blankOut(bytes, start, end);
    write(bytes, start, '};');
    s.pop();
    s.endItem();
    s.shift(T_SEMI, start, end);
    return;
  }
  if (prev === T_CTRL) {
    // `if time_after(a, b)`: the macro brings the parentheses.
    if (bytes[end] === 40) {
      s.applied[ROW.controlMacro]!++;
      blankOut(bytes, start, end);
      return;
    }
  } else if (prev === T_IDENT) {
    if (ctx === C_ARGS || ctx === C_GROUP || ctx === C_INIT || ctx === C_BRACKET || ctx === C_ENUM) {
      joinWords(s, start, end);
      return;
    }
    if ((ctx === C_TOP || ctx === C_BODY) && (s.item & I_ASSIGN) !== 0) {
      joinWords(s, start, end);
      return;
    }
    if ((ctx === C_BODY || ctx === C_TOP) && s.itemBefore === 0 && isLonely(s, start, end)) {
      blankPrev(s, ROW.lonelyMacro);
      s.endItem();
    } else if (fixDeclaration(s, start, end)) return;
  } else if (prev === T_NUM && bytes[s.prevEnd - 1] !== 39 && ctx !== C_TOP && ctx !== C_STRUCT) {
    // `64 K`: a macro that multiplies.
    s.applied[ROW.unitSuffix]!++;
    blankOut(bytes, start, end);
    return;
  } else if (prev === T_RBRACE && ctx === C_INIT) {
    // A macro that brings its comma along.
    s.applied[ROW.noComma]!++;
    blankOut(bytes, start, end);
    return;
  } else if (prev === T_RBRACK && ctx <= C_EXTERN && ctx !== C_INIT && (s.item & I_ASSIGN) === 0) {
    const open = skipSpace(bytes, end, s.length);
    const close = bytes[open] === 40 ? closingParenthesis(s, open) : end;
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, start, close < 0 ? end : close);
    s.at = close < 0 ? end : close;
    return;
  }
  if (ctx <= LAST_BRACE) {
    s.itemBefore = s.item;
    s.item |= I_ANY | I_TYPE;
  }
  s.shift(T_IDENT, start, end);
}

/** A word of one of the lists; `s.at` is behind it. False when the scan is to stop. */
export function keyword(s: State, kind: number, start: number, end: number): boolean {
  const { bytes, ctx } = s;
  if (kind === W_ALTERNATE) {
    s.applied[ROW.alternateKeyword]!++;
    const signed = bytes[start + 2] === 115;
    const word = signed ? 'signed' : bytes[start + 2] === 99 ? 'const' : 'volatile';
    blankOut(bytes, start, end);
    write(bytes, start, word);
    return keyword(s, signed ? T_TYPE : T_QUAL, start, start + word.length);
  }
  if (kind >= W_ATTRIBUTE) {
    if (kind === W_ATTRIBUTE) {
      if (s.prev === T_DOT || s.prev === T_ARROW || bytes[end] === 91) identifier(s, start, end);
      else {
        s.applied[ROW.attribute]!++;
        blankOut(bytes, start, end);
      }
    } else if (kind === W_ATTRIBUTE_ARGS) attributeWithArguments(s, start, end);
    else if (kind === W_ALIGNOF) {
      s.applied[ROW.alignofExpression]!++;
      blankOut(bytes, start, end);
      write(bytes, start, 'sizeof');
      plain(s, T_SIZEOF, start, end);
    } else if (kind === W_ASM_INLINE) {
      s.applied[ROW.asmInline]!++;
      write(bytes, start + 3, '       ');
      plain(s, T_STORAGE, start, end);
    } else if (ctx === C_STRUCT && s.item === 0) return openGroupOfMembers(s, start, kind - W_STRUCT_GROUP);
    else identifier(s, start, end);
    return true;
  }
  if (s.prev === T_DOT || s.prev === T_ARROW) {
    identifier(s, start, end);
    return true;
  }
  if (ctx === C_ARGS) {
    if (kind === T_TYPE || kind === T_AGG || kind === T_QUAL || kind === T_STORAGE) {
      s.applied[ROW.typeArgument]!++;
      upperCase(bytes, start, end);
      identifier(s, start, end);
      return true;
    }
    if (
      (kind === T_KEY || kind === T_CTRL || kind === T_ELSE) &&
      (s.prev === T_LPAREN || s.prev === T_COMMA)
    ) {
      const statement = kind !== T_KEY || isWord(bytes[skipSpace(bytes, end, s.length)]!);
      if (statement && wrapStatements(s, start, kind === T_CTRL)) return true;
      s.applied[ROW.keywordArgument]!++;
      upperCase(bytes, start, end);
      identifier(s, start, end);
      return true;
    }
  }
  if (s.pend !== 0) resolve(s, kind, start);
  if (kind === T_ASM && asmLabel(s, start, end)) return true;
  if (ctx === C_BODY && s.prev === T_IDENT && s.itemBefore === 0 && (kind === T_KEY || kind === T_CTRL)) {
    blankPrev(s, ROW.lonelyMacro);
    s.endItem();
  }
  if (kind === T_TYPE || kind === T_AGG) {
    if (s.prev === T_RPARAMS) endHead(s, start);
    if (declares(ctx)) attributeBeforeType(s);
    if (kind === T_AGG) s.agg = bytes[start] === 101 ? C_ENUM : C_STRUCT;
  }
  if (kind !== T_AGG) s.agg = 0;
  if (ctx <= LAST_BRACE) {
    s.itemBefore = s.item;
    if (kind === T_STORAGE || kind === T_QUAL) {
      if (s.item === 0 && kind === T_STORAGE) s.storageAt = start;
      s.item |= I_ANY;
      if (bytes[start] === 101) s.item |= I_EXTERN;
    } else if (kind !== T_ELSE) s.item |= I_ANY | I_TYPE;
    else if (ctx === C_BODY) s.endItem();
  }
  s.shift(kind, start, end);
  return true;
}

/** `__printf(1, 2)`, where it is no call of a function with that name. */
function attributeWithArguments(s: State, start: number, end: number): void {
  const { bytes, ctx, prev } = s;
  const open = skipSpace(bytes, end, s.length);
  const always = end - start >= 11 && bytes[start + 2] === 97 && bytes[start + 3] === 116;
  const expression = ctx === C_BODY ? s.item === 0 || (s.item & I_ASSIGN) !== 0 : !declares(ctx);
  const called = expression && prev !== T_IDENT && prev !== T_TYPE;
  const close = bytes[open] === 40 && (always || !called) ? closingParenthesis(s, open) : -1;
  if (close < 0) {
    identifier(s, start, end);
    return;
  }
  s.applied[ROW.attributeArguments]!++;
  blankOut(bytes, start, close);
  s.at = close;
}

/** `register u32 r0 asm("r0") = x;`: the grammar knows no label before an initialiser. True when it was blanked. */
function asmLabel(s: State, start: number, end: number): boolean {
  const { prev } = s;
  if (prev !== T_IDENT && prev !== T_RPARAMS && prev !== T_RBRACK) return false;
  const open = skipSpace(s.bytes, end, s.length);
  const close = s.bytes[open] === 40 ? closingParenthesis(s, open) : -1;
  if (close < 0) return false;
  s.applied[ROW.asmLabel]!++;
  blankOut(s.bytes, start, close);
  s.at = close;
  return true;
}

/** `asm (MACRO(%0) : …)`, a macro that makes the text of the assembler: becomes a string. */
function asmTemplate(s: State, start: number, end: number): void {
  const { bytes } = s;
  const open = skipSpace(bytes, end, s.length);
  const close = bytes[open] === 40 ? closingParenthesis(s, open) : end;
  const last = close < 0 ? end : close;
  s.applied[ROW.asmTemplate]!++;
  blankOut(bytes, start, last);
  bytes[start] = 34;
  bytes[last - 1] = 34;
  if (hasNewline(bytes, start, last)) {
    // A string ends with its line: an empty one stands for all.
    bytes[last - 1] = 32;
    bytes[start + 1] = 34;
  }
  s.at = last;
  plain(s, T_STR, start, last);
}

/** A word behind a word in a declaration: one of the words there may be an attribute. True when this one was blanked. */
function fixDeclaration(s: State, start: number, end: number): boolean {
  const { bytes, ctx, before } = s;
  if (before === T_STORAGE && s.older === T_IDENT) {
    // `STATIC inline u32 f(`
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, s.olderStart, s.olderEnd);
    return false;
  }
  // `} SOME_ATTRIBUTE name;` follows a struct's members; a brace that ended an item left nothing of it.
  const members = before === T_RBRACE && s.itemBefore !== 0 && ctx !== C_BODY;
  const pointer = before === T_STAR && ctx !== C_BODY;
  if (before === T_IDENT || before === T_TYPE || pointer || members) return fixWords(s, start, end);
  return false;
}

/** Two words in a row where the C grammar wants one: decides which of them is an attribute, and blanks it. */
function fixWords(s: State, start: number, end: number): boolean {
  const { bytes, before } = s;
  const three = before === T_IDENT;
  const tagged = s.older === T_AGG;
  if (
    three &&
    !tagged &&
    isMacroName(bytes, s.beforeStart, s.beforeEnd) &&
    !isMacroName(bytes, s.prevStart, s.prevEnd)
  ) {
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, s.beforeStart, s.beforeEnd);
    s.dropBefore();
    return false;
  }
  const follower = bytes[skipSpace(bytes, end, s.length)]!;
  const last = follower === 59 || follower === 61 || follower === 44 || follower === 41 || follower === 91;
  if (last && isMacroName(bytes, start, end) && !isMacroName(bytes, s.prevStart, s.prevEnd)) {
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, start, end);
    return true;
  }
  s.applied[ROW.unknownAttribute]!++;
  if (three && !tagged && !isMacroName(bytes, s.prevStart, s.prevEnd)) {
    blankOut(bytes, s.beforeStart, s.beforeEnd);
    s.dropBefore();
  } else {
    blankOut(bytes, s.prevStart, s.prevEnd);
    s.dropPrev();
  }
  return false;
}

/** `SOME_ATTRIBUTE int x`, `IN const struct a *b`, `STATIC inline void f()`: the unknown word goes. */
function attributeBeforeType(s: State): void {
  const { bytes, prev, before, older } = s;
  if (prev === T_IDENT && before !== T_AGG) blankPrev(s, ROW.unknownAttribute);
  else if (before === T_IDENT && older !== T_AGG && (prev === T_QUAL || prev === T_STORAGE)) {
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, s.beforeStart, s.beforeEnd);
    s.dropBefore();
  }
}

/**
 * In a body, whether the word before `bytes[start, end)`, the first of its statement, is a macro on a line of its own
 * that needs no semicolon: written like one, or before a call.
 */
function isLonely(s: State, start: number, end: number): boolean {
  if (!hasNewline(s.bytes, s.prevEnd, start)) return false;
  const macro = isMacroName(s.bytes, s.prevStart, s.prevEnd);
  if (s.ctx !== C_BODY) return macro && isMacroName(s.bytes, start, end);
  return macro || s.bytes[end] === 40;
}

/** `STATIC DEF_SCSI_QCMD(f)` without a semicolon, and on the next line another item: the macro goes. */
function endHead(s: State, start: number): void {
  const { bytes, prev } = s;
  if (prev !== T_RPARAMS || s.ctx !== C_TOP || bytes[start - 1] !== 10) return;
  if (s.prevStart !== s.callClose || !isMacroName(bytes, s.callName, s.callNameEnd)) return;
  s.applied[ROW.noSemicolon]!++;
  blankOut(bytes, s.callName, s.callClose + 1);
  s.dropPrev();
  if (s.prev === T_IDENT) blankPrev(s, ROW.unknownAttribute);
  s.endItem();
}

/** Two words in an expression become one, `a b` -> `a_b`; over a line's end the first is blanked. */
function joinWords(s: State, start: number, end: number): void {
  const { bytes } = s;
  s.applied[ROW.wordsInARow]!++;
  const from = s.prevStart;
  if (hasNewline(bytes, s.prevEnd, start)) {
    blankOut(bytes, from, s.prevEnd);
    s.prevStart = start;
  } else for (let i = s.prevEnd; i < start; i++) bytes[i] = 95;
  s.prevEnd = end;
}

export function declares(ctx: number): boolean {
  return ctx <= C_STRUCT || ctx === C_EXTERN || ctx === C_PARAMS;
}

export function resolve(s: State, kind: number, start: number): void {
  const at = s.at;
  s.at = start;
  resolveCall(s, kind);
  s.at = at;
}

/** A token that only ends what stood before it. */
export function plain(s: State, kind: number, start: number, end: number): void {
  if (s.ctx <= LAST_BRACE) s.item |= I_ANY | I_TYPE;
  s.agg = 0;
  s.shift(kind, start, end);
}

export function blankPrev(s: State, row: number): void {
  s.applied[row]!++;
  blankOut(s.bytes, s.prevStart, s.prevEnd);
  s.dropPrev();
}

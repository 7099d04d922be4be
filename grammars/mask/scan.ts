/** The mask's one pass over the text: tokens, and for each what its neighbours make of it. */

import { blockCommentEnd, literalEnd, logicalLineEnd, opensLine } from '../lex.ts';
import {
  closeBrace,
  closeParenthesis,
  fixWords,
  openBrace,
  openGroupOfMembers,
  openParenthesis,
  resolveCall,
  tidyArgument,
} from './brackets.ts';
import { Conditionals } from './conditionals.ts';
import {
  argumentsEnd,
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
  T_ASSIGN,
  T_COLON,
  T_COMMA,
  T_CTRL,
  T_DOT,
  T_ELLIPSIS,
  T_ELSE,
  T_EOF,
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
  T_RCALL,
  T_RPARAMS,
  T_SEMI,
  T_SIZEOF,
  T_STAR,
  T_START,
  T_STORAGE,
  T_STR,
  T_TYPE,
  W_ALIGNOF,
  W_ASM_INLINE,
  W_ATTRIBUTE,
  W_ATTRIBUTE_ARGS,
  W_STRUCT_GROUP,
  wordKind,
} from './words.ts';

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
/** 1 for a byte that continues a word. */
const WORD = new Uint8Array(256);
for (let c = 0; c < 256; c++) WORD[c] = isWord(c) ? 1 : 0;

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
        if (s.pend !== 0) resolve(s, T_NUM, start);
        if (s.prev === T_IDENT && s.ctx === C_ARGS) blankPrev(s, ROW.wordsInARow);
        if (s.ctx === C_ARGS && isPasted(bytes, start, i)) {
          // `PCI_VEND_DEV(INTEL, 3200_HB)`: a part of a name, pasted by the macro.
          s.applied[ROW.pastedWord]!++;
          bytes[start] = 95;
          for (let k = start; k < i; k++) if (bytes[k] === 46) bytes[k] = 95;
        }
        plain(s, T_NUM, start, i);
        break;
      case X_LITERAL: {
        const end = literalEnd(bytes, i, length);
        i = bytes[end] === c ? end + 1 : end;
        const kind = c === 34 ? T_STR : T_NUM;
        if (s.pend !== 0) resolve(s, kind, start);
        if (s.prev === T_RCALL && kind === T_STR && s.ctx !== C_TOP && s.callClose === s.prevStart) {
          s.applied[ROW.stringMacro]!++;
          blankOut(bytes, s.callName, s.callClose + 1);
          s.dropPrev();
        }
        plain(s, kind, start, i);
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
}

/** Index behind a preprocessing number: digits, letters, dots, and a sign behind an exponent. */
function numberEnd(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  for (;;) {
    const c = bytes[i]!;
    if (WORD[c] === 1 || c === 46) i++;
    else if ((c === 43 || c === 45) && (bytes[i - 1]! | 32) === 101 && (bytes[start + 1]! | 32) !== 120) i++;
    else return i;
  }
}

/** True for a "number" that no number literal is, such as `82875_0` or `3200HB`. */
function isPasted(bytes: Uint8Array, start: number, end: number): boolean {
  const second = bytes[start + 1]! | 32;
  if (bytes[start] === 48 && end > start + 1 && (second === 120 || second === 98)) return false;
  for (let i = start; i < end; i++) {
    const c = bytes[i]! | 32;
    if (bytes[i] === 95 || (c >= 97 && c <= 122 && c !== 117 && c !== 108 && c !== 101 && c !== 102))
      return true;
  }
  return false;
}

function resolve(s: State, kind: number, start: number): void {
  const at = s.at;
  s.at = start;
  resolveCall(s, kind);
  s.at = at;
}

/** A token that only ends what stood before it. */
function plain(s: State, kind: number, start: number, end: number): void {
  if (s.ctx <= LAST_BRACE) s.item |= I_ANY | I_TYPE;
  s.agg = 0;
  s.shift(kind, start, end);
}

function blankPrev(s: State, row: number): void {
  s.applied[row]!++;
  blankOut(s.bytes, s.prevStart, s.prevEnd);
  s.dropPrev();
}

/** `bytes[start, end)` is a word of no list. */
function identifier(s: State, start: number, end: number): void {
  const { bytes, ctx } = s;
  if (s.pend !== 0) resolve(s, T_IDENT, start);
  if (s.prev === T_RPARAMS) endHead(s, start);
  const { prev } = s;
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
  const { bytes } = s;
  if (s.prev !== T_RPARAMS || s.ctx !== C_TOP || bytes[start - 1] !== 10) return;
  if (s.prevStart !== s.callClose || !isMacroName(bytes, s.callName, s.callNameEnd)) return;
  s.applied[ROW.noSemicolon]!++;
  blankOut(bytes, s.callName, s.callClose + 1);
  s.dropPrev();
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

/** A word of one of the lists; `s.at` is behind it. False when the scan is to stop. */
function keyword(s: State, kind: number, start: number, end: number): boolean {
  const { bytes, ctx } = s;
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
  if (kind === T_ASM && (s.prev === T_IDENT || s.prev === T_RPARAMS || s.prev === T_RBRACK)) {
    // `register u32 r0 asm("r0") = x;`
    const open = skipSpace(bytes, end, s.length);
    const close = bytes[open] === 40 ? closingParenthesis(s, open) : -1;
    if (close >= 0) {
      s.applied[ROW.asmLabel]!++;
      blankOut(bytes, start, close);
      s.at = close;
      return true;
    }
  }
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

function declares(ctx: number): boolean {
  return ctx <= C_STRUCT || ctx === C_EXTERN || ctx === C_PARAMS;
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

/**
 * `nvkm_msec(device, 2000, if (done()) break; )`: an argument, the last, that consists of statements. It is put in braces,
 * where there are blanks to put them in, and read again as a block. True when that was done.
 */
function wrapStatements(s: State, from: number, fallback: boolean): boolean {
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

/** Handles the punctuation byte `c` at `s.at` and leaves `s.at` on its last byte. False when the scan is to stop. */
function punctuation(s: State, c: number): boolean {
  const { bytes } = s;
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
      if (bytes[start + 1] === 46 && bytes[start + 2] === 46) {
        ellipsis(s, start);
        return true;
      }
      if (bytes[start + 1]! >= 48 && bytes[start + 1]! <= 57) {
        s.at = numberEnd(bytes, start) - 1;
        if (s.prev === T_IDENT && s.ctx === C_ARGS) {
          // `EC_NAME(BINF.2)`
          s.applied[ROW.pastedWord]!++;
          bytes[start] = 95;
          return true;
        }
        plain(s, T_NUM, start, s.at + 1);
        return true;
      }
      if (s.pend !== 0) resolveCall(s, T_DOT);
      if (s.ctx === C_ARGS && (s.prev === T_LPAREN || s.prev === T_COMMA)) {
        s.applied[ROW.designatorArgument]!++;
        bytes[start] = 32;
        return true;
      }
      if (s.prev === T_IDENT && s.ctx === C_INIT) lonelyWord(s, start);
      plain(s, T_DOT, start, start + 1);
      return true;
    default:
      operator(s, c, start);
      return true;
  }
}

/** `MACRO(a, [0 ... 3] = b)`: the designator goes. */
function elementArgument(s: State): boolean {
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
    // `u32 :5;`, a bit-field without a name.
    s.applied[ROW.bitfield]!++;
    let i = start + 1;
    while (i < s.length && bytes[i] !== 59 && bytes[i] !== 44 && bytes[i] !== 10) i++;
    bytes[start] = 95;
    blankOut(bytes, start + 1, i);
    s.at = i - 1;
    s.shift(T_IDENT, start, start + 1);
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
  const { bytes, prev } = s;
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
  if (kind === T_OP && c === 38 && end === start + 2) labelAddress(s, start, end);
  if (kind === T_STAR && prev === T_IDENT && s.before === T_TYPE && (declares(s.ctx) || s.ctx === C_GROUP)) {
    // `unsigned char SOME_ATTRIBUTE *p`
    blankPrev(s, ROW.unknownAttribute);
  } else if (
    kind === T_STAR &&
    prev === T_IDENT &&
    s.before === T_IDENT &&
    s.older !== T_AGG &&
    declares(s.ctx)
  ) {
    // `u8 SOME_ATTRIBUTE *p`, `SOME_ATTRIBUTE u8 *p`
    if (isMacroName(bytes, s.beforeStart, s.beforeEnd) && !isMacroName(bytes, s.prevStart, s.prevEnd)) {
      s.applied[ROW.unknownAttribute]!++;
      blankOut(bytes, s.beforeStart, s.beforeEnd);
      s.dropBefore();
    } else blankPrev(s, ROW.unknownAttribute);
  } else if (kind === T_STAR && prev === T_KEY && bytes[s.prevStart] === 103) {
    // `goto *labels[1];` becomes `goto _         ;`
    let i = start;
    while (i < s.length && bytes[i] !== 59 && bytes[i] !== 10) i++;
    s.applied[ROW.computedGoto]!++;
    blankOut(bytes, start, i);
    bytes[start] = 95;
    s.agg = 0;
    s.at = i - 1;
    s.shift(T_IDENT, start, start + 1);
    return;
  } else if (
    kind === T_STAR &&
    prev === T_IDENT &&
    s.before === T_QUAL &&
    s.older === T_IDENT &&
    declares(s.ctx)
  ) {
    s.applied[ROW.unknownAttribute]!++;
    blankOut(bytes, s.olderStart, s.olderEnd);
  }
  if (s.ctx <= LAST_BRACE) {
    s.item |= I_ANY | I_TYPE;
    if (kind === T_ASSIGN) {
      if (prev === T_IDENT && s.before === T_RPARAMS) trailingWord(s);
      s.item |= I_ASSIGN;
    } else if (kind === T_OP && s.ctx === C_BODY) s.item |= I_ASSIGN;
  }
  s.agg = 0;
  s.at = end - 1;
  s.shift(kind, start, end);
}

/** `&&label` as a value, GNU C's address of a label, becomes ` &label`. */
function labelAddress(s: State, start: number, end: number): void {
  const { prev } = s;
  const value =
    prev === T_ASSIGN || prev === T_COMMA || prev === T_LPAREN || prev === T_LBRACE || prev === T_KEY;
  if (value && WORD[s.bytes[end]!] === 1) {
    s.applied[ROW.labelAddress]!++;
    s.bytes[start] = 32;
  }
}

/** What an opening bracket opens, and what is to be put right when it closes. */

import { listArgument, plainMember, tidyArgument } from './arguments.ts';
import { blankOut, closingParenthesis, isMacroName, readArguments, skipBlanks, skipSpace } from './edits.ts';
import { ROW } from './rows.ts';
import {
  C_ARGS,
  C_BODY,
  C_BRACKET,
  C_CTRL,
  C_ENUM,
  C_EXTERN,
  C_GROUP,
  C_INIT,
  C_PARAMS,
  C_STRUCT,
  C_TOP,
  F_AFTER_STRING,
  F_ASM,
  F_ELEMENT,
  F_ENUMERATOR,
  F_GROUP_OF_MEMBERS,
  F_MEMBER,
  F_OFFSETOF,
  F_OPERANDS,
  F_STMT,
  F_STORAGE,
  F_TOP,
  F_TRAILING,
  F_TYPEOF,
  I_ANY,
  I_ASSIGN,
  I_EXTERN,
  I_TYPE,
  LAST_BRACE,
  type State,
} from './state.ts';
import {
  T_AGG,
  T_ASM,
  T_ASSIGN,
  T_COLON,
  T_COMMA,
  T_CTRL,
  T_IDENT,
  T_KEY,
  T_LBRACE,
  T_LPAREN,
  T_OFFSETOF,
  T_OP,
  T_QUAL,
  T_RBRACE,
  T_RBRACK,
  T_RCALL,
  T_RCTRL,
  T_RGROUP,
  T_RPARAMS,
  T_SEMI,
  T_STAR,
  T_STORAGE,
  T_STR,
  T_TYPE,
  T_TYPEOF,
} from './words.ts';

/** Handles `(` at `s.at`. False when too many brackets are open. */
export function openParenthesis(s: State): boolean {
  if (s.prev === T_RPARAMS && s.depth === 0) nameMacro(s);
  const { prev, ctx } = s;
  if (prev === T_IDENT && s.before === T_AGG && taggedMacro(s)) return true;
  let kind = C_GROUP;
  let flags = 0;
  if (
    prev === T_IDENT &&
    ctx === C_GROUP &&
    s.before === T_STR &&
    (s.flags[s.depth - 1]! & F_OPERANDS) !== 0
  ) {
    // `: "r" cpu_to_le32(x)`, an operand of `asm`: the macro brings its parentheses.
    s.applied[ROW.asmOperand]!++;
    blankOut(s.bytes, s.prevStart, s.prevEnd);
    s.dropPrev();
  } else if (prev === T_IDENT) return nameParenthesis(s);
  else if (prev === T_CTRL) kind = C_CTRL;
  else if (prev === T_TYPEOF) flags = F_TYPEOF;
  else if (prev === T_OFFSETOF) flags = F_OFFSETOF;
  else if (prev === T_ASM || s.before === T_ASM || (s.older === T_ASM && prev === T_KEY)) flags = F_ASM;
  else if (prev === T_RPARAMS || prev === T_TYPE) kind = C_PARAMS;
  else if (prev === T_RGROUP && s.bytes[skipSpace(s.bytes, s.groupOpen + 1, s.length)] === 42)
    kind = C_PARAMS;
  else if (ctx === C_PARAMS && prev === T_STAR) kind = C_GROUP;
  if (!s.push(kind, s.at, flags)) return false;
  s.shift(T_LPAREN, s.at, s.at + 1);
  return true;
}

/** `(` behind a name: parameters where something is declared, else the arguments of a call or of a macro. */
function nameParenthesis(s: State): boolean {
  const { ctx, before, itemBefore } = s;
  const fresh = (itemBefore & (I_TYPE | I_ASSIGN)) === 0;
  const assigned = (s.item & I_ASSIGN) !== 0;
  let kind = C_ARGS;
  let flags = before === T_STR ? F_AFTER_STRING : 0;
  if (ctx === C_TOP || ctx === C_EXTERN) {
    if (fresh) flags = (itemBefore & I_ANY) === 0 ? F_TOP : F_TOP | F_STORAGE;
    else if (!assigned && before === T_RPARAMS) flags = F_TRAILING;
    else if (!assigned) kind = C_PARAMS;
  } else if (ctx === C_BODY) {
    if (itemBefore === 0) flags = F_STMT;
    else if (fresh) flags = F_STORAGE;
  } else if (ctx === C_STRUCT) {
    if (fresh) flags = F_MEMBER;
    else if (before !== T_COLON && before !== T_OP) kind = C_PARAMS;
  } else if (ctx === C_PARAMS) kind = C_PARAMS;
  else if (ctx === C_ENUM) {
    if (before === T_LBRACE || before === T_COMMA) flags = F_ENUMERATOR;
  } else if (flags === 0 && (ctx === C_INIT || ctx === C_ARGS)) flags = F_ELEMENT;
  if (declaresPointer(s) && !assigned) {
    // `const s16 (*p)[2];`: the name is a type's.
    kind = C_GROUP;
    flags = 0;
  }
  if (!s.push(kind, s.at, flags)) return false;
  s.shift(T_LPAREN, s.at, s.at + 1);
  return true;
}

function declaresPointer(s: State): boolean {
  const { ctx } = s;
  if (ctx !== C_TOP && ctx !== C_EXTERN && ctx !== C_STRUCT) {
    if (ctx !== C_BODY || (s.before !== T_QUAL && s.before !== T_STORAGE)) return false;
  }
  return s.bytes[skipSpace(s.bytes, s.at + 1, s.length)] === 42;
}

/** `void NAME(2)(int a)`, a macro that makes a function's name: its arguments go. */
function nameMacro(s: State): void {
  if (s.prevStart !== s.callClose || !isMacroName(s.bytes, s.callName, s.callNameEnd)) return;
  s.applied[ROW.nameMacro]!++;
  blankOut(s.bytes, s.callNameEnd, s.callClose + 1);
  s.prev = T_IDENT;
  s.prevStart = s.callName;
  s.prevEnd = s.callNameEnd;
}

/** `struct NAME(1) x;`, a macro that makes the tag: its arguments go. */
function taggedMacro(s: State): boolean {
  if (s.bytes[skipSpace(s.bytes, s.at + 1, s.length)] === 42) return false;
  const close = closingParenthesis(s, s.at);
  if (close < 0) return false;
  s.applied[ROW.taggedMacro]!++;
  blankOut(s.bytes, s.at, close);
  s.at = close - 1;
  return true;
}

/** `(struct_group(name, members…)`: blanks the heading arguments and reads what follows as members. */
export function openGroupOfMembers(s: State, word: number, heads: number): boolean {
  const { bytes } = s;
  let at = skipSpace(bytes, s.at, s.length);
  if (bytes[at] !== 40) return true;
  at++;
  let depth = 0;
  for (let left = heads; left > 0 && at < s.length; at++) {
    const c = bytes[at]!;
    if (c === 40) depth++;
    else if (c === 41 && depth-- === 0) return true;
    else if (c === 44 && depth === 0) left--;
    else if (c === 59 || c === 35 || c === 123 || c === 125) return true;
  }
  s.applied[ROW.structGroup]!++;
  blankOut(bytes, word, at);
  s.at = at;
  s.endItem();
  if (!s.push(C_STRUCT, at, F_GROUP_OF_MEMBERS)) return false;
  s.shift(T_LBRACE, word, at);
  return true;
}

/** Handles `)` at `s.at`. */
export function closeParenthesis(s: State): void {
  const { bytes, at } = s;
  if (s.depth === 0) return;
  const top = s.depth - 1;
  const kind = s.ctx;
  const flags = s.flags[top]!;
  if (kind <= LAST_BRACE) {
    if ((flags & F_GROUP_OF_MEMBERS) !== 0) closeGroupOfMembers(s);
    return;
  }
  if (kind === C_BRACKET) return;
  const open = s.opens[top]!;
  const name = s.names[top]!;
  const nameEnd = s.nameEnds[top]!;
  if (kind === C_ARGS) tidyArgument(s);
  s.pop();
  s.collapse(top);
  if (kind === C_ARGS) {
    s.callName = name;
    s.callNameEnd = nameEnd;
    s.callOpen = open;
    s.callClose = at;
    closeCall(s, flags);
  } else if (kind === C_PARAMS) {
    if (s.items[top]! < 0) {
      // `u8 X(lo:4, hi:4);`: a macro that declares bit-fields.
      s.applied[ROW.bitfield]!++;
      blankOut(bytes, open + 1, at);
    }
    if (s.depth === 0) {
      s.callName = name;
      s.callNameEnd = nameEnd;
      s.callClose = at;
    }
    s.shift(T_RPARAMS, at, at + 1);
  } else if (kind === C_CTRL) {
    s.shift(T_RCTRL, at, at + 1);
    if (s.ctx === C_BODY) s.endItem();
  } else if ((flags & F_TYPEOF) !== 0) {
    s.applied[ROW.typeof]!++;
    blankOut(bytes, open, at + 1);
    s.shift(T_IDENT, name, at + 1);
  } else {
    s.groupOpen = open;
    if ((flags & F_OFFSETOF) !== 0) plainMember(s, open, at);
    s.shift(T_RGROUP, at, at + 1);
  }
}

/** The `)` of `struct_group(…)` goes, and the semicolon behind it. */
function closeGroupOfMembers(s: State): void {
  const { bytes, at } = s;
  s.pop();
  blankOut(bytes, at, at + 1);
  const end = skipSpace(bytes, at + 1, s.length);
  if (bytes[end] === 59) {
    bytes[end] = 32;
    s.at = end;
  }
  s.endItem();
  s.shift(T_SEMI, at, at + 1);
}

/** The call or macro whose place the state holds has closed. */
function closeCall(s: State, flags: number): void {
  const { bytes, callName, callOpen, callClose } = s;
  if ((flags & F_AFTER_STRING) !== 0) {
    s.applied[ROW.stringMacro]!++;
    blankOut(bytes, callName, callClose + 1);
    return;
  }
  if ((flags & F_TRAILING) !== 0) {
    // `void f(int a) SOME_ATTRIBUTE(x)`
    s.applied[ROW.trailingAttribute]!++;
    blankOut(bytes, callName, callClose + 1);
    return;
  }
  if ((flags & F_ENUMERATOR) !== 0) {
    s.applied[ROW.enumeratorMacro]!++;
    const { commas, empty } = readArguments(bytes, callOpen, callClose);
    bytes[callOpen] = empty ? 32 : 61;
    for (const comma of commas) bytes[comma] = 43;
    bytes[callClose] = 32;
  }
  s.pend = flags & (F_STMT | F_TOP | F_STORAGE | F_MEMBER | F_ELEMENT);
  s.shift(T_RCALL, callClose, callClose + 1);
}

/** Handles `{` at `s.at`. False when too many brackets are open. */
export function openBrace(s: State): boolean {
  const { prev, ctx } = s;
  let kind = C_BODY;
  if (s.agg !== 0) kind = s.agg;
  else if (prev === T_ASSIGN) kind = C_INIT;
  else if (ctx === C_INIT || ctx === C_ENUM) kind = prev === T_LPAREN ? C_BODY : C_INIT;
  else if (ctx === C_STRUCT) kind = C_STRUCT;
  else if (ctx === C_BODY) kind = prev === T_RGROUP || prev === T_RBRACK ? C_INIT : C_BODY;
  else if (ctx === C_TOP || ctx === C_EXTERN) {
    if (prev === T_STR && (s.item & I_EXTERN) !== 0) kind = C_EXTERN;
    else if (prev === T_RGROUP && (s.item & I_ASSIGN) !== 0) kind = C_INIT;
  } else if (prev === T_RGROUP) kind = C_INIT;
  else if (ctx === C_ARGS && (prev === T_LPAREN || prev === T_COMMA)) {
    kind = s.brace() === C_BODY ? C_BODY : C_INIT;
  } else if (ctx === C_BRACKET) kind = C_INIT;
  if (ctx === C_ARGS && (prev === T_LPAREN || prev === T_COMMA || prev === T_ASSIGN) && listArgument(s))
    return true;
  if (!s.push(kind, s.at, 0)) return false;
  s.agg = 0;
  s.endItem();
  s.shift(T_LBRACE, s.at, s.at + 1);
  return true;
}

/** Handles `}` at `s.at`. */
export function closeBrace(s: State): void {
  const { bytes, at } = s;
  while (s.depth > 0 && s.ctx > LAST_BRACE) s.pop();
  if (s.depth === 0) {
    s.endItem();
    s.shift(T_RBRACE, at, at + 1);
    return;
  }
  const kind = s.ctx;
  if (kind === C_BODY && s.prev === T_COLON && s.before === T_IDENT) endLabel(s);
  if (kind === C_INIT && s.prev === T_COMMA && s.before === T_COMMA) bytes[s.prevStart] = 32;
  s.pop();
  s.item = s.items[s.depth]!;
  s.storageAt = s.storages[s.depth]!;
  s.ternary = 0;
  s.pend = 0;
  s.shift(T_RBRACE, at, at + 1);
  if (kind === C_BODY || kind === C_EXTERN) {
    if (s.ctx <= LAST_BRACE) s.endItem();
  } else s.item |= I_TYPE | I_ANY;
  // A function, an initialiser, a struct: the kernel's closing braces of these stand at column 0, and no others do.
  // (`});` closes a macro's block, `},` an element.)
  if (at > 0 && bytes[at - 1] === 10 && s.depth > 0 && s.ctx !== C_EXTERN) {
    const next = bytes[skipBlanks(bytes, at + 1, s.length)];
    if (next !== 41 && next !== 44) s.resync();
  }
}

/** `out: }`: the label is given an empty statement, or blanked where there is no room for one. */
function endLabel(s: State): void {
  const { bytes } = s;
  s.applied[ROW.labelAtEnd]!++;
  for (let i = s.prevEnd; i < s.at; i++) {
    if (bytes[i] === 32 || bytes[i] === 9) {
      bytes[i] = 59;
      return;
    }
  }
  blankOut(bytes, s.beforeStart, s.prevEnd);
}

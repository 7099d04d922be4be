/** What an opening bracket opens, and what is to be put right when it closes. */

import {
  blankOut,
  braceEnd,
  closingParenthesis,
  declareMacro,
  endMacro,
  functionMacro,
  hasNewline,
  isMacroName,
  isSpace,
  isWord,
  loopMacro,
  readArguments,
  skipBlanks,
  skipSpace,
} from './edits.ts';
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
  T_DOT,
  T_EOF,
  T_IDENT,
  T_LBRACE,
  T_LBRACK,
  T_LPAREN,
  T_NUM,
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
  } else if (prev === T_IDENT) {
    const declares = ctx === C_TOP || ctx === C_EXTERN || ctx === C_STRUCT || ctx === C_BODY;
    const fresh = (s.itemBefore & (I_TYPE | I_ASSIGN)) === 0;
    const pointer = s.bytes[skipSpace(s.bytes, s.at + 1, s.length)] === 42;
    kind = C_ARGS;
    const typed = ctx !== C_BODY || s.before === T_QUAL || s.before === T_STORAGE;
    if (declares && pointer && typed && (s.item & I_ASSIGN) === 0) kind = C_GROUP;
    else if (!declares) {
      if (ctx === C_PARAMS) kind = C_PARAMS;
      else if (ctx === C_ENUM) flags = s.before === T_LBRACE || s.before === T_COMMA ? F_ENUMERATOR : 0;
      else if (ctx === C_INIT || ctx === C_ARGS) flags = s.before === T_STR ? F_AFTER_STRING : F_ELEMENT;
      else if (s.before === T_STR) flags = F_AFTER_STRING;
    } else if (ctx === C_BODY) {
      if (s.itemBefore === 0) flags = F_STMT;
      else if (fresh) flags = F_STORAGE;
      else if (s.before === T_STR) flags = F_AFTER_STRING;
    } else if (ctx === C_STRUCT) {
      if (fresh) flags = F_MEMBER;
      else if (s.before !== T_COLON && s.before !== T_OP) kind = C_PARAMS;
    } else if (fresh) {
      flags = (s.itemBefore & I_ANY) === 0 ? F_TOP : F_TOP | F_STORAGE;
    } else if ((s.item & I_ASSIGN) !== 0) {
      flags = s.before === T_STR ? F_AFTER_STRING : 0;
    } else if (s.before === T_RPARAMS) flags = F_TRAILING;
    else kind = C_PARAMS;
  } else if (prev === T_CTRL) kind = C_CTRL;
  else if (prev === T_TYPEOF) flags = F_TYPEOF;
  else if (prev === T_OFFSETOF) flags = F_OFFSETOF;
  else if (prev === T_ASM || (prev === T_QUAL && s.before === T_ASM)) flags = F_ASM;
  else if (prev === T_RPARAMS || prev === T_TYPE) kind = C_PARAMS;
  else if (prev === T_RGROUP && s.bytes[skipSpace(s.bytes, s.groupOpen + 1, s.length)] === 42)
    kind = C_PARAMS;
  else if (ctx === C_PARAMS && prev === T_STAR) kind = C_GROUP;
  if (!s.push(kind, s.at, flags)) return false;
  s.shift(T_LPAREN, s.at, s.at + 1);
  return true;
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
    if ((flags & F_GROUP_OF_MEMBERS) === 0) return;
    s.pop();
    blankOut(bytes, at, at + 1);
    const end = skipSpace(bytes, at + 1, s.length);
    if (bytes[end] === 59) {
      bytes[end] = 32;
      s.at = end;
    }
    s.endItem();
    s.shift(T_SEMI, at, at + 1);
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
    if ((flags & F_AFTER_STRING) !== 0) {
      s.applied[ROW.stringMacro]!++;
      blankOut(bytes, name, at + 1);
      return;
    }
    if ((flags & F_TRAILING) !== 0) {
      closeTrailing(s);
      return;
    }
    if ((flags & F_ENUMERATOR) !== 0) {
      s.applied[ROW.enumeratorMacro]!++;
      const { commas, empty } = readArguments(bytes, open, at);
      bytes[open] = empty ? 32 : 61;
      for (const comma of commas) bytes[comma] = 43;
      bytes[at] = 32;
    }
    s.pend = flags & (F_STMT | F_TOP | F_STORAGE | F_MEMBER | F_ELEMENT);
    s.shift(T_RCALL, at, at + 1);
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

/** `offsetof(struct x, a.b[0])` -> `offsetof(struct x, a     )`: the grammar knows one field name there. */
function plainMember(s: State, open: number, close: number): void {
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

/** `f(int a) SOME_ATTRIBUTE(x)`, or `SOME_ATTRIBUTE(x) f(int a)` read as a function's name and its trailing macro. */
function closeTrailing(s: State): void {
  const { bytes } = s;
  // The first pair of parentheses ended just before the name of the second.
  s.applied[ROW.trailingAttribute]!++;
  blankOut(bytes, s.callName, s.callClose + 1);
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

/** `MACRO(a, { .x = 1, .y })`: the grammar knows a block there, no list. The braces stay, empty; behind `=` they become 0. */
function listArgument(s: State): boolean {
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

/** Decides what the call that has just closed was, by the token of kind `next` that follows it at `s.at`. */
export function resolveCall(s: State, next: number): void {
  const { bytes, pend } = s;
  s.pend = 0;
  const open = s.callOpen;
  const close = s.callClose;
  const name = s.callName;
  if ((pend & F_ELEMENT) !== 0) {
    if (next === T_ASSIGN && s.ctx === C_INIT) {
      // `CHANNEL(1) = { … }`, a macro that makes the designator, as `[HANNEL+1] = { … }`.
      s.applied[ROW.designatorMacro]!++;
      bytes[name] = 91;
      bytes[open] = name + 1 === open ? 32 : 43;
      for (const comma of readArguments(bytes, open, close).commas) bytes[comma] = 43;
      bytes[close] = 93;
    } else if (startsElement(s, next)) endCall(s, ROW.noComma, ',');
    else if (next === T_STR) {
      blankCall(s, ROW.stringMacro);
    }
    return;
  }
  if ((pend & F_MEMBER) !== 0) {
    resolveMember(s, next);
    return;
  }
  if (
    (pend & F_STORAGE) !== 0 &&
    (next === T_SEMI || next === T_ASSIGN || next === T_LBRACK || next === T_COMMA)
  ) {
    s.applied[ROW.declarationMacro]!++;
    declareMacro(bytes, open, close);
    return;
  }
  if ((pend & F_STMT) !== 0) resolveStatement(s, next);
  else if ((pend & F_TOP) !== 0) resolveTop(s, next, (pend & F_STORAGE) !== 0);
  else if (startsStatement(next) && next !== T_IDENT) blankCall(s, ROW.unknownAttribute);
}

/** In a struct: a macro that declares a member, with a semicolon or without one, or a member's type. */
function resolveMember(s: State, next: number): void {
  const { bytes, callOpen, callClose } = s;
  const { commas, empty } = readArguments(bytes, callOpen, callClose);
  const ends = next === T_RBRACE || (startsStatement(next) && hasNewline(bytes, callClose, s.at));
  if (ends) {
    s.applied[ROW.memberMacro]!++;
    declareMacro(bytes, callOpen, callClose);
    bytes[callClose] = 59;
    s.prev = T_SEMI;
    s.endItem();
  } else if (commas.length > 0 || empty) {
    s.applied[ROW.memberMacro]!++;
    if (next === T_IDENT || next === T_STAR) blankOut(bytes, callOpen, callClose + 1);
    else declareMacro(bytes, callOpen, callClose);
  }
}

/** In a body: a loop or a guard before its block, or a macro that needs no semicolon. */
function resolveStatement(s: State, next: number): void {
  const { bytes } = s;
  if (next === T_LBRACE) {
    s.applied[ROW.loop]!++;
    loopMacro(bytes, s.callName, s.callNameEnd, s.callOpen, s.callClose);
    s.prev = T_RCTRL;
    s.endItem();
  } else if (next === T_ASSIGN) {
    if (bytes[skipSpace(bytes, s.at + 1, s.length)] === 123) {
      s.applied[ROW.declarationMacro]!++;
      declareMacro(bytes, s.callOpen, s.callClose);
    }
  } else if (startsStatement(next) || next === T_RBRACE || continuesOnNextLine(s, next)) {
    if (next !== T_RBRACE && isLoopName(bytes, s.callName, s.callNameEnd)) {
      s.applied[ROW.loop]!++;
      loopMacro(bytes, s.callName, s.callNameEnd, s.callOpen, s.callClose);
      s.prev = T_RCTRL;
      s.endItem();
    } else if (startsStatement(next) || next === T_RBRACE) endCall(s, ROW.noSemicolon, ';');
  }
}

/** After `for_each_x(a)` on a line of its own, `++n;` or `*p = 1;` or `(f)(x);` can only be its body. */
function continuesOnNextLine(s: State, next: number): boolean {
  if (next !== T_STAR && next !== T_LPAREN && next !== T_OP) return false;
  const c = s.bytes[s.at]!;
  if (next === T_OP && !((c === 43 || c === 45) && s.bytes[s.at + 1] === c)) return false;
  return hasNewline(s.bytes, s.callClose, s.at);
}

/** Outside functions: the head of a function, a variable with an initialiser, or a macro without a semicolon. */
function resolveTop(s: State, next: number, storage: boolean): void {
  const { bytes } = s;
  if (next === T_LBRACE) {
    s.applied[ROW.functionMacro]!++;
    functionMacro(bytes, s.callOpen, s.callClose);
  } else if (next === T_ASSIGN || next === T_LBRACK) {
    s.applied[ROW.declarationMacro]!++;
    declareMacro(bytes, s.callOpen, s.callClose);
  } else if (startsStatement(next) || next === T_EOF || next === T_RBRACE) {
    const sameLine = next !== T_EOF && !hasNewline(bytes, s.callClose, s.at);
    if (sameLine && next === T_IDENT) {
      if (readArguments(bytes, s.callOpen, s.callClose).commas.length > 0) blankCall(s, ROW.unknownAttribute);
    } else if (sameLine) blankCall(s, ROW.unknownAttribute);
    else if (storage) {
      s.applied[ROW.noSemicolon]!++;
      declareMacro(bytes, s.callOpen, s.callClose);
      bytes[s.callClose] = 59;
      s.endItem();
      s.prev = T_SEMI;
    } else endCall(s, ROW.noSemicolon, ';');
  }
}

function endCall(s: State, row: number, end: ';' | ','): void {
  s.applied[row]!++;
  endMacro(s.bytes, s.callName, s.callOpen, s.callClose, end);
  if (end === ';') {
    s.prev = T_SEMI;
    s.endItem();
  } else s.prev = T_COMMA;
}

function blankCall(s: State, row: number): void {
  s.applied[row]!++;
  blankOut(s.bytes, s.callName, s.callClose + 1);
  // Closing put the call in the place of one token: without it, the token before its name is the last.
  s.dropPrev();
}

/** True when a token of this kind cannot continue an expression that ended with `)`. */
function startsStatement(kind: number): boolean {
  return kind >= T_IDENT && kind <= T_STR;
}

/** True when what follows a macro in a list is the next element, the comma having been forgotten (or being its own). */
function startsElement(s: State, next: number): boolean {
  if (next === T_IDENT || next === T_TYPE || next === T_AGG || next === T_LBRACE || next === T_NUM)
    return true;
  if (s.ctx !== C_INIT) return false;
  return (next === T_DOT || next === T_LBRACK) && hasNewline(s.bytes, s.callClose, s.at);
}

/** True for `list_for_each_entry`, `FOR_EACH_X`, `foreach_x`, `for_all_x`, `x_while`. */
function isLoopName(bytes: Uint8Array, start: number, end: number): boolean {
  const name = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 200))).toLowerCase();
  return /for_?each|for_?all|^for_|_for$|scoped|while|_loop/.test(name);
}

/** Two words in a row where the C grammar wants one: decides which of them is an attribute, and blanks it. */
export function fixWords(s: State, start: number, end: number): boolean {
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

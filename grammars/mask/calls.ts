/** What a call or a macro was, decided by the token behind its parentheses. */

import {
  blankOut,
  declareMacro,
  endMacro,
  firstOnLine,
  functionMacro,
  hasNewline,
  isWord,
  loopMacro,
  readArguments,
  skipSpace,
} from './edits.ts';
import { ROW } from './rows.ts';
import {
  C_INIT,
  F_ELEMENT,
  F_MACHINE,
  F_MEMBER,
  F_STMT,
  F_STORAGE,
  F_TOP,
  I_ASSIGN,
  type State,
} from './state.ts';
import {
  T_AGG,
  T_ASSIGN,
  T_COMMA,
  T_DOT,
  T_EOF,
  T_IDENT,
  T_LBRACE,
  T_LBRACK,
  T_LPAREN,
  T_NUM,
  T_OP,
  T_RBRACE,
  T_RCTRL,
  T_SEMI,
  T_STAR,
  T_STR,
  T_TYPE,
} from './words.ts';

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
    } else if (next === T_IDENT && declaresVariable(s)) {
      // `DARRAY(struct a) b;`: one argument the grammar reads as a type.
      if (readArguments(bytes, s.callOpen, s.callClose).commas.length > 0) {
        s.applied[ROW.typeMacro]!++;
        blankOut(bytes, s.callOpen, s.callClose + 1);
      }
    } else if (startsStatement(next) || next === T_RBRACE) endCall(s, ROW.noSemicolon, ';');
  }
}

/** Whether the word behind a macro, on its line and without parentheses, is a variable of the type that it makes. */
function declaresVariable(s: State): boolean {
  const { bytes, at } = s;
  if (hasNewline(bytes, s.callClose, at)) return false;
  let end = at;
  while (isWord(bytes[end]!)) end++;
  const follower = bytes[skipSpace(bytes, end, s.length)];
  return follower === 59 || follower === 61 || follower === 44 || follower === 91;
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
  if (next === T_DOT) {
    beginMachine(s);
  } else if (next === T_LBRACE && bytes[skipSpace(bytes, s.at + 1, s.length)] === 46) {
    // `define_machine(x) { .name = … }`
    s.applied[ROW.initialiserMacro]!++;
    declareMacro(bytes, s.callOpen, s.callClose);
    bytes[s.callClose] = 61;
    s.item |= I_ASSIGN;
    s.prev = T_ASSIGN;
  } else if (next === T_LBRACE) {
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

/** `MACHINE_START(NAME, "text") .a = b, MACHINE_END`: becomes `MACHINE_START NAME={ .a = b, };`. */
function beginMachine(s: State): void {
  const { bytes, callOpen, callClose } = s;
  const comma = readArguments(bytes, callOpen, callClose).commas[0];
  if (comma === undefined) return;
  s.applied[ROW.machineMacro]!++;
  bytes[callOpen] = 32;
  blankOut(bytes, comma, callClose + 1);
  const brace = firstOnLine(bytes, comma + 1);
  bytes[comma] = 61;
  bytes[brace] = 123;
  s.item |= I_ASSIGN;
  s.prev = T_ASSIGN;
  if (s.push(C_INIT, brace, F_MACHINE)) s.shift(T_LBRACE, brace, brace + 1);
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

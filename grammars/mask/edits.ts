/** Rewrites of a few bytes in place. None moves an offset or touches a line end. */

import { blockCommentEnd, literalEnd } from '../lex.ts';

const SPACE = 32;
const QUOTE = 34;
const APOSTROPHE = 39;
const OPEN = 40;
const CLOSE = 41;
const PLUS = 43;
const COMMA = 44;
const SEMICOLON = 59;
const EQUALS = 61;
const UNDERSCORE = 95;

/** True for space, tab, newline, carriage return, form feed, vertical tab. */
export function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= 9 && byte <= 13);
}

/** True for a byte of an identifier. */
export function isWord(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 48 && byte <= 57) ||
    byte === UNDERSCORE ||
    byte === 36 ||
    byte >= 0x80
  );
}

/** 1 for a byte that continues a word, for inner loops. */
export const WORD = new Uint8Array(256);
for (let c = 0; c < 256; c++) WORD[c] = isWord(c) ? 1 : 0;

/** True when a word looks like a macro's: no lower-case letter and at least two bytes, or two underscores in front. */
export function isMacroName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2) return false;
  if (bytes[start] === UNDERSCORE && bytes[start + 1] === UNDERSCORE) return true;
  for (let i = start; i < end; i++) if (bytes[i]! >= 97 && bytes[i]! <= 122) return false;
  return true;
}

/** Capitals for small letters. */
export function upperCase(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) if (bytes[i]! >= 97 && bytes[i]! <= 122) bytes[i] = bytes[i]! - 32;
}

/** True when there is a line end in `bytes[start, end)`. */
export function hasNewline(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === 10 || bytes[i] === 13) return true;
  return false;
}

/** Index of the first byte from `at` on that is no blank; `length` where there is none. */
export function skipSpace(bytes: Uint8Array, at: number, length: number): number {
  let i = at;
  while (i < length && isSpace(bytes[i]!)) i++;
  return i;
}

/** As `skipSpace`, block comments skipped, too. */
export function skipBlanks(bytes: Uint8Array, at: number, length: number): number {
  let i = skipSpace(bytes, at, length);
  while (bytes[i] === 47 && bytes[i + 1] === 42)
    i = skipSpace(bytes, blockCommentEnd(bytes, i, length), length);
  return i;
}

/** What looking ahead needs to know: the text, and how many bytes it may still read. */
export interface Ahead {
  readonly bytes: Uint8Array;
  readonly length: number;
  budget: number;
}

/** Index behind the parenthesis that closes the one at `open`; -1 where a brace, `;`, a directive or the end comes first. */
export function closingParenthesis(s: Ahead, open: number): number {
  const { bytes } = s;
  const length = Math.min(s.length, open + s.budget);
  const end = findClosing(bytes, open, length);
  s.budget -= (end < 0 ? length : end) - open;
  return end;
}

function findClosing(bytes: Uint8Array, open: number, length: number): number {
  let depth = 0;
  let i = open;
  while (i < length) {
    const c = bytes[i]!;
    if (c === OPEN) depth++;
    else if (c === CLOSE) {
      if (--depth === 0) return i + 1;
    } else if (c === QUOTE || c === APOSTROPHE) i = literalEnd(bytes, i, length);
    else if (c === 123 || c === 125 || c === SEMICOLON || c === 35) return -1;
    i++;
  }
  return -1;
}

/** The top-level commas of the arguments between `open` and `close`, and what makes them unfit for an expression. */
export interface Arguments {
  readonly commas: number[];
  /** A brace or a semicolon, at any depth. */
  readonly statements: boolean;
  readonly empty: boolean;
}

/** Reads the arguments of a call whose parentheses are at `open` and `close`. */
export function readArguments(bytes: Uint8Array, open: number, close: number): Arguments {
  const commas: number[] = [];
  let statements = false;
  let empty = true;
  let depth = 0;
  for (let i = open + 1; i < close; i++) {
    const c = bytes[i]!;
    if (isSpace(c)) continue;
    empty = false;
    if (c === QUOTE || c === APOSTROPHE) i = Math.min(literalEnd(bytes, i, close), close);
    else if (c === OPEN || c === 91 || c === 123) {
      depth++;
      if (c === 123) statements = true;
    } else if (c === CLOSE || c === 93 || c === 125) depth--;
    else if (c === SEMICOLON) statements = true;
    else if (c === COMMA && depth === 0) commas.push(i);
  }
  return { commas, statements, empty };
}

/** Blanks `bytes[start, end)` but for line ends. */
export function blankOut(bytes: Uint8Array, start: number, end: number): void {
  for (let i = start; i < end; i++) if (!isSpace(bytes[i]!)) bytes[i] = SPACE;
}

/** Writes ASCII over what stands at `at`. */
export function write(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

/**
 * Ends a macro that has no semicolon (or comma) behind it: `NAME(a, b)` becomes `NAME=a+ b;`, with `,` for `;` in a
 * list. A macro whose arguments are no expressions is blanked.
 */
export function endMacro(bytes: Uint8Array, name: number, open: number, close: number, end: ';' | ','): void {
  const { commas, statements, empty } = readArguments(bytes, open, close);
  if (statements) {
    blankOut(bytes, name, close + 1);
    return;
  }
  bytes[open] = empty ? SPACE : EQUALS;
  for (const comma of commas) bytes[comma] = PLUS;
  bytes[close] = end === ';' ? SEMICOLON : COMMA;
}

/** `list_for_each(a, b)` before its body becomes `while        (a, b)`. */
export function loopMacro(
  bytes: Uint8Array,
  name: number,
  nameEnd: number,
  open: number,
  close: number,
): void {
  const { statements, empty } = readArguments(bytes, open, close);
  const room = nameEnd - name;
  if (statements || empty || room < 2) {
    blankOut(bytes, name, close + 1);
    return;
  }
  blankOut(bytes, name, nameEnd);
  write(bytes, name, room >= 5 ? 'while' : 'if');
}

/** Index of the first byte from `at` on that is no line end. */
export function firstOnLine(bytes: Uint8Array, at: number): number {
  let i = at;
  while (bytes[i] === 10 || bytes[i] === 13) i++;
  return i;
}

/** A type as the mask writes it into arguments: `STRUCT_a`, `INT`, `UNSIGNED_LONG`. */
const MASKED_TYPE =
  /^(?:STRUCT|UNION|ENUM|CONST|VOLATILE|STATIC|UNSIGNED|SIGNED|INT|CHAR|VOID|LONG|SHORT|BOOL|SIZE_T)(?:_|$)/;

/**
 * `DECLARE_BITMAP(a, 8)` as a declaration: `DECLARE_BITMAP a    `. The name is the first argument that is one word and
 * no type; `_` where there is none.
 */
export function declareMacro(bytes: Uint8Array, open: number, close: number): void {
  const bounds = [open, ...readArguments(bytes, open, close).commas, close];
  for (let k = 0; k + 1 < bounds.length; k++) {
    const start = skipSpace(bytes, bounds[k]! + 1, close);
    let end = start;
    while (end < close && isWord(bytes[end]!)) end++;
    if (end === start || (bytes[start]! >= 48 && bytes[start]! <= 57)) continue;
    if (skipSpace(bytes, end, close) !== bounds[k + 1]) continue;
    const word = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 20)));
    if (bounds.length > 2 && MASKED_TYPE.test(word)) continue;
    blankOut(bytes, open, start);
    blankOut(bytes, end, close + 1);
    return;
  }
  blankOut(bytes, open, close + 1);
  bytes[firstOnLine(bytes, open + 1)] = UNDERSCORE;
}

/**
 * Index of the parenthesis that closes the arguments in which the one at `from` stands, statements and blocks on the
 * way skipped; -1 where a bracket does not match or a directive is in the way.
 */
export function argumentsEnd(s: Ahead, from: number): number {
  const length = Math.min(s.length, from + s.budget);
  const end = findArgumentsEnd(s.bytes, from, length);
  s.budget -= (end < 0 ? length : end) - from;
  return end;
}

/** Index of the brace that closes the one at `open`, with no `;` in between; -1 where there is none. */
export function braceEnd(s: Ahead, open: number): number {
  const { bytes } = s;
  const length = Math.min(s.length, open + s.budget);
  let depth = 0;
  let i = open;
  let found = -1;
  for (; i < length; i++) {
    const c = bytes[i]!;
    if (c === QUOTE || c === APOSTROPHE) i = literalEnd(bytes, i, length);
    else if (c === SEMICOLON || c === 35) break;
    else if (c === OPEN || c === 91 || c === 123) depth++;
    else if ((c === CLOSE || c === 93 || c === 125) && --depth === 0) {
      found = c === 125 ? i : -1;
      break;
    }
  }
  s.budget -= i - open;
  return found;
}

function findArgumentsEnd(bytes: Uint8Array, from: number, length: number): number {
  let depth = 0;
  for (let i = from; i < length; i++) {
    const c = bytes[i]!;
    if (c === QUOTE || c === APOSTROPHE) i = literalEnd(bytes, i, length);
    else if (c === 35) return -1;
    else if (c === OPEN || c === 91 || c === 123) depth++;
    else if (c === CLOSE || c === 93 || c === 125) {
      if (depth-- === 0) return c === CLOSE ? i : -1;
    }
  }
  return -1;
}

/** `SYSCALL_DEFINE2(a, int, b) {` as a function: `SYSCALL_DEFINE2 a(      ) {`. One argument parses as it is. */
export function functionMacro(bytes: Uint8Array, open: number, close: number): void {
  const { commas } = readArguments(bytes, open, close);
  const first = commas[0];
  if (first === undefined) {
    const start = skipSpace(bytes, open + 1, close);
    if (bytes[start]! >= 48 && bytes[start]! <= 57) bytes[start] = UNDERSCORE;
    return;
  }
  bytes[open] = SPACE;
  bytes[first] = OPEN;
  blankOut(bytes, first + 1, close);
}

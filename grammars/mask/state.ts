/** What the mask's scan knows while it walks over the text: the last tokens, the open brackets, the statement. */

import { T_ASM, T_IDENT, T_RBRACE, T_START } from './words.ts';

/** What an open bracket holds; `C_TOP` is the file itself. */
export const C_TOP = 0;
/** A function's body, or a block in it. */
export const C_BODY = 1;
export const C_STRUCT = 2;
export const C_ENUM = 3;
export const C_INIT = 4;
/** The block of `extern "C" {`: as the file itself. */
export const C_EXTERN = 5;
/** The kinds up to here are braces; the file is none, but behaves as one. */
export const LAST_BRACE = 5;
/** The arguments of a call or of a macro. */
export const C_ARGS = 6;
/** The parameters of a function declarator. */
export const C_PARAMS = 7;
/** A parenthesised expression, a cast, the operand of `sizeof`. */
export const C_GROUP = 8;
/** What stands behind `if`, `for`, `while`, `switch`. */
export const C_CTRL = 9;
export const C_BRACKET = 10;

/** Flags of an open parenthesis: what to do when it closes. */
export const F_STMT = 1;
/** The call is the first thing of a top-level item. */
export const F_TOP = 2;
/** Only `static`, `const` and the like stand before it. */
export const F_STORAGE = 4;
/** The call is the first thing of a struct's member. */
export const F_MEMBER = 8;
export const F_ENUMERATOR = 16;
export const F_ELEMENT = 32;
/** A string literal stands before it. */
export const F_AFTER_STRING = 64;
/** The operand of `typeof`. */
export const F_TYPEOF = 128;
export const F_OFFSETOF = 256;
/** A macro behind a parameter list. */
export const F_TRAILING = 512;
/** `struct_group(…)`: members in parentheses. */
export const F_GROUP_OF_MEMBERS = 1024;
/** `asm (…)`, and the same behind its first colon. */
export const F_ASM = 2048;
export const F_OPERANDS = 4096;
/** The initialiser that a macro opened and another will close. */
export const F_MACHINE = 8192;

/** What was seen of the statement, declaration or member under way; 0 at its start. */
export const I_ANY = 1;
/** Something other than `static`, `const` and the like. */
export const I_TYPE = 2;
/** `=`: the rest is an expression or an initialiser. */
export const I_ASSIGN = 4;
export const I_EXTERN = 8;

const MAX_DEPTH = 200;

/** Length of a part that a long text is parsed in: its tree takes some 100 MB. All but a few files are shorter. */
const PART_UNITS = 2_000_000;

/** The state of one scan. */
export class State {
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Index of the byte that the scan looks at. */
  at = 0;
  prev: number = T_START;
  prevStart = 0;
  prevEnd = 0;
  before: number = T_START;
  beforeStart = 0;
  beforeEnd = 0;
  older: number = T_START;
  olderStart = 0;
  olderEnd = 0;
  /** Number of open brackets, and what the innermost holds. */
  depth = 0;
  ctx: number = C_TOP;
  /** The least depth since the branch of the conditional under way began. */
  low = 0;
  /** Tokens since the branch of the conditional under way began. */
  tokens = 0;
  readonly kinds = new Uint8Array(MAX_DEPTH);
  readonly opens = new Int32Array(MAX_DEPTH);
  readonly names = new Int32Array(MAX_DEPTH);
  readonly nameEnds = new Int32Array(MAX_DEPTH);
  readonly flags = new Int32Array(MAX_DEPTH);
  readonly items = new Int32Array(MAX_DEPTH);
  /** Where the argument under way begins: behind the last comma, or behind the parenthesis. */
  readonly argument = new Int32Array(MAX_DEPTH);
  readonly storages = new Int32Array(MAX_DEPTH);
  /** The token before each open bracket and the name that belongs to it: after the close it is the last but one. */
  readonly outerKinds = new Uint8Array(MAX_DEPTH);
  readonly outerStarts = new Int32Array(MAX_DEPTH);
  readonly outerEnds = new Int32Array(MAX_DEPTH);
  item = 0;
  /** Where the item's `static` or `extern` stands; -1 when it does not begin with one. */
  storageAt = -1;
  /** The parenthesis that opened the last group. */
  groupOpen = 0;
  /** `item` before the last identifier. */
  itemBefore = 0;
  /** Open `?` of the statement. */
  ternary = 0;
  /** `C_STRUCT` or `C_ENUM` since `struct`, `union` or `enum`, while its brace can still follow; else 0. */
  agg = 0;
  /** Flags of the call that has just closed and whose follower decides what it was; 0 for none. */
  pend = 0;
  callName = 0;
  callNameEnd = 0;
  callOpen = 0;
  callClose = 0;
  /** Bytes that looking ahead may still read: keeps the whole scan linear on any input. */
  budget: number;
  /** Conditionals open. */
  conditionals = 0;
  /** Where the text can be cut in two between top-level items, at line starts about `PART_UNITS` apart. */
  readonly cuts: number[] = [];
  nextCut = PART_UNITS;
  /** A cut was made inside the outermost conditional: its lines have to go. */
  cutInside = false;
  /** How often each row fired. */
  readonly applied: Int32Array;

  /** Directives that are no conditionals are blanked, wherever they stand. */
  readonly skipsDirectives: boolean;

  constructor(bytes: Uint8Array, length: number, rows: number, skipsDirectives = false) {
    this.bytes = bytes;
    this.length = length;
    this.skipsDirectives = skipsDirectives;
    this.applied = new Int32Array(rows);
    this.budget = 4 * length + 65536;
  }

  /** The next token: what was last moves back. */
  shift(kind: number, start: number, end: number): void {
    this.older = this.before;
    this.olderStart = this.beforeStart;
    this.olderEnd = this.beforeEnd;
    this.before = this.prev;
    this.beforeStart = this.prevStart;
    this.beforeEnd = this.prevEnd;
    this.prev = kind;
    this.prevStart = start;
    this.prevEnd = end;
    this.tokens++;
  }

  /** The last token was blanked: it is as if it had not been. */
  dropPrev(): void {
    this.prev = this.before;
    this.prevStart = this.beforeStart;
    this.prevEnd = this.beforeEnd;
    this.dropBefore();
  }

  /** The last token but one was blanked. */
  dropBefore(): void {
    this.before = this.older;
    this.beforeStart = this.olderStart;
    this.beforeEnd = this.olderEnd;
    this.older = T_START;
  }

  /** Opens a bracket. False when there are too many open, and the scan is to stop. */
  push(kind: number, open: number, flags: number): boolean {
    const depth = this.depth;
    const named = kind >= C_ARGS && this.prev >= T_IDENT && this.prev <= T_ASM;
    if (depth >= MAX_DEPTH) return false;
    this.kinds[depth] = kind;
    this.opens[depth] = open;
    this.flags[depth] = flags;
    this.names[depth] = this.prevStart;
    this.nameEnds[depth] = this.prevEnd;
    // In arguments, the open `?` are counted there.
    this.items[depth] = kind === C_ARGS ? 0 : this.item;
    this.argument[depth] = open + 1;
    this.storages[depth] = this.storageAt;
    if (named) {
      this.outerKinds[depth] = this.before;
      this.outerStarts[depth] = this.beforeStart;
      this.outerEnds[depth] = this.beforeEnd;
    } else {
      this.outerKinds[depth] = this.prev;
      this.outerStarts[depth] = this.prevStart;
      this.outerEnds[depth] = this.prevEnd;
    }
    this.depth = depth + 1;
    this.ctx = kind;
    return true;
  }

  /** Closes the innermost bracket. */
  pop(): void {
    const depth = --this.depth;
    if (depth < this.low) this.low = depth;
    this.ctx = depth === 0 ? C_TOP : this.kinds[depth - 1]!;
  }

  /** The bracket at `depth` and all in it count as nothing: the next token follows what stood before it. */
  collapse(depth: number): void {
    this.prev = this.outerKinds[depth]!;
    this.prevStart = this.outerStarts[depth]!;
    this.prevEnd = this.outerEnds[depth]!;
    this.before = T_START;
    this.older = T_START;
  }

  /** A statement, declaration or member ended. */
  endItem(): void {
    this.item = 0;
    this.storageAt = -1;
    this.ternary = 0;
  }

  /** The kind of the innermost open brace; `C_TOP` where there is none. */
  brace(): number {
    for (let i = this.depth - 1; i >= 0; i--) {
      if (this.kinds[i]! <= LAST_BRACE) return this.kinds[i]!;
    }
    return C_TOP;
  }

  /** Cuts before the token at `start`, if no bracket, no item and at most one conditional is open there. */
  tryCut(start: number): void {
    if (this.depth !== 0 || this.item !== 0 || this.pend !== 0 || this.conditionals > 1) return;
    if (this.bytes[start - 1] !== 10) return;
    // One conditional around half a file is a header's guard.
    if (this.conditionals === 1) this.cutInside = true;
    this.cuts.push(start);
    this.nextCut = start + PART_UNITS;
  }

  /** Back to the file's level, as after the closing brace of a definition. */
  resync(): void {
    this.depth = this.depth > 0 && this.kinds[0] === C_EXTERN ? 1 : 0;
    this.low = Math.min(this.low, this.depth);
    this.ctx = this.depth === 0 ? C_TOP : C_EXTERN;
    this.prev = T_RBRACE;
    this.pend = 0;
    this.agg = 0;
    this.endItem();
  }
}

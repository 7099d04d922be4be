/**
 * Preprocessor lines. Outside functions the grammar reads them, as long as each branch holds whole items; everywhere
 * else, and where a branch cuts an item in two, the lines are blanked and, of branches that exclude each other and
 * do not stand on their own, the first is kept.
 */

import { blockCommentEnd, directiveAt, logicalLineEnd, opensLine } from '../lex.ts';
import { resolveCall } from './calls.ts';
import { directiveEnd, tidyDirective, tidyTail } from './directives.ts';
import { blankOut, isSpace, isWord, skipSpace } from './edits.ts';
import { ROW } from './rows.ts';
import { C_ENUM, C_EXTERN, C_INIT, C_STRUCT, C_TOP, LAST_BRACE, type State } from './state.ts';
import { T_COLON, T_COMMA, T_EOF, T_IDENT, T_LBRACE, T_LPAREN, T_RBRACE, T_SEMI, T_START } from './words.ts';

/** A conditional that is open: what the scan knew when it opened, and its lines. */
interface Group {
  /** Directive lines so far, as pairs of start and end. */
  readonly lines: number[];
  /** True when the lines go whatever the branches hold. */
  readonly inside: boolean;
  readonly begun: boolean;
  readonly depth: number;
  readonly item: number;
  readonly ternary: number;
  readonly prev: number;
  readonly prevStart: number;
  readonly prevEnd: number;
  /** The open brackets, where any are. */
  readonly stack: Int32Array[] | null;
  /** `low` and `tokens` of the conditional around this one. */
  readonly outerLow: number;
  readonly outerTokens: number;
  branchStart: number;
  /** True once a branch was found not to stand on its own. */
  broken: boolean;
  /** True for the live part of an `#if 0`: its `#endif` goes without a word. */
  readonly silent: boolean;
}

/** Names whose branch is no C of the kernel: C++ and assembler parts of shared headers. */
const FOREIGN = ['__cplusplus', '__ASSEMBLY__', '__ASSEMBLER__'];

/** Conditionals open at a time beyond which none is looked at: more than any real file has. */
const MAX_GROUPS = 500;

/** The conditionals of one scan. */
export class Conditionals {
  readonly #s: State;
  readonly #groups: Group[] = [];
  /** Conditionals open beyond `MAX_GROUPS`. */
  #beyond = 0;

  constructor(s: State) {
    this.#s = s;
  }

  /** Handles the directive whose `#` is at `hash`; returns where the scan goes on. */
  directive(hash: number): number {
    const s = this.#s;
    const { bytes, length } = s;
    const kind = directiveAt(bytes, hash, length);
    if (s.pend !== 0 && (s.ctx === C_TOP || s.ctx === C_EXTERN)) {
      s.at = hash;
      resolveCall(s, T_EOF);
    }
    if (s.prev === T_IDENT && s.itemBefore === 0 && s.item !== 0 && (s.ctx === C_TOP || s.ctx === C_STRUCT)) {
      // A macro on a line of its own.
      s.applied[ROW.lonelyMacro]!++;
      blankOut(bytes, s.prevStart, s.prevEnd);
      s.dropPrev();
      s.endItem();
    }
    if (kind === 'other') {
      const end = directiveEnd(s, hash);
      const within = (s.depth > 0 && s.ctx !== C_EXTERN) || s.item !== 0;
      const empty = skipSpace(bytes, hash + 1, end) === end;
      if (within || empty) {
        s.applied[empty ? ROW.nullDirective : ROW.directiveInside]!++;
        blankOut(bytes, hash, end);
      } else if (s.skipsDirectives) blankOut(bytes, hash, end);
      else tidyDirective(s, hash, end);
      return end;
    }
    if (kind === 'if0' || (kind === 'if' && isForeign(bytes, hash, length))) return this.#dead(hash);
    const end = directiveEnd(s, hash);
    if (kind === 'if') this.#open(hash, end, false);
    else if (kind === 'endif') this.#close(hash, end);
    else return this.#next(hash, end);
    return end;
  }

  #open(hash: number, end: number, silent: boolean): void {
    const s = this.#s;
    const { depth } = s;
    if (this.#groups.length >= MAX_GROUPS) {
      this.#beyond++;
      s.conditionals++;
      return;
    }
    const stack =
      depth === 0 ? null : [s.opens, s.names, s.nameEnds, s.flags, s.items].map((a) => a.slice(0, depth));
    if (stack !== null) stack.push(Int32Array.from(s.kinds.subarray(0, depth)));
    this.#groups.push({
      lines: silent ? [] : [hash, end],
      inside: depth > 0 && s.ctx !== C_EXTERN,
      begun: this.#whole(),
      depth,
      item: s.item,
      ternary: s.ternary,
      prev: s.prev,
      prevStart: s.prevStart,
      prevEnd: s.prevEnd,
      stack,
      outerLow: s.low,
      outerTokens: s.tokens,
      branchStart: end,
      broken: false,
      silent,
    });
    s.low = depth;
    s.tokens = 0;
    s.conditionals++;
  }

  /** True when the text so far ends between two items: statements, members, elements, arguments. */
  #whole(): boolean {
    const s = this.#s;
    const { ctx, prev } = s;
    if (ctx === C_INIT || ctx === C_ENUM || ctx > LAST_BRACE) {
      return prev === T_COMMA || prev === T_LBRACE || prev === T_LPAREN;
    }
    if (s.item !== 0 || s.pend !== 0) return false;
    return (
      prev === T_SEMI ||
      prev === T_RBRACE ||
      prev === T_LBRACE ||
      prev === T_COLON ||
      prev === T_START ||
      ctx === C_STRUCT
    );
  }

  /** Whether the branch that ends here stands on its own: brackets balanced, whole items only. */
  #standsAlone(group: Group): boolean {
    const s = this.#s;
    if (s.tokens === 0) return true;
    return s.depth === group.depth && s.low >= group.depth && group.begun && this.#whole();
  }

  /** `#else` or `#elif`. */
  #next(hash: number, end: number): number {
    const s = this.#s;
    if (this.#beyond > 0) return end;
    const group = this.#groups.at(-1);
    if (group === undefined) {
      blankOut(s.bytes, hash, end);
      return end;
    }
    if (!this.#standsAlone(group)) {
      if (group.lines.length > 2) this.#restore(group, hash);
      else {
        group.broken = true;
        return this.#drop(hash);
      }
    }
    tidyTail(s, hash, end);
    group.lines.push(hash, end);
    group.branchStart = end;
    s.low = s.depth;
    s.tokens = 0;
    return end;
  }

  #close(hash: number, end: number): void {
    const s = this.#s;
    if (s.conditionals > 0) s.conditionals--;
    if (this.#beyond > 0) {
      this.#beyond--;
      return;
    }
    const group = this.#groups.pop();
    if (group === undefined) {
      blankOut(s.bytes, hash, end);
      return;
    }
    if (!this.#standsAlone(group)) {
      if (group.lines.length > 2) this.#restore(group, hash);
      group.broken = true;
    }
    group.lines.push(hash, end);
    if (s.conditionals === 0 && s.cutInside) {
      s.cutInside = false;
      group.broken = true;
    }
    if (group.inside || group.broken || group.silent) {
      s.applied[ROW.directiveInside]!++;
      for (let i = 0; i < group.lines.length; i += 2) blankOut(s.bytes, group.lines[i]!, group.lines[i + 1]!);
    } else tidyTail(s, hash, end);
    s.low = Math.min(s.low, group.outerLow);
    s.tokens += group.outerTokens;
  }

  /** Blanks the branch that ends at `hash` and forgets it: the scan knows what it knew at the `#if`. */
  #restore(group: Group, hash: number): void {
    const s = this.#s;
    s.applied[ROW.branchDropped]!++;
    blankOut(s.bytes, group.branchStart, hash);
    group.broken = true;
    s.depth = group.depth;
    s.low = group.depth;
    s.item = group.item;
    s.ternary = group.ternary;
    s.prev = group.prev;
    s.prevStart = group.prevStart;
    s.prevEnd = group.prevEnd;
    s.before = T_START;
    s.pend = 0;
    s.agg = 0;
    s.ctx = C_TOP;
    if (group.stack !== null) {
      const arrays = [s.opens, s.names, s.nameEnds, s.flags, s.items];
      for (let i = 0; i < arrays.length; i++) arrays[i]!.set(group.stack[i]!);
      s.kinds.set(group.stack[arrays.length]!);
      s.ctx = s.kinds[s.depth - 1]!;
    }
  }

  /** Blanks from the `#else` at `hash` to the `#endif`, and the group's own lines. Returns where the scan goes on. */
  #drop(hash: number): number {
    const s = this.#s;
    const { bytes, length } = s;
    s.applied[ROW.branchDropped]!++;
    let depth = 0;
    let i = logicalLineEnd(bytes, hash, length);
    while (i < length) {
      const c = bytes[i]!;
      if (c === 47 && bytes[i + 1] === 42) i = blockCommentEnd(bytes, i, length);
      else if (c === 35 && opensLine(bytes, i)) {
        const kind = directiveAt(bytes, i, length);
        if (kind === 'if' || kind === 'if0') depth++;
        else if (kind === 'endif' && depth-- === 0) break;
        i = logicalLineEnd(bytes, i, length);
      } else i++;
    }
    blankOut(bytes, hash, i);
    if (i >= length) return length;
    const end = directiveEnd(s, i);
    this.#close(i, end);
    return end;
  }

  /** Blanks the dead branch of `#if 0` and its like. */
  #dead(hash: number): number {
    const s = this.#s;
    const { bytes, length } = s;
    s.applied[ROW.deadBranch]!++;
    let depth = 0;
    let i = logicalLineEnd(bytes, hash, length);
    while (i < length) {
      const c = bytes[i]!;
      if (c === 47 && bytes[i + 1] === 42) i = blockCommentEnd(bytes, i, length);
      else if (c === 35 && opensLine(bytes, i)) {
        const kind = directiveAt(bytes, i, length);
        if (kind === 'if' || kind === 'if0') depth++;
        else if (kind === 'endif' && depth-- === 0) {
          const end = directiveEnd(s, i);
          blankOut(bytes, hash, end);
          return end;
        } else if (depth === 0 && kind === 'else') {
          const end = directiveEnd(s, i);
          blankOut(bytes, hash, end);
          this.#open(hash, end, true);
          return end;
        } else if (depth === 0 && kind === 'elif') {
          blankOut(bytes, hash, i);
          elifToIf(bytes, i);
          // The scan comes upon it as an `#if`.
          return i;
        }
        i = logicalLineEnd(bytes, i, length);
      } else i++;
    }
    blankOut(bytes, hash, length);
    return length;
  }
}

/** "#elif X" -> "#if   X", "#elifdef X" -> "#ifdef   X". */
function elifToIf(bytes: Uint8Array, hash: number): void {
  let word = hash + 1;
  while (isSpace(bytes[word]!)) word++;
  while (bytes[word + 2]! >= 97 && bytes[word + 2]! <= 122) {
    bytes[word] = bytes[word + 2]!;
    word++;
  }
  bytes[word] = 32;
  bytes[word + 1] = 32;
}

/** True for `#ifdef __cplusplus` and its like. */
function isForeign(bytes: Uint8Array, hash: number, length: number): boolean {
  let i = skipSpace(bytes, hash + 1, length);
  if (bytes[i + 2] !== 100) return false;
  i = skipSpace(bytes, i + 5, length);
  if (bytes[i] !== 95 || bytes[i + 1] !== 95) return false;
  let end = i;
  while (isWord(bytes[end]!)) end++;
  return FOREIGN.includes(String.fromCharCode(...bytes.subarray(i, Math.min(end, i + 20))));
}

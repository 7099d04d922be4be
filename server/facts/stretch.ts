import { lex } from '../../grammars/lex.ts';
import type { CParser } from '../../grammars/types.ts';
import { scanBody } from './body.ts';
import { extractFile, type ReadFile } from './extract.ts';
import { moved } from './move.ts';
import { type Directives, readDirectives } from './preprocessor.ts';
import type { Facts, FunctionFact } from './types.ts';

/** A line start between two top-level items: what stands before it says nothing about what stands behind it. */
export interface Seam {
  readonly at: number;
  /** Lines before it. */
  readonly row: number;
  /** The text from here to the next seam parsed without an error. */
  readonly sound: boolean;
}

/** A range of the text in offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a file can be taken apart.
 * @param errors what did not parse, as offsets
 */
export function seamsOf(text: string, file: ReadFile, errors: readonly Span[]): Seam[] {
  const { items, directives } = file;
  const places: { at: number; row: number }[] = [{ at: 0, row: 0 }];
  let row = 0;
  let counted = 0;
  let nextRegion = 0;
  let guarded = 0;
  for (let i = 1; i < items.length; i++) {
    const start = items[i]![0];
    const at = text.lastIndexOf('\n', start - 1) + 1;
    if (at <= places.at(-1)!.at || items[i - 1]![1] > at || text.slice(at, start).trim() !== '') continue;
    if (/\\\r?\n$/.test(text.slice(at - 3, at))) continue;
    for (; nextRegion < directives.regions.length; nextRegion++) {
      const region = directives.regions[nextRegion]!;
      if (region.start >= at) break;
      guarded = Math.max(guarded, region.end);
    }
    if (guarded > at) continue;
    for (let to = text.indexOf('\n', counted); to >= 0 && to < at; to = text.indexOf('\n', to + 1)) row++;
    counted = at;
    places.push({ at, row });
  }
  let error = 0;
  return places.map(({ at, row }, i) => {
    const end = places[i + 1]?.at ?? text.length;
    while (error < errors.length && errors[error]!.end < at) error++;
    return { at, row, sound: error === errors.length || errors[error]!.start > end };
  });
}

/** A stretch from one seam to another that holds a change. */
export interface Stretch extends Span {
  /** Index of its first seam, and of the seam (or the end) behind it. */
  readonly first: number;
  readonly last: number;
  readonly row: number;
}

/** The stretch around a change, with the seams that it touches inside; undefined where an error is near. */
export function stretchAround(seams: readonly Seam[], length: number, change: Span): Stretch | undefined {
  let first = upperBound(seams, change.start) - 1;
  const last = upperBound(seams, change.end);
  // A change at the very start of an item may belong to what stands before it.
  if (first > 0 && seams[first]!.at === change.start) first--;
  for (let i = first; i < last; i++) if (!seams[i]!.sound) return undefined;
  const { at: start, row } = seams[first]!;
  return { start, end: seams[last]?.at ?? length, first, last, row };
}

/** Index of the first seam behind an offset. */
function upperBound(seams: readonly Seam[], offset: number): number {
  let low = 0;
  let high = seams.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seams[middle]!.at <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A stretch read by itself. */
export interface ReadStretch {
  readonly text: string;
  /** What the parser was given for it. */
  readonly masked: string;
  /** All of it parsed. */
  readonly sound: boolean;
  readonly file: ReadFile;
}

/**
 * Reads a stretch as if it were a file, with the insides of functions parsed: half a statement shows.
 * @returns undefined when it is not whole: a comment, a conditional or a statement is open at its end
 */
export function readStretch(parser: CParser, text: string): ReadStretch | undefined {
  if (!isWhole(text)) return undefined;
  let masked = '';
  let sound = true;
  const watched: CParser = {
    engine: parser.engine,
    parse: (code, previous, parts) => {
      const tree = parser.parse(code, previous, parts);
      masked = code;
      sound &&= !tree.root.hasError;
      return tree;
    },
    ready: () => parser.ready(),
    dispose: () => {},
  };
  const file = extractFile(watched, text, scanBody, { bodies: 'parse', blanks: 'parse' });
  return { text, masked, sound, file };
}

function isWhole(text: string): boolean {
  if (text !== '' && !text.endsWith('\n')) return false;
  const { code } = lex(`${text};`);
  if (!code.endsWith(';') || /\\\r?\n;$/.test(code)) return false;
  let open = 0;
  for (const [, word] of code.matchAll(/^[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b/gm)) {
    if (word!.startsWith('if')) open++;
    else if (word === 'endif') open--;
    if (open < 0 || (open === 0 && word !== 'endif')) return false;
  }
  if (open !== 0) return false;
  return /[;}]$/.test(readDirectives(text, code.slice(0, -1)).plain.trimEnd()) || code.trim() === ';';
}

/**
 * A file's facts after a stretch of it changed: what the stretch says now, in place of what it said. The facts of the
 * rest are the same objects where no line moved.
 * @param before the stretch as it was, `after` as it is
 * @returns undefined when the change reaches beyond the stretch (a macro, an include, an exported name), or when the
 *   stretch by itself did not say what the file said of it
 */
export function spliceFacts(
  facts: Facts,
  stretch: Stretch,
  before: ReadStretch,
  after: ReadStretch,
): Facts | undefined {
  const rows = countRows(before.text);
  const from = stretch.row + 1;
  const to = stretch.row + rows;
  const was = before.file.facts;
  const is = after.file.facts;
  const isHere = ({ line }: { line: number }): boolean => line >= from && line <= to;
  if (!sameDirectives(before.file.directives, after.file.directives)) return undefined;
  if (!same(was.exports, is.exports) || !same(was.structs, is.structs)) return undefined;
  if (was.takesBusAddress && !is.takesBusAddress) return undefined;
  if (was.damage.length > 0 || is.damage.length > 0 || facts.macros.some(isHere)) return undefined;
  if (!same(namesOf(facts.functions.filter(isHere)), namesOf(was.functions))) return undefined;
  const by = countRows(after.text) - rows;
  if (by === 0 && same(was, is)) return facts;

  const replace = <T extends { readonly line: number }>(list: readonly T[], middle: readonly T[]): T[] => {
    const later = list.filter(({ line }) => line > to);
    return [
      ...list.filter(({ line }) => line < from),
      ...moved(middle, stretch.row),
      ...(by === 0 ? later : moved(later, by)),
    ];
  };
  const [functions, macros] = byKind(facts.functions);
  const [newFunctions, newMacros] = byKind(is.functions);
  return {
    ...facts,
    instances: replace(facts.instances, is.instances),
    objects: replace(facts.objects, is.objects),
    tables: replace(facts.tables, is.tables),
    functions: [...replace(functions, newFunctions), ...replace(macros, newMacros)],
    hookAssignments: replace(facts.hookAssignments, is.hookAssignments),
    macros: replace(facts.macros, []),
    macroUses: replace(facts.macroUses, is.macroUses),
    takesBusAddress: facts.takesBusAddress || is.takesBusAddress,
    suppressions: replace(facts.suppressions, is.suppressions),
    damage: replace(facts.damage, []),
  };
}

/** The seams after a stretch between two of them changed. */
export function spliceSeams(
  seams: readonly Seam[],
  stretch: Stretch,
  after: ReadStretch,
  rows: number,
): Seam[] {
  const { text, file } = after;
  const by = stretch.start + text.length - stretch.end;
  const lines = countRows(text) - rows;
  return [
    ...seams.slice(0, stretch.first),
    ...seamsOf(text, file, []).map(({ at, row }) => ({
      at: at + stretch.start,
      row: row + stretch.row,
      sound: true,
    })),
    ...seams.slice(stretch.last).map(({ at, row, sound }) => ({ at: at + by, row: row + lines, sound })),
  ];
}

/** Line ends in a text. */
export function countRows(text: string): number {
  let rows = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) rows++;
  return rows;
}

/** Functions proper, and function-like macros: facts have these behind those. */
function byKind(functions: readonly FunctionFact[]): [FunctionFact[], FunctionFact[]] {
  return [functions.filter((fn) => !fn.isMacro), functions.filter((fn) => fn.isMacro)];
}

function namesOf(functions: readonly FunctionFact[]): string[] {
  return functions.map(({ name }) => name);
}

/** True when two stretches define and include the same. */
function sameDirectives(a: Directives, b: Directives): boolean {
  const macros = (all: Directives): unknown =>
    all.macros.map(({ name, params, body }) => [name, params, body]);
  return (
    same(a.includes, b.includes) &&
    same(a.constants, b.constants) &&
    same(a.strings, b.strings) &&
    same(macros(a), macros(b))
  );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

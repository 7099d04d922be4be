import { valueWrapperRow } from '../kernel/index.ts';
import { conditionsAt, type Region } from './preprocessor.ts';
import { type LineMap, simpleText, skipBrackets, splitList, unwrap } from './text.ts';
import type { Member } from './types.ts';

/** What reading an initialiser needs of its file. */
export interface InitializerContext {
  /** The file as written: literals are blank in `plain`. */
  readonly text: string;
  readonly plain: string;
  readonly lines: LineMap;
  readonly regions: readonly Region[];
}

/** A flattened initialiser. */
export interface Initializer {
  readonly members: readonly Member[];
  /** Names mentioned anywhere in it. */
  readonly refs: readonly string[];
}

const DESIGNATOR = /((?:\.\s*\w+\s*|\[[^\]]{0,200}\]\s*)+)=(?!=)/y;
const OLD_DESIGNATOR = /(\w+)\s*:(?!:)/y;
const PTR_IF = /PTR_IF\s*\(/y;
const LITERAL = /^\s*("[^"\\\n]*")\s*$/;
/** The members of a driver struct that are its name. */
export const DRIVER_NAME = /(?:^|\.)name$/;
const NAME = /(?<![\w.>])[A-Za-z_]\w*/g;

/**
 * Flattens `{ .a = x, .driver = { .pm = &ops }, }` into members with dotted paths. Reads by brackets, so it works on
 * text that the grammar could not read; preprocessor lines must be blank in `plain`.
 * @param open offset of the opening brace
 * @param literals members of which a string literal is the value, with its quotes: elsewhere it is `''`
 */
export function readInitializer(
  context: InitializerContext,
  open: number,
  end: number,
  literals?: RegExp,
): Initializer {
  const { text, plain, lines, regions } = context;
  const members: Member[] = [];
  const close = skipBrackets(plain, open, end);
  walk(open, close, '', 0);
  const refs = new Set<string>();
  for (const match of plain.slice(open, close).matchAll(NAME)) {
    const name = match[0];
    if (name.length > 1 && /[a-z]/.test(name)) refs.add(name);
  }
  return { members, refs: [...refs] };

  function walk(from: number, to: number, prefix: string, depth: number): void {
    let index = 0;
    let at = from + 1;
    const stop = plain[to - 1] === '}' ? to - 1 : to;
    while (at < stop) {
      const itemEnd = endOfItem(at, stop);
      const designated = designator(at, itemEnd);
      let path = designated?.path ?? `[${index}]`;
      const range = /^\[(\d+)\]/.exec(path);
      if (!designated) index++;
      else if (range) index = Number(range[1]) + 1;
      if (!prefix && path.startsWith('.')) path = path.slice(1);
      const valueAt = skipSpace(designated?.end ?? at, itemEnd);
      if (valueAt < itemEnd) item(`${prefix}${path}`, designated?.at ?? valueAt, valueAt, itemEnd, depth);
      at = itemEnd + 1;
    }
  }

  function item(path: string, at: number, valueAt: number, end: number, depth: number): void {
    let brace = valueAt;
    if (plain[brace] === '(') {
      // A compound literal: `(struct x) { … }`.
      const behind = skipSpace(skipBrackets(plain, brace, end), end);
      if (plain[behind] === '{') brace = behind;
    }
    const around = regions.length ? conditionsAt(regions, at, open) : undefined;
    const wrapped = /^\w+(?=\s*\()/.exec(plain.slice(valueAt, end))?.[0];
    const needs = wrapped ? valueWrapperRow(wrapped)?.needs : undefined;
    // `pm_sleep_ptr(f)` is NULL without its option, as under an `#ifdef`.
    const conditions = needs?.startsWith('CONFIG_') ? [...(around ?? []), `defined(${needs})`] : around;
    const place = { ...lines.at(at), ...(conditions ? { conditions } : {}) };
    if (plain[brace] === '{') {
      members.push({ path, value: '{}', ...place });
      if (depth < 5) walk(brace, skipBrackets(plain, brace, end), path, depth + 1);
      return;
    }
    const [from, to] = chosen(valueAt, end);
    const literal = literals?.test(path) ? LITERAL.exec(text.slice(from, to))?.[1] : undefined;
    members.push({ path, value: literal ?? unwrap(simpleText(plain, from, to)), ...place });
  }

  /** The pointer of `PTR_IF(condition, pointer)`: its comma keeps it from being a simple text. */
  function chosen(from: number, to: number): [number, number] {
    PTR_IF.lastIndex = from;
    if (!PTR_IF.test(plain)) return [from, to];
    const open = PTR_IF.lastIndex - 1;
    return splitList(plain, open + 1, skipBrackets(plain, open, to) - 1)[1] ?? [from, to];
  }

  function designator(from: number, end: number): { path: string; at: number; end: number } | undefined {
    const at = skipSpace(from, end);
    DESIGNATOR.lastIndex = at;
    const match = DESIGNATOR.exec(plain);
    if (match && DESIGNATOR.lastIndex <= end) {
      return {
        path: match[1]!.replace(/\s+/g, ''),
        at,
        end: DESIGNATOR.lastIndex,
      };
    }
    OLD_DESIGNATOR.lastIndex = at;
    const old = OLD_DESIGNATOR.exec(plain);
    if (old && OLD_DESIGNATOR.lastIndex <= end) {
      return { path: `.${old[1]}`, at, end: OLD_DESIGNATOR.lastIndex };
    }
    return undefined;
  }

  function endOfItem(from: number, stop: number): number {
    let depth = 0;
    for (let at = from; at < stop; at++) {
      const c = plain.charCodeAt(at);
      if (c === 40 || c === 91 || c === 123) depth++;
      else if (c === 41 || c === 93 || c === 125) depth--;
      else if (c === 44 && depth <= 0) return at;
    }
    return stop;
  }

  function skipSpace(at: number, end: number): number {
    while (at < end && plain.charCodeAt(at) <= 32) at++;
    return at;
  }
}

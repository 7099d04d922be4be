import type { IncludeFact, MacroFact } from './types.ts';

/** A stretch of text that exists only under a condition. */
export interface Region {
  readonly start: number;
  end: number;
  readonly condition: string;
}

/** What the `#` lines of a file say. */
export interface Directives {
  /** The code with every directive line blank: same length. */
  readonly plain: string;
  readonly regions: readonly Region[];
  readonly includes: readonly IncludeFact[];
  /** Function-like macros, with the offset of their name and of their body. */
  readonly macros: readonly (Omit<MacroFact, 'line' | 'column'> & {
    readonly at: number;
    readonly bodyAt: number;
  })[];
  readonly constants: Readonly<Record<string, string>>;
  /** Object-like macros that stand for a string literal. */
  readonly strings: Readonly<Record<string, string>>;
}

const DIRECTIVE = /^[ \t]*#[ \t]*(\w+)([^\\\n]*(?:\\(?:\r\n|[^\n]|\n)[^\\\n]*)*)/gm;
const FUNCTION_LIKE = /^[ \t]*(\w+)\(([\w\s,.\\]*)\)/;
const STRING_LIKE = /^[ \t]*(\w+)[ \t]+"([^"\\\n]*)"\s*$/;
const OBJECT_LIKE = /^[ \t]*(\w+)[ \t]+(\(?[\w&*]+\)?)\s*$/;

/**
 * Reads the directives of a file.
 * @param text the file as written (include names stand in quotes)
 * @param code the same with comments and literals blank
 */
export function readDirectives(text: string, code: string): Directives {
  const regions: Region[] = [];
  const open: { region: Region; all: string[] }[] = [];
  const includes: IncludeFact[] = [];
  const macros: Directives['macros'][number][] = [];
  const constants: Record<string, string> = {};
  const strings: Record<string, string> = {};
  const pieces: string[] = [];
  let last = 0;
  for (const match of code.matchAll(DIRECTIVE)) {
    const start = match.index;
    const end = start + match[0].length;
    const rest = match[2]!;
    const restAt = end - rest.length;
    pieces.push(code.slice(last, start), blank(match[0]));
    last = end;
    switch (match[1]) {
      case 'if':
        push(end, tidy(rest));
        break;
      case 'ifdef':
        push(end, `defined(${tidy(rest)})`);
        break;
      case 'ifndef':
        push(end, `!defined(${tidy(rest)})`);
        break;
      case 'elif':
        turn(start, end, tidy(rest));
        break;
      case 'else':
        turn(start, end, '');
        break;
      case 'endif': {
        const top = open.pop();
        if (top) top.region.end = start;
        break;
      }
      case 'include': {
        const name = /^\s*([<"])([^>"\n]+)[>"]/.exec(text.slice(restAt, end));
        if (name) includes.push({ name: name[2]!, system: name[1] === '<' });
        break;
      }
      case 'define':
        define(rest, restAt);
        break;
    }
  }
  for (const { region } of open) region.end = code.length;
  pieces.push(code.slice(last));
  // A spliced line is one line to the compiler; the backslash is no token.
  const joined = pieces.join('');
  const plain = joined.includes('\\') ? joined.replace(/\\(?=\r?\n)/g, ' ') : joined;
  return { plain, regions, includes, macros, constants, strings };

  function push(at: number, condition: string): void {
    const region = { start: at, end: code.length, condition };
    regions.push(region);
    open.push({ region, all: [condition] });
  }

  function turn(start: number, end: number, condition: string): void {
    const top = open.at(-1);
    if (!top) return;
    top.region.end = start;
    const not = top.all.map(negate).join('&&');
    top.region = { start: end, end: code.length, condition: condition ? `${not}&&${condition}` : not };
    if (condition) top.all.push(condition);
    regions.push(top.region);
  }

  function define(rest: string, at: number): void {
    const made = rest.includes('(') ? FUNCTION_LIKE.exec(rest) : null;
    if (made) {
      const params = made[2]!.split(',').map((p) => p.replace(/\\/g, '').trim());
      const body = rest.slice(made[0].length).replaceAll('\r\n', '\n').trimEnd();
      const bodyAt = at + made[0].length;
      macros.push({ name: made[1]!, params, body, at: at + rest.indexOf(made[1]!), bodyAt });
      return;
    }
    const value = OBJECT_LIKE.exec(rest);
    if (value) constants[value[1]!] = value[2]!.replace(/[()]/g, '');
    else if (rest.includes('"')) {
      const literal = STRING_LIKE.exec(text.slice(at, at + rest.trimEnd().length));
      if (literal) strings[literal[1]!] = literal[2]!;
    }
  }
}

/** Conditions around an offset, outermost first; undefined when there are none. */
export function conditionsAt(regions: readonly Region[], offset: number, from = 0): string[] | undefined {
  let found: string[] | undefined;
  for (const region of regions) {
    if (region.start > offset) break;
    if (region.start >= from && offset < region.end) {
      found ??= [];
      found.push(region.condition);
    }
  }
  return found;
}

function negate(condition: string): string {
  if (condition.startsWith('!defined(')) return condition.slice(1);
  if (/^defined\(\w+\)$/.test(condition)) return `!${condition}`;
  return `!(${condition})`;
}

function tidy(text: string): string {
  return text.replace(/\\\r?\n/g, ' ').replace(/\s+/g, '');
}

function blank(text: string): string {
  return text.includes('\n')
    ? text.replace(/[^\n]+/g, (line) => ' '.repeat(line.length))
    : ' '.repeat(text.length);
}

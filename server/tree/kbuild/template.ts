/** A piece of Make text: literal, variable reference or function call. */
export type Part = string | VariableRef | FunctionCall;
export type Template = readonly Part[];

/** `$(NAME)` or `$(NAME:FROM=TO)`. */
export interface VariableRef {
  readonly kind: 'var';
  readonly name: Template;
  readonly from?: Template;
  readonly to?: Template;
}

/** `$(FN arg,arg)`. */
export interface FunctionCall {
  readonly kind: 'call';
  readonly fn: string;
  readonly args: readonly Template[];
  /** The arguments as written, for functions whose argument is no word list (`shell`, `eval`). */
  readonly text: string;
}

/** Functions of GNU make, and how many arguments they split into (the last one keeps its commas). */
const FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['abspath', 1],
  ['addprefix', 2],
  ['addsuffix', 2],
  ['and', Infinity],
  ['basename', 1],
  ['call', Infinity],
  ['dir', 1],
  ['error', 1],
  ['eval', 1],
  ['file', 2],
  ['filter', 2],
  ['filter-out', 2],
  ['findstring', 2],
  ['firstword', 1],
  ['flavor', 1],
  ['foreach', 3],
  ['if', 3],
  ['info', 1],
  ['intcmp', 5],
  ['join', 2],
  ['lastword', 1],
  ['let', 3],
  ['notdir', 1],
  ['or', Infinity],
  ['origin', 1],
  ['patsubst', 3],
  ['realpath', 1],
  ['shell', 1],
  ['sort', 1],
  ['strip', 1],
  ['subst', 3],
  ['suffix', 1],
  ['value', 1],
  ['warning', 1],
  ['wildcard', 1],
  ['word', 2],
  ['wordlist', 3],
  ['words', 1],
]);

const cache = new Map<string, Template>();
/** Bounds the cache: a long-lived server may read many trees. */
const CACHE_LIMIT = 50_000;

/** Parses Make text into parts. Never throws: an unclosed reference stays literal text. */
export function parseTemplate(text: string): Template {
  if (!text.includes('$')) return text === '' ? [] : [text];
  let parsed = cache.get(text);
  if (parsed === undefined) {
    parsed = parse(text);
    if (cache.size >= CACHE_LIMIT) cache.clear();
    cache.set(text, parsed);
  }
  return parsed;
}

function parse(text: string): Template {
  const parts: Part[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push(literal);
    literal = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c !== '$' || i + 1 >= text.length) {
      literal += c;
      continue;
    }
    const next = text[++i]!;
    if (next === '$') literal += '$';
    else if (next === '(' || next === '{') {
      const end = closing(text, i);
      if (end < 0) {
        literal += `$${next}`;
        continue;
      }
      flush();
      parts.push(parseReference(text.slice(i + 1, end)));
      i = end;
    } else if (/[A-Za-z0-9_]/.test(next)) {
      flush();
      parts.push({ kind: 'var', name: [next] });
    } // `$@`, `$<`, `$*`…: automatic variables, empty outside of a recipe
  }
  flush();
  return parts;
}

/** Index of the bracket that closes the one at `open`; only the same kind of bracket counts, as in GNU make. */
function closing(text: string, open: number): number {
  const o = text[open];
  const c = o === '(' ? ')' : '}';
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === o) depth++;
    else if (text[i] === c && --depth === 0) return i;
  }
  return -1;
}

function parseReference(inner: string): Part {
  const call = /^([a-z][a-z-]*)[ \t\n]+/.exec(inner);
  const limit = call === null ? undefined : FUNCTIONS.get(call[1]!);
  if (call !== null && limit !== undefined) {
    const text = inner.slice(call[0].length);
    return { kind: 'call', fn: call[1]!, args: splitArguments(text, limit).map(parseTemplate), text };
  }
  const colon = bracketAware(inner, ':');
  const equals = colon < 0 ? -1 : bracketAware(inner, '=', colon);
  if (equals < 0) return { kind: 'var', name: parseTemplate(inner) };
  return {
    kind: 'var',
    name: parseTemplate(inner.slice(0, colon)),
    from: parseTemplate(inner.slice(colon + 1, equals)),
    to: parseTemplate(inner.slice(equals + 1)),
  };
}

function splitArguments(text: string, limit: number): string[] {
  const args: string[] = [];
  let start = 0;
  while (args.length + 1 < limit) {
    const comma = bracketAware(text, ',', start);
    if (comma < 0) break;
    args.push(text.slice(start, comma));
    start = comma + 1;
  }
  args.push(text.slice(start));
  return args;
}

function bracketAware(text: string, wanted: string, from = 0): number {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const c = text[i];
    if (c === '(' || c === '{') depth++;
    else if (c === ')' || c === '}') depth--;
    else if (c === wanted && depth === 0) return i;
  }
  return -1;
}

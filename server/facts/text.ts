/** Small tools over C text in which comments and the contents of literals are blank (see `grammars/mask.ts:lex`). */

/** Offsets to lines and columns (both from 1, columns in UTF-16 code units). */
export class LineMap {
  private readonly starts: number[] = [0];
  /** Index of the line that was asked for last: the next is often the same or near. */
  private last = 0;

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  /** Line and column of an offset. */
  at(offset: number): { line: number; column: number } {
    const line = this.lineAt(offset);
    return { line, column: offset - this.starts[line - 1]! + 1 };
  }

  /** Line of an offset. */
  lineAt(offset: number): number {
    const { starts } = this;
    let low = 0;
    let high = starts.length - 1;
    if (starts[this.last]! <= offset) {
      low = this.last;
      if (low + 4 < high && starts[low + 4]! > offset) high = low + 3;
    }
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    this.last = low;
    return low + 1;
  }
}

/** Offset just behind the bracket that closes the one at `open`, or `end` when it never closes. */
export function skipBrackets(code: string, open: number, end: number): number {
  let depth = 0;
  for (let at = open; at < end; at++) {
    const c = code.charCodeAt(at);
    if (c === 40 || c === 91 || c === 123) depth++;
    else if (c === 41 || c === 93 || c === 125) {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return end;
}

/** Splits `code[start, end)` at its top-level commas; returns offset pairs, none for blank text. */
export function splitList(code: string, start: number, end: number): [number, number][] {
  const parts: [number, number][] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < end; at++) {
    const c = code.charCodeAt(at);
    if (c === 40 || c === 91 || c === 123) depth++;
    else if (c === 41 || c === 93 || c === 125) depth--;
    else if (c === 44 && depth === 0) {
      parts.push([from, at]);
      from = at + 1;
    }
  }
  if (parts.length > 0 || !isBlank(code, from, end)) parts.push([from, end]);
  return parts;
}

function isBlank(code: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const c = code.charCodeAt(at);
    if (c > 127) return code.slice(at, end).trim() === '';
    if (c !== 32 && (c < 9 || c > 13)) return false;
  }
  return true;
}

/** Macros that wrap a value without changing what it names. */
const WRAPPER =
  /^(?:pm_ptr|pm_sleep_ptr|of_match_ptr|ACPI_PTR|__exit_p|__p|__devexit_p|PTR_IF|IS_ENABLED_PTR|of_ptr)\((.*)\)$/s;
const CAST =
  /^\(\s*(?:const\s+)?(?:struct\s+)?\w+(?:\s*\(?\s*\*+\s*\)?\s*(?:\([^()]*\))?)?\s*\)\s*(?=[\w&(])/;

/** Takes casts, brackets and pointer wrappers (`pm_ptr(x)`, `(void *)x`, `&x`) off an expression. */
export function unwrap(expression: string): string {
  let text = expression.trim();
  for (let round = 0; round < 8; round++) {
    const before = text;
    const wrapped = WRAPPER.exec(text);
    if (wrapped) {
      const inner = wrapped[1]!;
      text = (text.startsWith('PTR_IF') ? inner.slice(inner.indexOf(',') + 1) : inner).trim();
    }
    if (text.startsWith('(') && skipBrackets(text, 0, text.length) === text.length)
      text = text.slice(1, -1).trim();
    text = text.replace(CAST, '');
    if (text.startsWith('&') && !text.startsWith('&&')) text = text.slice(1).trim();
    if (text === before) break;
  }
  return text;
}

const SIMPLE = /^[\w\s.>&|*+()[\]<-]*$/;

/** ASCII characters of a simple text: 1, blanks: 2, others: 0. */
const SIMPLE_UNITS = Uint8Array.from({ length: 128 }, (_, unit) => {
  const character = String.fromCharCode(unit);
  return /\s/.test(character) ? 2 : SIMPLE.test(character) ? 1 : 0;
});

/** An expression as short text without white space when it is a path, a number or a flag expression, else `''`. */
export function simpleText(code: string, start: number, end: number): string {
  if (end - start > 160) return '';
  let from = start;
  let to = Math.min(end, code.length);
  while (from < to && SIMPLE_UNITS[code.charCodeAt(from)] === 2) from++;
  while (to > from && SIMPLE_UNITS[code.charCodeAt(to - 1)] === 2) to--;
  for (let at = from; ; at++) {
    // The usual text has no blank inside.
    if (at === to) return to - from > 96 ? '' : code.slice(from, to);
    const kind = SIMPLE_UNITS[code.charCodeAt(at)];
    if (kind === 0) return '';
    if (kind !== 1) break;
  }
  const text = code.slice(from, to);
  if (!SIMPLE.test(text)) return '';
  const tight = text
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\w ]) ?/g, '$1')
    .trim();
  return tight.length > 96 ? '' : tight;
}

/** Words that are never names of functions or variables. */
export const KEYWORDS = new Set(
  (
    'auto break case char const continue default do double else enum extern float for goto if inline int long ' +
    'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while ' +
    'bool true false NULL typeof __typeof__ asm __asm__ u8 u16 u32 u64 s8 s16 s32 s64 __le16 __le32 __le64 __be16 ' +
    '__be32 __be64 size_t ssize_t dma_addr_t phys_addr_t irqreturn_t netdev_tx_t __func__ __u8 __u16 __u32 __u64 ' +
    'uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t likely unlikely IS_ERR PTR_ERR ERR_PTR ' +
    'ARRAY_SIZE container_of offsetof min max BIT GENMASK IS_ENABLED defined ERR_CAST PTR_ERR_OR_ZERO ' +
    'IS_ERR_OR_NULL _Static_assert static_assert BUILD_BUG_ON'
  ).split(' '),
);

/** Where function bodies and initialisers are, so that a parser that only wants a file's layout need not read them. */

const OPEN = 123;
const CLOSE = 125;
const NEWLINE = 10;

/** A stretch of text between two offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The insides of function bodies (between their braces) that any reader would delimit alike: the brace that opens one
 * and the brace that closes it begin a line, the first follows a parameter list, and braces and conditionals between
 * them are balanced. In the order of the text; a body that is written in another way is left out.
 *
 * @param plain a text with comments, literals and directive lines blank
 * @param conditionals the branches of its preprocessor conditionals
 */
export function bodyInsides(plain: string, conditionals: readonly Span[] = []): Span[] {
  const found: Span[] = [];
  const halves = new Halves(conditionals);
  for (let line = plain.indexOf('\n{'); line >= 0; ) {
    const open = line + 1;
    const close = plain.indexOf('\n}', open) + 1;
    if (close === 0) break;
    line = plain.indexOf('\n{', close - 1);
    if (!followsParameters(plain, open) || !isBalanced(plain, open, close)) continue;
    if (!halves.isCut(open, close)) found.push({ start: open + 1, end: close });
  }
  return found;
}

const INITIALISER = /=\s*\{[ \t\r]*$/gm;

/**
 * The insides of initialisers (between their braces) that any reader would delimit alike: the brace that opens one ends
 * a line, the brace that closes it begins one. In the order of the text.
 *
 * @param bodies the insides of functions: what stands in them is left out
 * @param isWanted told where the opening brace is: false for an initialiser that the parser shall read
 */
export function initialiserInsides(
  plain: string,
  conditionals: readonly Span[],
  bodies: readonly Span[],
  isWanted: (open: number) => boolean,
): Span[] {
  const found: Span[] = [];
  const halves = new Halves(conditionals);
  let body = 0;
  for (const match of plain.matchAll(INITIALISER)) {
    const open = plain.indexOf('{', match.index);
    while (body < bodies.length && bodies[body]!.end <= open) body++;
    if (bodies[body] && bodies[body]!.start <= open) continue;
    const close = plain.indexOf('\n}', open) + 1;
    if (close === 0) break;
    if (!isBalanced(plain, open, close) || halves.isCut(open, close) || !isWanted(open)) continue;
    found.push({ start: open + 1, end: close });
  }
  return found;
}

/** Tells where a stretch holds one end of a conditional's branch without the other. Asked in the order of the text. */
class Halves {
  private readonly edges: readonly { at: number; other: number }[];
  private next = 0;

  constructor(conditionals: readonly Span[]) {
    this.edges = conditionals
      .flatMap(({ start, end }) => [
        { at: start, other: end },
        { at: end, other: start },
      ])
      .sort((a, b) => a.at - b.at);
  }

  isCut(open: number, close: number): boolean {
    const { edges } = this;
    while (this.next < edges.length && edges[this.next]!.at <= open) this.next++;
    for (let i = this.next; i < edges.length && edges[i]!.at < close; i++) {
      const { other } = edges[i]!;
      if (other <= open || other >= close) return true;
    }
    return false;
  }
}

function followsParameters(plain: string, open: number): boolean {
  let at = open - 1;
  while (at >= 0 && plain.charCodeAt(at) <= 32) at--;
  return plain[at] === ')';
}

/** True when the brace at `close` is the one that closes that at `open`. */
function isBalanced(plain: string, open: number, close: number): boolean {
  let depth = 0;
  for (let at = open; at < close; at++) {
    const c = plain.charCodeAt(at);
    if (c === OPEN) depth++;
    else if (c === CLOSE && --depth === 0) return false;
  }
  return depth === 1 && plain.charCodeAt(close - 1) === NEWLINE;
}

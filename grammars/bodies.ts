/** Where function bodies are, so that a parser that only wants a file's layout need not read them. */

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
  const edges = conditionals
    .flatMap(({ start, end }) => [
      { at: start, other: end },
      { at: end, other: start },
    ])
    .sort((a, b) => a.at - b.at);
  let edge = 0;
  for (let line = plain.indexOf('\n{'); line >= 0; ) {
    const open = line + 1;
    const close = plain.indexOf('\n}', open) + 1;
    if (close === 0) break;
    line = plain.indexOf('\n{', close - 1);
    if (!followsParameters(plain, open) || !isBalanced(plain, open, close)) continue;
    while (edge < edges.length && edges[edge]!.at <= open) edge++;
    let isWhole = true;
    for (let i = edge; i < edges.length && edges[i]!.at < close; i++) {
      if (edges[i]!.other <= open || edges[i]!.other >= close) isWhole = false;
    }
    if (isWhole) found.push({ start: open + 1, end: close });
  }
  return found;
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

import { lex } from '../../grammars/lex.ts';

/** Comments, and what must be told apart from them. */
const TOKENS = /\/\*[\s\S]*?\*\/|\/\/(?:\\\n|[^\n])*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g;
const GUARD =
  /^\s*#[ \t]*ifndef[ \t]+(\w+)[ \t]*\n\s*#[ \t]*define[ \t]+\1\b[^\n]*\n([\s\S]*)\n[ \t]*#[ \t]*endif\s*$/;

/** A text without comments, include guards and empty lines; `quiesce-ignore` comments stay, without their reason. */
export function withoutComments(text: string): string {
  const bare = text
    .replaceAll('\r\n', '\n')
    // Names of people and the like: a bundle is plain ASCII.
    .replace(/[^\x20-\x7e\n\t]/g, '?')
    .replace(TOKENS, (token) => {
      if (!token.startsWith('/')) return token;
      const ignore = /quiesce-ignore\s+([\w, -]+):/.exec(token);
      return ignore ? `/* quiesce-ignore ${ignore[1]}: a reason */` : ' ';
    })
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n');
  const guarded = GUARD.exec(bare);
  return guarded ? `${guarded[2]}\n` : bare;
}

/**
 * The pieces of a text that may be left out by themselves: whole lines, together for what stands at file scope, one by one
 * for the plain statements inside of functions.
 */
export function piecesOf(text: string, grain: 'items' | 'statements'): string[] {
  const lines = text.split(/(?<=\n)/);
  const code = lex(text).code.split(/(?<=\n)/);
  const pieces: string[] = [];
  let open = '';
  let depth = 0;
  let conditionals = 0;
  for (const [at, line] of lines.entries()) {
    const bare = code[at] ?? '';
    if (grain === 'statements' && open === '' && depth > 0 && isStatement(bare, lines[at - 1] ?? '')) {
      pieces.push(line);
      continue;
    }
    open += line;
    if (/^\s*#\s*if/.test(bare)) conditionals++;
    else if (/^\s*#\s*endif/.test(bare)) conditionals--;
    for (const c of bare) {
      if (c === '{' || c === '(') depth++;
      else if (c === '}' || c === ')') depth--;
    }
    const isContinued = /\\\n$/.test(line);
    const isEnd = /[;}]\s*$/.test(bare) || /^\s*#/.test(open) || bare.trim() === '';
    const isCut = grain === 'items' ? depth <= 0 && conditionals <= 0 && isEnd : isEnd || /\{\s*$/.test(bare);
    if (isCut && !isContinued) {
      pieces.push(open);
      open = '';
      if (depth < 0) depth = 0;
    }
  }
  if (open !== '') pieces.push(open);
  return pieces;
}

/** One whole statement on a line, that no `if` or `else` without braces needs. */
function isStatement(bare: string, before: string): boolean {
  if (!/^\s+[A-Za-z_*(][^{}#]*;\s*$/.test(bare)) return false;
  const opened = [...bare].filter((c) => c === '(').length - [...bare].filter((c) => c === ')').length;
  return opened === 0 && /[;{}]\s*$/.test(before);
}

/**
 * Leaves out as many pieces as it can, in ever smaller runs (delta debugging).
 * @param isEnough true when what is left still shows what it has to show
 * @param until milliseconds of `Date.now()` after which nothing more is tried
 * @param isPinned true for a piece that stays in any case
 */
export async function reduce(
  pieces: readonly string[],
  isEnough: (left: readonly string[]) => Promise<boolean>,
  until: number,
  isPinned: (piece: string) => boolean = () => false,
): Promise<string[]> {
  let left = [...pieces];
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      if (Date.now() > until) return left;
      const pinned = left.slice(at, at + size).filter(isPinned);
      const tried = [...left.slice(0, at), ...pinned, ...left.slice(at + size)];
      if (tried.length < left.length && (await isEnough(tried))) {
        left = tried;
        at += pinned.length;
      } else at += size;
    }
  }
  return left;
}

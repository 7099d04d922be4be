import type { LineMap } from './text.ts';
import type { SuppressionFact } from './types.ts';

const MARK = /quiesce-ignore[ \t]+([\w-]+)[ \t]*(?::[ \t]*([^*\n]*))?/g;

/**
 * Reads suppression comments: `quiesce-ignore RULE: reason` in a comment of either kind.
 * @param code the text with comments blank: a mark that still stands there is no comment
 */
export function readSuppressions(text: string, code: string, lines: LineMap): SuppressionFact[] {
  if (!text.includes('quiesce-ignore')) return [];
  const found: SuppressionFact[] = [];
  for (const match of text.matchAll(MARK)) {
    const at = match.index;
    if (code.slice(at, at + 14).trim() !== '' || inLiteral(code, at)) continue;
    const close = text.indexOf('*/', at);
    const isBlock = text.lastIndexOf('/*', at) > text.lastIndexOf('*/', at);
    const end = isBlock && close >= 0 ? close : at + match[0].length;
    found.push({
      rule: match[1]!,
      reason: (match[2] ?? '').trim(),
      endLine: lines.lineAt(end),
      ...lines.at(at),
    });
  }
  return found;
}

/** Blank text between two quotes of one line is a string's content, not a comment. */
function inLiteral(code: string, at: number): boolean {
  const from = code.lastIndexOf('\n', at) + 1;
  let quotes = 0;
  for (let i = from; i < at; i++) if (code[i] === '"') quotes++;
  return quotes % 2 === 1;
}

import { lex, maskAndCount } from '../../grammars/mask.ts';
import { type CParser, EngineFailure, parseParts } from '../../grammars/parser.ts';
import { busOf } from '../kernel/index.ts';
import { scanBody } from './body.ts';
import { assemble, type Layout } from './extract.ts';
import { readFunctionsByLayout, readVariables, type VariableItem } from './items.ts';
import { readDirectives } from './preprocessor.ts';
import { LineMap, skipBrackets } from './text.ts';
import type { Facts } from './types.ts';

/**
 * Reads of a file what its drivers lead to, by the text's layout: functions whose braces stand in the first column, and
 * what stands between them. The parser is shown the statements that define driver structs and nothing else, so that a
 * file of 16,000 lines has something to say in a third of the time; what it says of its drivers is what `extractFacts`
 * does, as long as the rest of the file parses. Never throws.
 */
export function extractOutline(parser: CParser, text: string, read = scanBody): Facts {
  const { code } = lex(text);
  const lines = new LineMap(text);
  const directives = readDirectives(text, code);
  const { plain } = directives;
  const layout: Layout = { items: [], functions: [], declarations: [], damage: [], damaged: [] };
  let from = 0;
  for (const item of readFunctionsByLayout(plain, () => false)) {
    layout.functions.push(item);
    layout.declarations.push([from, item.nameAt]);
    from = item.end;
  }
  layout.declarations.push([from, plain.length]);
  for (const [start, end] of layout.declarations) {
    if (!plain.slice(start, end).includes('_driver')) continue;
    for (const item of readVariables(plain, start, end)) {
      if (busOf(item.struct) === undefined || item.isPointer) continue;
      const statement = statementAround(plain, item, start, end);
      if (!parses(parser, text.slice(...statement))) layout.damaged.push(statement);
    }
  }
  // What a driver struct made by a macro leads to is told where the macro is expanded.
  const reached = !directives.macros.some(({ body }) => /_driver\b|_DRIVER/.test(body));
  const facts = assemble({ text, code, directives, lines }, layout, read, reached);
  return { ...facts, functions: [...facts.functions].sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** The statement that defines a variable: from behind the last one's end to its semicolon. */
function statementAround(plain: string, item: VariableItem, start: number, end: number): [number, number] {
  const before = Math.max(
    plain.lastIndexOf(';', item.nameAt),
    plain.lastIndexOf('}', item.nameAt),
    start - 1,
  );
  const from = plain.slice(before + 1, item.nameAt).search(/\S/);
  const close = plain.indexOf(';', skipBrackets(plain, item.open, end));
  return [before + 1 + Math.max(from, 0), close < 0 ? end : Math.min(close + 1, end)];
}

function parses(parser: CParser, statement: string): boolean {
  try {
    for (const tree of parseParts(parser, maskAndCount(statement))) if (tree.root.hasError) return false;
    return true;
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    return false;
  }
}

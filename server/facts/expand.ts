import { busOf, type Kernel } from '../kernel/index.ts';
import { DRIVER_NAME, readInitializer } from './initializer.ts';
import { readVariables } from './items.ts';
import { LineMap, skipBrackets, splitList } from './text.ts';
import type { InstanceFact, MacroFact, MacroUse } from './types.ts';

const MAX_DEPTH = 6;
const PLACEMARKER = '\x01';

/**
 * The driver structs that a macro's use makes, expanded as far as their names and members need. `#x` and `x ## y` are
 * honoured; macros used in the body are expanded in turn.
 * @param lookup the macros known where the use stands
 * @param kernel for the buses that a project adds
 */
export function expandUse(
  use: MacroUse,
  lookup: (name: string) => MacroFact | undefined,
  kernel?: Kernel,
): InstanceFact[] {
  const text = expand(use.name, use.args, lookup, 0);
  if (!text.includes('_driver')) return [];
  const context = { text, plain: text, lines: new LineMap(text), regions: [] };
  const found: InstanceFact[] = [];
  for (const match of text.matchAll(/\bstruct\s+(\w+)\s+\w+/g)) {
    if (!busOf(match[1]!, kernel)) continue;
    const brace = text.indexOf('{', match.index);
    if (brace < 0 || /[;})]/.test(text.slice(match.index, brace))) continue;
    const close = skipBrackets(text, brace, text.length);
    const [item] = readVariables(text, match.index, close);
    if (!item || item.isArray) continue;
    const { members } = readInitializer(context, item.open, close, DRIVER_NAME);
    found.push({
      struct: item.struct,
      name: item.name,
      variable: item.name,
      isStatic: item.isStatic,
      // Lines of the expansion mean nothing to a reader: everything stands at the use.
      members: members.map((member) => ({ ...member, line: use.line, column: use.column })),
      found: 'macro',
      macro: use.name,
      line: use.line,
      column: use.column,
    });
  }
  return found;
}

function expand(
  name: string,
  args: readonly string[],
  lookup: (name: string) => MacroFact | undefined,
  depth: number,
): string {
  const macro = lookup(name);
  if (!macro || depth > MAX_DEPTH) return '';
  let body = macro.body.replace(/\\\n/g, '\n');
  macro.params.forEach((param, index) => {
    if (!/^\w+$/.test(param)) return;
    // An empty argument is a token of its own to `##`: it pastes nothing, and not the token before it either.
    const value = args[index] || PLACEMARKER;
    body = body
      .replace(new RegExp(`(?<!#)#\\s*${param}\\b`, 'g'), `"${value}"`)
      .replace(new RegExp(`\\b${param}\\b`, 'g'), () => value);
  });
  body = body.replace(/\s*##\s*/g, '').replaceAll(PLACEMARKER, '');
  return body.replace(/\b([A-Za-z_]\w*)\s*\(/g, (whole, inner: string, at: number) => {
    if (inner === name || !lookup(inner)) return whole;
    const open = at + whole.length - 1;
    const parts = splitList(body, open + 1, skipBrackets(body, open, body.length) - 1);
    const values = parts.map(([a, b]) => body.slice(a, b).trim());
    return `${expand(inner, values, lookup, depth + 1)};${whole}`;
  });
}

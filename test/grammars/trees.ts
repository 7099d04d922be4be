/** What the tests of the grammar share: parsers, dumps of trees, generated C. */

import fc from 'fast-check';
import type { CNode, CParser, CTree } from '../../grammars/parser.ts';
import { openParser } from '../../grammars/parser.ts';

/** The native parser, or the reason why it does not load on this machine. */
export async function nativeParser(): Promise<CParser | string> {
  try {
    return await openParser({ engine: 'native' });
  } catch (error) {
    return String(error);
  }
}

/** Every node, its range, position and field: `(type[start-end @row:column] field: …)`. */
export function dump(tree: CTree): string {
  const out: string[] = [];
  const cursor = tree.walk();
  let depth = 0;
  for (;;) {
    const { row, column } = cursor.startPosition;
    const flags = `${cursor.nodeIsNamed ? '' : '~'}${cursor.nodeIsMissing ? '!' : ''}`;
    out.push(
      `${' '.repeat(depth)}${cursor.currentFieldName ?? ''}:${flags}${cursor.nodeType} ${cursor.startIndex}-${cursor.endIndex} ${row}:${column}`,
    );
    if (cursor.gotoFirstChild()) {
      depth++;
      continue;
    }
    while (depth > 0 && !cursor.gotoNextSibling()) {
      cursor.gotoParent();
      depth--;
    }
    if (depth === 0) break;
  }
  cursor.delete();
  return out.join('\n');
}

/** The named nodes alone, leaves with their text: `(a b "text")`. */
export function shape(node: CNode, text: string): string {
  if (node.namedChildCount === 0) {
    return `${node.isMissing ? 'MISSING ' : ''}${node.type} ${JSON.stringify(text.slice(node.startIndex, node.endIndex))}`;
  }
  const parts: string[] = [];
  for (let i = 0; i < node.childCount; i++) {
    const child = node.child(i)!;
    if (child.isNamed || child.isMissing) parts.push(shape(child, text));
  }
  return `${node.type}(${parts.join(', ')})`;
}

/** All nodes of a type, in the order of the text. */
export function nodesOfType(node: CNode, type: string): CNode[] {
  const found: CNode[] = node.type === type ? [node] : [];
  for (let i = 0; i < node.childCount; i++) found.push(...nodesOfType(node.child(i)!, type));
  return found;
}

/** The identifier that a declarator declares. */
export function declaredName(node: CNode, text: string): string {
  let name: CNode = node;
  for (;;) {
    const inner =
      name.childForFieldName('declarator') ??
      (name.type.includes('parenthesized') ? name.namedChild(0) : null);
    if (inner === null) return text.slice(name.startIndex, name.endIndex);
    name = inner;
  }
}

/** Pieces of C, of kernel C and of neither, to be strung together. */
const PIECES = [
  'int', 'void', 'static', 'const', 'unsigned long', 'struct a', 'struct', 'enum', 'union', 'typedef', 'u32', '__init',
  '__iomem', '__attribute__((x))', '__free(kfree)', 'f', 'g', 'x', 'NAME', 'NAME(a, b)', 'EXPORT_SYMBOL(f)',
  'DEFINE_MUTEX(m);', 'module_init(f)', 'list_for_each_entry(p, &l, n)', 'container_of(p, struct a, m)',
  'if (x)', 'else', 'for (;;)', 'while (x)', 'switch (x)', 'case 1 ... 3:', 'default:', 'return', 'goto out;', 'out:',
  'asm volatile("x" : : "r" (a));', 'typeof(x)', 'offsetof(struct a, b.c)', 'sizeof(int)', '(struct a *)', '(', ')', '{',
  '}', '[', ']', ';', ',', '=', '*', '&', '&&', '+', '?', ':', '.', '->', '...', '.x = 1,', '[0] = 2,', '= {', '};',
  '"s"', '"a" PRIx64 "b"', "'c'", '1', '0x1f', '64 K', '3200_HB', '\n', '\n', '\n#if 0\n', '\n#ifdef A\n', '\n#else\n',
  '\n#elif B\n', '\n#endif\n', '\n#define M(a...) a\n', '\n#include <a.h>\n', '/* c */', '// d\n', '/*', '*/', '"', "'",
  '\\\n', '\r\n', '\t', '#', '\u00e9', '\u4e16', '\ud800', '\0', '\f', 'static NAME(\n',
  '"s");\n',
  'MACHINE_START(a,\n"b")\n.c = 1,\n',
  'MACHINE_END',
  '#include <a.h> \r \n',
  '#define A /* b */ \r\n',
  'struct_group(a,', 'int f(void)\n{\n', '\n}\n',
]; // biome-ignore format: a list of words

/** Texts that look like C here and there. */
export const cish: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...PIECES), fc.constantFrom(' ', '', '\n')), { maxLength: 80 })
  .map((parts) => parts.map(([piece, gap]) => piece + gap).join(''));

/** Any string: lone surrogates, control characters, C. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units)),
  cish,
);

import { lex } from '../../grammars/lex.ts';
import { readInitializer } from './initializer.ts';
import { readVariables } from './items.ts';
import { readDirectives } from './preprocessor.ts';
import { LineMap, skipBrackets } from './text.ts';
import type { Member } from './types.ts';

/**
 * The members that one variable of a file is initialised with, read from the text alone: no parser has to be there.
 * @param text the file as written
 * @param struct tag of the variable's struct: `bus_type`
 * @returns undefined where the file has no such variable with an initialiser in braces
 */
export function readVariable(text: string, struct: string, name: string): readonly Member[] | undefined {
  const { code } = lex(text);
  const { plain, regions } = readDirectives(text, code);
  const lines = new LineMap(text);
  for (const { index } of plain.matchAll(
    new RegExp(`\\bstruct\\s+${struct}\\b[\\s*\\w]*?\\b${name}\\b`, 'g'),
  )) {
    const brace = plain.indexOf('{', index);
    if (brace < 0) return undefined;
    const close = skipBrackets(plain, brace, plain.length);
    const item = readVariables(plain, index, close).find((one) => one.name === name && one.struct === struct);
    if (item) return readInitializer({ text, plain, lines, regions }, item.open, close).members;
  }
  return undefined;
}

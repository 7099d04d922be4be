import { skipBrackets, splitList } from './text.ts';

/** What stands before the equals sign of a designated element, `.driver.pm` or `[PORT]`; GNU's old `name:` too. */
const DESIGNATED = /^(?:(?:\.\s*\w+\s*|\[[^\]]*\]\s*)+=(?!=)|\w+\s*:(?!:))/;
/** No expression has these; a second plain `=` shows that a comma is missing. */
const NO_VALUE = /[@$`;#\\]|(?<![=!<>])=(?!=)/;

/**
 * True when an initialiser reads as C: its braces close before a `;` or the next declarator, and every element is a
 * value or a designator with one. Text of which this is false says nothing for sure about the struct's members.
 * @param plain comments, literals and preprocessor lines blank
 * @param open offset of the opening brace
 */
export function isSound(plain: string, open: number, end: number): boolean {
  const close = skipBrackets(plain, open, plain.length);
  if (plain[close - 1] !== '}' || close > end + 1) return false;
  // Attributes may stand behind the brace.
  if (
    !/^\s*(?:__\w+(?:\([^()]*\))?\s*)*(?:;|,\s*\*?\s*\w+\s*(?:\[\w*\]\s*)?[=;,])/.test(
      plain.slice(close, close + 200),
    )
  ) {
    return false;
  }
  return elementsAreSound(plain, open, close);
}

function elementsAreSound(plain: string, open: number, close: number): boolean {
  const parts = splitList(plain, open + 1, close - 1);
  return parts.every(([from, to], index) => {
    const text = plain.slice(from, to).trim();
    if (text === '') return index === parts.length - 1;
    const designated = DESIGNATED.exec(text);
    const value = designated ? text.slice(designated[0].length).trim() : text;
    // A literal is blank here: `.name = "x"` has quotes and nothing between them, or nothing at all.
    if (value.startsWith('{')) {
      const at = from + plain.slice(from, to).indexOf(value, 0);
      const behind = skipBrackets(plain, at, to);
      return plain.slice(behind, to).trim() === '' && elementsAreSound(plain, at, behind);
    }
    return !NO_VALUE.test(value) && isBalanced(value) && !/^\./.test(value);
  });
}

function isBalanced(text: string): boolean {
  const open: string[] = [];
  for (const c of text) {
    if (c === '(' || c === '[' || c === '{') open.push(c);
    else if (c === ')' || c === ']' || c === '}') {
      if (open.pop() !== { ')': '(', ']': '[', '}': '{' }[c]) return false;
    }
  }
  return open.length === 0;
}

/** Small readings of C text by patterns, enough to find a declaration again. No syntax tree: rows name what to find. */

/** The text with comments blanked and continued lines joined; offsets are not kept. */
export function uncommented(text: string): string {
  return text
    .replace(/\\\r?\n/g, ' ')
    .replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (match) =>
      match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match,
    );
}

/** Whether text without comments declares or defines a function, macro, struct or variable of that name. */
export function declares(text: string, name: string): boolean {
  if (!text.includes(name)) return false;
  if (new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}\\b`, 'm').test(text)) return true;
  if (new RegExp(`\\bstruct\\s+${name}\\s*\\{`).test(text)) return true;
  // `struct name;` alone only says that there is one.
  return new RegExp(
    `^(?!(?:struct|union|enum)\\s+\\w+\\s*;)[A-Za-z_][^;{}()=#]*\\b${name}\\s*[\\[(=;]`,
    'm',
  ).test(text);
}

/** The text between the braces that open at the end of what `head` matches; undefined where nothing matches. */
export function bodyOf(text: string, head: RegExp): string | undefined {
  const match = head.exec(text);
  if (!match) return undefined;
  const start = match.index + match[0].length;
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return text.slice(start, at);
  }
  return undefined;
}

/** The body of `struct name { … }`. */
export function structBody(text: string, name: string): string | undefined {
  return bodyOf(text, new RegExp(`\\bstruct\\s+${name}\\s*\\{`));
}

/** Members that are structs by value: `struct device_driver driver;`. */
export function membersOf(body: string): { struct: string; name: string }[] {
  return [...body.matchAll(/\bstruct\s+(\w+)\s+(\w+)\s*;/g)].map((match) => ({
    struct: match[1]!,
    name: match[2]!,
  }));
}

/** What stands in the parentheses after a name. */
export interface Parameters {
  readonly list: readonly string[];
  readonly macro: boolean;
  /** The macro's replacement; empty for a function. */
  readonly body: string;
}

/** The parameters of a function or macro; a function's prototype goes before a macro of the same name. */
export function parametersOf(text: string, name: string): Parameters | undefined {
  const fn = new RegExp(`^[A-Za-z_][^;{}()=#]*\\b${name}\\s*\\(`, 'm').exec(text);
  if (fn) {
    const list = inParentheses(text, fn.index + fn[0].length);
    if (list !== undefined) return { list: splitArguments(list), macro: false, body: '' };
  }
  const macro = new RegExp(`^[ \\t]*#[ \\t]*define[ \\t]+${name}\\(([^)]*)\\)(.*)$`, 'm').exec(text);
  if (macro) return { list: splitArguments(macro[1]!), macro: true, body: macro[2]! };
  return undefined;
}

function inParentheses(text: string, start: number): string | undefined {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return text.slice(start, at);
  }
  return undefined;
}

function splitArguments(list: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of list) {
    if (char === '(' || char === '[') depth++;
    if (char === ')' || char === ']') depth--;
    if (char === ',' && depth === 0) {
      found.push(current);
      current = '';
    } else current += char;
  }
  if (current.trim() !== '') found.push(current);
  return found.map((one) => one.replace(/\s+/g, ' ').trim());
}

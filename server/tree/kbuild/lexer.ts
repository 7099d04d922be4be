/** One logical line: continuations joined, comment removed. */
export interface LogicalLine {
  /** Without the trailing comment, white space at the end trimmed. */
  readonly text: string;
  /** The same before the comment was removed (a `define` body keeps its `#`). */
  readonly raw: string;
  /** Starts with a tab: a recipe line if a rule is open. */
  readonly tabbed: boolean;
  /** 1-based number of its first physical line. */
  readonly line: number;
}

/**
 * Splits a Makefile into logical lines. Continuations are joined before comments are cut, as GNU make does
 * (a comment that ends in a backslash goes on). CRLF is accepted. Blank lines are dropped.
 */
export function logicalLines(text: string): LogicalLine[] {
  const out: LogicalLine[] = [];
  const physical = text.split('\n');
  for (let i = 0; i < physical.length; i++) {
    const first = i;
    let raw = chomp(physical[i]!);
    if (raw.endsWith('\\')) {
      const parts: string[] = [];
      while (raw.endsWith('\\') && !endsInEscapedBackslash(raw) && i + 1 < physical.length) {
        parts.push(raw.slice(0, -1).trimEnd());
        raw = chomp(physical[++i]!).trimStart();
      }
      parts.push(raw);
      raw = parts.join(' ');
    }
    const cut = stripComment(raw).trimEnd();
    if (cut.trim() === '' && raw.trim() === '') continue;
    out.push({ text: cut, raw, tabbed: raw.startsWith('\t'), line: first + 1 });
  }
  return out;
}

function chomp(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function endsInEscapedBackslash(line: string): boolean {
  let n = 0;
  while (n < line.length && line[line.length - 1 - n] === '\\') n++;
  return n % 2 === 0;
}

/**
 * Cuts a trailing comment. `\#` is a literal `#`, and a `#` inside `$(…)` starts no comment (GNU make 4.3 NEWS);
 * a reference that is never closed does not protect it.
 */
export function stripComment(line: string): string {
  const hash = line.indexOf('#');
  if (hash < 0) return line;
  let depth = 0;
  let cut = -1;
  let escaped = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (c === '$' && (line[i + 1] === '(' || line[i + 1] === '{')) {
      depth++;
      i++;
    } else if (depth > 0 && (c === '(' || c === '{')) depth++;
    else if (depth > 0 && (c === ')' || c === '}')) depth--;
    else if (c === '#') {
      if (line[i - 1] === '\\') escaped = true;
      else if (depth === 0) {
        cut = i;
        break;
      }
    }
  }
  if (cut < 0 && depth > 0) cut = firstBareHash(line);
  const kept = cut < 0 ? line : line.slice(0, cut);
  return escaped ? kept.replaceAll('\\#', '#') : kept;
}

function firstBareHash(line: string): number {
  for (let i = line.indexOf('#'); i >= 0; i = line.indexOf('#', i + 1)) if (line[i - 1] !== '\\') return i;
  return -1;
}

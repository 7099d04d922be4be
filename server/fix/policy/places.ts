/** Places in a C file, found by name: comments, literals and dead code count for nothing. */
import { lex } from '../../../grammars/lex.ts';
import { aboveComment } from '../layout.ts';

/** A function's definition. */
export interface FunctionPlace {
  /** Start of its first line, above a comment that belongs to it. */
  readonly start: number;
  /** Offset of its opening brace. */
  readonly open: number;
  /** Offset behind its closing brace and the end of that line. */
  readonly end: number;
}

/** A text with what is found in it by name. */
export class NamedPlaces {
  readonly text: string;
  private readonly code: string;

  constructor(text: string) {
    this.text = text;
    this.code = lex(text).code;
  }

  /** The value of the first `.member = value,` in the text; undefined where none is set to a name. */
  member(member: string): { readonly value: string; readonly at: number } | undefined {
    const found = new RegExp(`^([ \\t]*\\.${member}[ \\t]*=[ \\t]*)(\\w+)[ \\t]*,`, 'm').exec(this.code);
    return found ? { value: found[2]!, at: found.index + found[1]!.length } : undefined;
  }

  /** The definition of a function that starts a line. */
  definition(name: string): FunctionPlace | undefined {
    for (const found of this.code.matchAll(
      new RegExp(`^\\w[\\w \\t*\\n]*\\b${name}\\([^;{]*\\)\\s*\\{`, 'gm'),
    )) {
      const open = found.index + found[0].length - 1;
      const end = this.closing(open);
      if (end === undefined) continue;
      const line = this.text.indexOf('\n', end);
      return {
        start: aboveComment(this.text, found.index),
        open,
        end: line < 0 ? this.text.length : line + 1,
      };
    }
    return undefined;
  }

  /** The statement `name(…);` inside a function: where its line starts, its indentation, its arguments. */
  call(
    { open, end }: FunctionPlace,
    name: string,
  ):
    | { readonly at: number; readonly end: number; readonly indent: string; readonly args: string }
    | undefined {
    const body = this.code.slice(open, end);
    const found = new RegExp(`^([ \\t]*)${name}\\(([^;]*)\\);[ \\t]*\\n`, 'm').exec(body);
    if (!found) return undefined;
    const at = open + found.index;
    return { at, end: at + found[0].length, indent: found[1]!, args: found[2]! };
  }

  /** Whether a name stands in the code. */
  has(name: string): boolean {
    return new RegExp(`\\b${name}\\b`).test(this.code);
  }

  private closing(open: number): number | undefined {
    let depth = 0;
    for (let at = open; at < this.code.length; at++) {
      if (this.code[at] === '{') depth++;
      else if (this.code[at] === '}' && --depth === 0) return at + 1;
    }
    return undefined;
  }
}

import { type Position, PositionEncodingKind, type Range } from 'vscode-languageserver/node.js';

/** How characters are counted on the wire. */
export type Encoding = 'utf-8' | 'utf-16' | 'utf-32';

/** The first encoding of the client's list that is known here; UTF-16, which every client has, without a list. */
export function negotiate(offered: readonly string[] | undefined): Encoding {
  for (const kind of offered ?? []) {
    if (
      kind === PositionEncodingKind.UTF8 ||
      kind === PositionEncodingKind.UTF16 ||
      kind === PositionEncodingKind.UTF32
    )
      return kind as Encoding;
  }
  return 'utf-16';
}

/** A column in UTF-16 code units as the wire counts it. */
export function toWire(line: string, column: number, encoding: Encoding): number {
  if (encoding === 'utf-16') return column;
  const head = line.slice(0, column);
  return encoding === 'utf-8' ? Buffer.byteLength(head, 'utf8') : [...head].length;
}

/** A character of the wire as a column in UTF-16 code units, at most the line's length. */
export function fromWire(line: string, character: number, encoding: Encoding): number {
  if (encoding === 'utf-16') return Math.min(character, line.length);
  let units = 0;
  let counted = 0;
  for (const char of line) {
    if (counted >= character) break;
    counted += encoding === 'utf-32' ? 1 : Buffer.byteLength(char, 'utf8');
    units += char.length;
  }
  return units;
}

/** Where lines begin behind the line ends of a text that itself begins at an offset. */
function startsIn(text: string, offset: number): number[] {
  const starts: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(offset + at + 1);
  return starts;
}

/** A text by lines, which converts between its own columns and those of the wire. */
export class Lines {
  readonly text: string;
  private readonly encoding: Encoding;
  private readonly starts: readonly number[];

  /** @param starts offsets at which lines begin, where they are known */
  constructor(text: string, encoding: Encoding, starts = [0, ...startsIn(text, 0)]) {
    this.text = text;
    this.encoding = encoding;
    this.starts = starts;
  }

  /** The text with what stands between two offsets replaced. */
  edited(start: number, end: number, by: string): Lines {
    const { text, starts } = this;
    const grown = by.length - (end - start);
    const behind = starts.slice(this.lineOf(end) + 1);
    return new Lines(text.slice(0, start) + by + text.slice(end), this.encoding, [
      ...starts.slice(0, this.lineOf(start) + 1),
      ...startsIn(by, start),
      ...(grown === 0 ? behind : behind.map((at) => at + grown)),
    ]);
  }

  get count(): number {
    return this.starts.length;
  }

  /** A line's text (from 0) without its end; `''` beyond the last. */
  line(index: number): string {
    const start = this.starts[index];
    if (start === undefined) return '';
    const end = this.starts[index + 1] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }

  /** Offset in the text of a position of the wire. */
  offsetAt({ line, character }: Position): number {
    const start = this.starts[line];
    if (start === undefined) return this.text.length;
    return start + fromWire(this.line(line), character, this.encoding);
  }

  /** Position on the wire of a line (from 0) and a column in UTF-16 code units (from 0). */
  position(line: number, column: number): Position {
    return { line, character: toWire(this.line(line), column, this.encoding) };
  }

  /** Position on the wire of an offset. */
  positionAt(offset: number): Position {
    const line = this.lineOf(offset);
    return this.position(line, offset - this.starts[line]!);
  }

  /** The line (from 0) of an offset. */
  private lineOf(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Offset of the start of a line. */
  startOf(line: number): number {
    return this.starts[line] ?? this.text.length;
  }

  /** The word (C identifier) at a line and column, both from 1; the rest of the line where there is none. */
  wordAt(line: number, column: number): Range {
    const text = this.line(line - 1);
    const from = Math.min(Math.max(column - 1, 0), text.length);
    const word = /^\w+/.exec(text.slice(from))?.[0] ?? text.slice(from);
    return {
      start: this.position(line - 1, from),
      end: this.position(line - 1, from + word.length),
    };
  }

  /** The first place of a word on a line (from 1), or the line without its indentation. */
  wordOn(line: number, word: string): Range {
    const text = this.line(line - 1);
    const at = text.search(new RegExp(`\\b${word.replace(/\W/g, '\\$&')}\\b`));
    const from = at >= 0 ? at : text.search(/\S|$/);
    const to = at >= 0 ? at + word.length : text.length;
    return { start: this.position(line - 1, from), end: this.position(line - 1, to) };
  }
}

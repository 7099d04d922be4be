import { errorRanges } from '../../grammars/parser.ts';
import type { CEdit, CParser, CTree } from '../../grammars/types.ts';
import type { SourceFile } from '../audit/scope.ts';
import { extractFacts } from '../facts/extract.ts';
import { BodyMemo } from '../facts/memo.ts';
import { type Scan, scanText } from '../tree/task.ts';

/** Where lines went since facts were read: edits in the order in which they were made. */
interface LineEdit {
  /** First line, from 1, that moved. */
  readonly from: number;
  readonly by: number;
}

/**
 * A file that is open in an editor: its unsaved text, parsed again only where it changed. While an edit leaves the
 * text worse to parse than it was, the facts of before stand, so that half a statement does not make findings flicker.
 */
export class LiveFile {
  /** Root-relative path. */
  readonly path: string;
  private readonly parser: CParser;
  private readonly memo = new BodyMemo();
  private text: string;
  private masked = '';
  private tree: CTree | undefined;
  private source: SourceFile | undefined;
  private scanned: Scan | undefined;
  private fresh = false;
  private damage = 0;
  private held = false;
  private edits: LineEdit[] = [];

  constructor(path: string, text: string, parser: CParser) {
    this.path = path;
    this.text = text;
    this.parser = parser;
  }

  /** The text as the editor has it. */
  get current(): string {
    return this.text;
  }

  /** Replaces the text. `change` tells which lines moved: 0-based lines of the replaced range and of what replaced it. */
  update(text: string, change?: { start: number; oldEnd: number; newEnd: number }): void {
    this.text = text;
    this.fresh = false;
    this.scanned = undefined;
    if (change && change.oldEnd !== change.newEnd) {
      this.edits.push({ from: change.oldEnd + 2, by: change.newEnd - change.oldEnd });
    }
  }

  /** What a look at the text tells. */
  get scan(): Scan {
    this.scanned ??= scanText(this.text);
    return this.scanned;
  }

  /** The file with its facts: those of the text, or of the text before it broke (`isHeld`). */
  get file(): SourceFile {
    if (!this.fresh || !this.source) this.read(false);
    return this.source!;
  }

  /** True while the facts are older than the text because the text does not parse. */
  get isHeld(): boolean {
    if (!this.fresh) this.read(false);
    return this.held;
  }

  /** Takes the text as it is, parsed afresh: after a pause or at a save. Returns true when the facts changed hands. */
  settle(): boolean {
    if (this.fresh && !this.held && this.damage === 0) return false;
    const before = this.source;
    this.forgetTree();
    this.read(true);
    return before !== this.source;
  }

  /** Where a line of the facts is in the text now. */
  lineNow(line: number): number {
    if (!this.held) return line;
    let now = line;
    for (const edit of this.edits) if (now >= edit.from) now += edit.by;
    return now;
  }

  /** Frees the tree. */
  dispose(): void {
    this.forgetTree();
  }

  private read(accept: boolean): void {
    this.fresh = true;
    this.memo.turn();
    const facts = extractFacts(this.incremental(), this.text, this.memo.read, 'parse');
    const damage = this.damageNow();
    if (this.source && !accept && damage > this.damage) {
      this.held = true;
      return;
    }
    this.held = false;
    this.edits = [];
    this.damage = damage;
    this.source = { path: this.path, facts };
  }

  /** The parser as facts see it: it keeps the tree here and parses on from it. */
  private incremental(): CParser {
    const { parser } = this;
    return {
      engine: parser.engine,
      parse: (masked, _previous, part) => {
        // A stretch by itself: not the file's tree.
        if (part) return parser.parse(masked, undefined, part);
        const previous = this.tree;
        if (previous) {
          const edit = editBetween(this.masked, masked);
          if (edit) previous.edit(edit);
        }
        let tree: CTree;
        try {
          tree = parser.parse(masked, previous);
        } catch (error) {
          this.forgetTree();
          throw error;
        }
        this.tree = tree;
        this.masked = masked;
        previous?.delete();
        return {
          root: tree.root,
          walk: () => tree.walk(),
          edit: (edit) => tree.edit(edit),
          delete: () => {},
        };
      },
      ready: () => parser.ready(),
      dispose: () => {},
    };
  }

  /** Bytes that did not parse, each error counting for one at least. */
  private damageNow(): number {
    if (!this.tree) return this.text.length;
    return errorRanges(this.tree).reduce((sum, { start, end }) => sum + Math.max(1, end - start), 0);
  }

  private forgetTree(): void {
    this.tree?.delete();
    this.tree = undefined;
    this.masked = '';
  }
}

/** The smallest single edit that makes one text of the other; undefined when they are the same. */
export function editBetween(before: string, after: string): CEdit | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before.charCodeAt(start) === after.charCodeAt(start)) start++;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  const oldEndIndex = before.length - tail;
  const newEndIndex = after.length - tail;
  return {
    startIndex: start,
    oldEndIndex,
    newEndIndex,
    startPosition: pointAt(before, start),
    oldEndPosition: pointAt(before, oldEndIndex),
    newEndPosition: pointAt(after, newEndIndex),
  };
}

function pointAt(text: string, index: number): { row: number; column: number } {
  let row = 0;
  let last = -1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    row++;
    last = at;
  }
  return { row, column: index - last - 1 };
}

import { errorRanges } from '../../grammars/parser.ts';
import type { CParser, CTree } from '../../grammars/types.ts';
import type { SourceFile } from '../audit/module.ts';
import { extractFile } from '../facts/extract.ts';
import { keepsAll } from '../facts/keeps.ts';
import { BodyMemo } from '../facts/memo.ts';
import { extractOutline } from '../facts/outline.ts';
import {
  countRows,
  type ReadStretch,
  readStretch,
  type Seam,
  type Stretch,
  seamsOf,
  spliceFacts,
  spliceSeams,
  stretchAround,
} from '../facts/stretch.ts';
import { type Scan, scanText } from '../tree/scan.ts';
import { differenceOf, editBetween, type TextEdit } from './text-edit.ts';

/** Where lines went since facts were read: edits in the order in which they were made. */
interface LineEdit {
  /** First line, from 1, that moved. */
  readonly from: number;
  readonly by: number;
}

/** What a stretch gave: facts of the whole file, nothing because it broke, or that the file is to be read. */
type Outcome = 'taken' | 'broken' | 'too wide';

/** Texts that are taken although they parse worse than before: all, or those in which nothing known is lost. */
type Accepted = 'any' | 'whole';

/** A stretch longer than this is no quicker than the file. */
const LONG_STRETCH = 128 * 1024;

/**
 * A file that is open in an editor: its unsaved text. A change inside a function or a declaration has only that read
 * again (`server/facts/stretch.ts`); any other has the file parsed again where it changed. While an edit leaves the
 * text worse to parse than it was, the facts of before stand, so that half a statement does not make findings flicker.
 */
export class LiveFile {
  /** Root-relative path. */
  readonly path: string;
  private readonly parser: CParser;
  private readonly memo = new BodyMemo();
  private text: string;
  /** The text that `source` was read from, and how much of its start and its end is still that of `text`. */
  private base = '';
  private head = 0;
  private tail = 0;
  private masked = '';
  private tree: CTree | undefined;
  private source: SourceFile | undefined;
  /** `source` is what a first look gave. */
  private outlined = false;
  private seams: readonly Seam[] = [];
  /** The stretch read last, which is mostly the one that changes next. */
  private last: ReadStretch | undefined;
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

  /** Replaces the text; `edit` tells what makes it differ from the one before. */
  update(text: string, edit?: TextEdit): void {
    const before = this.text;
    if (text === before) return;
    // What may break from here on is told by what parsed before.
    this.complete();
    const { at, removed, inserted } = edit ?? differenceOf(before, text);
    this.head = Math.min(this.head, at);
    this.tail = Math.min(this.tail, before.length - at - removed);
    this.text = text;
    this.fresh = false;
    if (!this.source) this.scanned = undefined;
    const rows = countRows(before.slice(at, at + removed));
    const by = countRows(text.slice(at, at + inserted)) - rows;
    if (by !== 0) this.edits.push({ from: countRows(before.slice(0, at)) + rows + 2, by });
  }

  /** What a look at the text tells. */
  get scan(): Scan {
    // A text that was never read needs no parse for a look at it.
    if (!this.fresh && this.source) this.read();
    this.scanned ??= scanText(this.text);
    return this.scanned;
  }

  /** Reads what can be shown first, where nothing was read yet (`server/facts/outline.ts`); until `complete`. */
  outline(): void {
    if (this.source) return;
    this.source = { path: this.path, facts: extractOutline(this.parser, this.text, this.memo.read) };
    this.outlined = true;
    this.fresh = true;
  }

  /** Reads the whole text where only an outline was read. */
  complete(): void {
    if (this.outlined) this.read();
  }

  /** The file with its facts: those of the text, or of the text before it broke (`isHeld`). */
  get file(): SourceFile {
    if (!this.fresh || !this.source) this.read();
    return this.source!;
  }

  /** True while the facts are older than the text because the text does not parse. */
  get isHeld(): boolean {
    if (!this.fresh) this.read();
    return this.held;
  }

  /** Takes the text as it is, parsed afresh: after a pause or at a save. Returns true when the facts changed hands. */
  settle(): boolean {
    if (this.fresh && !this.held && this.damage === 0) return false;
    const before = this.source;
    this.forgetTree();
    this.read('any');
    return before !== this.source;
  }

  /** Where a line of the facts is in the text now. */
  lineNow(line: number): number {
    if (!this.held) return line;
    let now = line;
    for (const edit of this.edits) if (now >= edit.from) now += edit.by;
    return now;
  }

  /**
   * Takes a text that does not parse, after a short pause, where nothing that was known is lost by it: what is written
   * above or below half a statement does not wait for its end. Returns true when the facts changed hands.
   */
  settleWhole(): boolean {
    if (!this.isHeld) return false;
    const before = this.source;
    this.read('whole');
    return before !== this.source;
  }

  /** Frees the tree. */
  dispose(): void {
    this.forgetTree();
  }

  private read(accept?: Accepted): void {
    this.fresh = true;
    const isBack = this.source !== undefined && !this.outlined && this.text === this.base;
    const outcome = accept ? 'too wide' : isBack ? 'taken' : this.readAround();
    if (outcome === 'too wide') this.readAll(accept);
    else this.held = outcome === 'broken';
    if (this.held) return;
    this.base = this.text;
    this.head = this.text.length;
    this.tail = this.text.length;
    this.edits = [];
  }

  /** Reads the stretch that changed. */
  private readAround(): Outcome {
    const { base, text, source } = this;
    if (!source || this.seams.length === 0) return 'too wide';
    const change = { start: this.head, end: Math.max(this.head, base.length - this.tail) };
    const stretch = stretchAround(this.seams, base.length, change);
    const grown = text.length - base.length;
    if (!stretch || stretch.end + grown - stretch.start > LONG_STRETCH) return 'too wide';
    const old = base.slice(stretch.start, stretch.end);
    const before = this.last?.text === old ? this.last : readStretch(this.parser, old);
    if (!before?.sound) return 'too wide';
    const after = readStretch(this.parser, text.slice(stretch.start, stretch.end + grown));
    if (!after?.sound) return 'broken';
    const facts = spliceFacts(source.facts, stretch, before, after);
    if (!facts) return 'too wide';
    if (facts !== source.facts) this.source = { path: this.path, facts };
    this.last = after;
    this.replace(stretch, before.text, after);
    return 'taken';
  }

  /** A stretch's new text takes the old one's place: in the seams, in the tree's text, in what a look at it tells. */
  private replace(stretch: Stretch, before: string, after: ReadStretch): void {
    const { start, end, row } = stretch;
    const rows = countRows(before);
    const newEnd = start + after.text.length;
    this.seams = spliceSeams(this.seams, stretch, after, rows);
    this.tree?.edit({
      startIndex: start,
      oldEndIndex: end,
      newEndIndex: newEnd,
      startPosition: { row, column: 0 },
      oldEndPosition: { row: row + rows, column: 0 },
      newEndPosition: { row: row + countRows(after.text), column: 0 },
    });
    this.masked = this.masked.slice(0, start) + after.masked + this.masked.slice(end);
    const { size: _, ...was } = scanText(before);
    const { size: __, ...is } = scanText(after.text);
    if (JSON.stringify(was) !== JSON.stringify(is)) this.scanned = undefined;
    else if (this.scanned) this.scanned = { ...this.scanned, size: this.text.length };
  }

  private readAll(accept?: Accepted): void {
    this.memo.turn();
    const file = extractFile(this.incremental(), this.text, this.memo.read, {
      bodies: 'skip',
      blanks: 'parse',
    });
    const errors = this.tree ? errorRanges(this.tree) : [{ start: 0, end: this.text.length }];
    // Bytes that did not parse, each error counting for one at least.
    const damage = errors.reduce((sum, { start, end }) => sum + Math.max(1, end - start), 0);
    if (this.source && !this.outlined && damage > this.damage) {
      const isFine = accept === 'any' || (accept === 'whole' && keepsAll(this.source.facts, file.facts));
      if (!isFine) {
        this.held = true;
        return;
      }
    }
    this.held = false;
    this.outlined = false;
    this.damage = damage;
    this.source = { path: this.path, facts: file.facts };
    this.seams = seamsOf(this.text, file, errors);
    this.last = undefined;
    this.scanned = undefined;
  }

  /** The parser as facts see it: it keeps the tree here and parses on from it. */
  private incremental(): CParser {
    const { parser } = this;
    return {
      engine: parser.engine,
      parse: (masked, _previous, parts) => {
        // A stretch by itself: not the file's tree.
        if (parts) return parser.parse(masked, undefined, parts);
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

  private forgetTree(): void {
    this.tree?.delete();
    this.tree = undefined;
    this.masked = '';
    this.seams = [];
  }
}

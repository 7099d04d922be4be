/** The engine for machines where the optional native `tree-sitter` loads. Same core, same grammar, same trees. */

import { createRequire } from 'node:module';
import { type PartRange, partRange } from './part-range.ts';
import type { CCursor, CEdit, CNode, CParser, CPart, CPoint, CTree } from './types.ts';

/** What `node_modules/tree-sitter` offers of what is used here; its own typing names a class for every node type. */
interface NativeCursor extends Omit<CCursor, 'currentFieldName' | 'delete'> {
  readonly currentFieldName: string | null | undefined;
}
interface NativeTree {
  readonly rootNode: CNode;
  walk(): NativeCursor;
  edit(edit: CEdit): void;
}
interface NativeOptions {
  bufferSize: number;
  includedRanges?: PartRange[];
}
interface NativeParser {
  setLanguage(grammar: unknown): void;
  parse(input: (index: number) => string, previous: NativeTree | null, options: NativeOptions): NativeTree;
}

/** Code units per read. The binding's own default (32 Ki) fails on a longer string, so longer text is handed over in parts. */
const CHUNK_UNITS = 32 * 1024;

class NativeWalk implements CCursor {
  readonly #cursor: NativeCursor;

  constructor(cursor: NativeCursor) {
    this.#cursor = cursor;
  }

  get nodeType(): string {
    return this.#cursor.nodeType;
  }
  get nodeIsNamed(): boolean {
    return this.#cursor.nodeIsNamed;
  }
  get nodeIsMissing(): boolean {
    return this.#cursor.nodeIsMissing;
  }
  get startIndex(): number {
    return this.#cursor.startIndex;
  }
  get endIndex(): number {
    return this.#cursor.endIndex;
  }
  get startPosition(): CPoint {
    return this.#cursor.startPosition;
  }
  get endPosition(): CPoint {
    return this.#cursor.endPosition;
  }
  get currentFieldName(): string | null {
    return this.#cursor.currentFieldName ?? null;
  }
  get currentNode(): CNode {
    return this.#cursor.currentNode;
  }
  gotoFirstChild(): boolean {
    return this.#cursor.gotoFirstChild();
  }
  gotoNextSibling(): boolean {
    return this.#cursor.gotoNextSibling();
  }
  gotoParent(): boolean {
    return this.#cursor.gotoParent();
  }
  delete(): void {
    // The garbage collector frees native cursors.
  }
}

class NativeCTree implements CTree {
  inner: NativeTree | null;

  constructor(inner: NativeTree) {
    this.inner = inner;
  }

  get root(): CNode {
    return this.live().rootNode;
  }

  walk(): CCursor {
    return new NativeWalk(this.live().walk());
  }

  edit(edit: CEdit): void {
    this.live().edit(edit);
  }

  delete(): void {
    // The binding has no call that frees a tree: dropping the reference is all there is.
    this.inner = null;
  }

  live(): NativeTree {
    if (this.inner === null) throw new Error('the syntax tree was used after it was deleted');
    return this.inner;
  }
}

class NativeCParser implements CParser {
  readonly engine = 'native';
  #parser: NativeParser | null;

  constructor(parser: NativeParser) {
    this.#parser = parser;
  }

  parse(text: string, previous?: CTree, parts?: readonly CPart[]): CTree {
    if (this.#parser === null) throw new Error('the parser was used after it was disposed');
    const old = previous instanceof NativeCTree ? previous.live() : null;
    const options: NativeOptions = { bufferSize: CHUNK_UNITS };
    if (parts !== undefined) options.includedRanges = parts.map((part) => partRange(text, part));
    const read = (index: number) => text.slice(index, index + CHUNK_UNITS);
    return new NativeCTree(this.#parser.parse(read, old, options));
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  dispose(): void {
    this.#parser = null;
  }
}

/**
 * Opens a native parser. Throws an Error with the loader's reason where the optional packages are absent or their
 * binary does not load (the linux-x64 prebuild wants GLIBCXX_3.4.31, which Debian 12 lacks).
 */
export function openNativeParser(): CParser {
  const load = createRequire(import.meta.url);
  try {
    const Parser = load('tree-sitter') as new () => NativeParser;
    const parser = new Parser();
    parser.setLanguage(load('tree-sitter-c'));
    return new NativeCParser(parser);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(
      `the native tree-sitter does not load here (${reason}); use the WASM engine, or compile it with "npm rebuild tree-sitter tree-sitter-c"`,
    );
  }
}

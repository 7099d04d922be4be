/**
 * The small tree type that both engines (WASM and native tree-sitter) are read through.
 * Every index is a UTF-16 code unit of the parsed JavaScript string, every row and column counts from 0, in both engines.
 */

/** The engine itself failed on a text: it nests deeper than the engine's stack. Another text may parse. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
}

/** A place in the text: row and column from 0, column in UTF-16 code units. */
export interface CPoint {
  readonly row: number;
  readonly column: number;
}

/** A change of the text, as `CTree.edit` wants it before an incremental parse. */
export interface CEdit {
  readonly startIndex: number;
  readonly oldEndIndex: number;
  readonly newEndIndex: number;
  readonly startPosition: CPoint;
  readonly oldEndPosition: CPoint;
  readonly newEndPosition: CPoint;
}

/**
 * One node of a syntax tree. Reading a property crosses into the engine (about a microsecond in WASM):
 * read it once, and walk with a `CCursor` where many nodes are visited. Invalid after its tree was deleted.
 */
export interface CNode {
  /** The grammar's name of the node, `ERROR` for a part that did not parse. */
  readonly type: string;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly startPosition: CPoint;
  readonly endPosition: CPoint;
  readonly isNamed: boolean;
  /** True for an ERROR node. */
  readonly isError: boolean;
  /** True for a token that the parser made up to go on; its range is empty. */
  readonly isMissing: boolean;
  /** True when the node is, or contains, an ERROR or a missing token. */
  readonly hasError: boolean;
  readonly childCount: number;
  readonly namedChildCount: number;
  readonly parent: CNode | null;
  readonly nextSibling: CNode | null;
  readonly nextNamedSibling: CNode | null;
  child(index: number): CNode | null;
  namedChild(index: number): CNode | null;
  childForFieldName(name: string): CNode | null;
}

/** A place in the tree that can be moved; the cheap way to visit many nodes. `delete` it before its tree. */
export interface CCursor {
  readonly nodeType: string;
  readonly nodeIsNamed: boolean;
  readonly nodeIsMissing: boolean;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly startPosition: CPoint;
  readonly endPosition: CPoint;
  /** The grammar's field under which the node hangs in its parent, or null. */
  readonly currentFieldName: string | null;
  /** The node as an object; costs an allocation. */
  readonly currentNode: CNode;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
  /** Frees the cursor. Calling it twice is harmless. */
  delete(): void;
}

/** A parsed text. Whoever parsed frees it with `delete`. */
export interface CTree {
  readonly root: CNode;
  /** A new cursor that stands on the root. */
  walk(): CCursor;
  /** Tells the tree how the text changed; needed before it is given to `CParser.parse` as `previous`. */
  edit(edit: CEdit): void;
  /** Frees the tree; its nodes and cursors are invalid afterwards. Calling it twice is harmless. */
  delete(): void;
}

/** A part of a text; `row` and `column` are those of `start`. */
export interface CPart {
  readonly start: number;
  readonly end: number;
  readonly row: number;
  readonly column: number;
}

/** UTF-16 code units that an engine is given at once: a tree takes up to some 100 bytes for each, of 2 GiB. */
export const MAX_UNITS = 16_000_000;

/** A parser for C. Not shared between threads; as many trees as wanted may live at a time. */
export interface CParser {
  readonly engine: 'wasm' | 'native';
  /**
   * Parses any text; a part that is no C becomes an ERROR node. `previous` is an edited tree of the text before the
   * edit: unchanged parts are taken over from it. It stays valid and is still to be deleted by its owner.
   * With `parts`, parses those alone, in the order of the text and as if nothing lay between them; places in the tree
   * are those in the whole text.
   * Throws an EngineFailure where the engine itself fails or has no room, and until `ready` has resolved after that.
   */
  parse(text: string, previous?: CTree, parts?: readonly CPart[]): CTree;
  /** Resolves when the parser can be used: at once, but after a failure when the engine is open again. Never rejects. */
  ready(): Promise<void>;
  /** Frees the parser. Trees that it made stay valid. Calling it twice is harmless. */
  dispose(): void;
}

/** Opens a parser for C behind one small type, and the cheap ways through a tree. */

import { lineEndsIn, withoutBlanks } from './blanks.ts';
import { openNativeParser } from './native.ts';
import type { CCursor, CParser, CPart, CTree } from './types.ts';
import { openWasmParser } from './wasm.ts';

export {
  type CCursor,
  type CEdit,
  type CNode,
  type CParser,
  type CPart,
  type CPoint,
  type CTree,
  EngineFailure,
} from './types.ts';

/** Which engine to open: `auto` is the default by the figures in `docs/parsing.md`, WASM. */
export type Engine = 'wasm' | 'native' | 'auto';

/**
 * Opens a parser. `native` throws where the optional native packages do not load; `wasm` (and `auto`) throws
 * only where the WASM files that belong to the program are missing.
 */
export async function openParser(options: { engine?: Engine } = {}): Promise<CParser> {
  return options.engine === 'native' ? openNativeParser() : openWasmParser();
}

/**
 * Parses a masked text, a long one part by part, so that the engine's memory is bounded by a part's tree. Each tree is
 * freed when the next is asked for; nodes and cursors of it are invalid then. A usual file comes in one part. Throws as
 * `CParser.parse` does.
 * @param blanks whether the engine reads long blanks: it takes as long for them as for code, so that a fresh parse had
 *   better skip what was masked; a tree to parse on from needs one text without gaps
 */
export function* parseParts(
  parser: CParser,
  masked: { readonly text: string; readonly cuts: readonly number[] },
  blanks: 'parse' | 'skip' = 'parse',
): Generator<CTree> {
  const { text, cuts } = masked;
  let start = 0;
  let row = 0;
  for (const end of [...cuts, text.length]) {
    const whole = { start, end, row, column: 0 };
    const isUsual = cuts.length === 0 && blanks === 'parse';
    const tree = parser.parse(text, undefined, isUsual ? undefined : partsOf(text, whole, blanks));
    try {
      yield tree;
    } finally {
      tree.delete();
    }
    row += lineEndsIn(text, start, end);
    start = end;
  }
}

function partsOf(text: string, whole: CPart, blanks: 'parse' | 'skip'): readonly CPart[] {
  return blanks === 'skip' ? withoutBlanks(text, whole) : [whole];
}

/** Nodes that only hold top-level items: `walkTop` looks into them. */
const CONTAINERS: ReadonlySet<string> = new Set([
  'translation_unit',
  'preproc_if',
  'preproc_ifdef',
  'preproc_elif',
  'preproc_elifdef',
  'preproc_else',
  'linkage_specification',
  'declaration_list',
  'ERROR',
]);

/**
 * Visits the top-level items of a tree in the order of the text: the children of the translation unit, and those of
 * the preprocessor conditionals, `extern "C"` blocks and ERROR nodes among them. The cursor stands on the item during
 * the call and has to be put back there if it was moved; containers are visited before what they hold, and `visit`
 * returns false to keep out of one. `depth` is 1 for a child of the translation unit.
 */
export function walkTop(tree: CTree, visit: (cursor: CCursor, depth: number) => boolean | undefined): void {
  const cursor = tree.walk();
  try {
    let depth = 0;
    let descend = true;
    for (;;) {
      if (descend && CONTAINERS.has(cursor.nodeType) && cursor.gotoFirstChild()) {
        depth++;
      } else {
        while (depth > 0 && !cursor.gotoNextSibling()) {
          cursor.gotoParent();
          depth--;
        }
        if (depth === 0) return;
      }
      descend = visit(cursor, depth) !== false;
    }
  } finally {
    cursor.delete();
  }
}

/** A part of the text that did not parse. `missing` is true for a token that the parser made up (an empty range). */
export interface ErrorRange {
  readonly start: number;
  readonly end: number;
  readonly missing: boolean;
}

/** The top-most ERROR and missing nodes, in the order of the text. Only enters nodes that contain one. */
export function errorRanges(tree: CTree): ErrorRange[] {
  const ranges: ErrorRange[] = [];
  if (!tree.root.hasError) return ranges;
  const cursor = tree.walk();
  try {
    let depth = 0;
    for (;;) {
      const node = cursor.currentNode;
      let descend = false;
      if (node.isError || node.isMissing) {
        ranges.push({ start: node.startIndex, end: node.endIndex, missing: node.isMissing });
      } else {
        descend = node.hasError;
      }
      if (descend && cursor.gotoFirstChild()) {
        depth++;
        continue;
      }
      while (depth > 0 && !cursor.gotoNextSibling()) {
        cursor.gotoParent();
        depth--;
      }
      if (depth === 0) return ranges;
    }
  } finally {
    cursor.delete();
  }
}

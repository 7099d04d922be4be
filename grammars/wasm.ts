/** The engine that runs everywhere: `web-tree-sitter` with the WASM grammar that `tree-sitter-c` ships. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type Tree } from 'web-tree-sitter';
import type { CCursor, CEdit, CNode, CParser, CTree } from './types.ts';

/** What one call of the parser's read callback may hand over: the input buffer of web-tree-sitter less its terminator. */
const CHUNK_UNITS = 5119;

/**
 * The bytes of a WASM file: beside the bundle where there is one (`dist/`), else where the package is installed.
 * No network, no path of the machine that built the bundle. Throws an Error that says what is missing.
 */
function wasmBytes(fileName: string, specifier: string): Uint8Array {
  const beside = join(dirname(fileURLToPath(import.meta.url)), fileName);
  if (existsSync(beside)) return readFileSync(beside);
  let installed: string;
  try {
    installed = createRequire(import.meta.url).resolve(specifier);
  } catch {
    throw new Error(
      `the C grammar cannot be loaded: ${fileName} is neither beside the program (${beside}) nor installed as ${specifier}; ` +
        'reinstall the package, or run "npm install" and "npm run build" in a checkout',
    );
  }
  return readFileSync(installed);
}

let language: Promise<Language> | undefined;

/** Loads runtime and grammar once a thread. A failed load is not remembered, so that a later call can succeed. */
function loadLanguage(): Promise<Language> {
  language ??= (async () => {
    const wasmBinary = wasmBytes('tree-sitter.wasm', 'web-tree-sitter/tree-sitter.wasm');
    const grammar = wasmBytes('tree-sitter-c.wasm', 'tree-sitter-c/tree-sitter-c.wasm');
    await Parser.init({ wasmBinary });
    return Language.load(grammar);
  })().catch((error: unknown) => {
    language = undefined;
    throw error;
  });
  return language;
}

class WasmTree implements CTree {
  /** Null once deleted; `wasm.ts` alone reads it. */
  inner: Tree | null;

  constructor(inner: Tree) {
    this.inner = inner;
  }

  get root(): CNode {
    return this.live().rootNode;
  }

  walk(): CCursor {
    return this.live().walk();
  }

  edit(edit: CEdit): void {
    this.live().edit({ ...edit });
  }

  delete(): void {
    this.inner?.delete();
    this.inner = null;
  }

  live(): Tree {
    if (this.inner === null) throw new Error('the syntax tree was used after it was deleted');
    return this.inner;
  }
}

class WasmParser implements CParser {
  readonly engine = 'wasm';
  #parser: Parser | null;

  constructor(grammar: Language) {
    this.#parser = new Parser();
    this.#parser.setLanguage(grammar);
  }

  parse(text: string, previous?: CTree): CTree {
    if (this.#parser === null) throw new Error('the parser was used after it was disposed');
    const old = previous instanceof WasmTree ? previous.live() : null;
    const tree = this.#parser.parse((index) => text.slice(index, index + CHUNK_UNITS), old);
    if (tree === null) throw new Error('the WASM parser gave no tree');
    return new WasmTree(tree);
  }

  dispose(): void {
    this.#parser?.delete();
    this.#parser = null;
  }
}

/** Opens a WASM parser. Throws where the two WASM files are not found. */
export async function openWasmParser(): Promise<CParser> {
  return new WasmParser(await loadLanguage());
}

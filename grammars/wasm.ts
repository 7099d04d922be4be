/** The engine that runs everywhere: `web-tree-sitter` with the WASM grammar that `tree-sitter-c` ships. */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Language, Parser, Tree } from 'web-tree-sitter';
import * as webTreeSitter from 'web-tree-sitter';
import { partRange } from './part-range.ts';
import {
  type CCursor,
  type CEdit,
  type CNode,
  type CParser,
  type CPart,
  type CTree,
  EngineFailure,
  MAX_UNITS,
} from './types.ts';

/** What one call of the parser's read callback may hand over: the input buffer of web-tree-sitter less its terminator. */
const CHUNK_UNITS = 5119;

/**
 * A file of the runtime: beside the bundle where there is one (`dist/`), else where its package is installed.
 * No network, no path of the machine that built the bundle. Throws an Error that says what is missing.
 */
function fileOf(fileName: string, specifier: string, inPackage?: string): string {
  const beside = join(dirname(fileURLToPath(import.meta.url)), fileName);
  if (existsSync(beside)) return beside;
  try {
    const installed = createRequire(import.meta.url).resolve(specifier);
    return inPackage === undefined ? installed : join(dirname(installed), inPackage);
  } catch {
    throw new Error(
      `the C grammar cannot be loaded: ${fileName} is neither beside the program (${beside}) nor installed as ${specifier}; ` +
        'reinstall the package, or run "npm install" and "npm run build" in a checkout',
    );
  }
}

function wasmBytes(fileName: string, specifier: string): Uint8Array {
  return readFileSync(fileOf(fileName, specifier));
}

/** One copy of the WASM runtime, with its grammar: its own memory, its own trees. */
interface Runtime {
  readonly module: Pick<typeof webTreeSitter, 'Parser'>;
  readonly language: Language;
}

/** Copies of the runtime that a thread opens at most; each that failed keeps its memory until the thread ends. */
const MAX_COPIES = 8;

/** Those that trapped. */
const failed = new WeakSet<Runtime>();
let copies = 0;
let current: Promise<Runtime> | undefined;

/**
 * The runtime that this thread parses with; another copy after it failed. A failed load is not remembered, so that a
 * later call can succeed.
 * @throws EngineFailure after too many copies failed
 */
async function openRuntime(): Promise<Runtime> {
  for (;;) {
    if (current === undefined) {
      if (copies >= MAX_COPIES) throw new EngineFailure(`the WASM parser failed on ${copies} texts`);
      current = loadRuntime();
    }
    const mine = current;
    try {
      const runtime = await mine;
      if (!failed.has(runtime)) return runtime;
    } catch (error) {
      if (current === mine) current = undefined;
      throw error;
    }
    if (current === mine) current = undefined;
  }
}

/** Loads runtime and grammar; a second copy is the same module under another address, so that it starts afresh. */
async function loadRuntime(): Promise<Runtime> {
  const wasmBinary = wasmBytes('tree-sitter.wasm', 'web-tree-sitter/tree-sitter.wasm');
  const grammar = wasmBytes('tree-sitter-c.wasm', 'tree-sitter-c/tree-sitter-c.wasm');
  let module: typeof webTreeSitter = webTreeSitter;
  if (copies > 0) {
    const url = pathToFileURL(
      fileOf('web-tree-sitter.js', 'web-tree-sitter/tree-sitter.wasm', 'tree-sitter.js'),
    );
    module = await import(/* @vite-ignore */ `${url.href}?copy=${copies}`);
  }
  copies++;
  await module.Parser.init({ wasmBinary });
  return { module, language: await module.Language.load(grammar) };
}

class WasmTree implements CTree {
  /** Null once deleted; `wasm.ts` alone reads it. */
  inner: Tree | null;
  readonly runtime: Runtime;

  constructor(inner: Tree, runtime: Runtime) {
    this.inner = inner;
    this.runtime = runtime;
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
    // A tree of a runtime that failed lies in memory that nothing else uses: its lists may be in disorder.
    if (!failed.has(this.runtime)) this.inner?.delete();
    this.inner = null;
  }

  live(): Tree {
    if (this.inner === null) throw new Error('the syntax tree was used after it was deleted');
    return this.inner;
  }
}

class WasmParser implements CParser {
  readonly engine = 'wasm';
  #runtime: Runtime;
  #parser: Parser | null = null;
  #disposed = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#take(runtime);
  }

  parse(text: string, previous?: CTree, parts?: readonly CPart[]): CTree {
    if (this.#disposed) throw new Error('the parser was used after it was disposed');
    if (this.#parser === null) throw new EngineFailure('the WASM parser failed on an earlier text');
    const old = previous instanceof WasmTree && previous.runtime === this.#runtime ? previous.live() : null;
    const length = parts?.reduce((sum, { start, end }) => sum + end - start, 0) ?? text.length;
    if (length > MAX_UNITS) {
      throw new EngineFailure(`the WASM parser has no room for ${length} characters in one piece`);
    }
    const options = parts ? { includedRanges: parts.map((part) => partRange(text, part)) } : {};
    let tree: Tree | null;
    try {
      tree = this.#parser.parse((index) => text.slice(index, index + CHUNK_UNITS), old, options);
    } catch (error) {
      this.#replace();
      throw new EngineFailure(
        `the WASM parser failed on this text (${error instanceof Error ? error.message : error})`,
      );
    }
    if (tree === null) throw new Error('the WASM parser gave no tree');
    return new WasmTree(tree, this.#runtime);
  }

  ready(): Promise<void> {
    return this.#opening;
  }

  dispose(): void {
    if (!failed.has(this.#runtime)) this.#parser?.delete();
    this.#parser = null;
    this.#disposed = true;
  }

  #take(runtime: Runtime): void {
    this.#runtime = runtime;
    this.#parser = new runtime.module.Parser();
    this.#parser.setLanguage(runtime.language);
  }

  /**
   * A trap (some texts nest deeper than the runtime's 64 KiB stack) leaves the runtime's memory in disorder:
   * everything after it goes to another copy.
   */
  #replace(): void {
    failed.add(this.#runtime);
    this.#parser = null;
    this.#opening = (async () => {
      const runtime = await openRuntime();
      if (!this.#disposed) this.#take(runtime);
    })().catch(() => {});
  }
}

/** Opens a WASM parser. Throws where the two WASM files are not found. */
export async function openWasmParser(): Promise<CParser> {
  return new WasmParser(await openRuntime());
}

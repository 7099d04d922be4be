import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CParser } from '../../grammars/types.ts';
import { extractFacts } from '../facts/extract.ts';
import { type FactCache, type Key, keyOf } from '../tree/cache/index.ts';
import { packFacts } from '../tree/packed.ts';
import type { FactPool } from '../tree/pool.ts';
import type { Piece, Result } from '../tree/task.ts';
import { reasonOf } from '../tree/walk.ts';
import { Breath } from './breath.ts';

/** More bytes than this in several files are parsed by the pool's threads instead of between keystrokes. */
const INLINE_BYTES = 256 * 1024;

/** Milliseconds that reading may hold up a keystroke. */
const HOLD = 10;

/** What facts are read with. */
export interface ReaderTools {
  readonly parser: CParser;
  /** Threads for much text; made when first needed. */
  readonly pool: () => FactPool;
  /** Opens what the command line and the index read before; nothing is added to it. */
  readonly openCache?: () => FactCache | undefined;
}

/** Reads the facts of files for an editor: by their content from the cache where it has them, else by parsing. */
export class LiveReader implements Pick<FactPool, 'run'> {
  private readonly tools: ReaderTools;
  private opened: { readonly cache: FactCache | undefined } | undefined;

  constructor(tools: ReaderTools) {
    this.tools = tools;
  }

  /** Lets go of the cache; it is opened anew when it is next asked, with what others put into it since. */
  closeCache(): void {
    this.opened?.cache?.close();
    this.opened = undefined;
  }

  private get cache(): FactCache | undefined {
    this.opened ??= { cache: this.tools.openCache?.() };
    return this.opened.cache;
  }

  /** As `FactPool.run` of facts. */
  async run(
    _kind: 'facts',
    root: string,
    pieces: readonly Piece[],
    onResult: (result: Result) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const breath = new Breath(HOLD);
    const open: { file: string; size: number; content: Buffer; key: Key }[] = [];
    for (const { file } of pieces) {
      await breath.take();
      signal?.throwIfAborted();
      try {
        const content = readFileSync(join(root, file));
        const key = keyOf(content);
        const facts = this.cache?.facts(key);
        if (facts) onResult({ file, facts, bytes: content.byteLength, key });
        else open.push({ file, size: content.byteLength, content, key });
      } catch (error) {
        onResult({ file, error: reasonOf(error) });
      }
    }
    const bytes = open.reduce((sum, { size }) => sum + size, 0);
    if (bytes > INLINE_BYTES && open.length > 1) {
      await this.tools.pool().run('facts', root, open, onResult, signal);
      return;
    }
    for (const { file, size, content, key } of open) {
      signal?.throwIfAborted();
      const facts = packFacts(extractFacts(this.tools.parser, content.toString('latin1')));
      onResult({ file, facts, bytes: size, key });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

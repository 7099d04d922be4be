/** Runs a task over files and leaves out what the cache knows: the same results as without it. */
import type { Piece, Result, Task } from '../task.ts';
import type { FactCache } from './cache.ts';
import { keyOf } from './key.ts';
import type { Known, Stamp } from './root-index.ts';

/** Runs one kind of task over files in threads: what `FactPool` does. */
export type Spread = (
  kind: Task['kind'],
  pieces: readonly Piece[],
  onResult: (result: Result) => void,
) => Promise<void>;

/**
 * Answers from the cache where a file is the one that was read before; hashes what changed or is new, and answers where
 * its content is known; gives the rest to `spread` and keeps what comes back.
 *
 * @param root absolute path of the files' root
 */
export async function runCached(
  cache: FactCache,
  kind: 'scan' | 'facts',
  root: string,
  pieces: readonly Piece[],
  onResult: (result: Result) => void,
  spread: Spread,
): Promise<void> {
  const index = cache.root(root);
  const stamps = new Map<string, Stamp | undefined>();
  let open: Piece[] = [];
  for (const piece of pieces) {
    // Taken before the file is read: a change meanwhile gives another stamp next time.
    const stamp = index.stampOf(piece.file);
    stamps.set(piece.file, stamp);
    const known = stamp && index.get(piece.file, stamp);
    if (kind === 'scan' && known?.scan) onResult({ file: piece.file, scan: known.scan });
    else if (!(kind === 'facts' && stamp && known?.key && answer(known.key, piece.file, stamp.size))) {
      open.push(piece);
    }
  }
  if (kind === 'facts' && !cache.isEmpty && open.length > 0) open = await byContent(open);
  if (open.length === 0) return;
  await spread(kind, open, (result) => {
    keep(result);
    onResult(result);
  });

  /** True when the cache has the facts of this content; then they are handed on. */
  function answer(key: string, file: string, bytes: number): boolean {
    const facts = cache.facts(key);
    if (facts) onResult({ file, facts, bytes, key });
    return facts !== undefined;
  }

  /** Reads and hashes files; returns those whose content is not known. */
  async function byContent(files: readonly Piece[]): Promise<Piece[]> {
    const unknown = new Set(files.map(({ file }) => file));
    await spread('hash', files, (result) => {
      if (!('key' in result) || 'facts' in result) return;
      if (!answer(result.key, result.file, result.bytes)) return;
      unknown.delete(result.file);
      remember(result.file, { key: result.key });
    });
    return files.filter(({ file }) => unknown.has(file));
  }

  function keep(result: Result): void {
    if ('scan' in result) remember(result.file, { scan: result.scan });
    else if ('facts' in result && result.key !== undefined) {
      cache.put(result.key, result.facts);
      remember(result.file, { key: result.key });
    }
  }

  function remember(file: string, known: Known): void {
    const stamp = stamps.get(file);
    if (stamp) index.set(file, stamp, known);
  }
}

/**
 * Answers from the cache for texts that are on no disk: by their content alone, for no path has it.
 * @param texts latin1, by path
 * @returns those whose content is not known
 */
export function answerTexts(
  cache: FactCache,
  texts: ReadonlyMap<string, string>,
  onResult: (result: Result) => void,
): Map<string, string> {
  const open = new Map<string, string>();
  for (const [file, text] of texts) {
    const key = keyOf(Buffer.from(text, 'latin1'));
    const facts = cache.facts(key);
    if (facts) onResult({ file, facts, bytes: text.length, key });
    else open.set(file, text);
  }
  return open;
}

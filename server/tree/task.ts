import { join } from 'node:path';
import { type CParser, type Engine, openParser } from '../../grammars/parser.ts';
import { extractFacts } from '../facts/extract.ts';
import { type Key, keyOf } from './cache/key.ts';
import { packFacts } from './packed.ts';
import { readShared } from './read-buffer.ts';
import { type Scan, scanFile, scanText } from './scan.ts';
import { reasonOf } from './walk.ts';

/** A file to work on and its size in bytes, by which work is balanced. */
export interface Piece {
  readonly file: string;
  readonly size: number;
}

/** Work for one thread: read these files and say what they hold. */
export type Task = Reading & ({ readonly kind: 'scan' } | { readonly kind: 'hash' } | Parsing);

/** The files of a task. */
interface Reading {
  readonly root: string;
  readonly files: readonly string[];
  /** Texts that win over the disk, by path from the root, as latin1. */
  readonly texts?: ReadonlyMap<string, string>;
}

interface Parsing {
  readonly kind: 'facts';
  readonly engine: Engine;
  /** Results carry their text's key: for a cache. */
  readonly keyed?: boolean;
}

/** One file's result: packed facts, a scan or its content's key, or why it could not be read. */
export type Result =
  | { readonly file: string; readonly error: string }
  | { readonly file: string; readonly scan: Scan }
  | { readonly file: string; readonly key: Key; readonly bytes: number }
  | { readonly file: string; readonly facts: Uint8Array; readonly bytes: number; readonly key?: Key };

let parser: Promise<CParser> | undefined;
let engineOpen: Engine | undefined;

/** Runs a task in this thread. The worker threads' only export. */
export default async function run(task: Task): Promise<Result[]> {
  if (task.kind === 'scan') return task.files.map((file) => scanOf(task, file));
  if (task.kind === 'hash') return task.files.map((file) => hashFile(task, file));
  if (engineOpen !== task.engine) {
    parser = openParser({ engine: task.engine });
    engineOpen = task.engine;
  }
  const open = await parser!;
  const results: Result[] = [];
  for (const file of task.files) {
    await open.ready();
    results.push(factsOf(open, task, file, task.keyed === true));
  }
  return results;
}

/** Holds until the next call. */
function contentOf({ root, texts }: Task, file: string): Buffer {
  const text = texts?.get(file);
  return text === undefined ? readShared(join(root, file)) : Buffer.from(text, 'latin1');
}

function scanOf({ root, texts }: Task, file: string): Result {
  const text = texts?.get(file);
  try {
    return { file, scan: text === undefined ? scanFile(join(root, file)) : scanText(text) };
  } catch (error) {
    return { file, error: reasonOf(error) };
  }
}

function hashFile(task: Task, file: string): Result {
  try {
    const content = contentOf(task, file);
    return { file, key: keyOf(content), bytes: content.byteLength };
  } catch (error) {
    return { file, error: reasonOf(error) };
  }
}

function factsOf(open: CParser, task: Task, file: string, keyed: boolean): Result {
  let content: Buffer;
  try {
    content = contentOf(task, file);
  } catch (error) {
    return { file, error: reasonOf(error) };
  }
  const facts = packFacts(extractFacts(open, content.toString('latin1')));
  return { file, facts, bytes: content.byteLength, ...(keyed ? { key: keyOf(content) } : {}) };
}

/** What was known of a root's files when they were last read, and whether that still holds. */

import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scan } from '../scan.ts';
import type { Key } from './key.ts';

/** What decides that a file is the one that was read: size in bytes, times in milliseconds, inode. */
export interface Stamp {
  readonly size: number;
  readonly mtime: number;
  readonly ctime: number;
  readonly inode: number;
}

/** What a file's text said. */
export interface Known {
  readonly scan?: Scan;
  /** Key of its content, by which its facts are found. */
  readonly key?: Key;
}

type Row = readonly [size: number, mtime: number, ctime: number, inode: number, known: Known];

const FORMAT = 'quiesce root index 2\n';
/** Most bytes of an index: some eight kernels'. Beyond, only the directories of this run are kept. */
const MAX_BYTES = 64 * 1024 * 1024;
/**
 * A file that changed less than this before it was looked at may change again within one tick of its file system's
 * clock, with the same size: it is not remembered (git calls such an entry racy).
 */
const RACY_MS = 2000;

/** Files of one directory, by name. */
type Directory = Map<string, Row>;

/**
 * The index of one root: a checksum, the root, then one line a directory, which is read when a file of it is asked for.
 * Reading never throws; a damaged file is an empty index.
 */
export class RootIndex {
  private readonly path: string;
  private readonly root: string;
  private readonly lines: Map<string, string>;
  private readonly directories = new Map<string, Directory>();
  private readonly changed = new Map<string, Directory>();

  constructor(path: string, root: string) {
    this.path = path;
    this.root = root;
    this.lines = readLines(path, root);
  }

  /** The file's stamp of this moment; undefined when it can't be told or must not be remembered. */
  stampOf(file: string, now = Date.now()): Stamp | undefined {
    try {
      const { size, mtimeMs, ctimeMs, ino } = statSync(join(this.root, file));
      if (Math.max(mtimeMs, ctimeMs) > now - RACY_MS) return undefined;
      return { size, mtime: mtimeMs, ctime: ctimeMs, inode: ino };
    } catch {
      return undefined;
    }
  }

  /** What is known of a file that has this stamp. */
  get(file: string, stamp: Stamp): Known | undefined {
    const [dir, name] = split(file);
    const row = this.directory(dir).get(name);
    return row && same(row, stamp) ? row[4] : undefined;
  }

  /** Remembers something of a file; `stamp` was taken before the file was read. */
  set(file: string, stamp: Stamp, known: Known): void {
    const { size, mtime, ctime, inode } = stamp;
    const row: Row = [size, mtime, ctime, inode, { ...this.get(file, stamp), ...known }];
    const [dir, name] = split(file);
    this.directory(dir).set(name, row);
    const changed = this.changed.get(dir) ?? new Map<string, Row>();
    this.changed.set(dir, changed.set(name, row));
  }

  /**
   * Writes the index where something changed, over what another run may have written meanwhile.
   * @param temporary a name of its own for the new file
   * @throws what the file system throws
   */
  save(temporary: string): void {
    if (this.changed.size === 0) return;
    const lines = readLines(this.path, this.root);
    for (const [dir, rows] of this.changed) {
      const all = new Map([...parseLine(lines.get(dir)), ...rows]);
      lines.set(dir, JSON.stringify([...all]));
    }
    let body = bodyOf(this.root, lines);
    if (body.length > MAX_BYTES) {
      const own = [...lines].filter(([dir]) => this.directories.has(dir));
      body = bodyOf(this.root, new Map(own));
    }
    try {
      writeFileSync(temporary, `${sum(body)}\n${body}`, { encoding: 'utf8', mode: 0o600, flag: 'wx' });
      renameSync(temporary, this.path);
    } finally {
      rmSync(temporary, { force: true });
    }
    this.changed.clear();
  }

  private directory(dir: string): Directory {
    let rows = this.directories.get(dir);
    if (!rows) {
      rows = parseLine(this.lines.get(dir));
      this.directories.set(dir, rows);
      this.lines.delete(dir);
    }
    return rows;
  }
}

function split(file: string): [dir: string, name: string] {
  const at = file.lastIndexOf('/');
  return [file.slice(0, Math.max(at, 0)), file.slice(at + 1)];
}

function same(row: Row, stamp: Stamp): boolean {
  return row[0] === stamp.size && row[1] === stamp.mtime && row[2] === stamp.ctime && row[3] === stamp.inode;
}

function bodyOf(root: string, lines: ReadonlyMap<string, string>): string {
  return [JSON.stringify(root), ...[...lines].map(([dir, rows]) => `${JSON.stringify(dir)}\t${rows}`)].join(
    '\n',
  );
}

/** The lines of an index by directory, their rows as text. */
function readLines(path: string, root: string): Map<string, string> {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== sum(body)) return new Map();
    const [first, ...rest] = body.split('\n');
    if (JSON.parse(first!) !== root) return new Map();
    return new Map(
      rest.map((line) => {
        const tab = line.indexOf('\t');
        return [JSON.parse(line.slice(0, tab)) as string, line.slice(tab + 1)];
      }),
    );
  } catch {
    return new Map();
  }
}

function parseLine(line: string | undefined): Directory {
  return new Map(line === undefined ? [] : (JSON.parse(line) as [string, Row][]));
}

/** The checksum of an index; FORMAT in it keeps builds apart whose indexes look different. */
function sum(body: string): string {
  return createHash('sha256').update(FORMAT).update(body, 'utf8').digest('hex');
}

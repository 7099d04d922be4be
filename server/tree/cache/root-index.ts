/** What was known of a root's files when they were last read, and whether that still holds. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scan } from '../task.ts';
import type { Key } from './pack.ts';

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

/** Files of one root; more than a kernel has, with room for those that went. */
const MAX_FILES = 200_000;
/**
 * A file that changed less than this before it was looked at may change again within one tick of its file system's
 * clock, with the same size: it is not remembered (git calls such an entry racy).
 */
const RACY_MS = 2000;

/** The index of one root. Reading never throws; a damaged file is an empty index. */
export class RootIndex {
  private readonly path: string;
  private readonly root: string;
  private readonly rows: Map<string, Row>;
  private readonly changed = new Map<string, Row>();
  private readonly looked = new Set<string>();

  constructor(path: string, root: string) {
    this.path = path;
    this.root = root;
    this.rows = readRows(path, root);
  }

  /** The file's stamp of this moment; undefined when it can't be told or must not be remembered. */
  stampOf(file: string, now = Date.now()): Stamp | undefined {
    this.looked.add(file);
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
    const row = this.rows.get(file);
    return row && same(row, stamp) ? row[4] : undefined;
  }

  /** Remembers something of a file; `stamp` was taken before the file was read. */
  set(file: string, stamp: Stamp, known: Known): void {
    const row: Row = [
      stamp.size,
      stamp.mtime,
      stamp.ctime,
      stamp.inode,
      { ...this.get(file, stamp), ...known },
    ];
    this.rows.set(file, row);
    this.changed.set(file, row);
  }

  /**
   * Writes the index where something changed, over what another run may have written meanwhile.
   * @param temporary a name of its own for the new file
   * @throws what the file system throws
   */
  save(temporary: string): void {
    if (this.changed.size === 0) return;
    const all = readRows(this.path, this.root);
    for (const [file, row] of this.changed) all.set(file, row);
    const rows = [...all];
    const kept =
      rows.length > MAX_FILES ? rows.filter(([file]) => this.looked.has(file)).slice(0, MAX_FILES) : rows;
    const body = JSON.stringify({ root: this.root, files: kept });
    try {
      writeFileSync(temporary, `${sum(body)}\n${body}`, { encoding: 'utf8', mode: 0o600, flag: 'wx' });
      renameSync(temporary, this.path);
    } finally {
      rmSync(temporary, { force: true });
    }
    this.changed.clear();
  }
}

function same(row: Row, stamp: Stamp): boolean {
  return row[0] === stamp.size && row[1] === stamp.mtime && row[2] === stamp.ctime && row[3] === stamp.inode;
}

function readRows(path: string, root: string): Map<string, Row> {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== sum(body)) return new Map();
    const parsed = JSON.parse(body) as { root: string; files: [string, Row][] };
    return parsed.root === root ? new Map(parsed.files) : new Map();
  } catch {
    return new Map();
  }
}

function sum(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

/**
 * A pack: many small values in one file that never changes once it has its name. A writer streams into a temporary
 * file and renames it at the end, so a reader sees a whole pack or none; every value carries a checksum, so half a
 * pack after a crash is noticed and left out.
 *
 *     8 bytes   MAGIC
 *     values    one after another
 *     table     40 bytes a value: key (16), checksum (8), offset (4), length (4), time of last use (8, in ms)
 *     32 bytes  offset of the table (4), number of values (4), checksum of the table (16), END
 */

import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type Key, keyOf } from './key.ts';
import { type Entry, PackTable, ROW } from './pack-table.ts';

const MAGIC = Buffer.from('QUIPACK1');
const END = Buffer.from('QUIPEND1');
const FOOTER = 32;
/** Offsets are 32 bits; a writer stops well before. */
const MAX_BYTES = 0xf000_0000;

/** An open pack. */
export class Pack {
  readonly path: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
  private readonly fd: number;
  private readonly table: PackTable;

  private constructor(path: string, fd: number, bytes: number, table: PackTable) {
    this.path = path;
    this.fd = fd;
    this.bytes = bytes;
    this.table = table;
  }

  /** Opens a pack; undefined for one that is cut off, damaged or gone. */
  static open(path: string): Pack | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(path, 'r');
      const bytes = fstatSync(fd).size;
      const table = readTable(fd, bytes);
      if (table) return new Pack(path, fd, bytes, table);
    } catch {
      // Gone or unreadable: as good as not there.
    }
    if (fd !== undefined) closeSync(fd);
    return undefined;
  }

  get keys(): IterableIterator<Key> {
    return this.table.keys();
  }

  has(key: Key): boolean {
    return this.table.get(key) !== undefined;
  }

  /** Time of last use in milliseconds since 1970, as far as the pack knows; 0 for a key that is not here. */
  usedAt(key: Key): number {
    return this.table.get(key)?.used ?? 0;
  }

  lengthOf(key: Key): number {
    return this.table.get(key)?.length ?? 0;
  }

  /** A value; undefined when it is not here or does not fit its checksum. */
  get(key: Key): Uint8Array | undefined {
    const entry = this.table.get(key);
    if (!entry) return undefined;
    try {
      const value = new Uint8Array(entry.length);
      const read = readSync(this.fd, value, 0, entry.length, entry.offset);
      return read === entry.length && checkOf(value) === entry.check ? value : undefined;
    } catch {
      return undefined;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Writes a new pack. Every method throws what the file system throws; then call `abandon`. */
export class PackWriter {
  private readonly temporary: string;
  private readonly fd: number;
  private readonly table = new Map<Key, Entry>();
  private at = 0;

  constructor(temporary: string) {
    this.temporary = temporary;
    this.fd = openSync(temporary, 'wx', 0o600);
    this.write(MAGIC);
  }

  get size(): number {
    return this.table.size;
  }

  get bytes(): number {
    return this.at;
  }

  has(key: Key): boolean {
    return this.table.has(key);
  }

  /** Adds a value; one that is there already, or that would make the pack too big, is left out. */
  add(key: Key, value: Uint8Array, used: number): void {
    if (this.table.has(key) || this.at + value.byteLength > MAX_BYTES) return;
    const entry = { check: checkOf(value), offset: this.at, length: value.byteLength, used };
    this.write(value);
    this.table.set(key, entry);
  }

  /** Ends the pack and gives it its name. */
  finish(path: string): void {
    const table = Buffer.alloc(this.table.size * ROW);
    let row = 0;
    for (const [key, entry] of this.table) {
      table.write(key, row, 16, 'latin1');
      table.write(entry.check, row + 16, 8, 'latin1');
      table.writeUInt32LE(entry.offset, row + 24);
      table.writeUInt32LE(entry.length, row + 28);
      table.writeDoubleLE(entry.used, row + 32);
      row += ROW;
    }
    const footer = Buffer.alloc(FOOTER);
    footer.writeUInt32LE(this.at, 0);
    footer.writeUInt32LE(this.table.size, 4);
    footer.write(keyOf(table), 8, 16, 'latin1');
    END.copy(footer, 24);
    this.write(table);
    this.write(footer);
    closeSync(this.fd);
    renameSync(this.temporary, path);
  }

  /** Takes the temporary file away. Never throws. */
  abandon(): void {
    try {
      closeSync(this.fd);
    } catch {
      // Closed already.
    }
    rmSync(this.temporary, { force: true });
  }

  private write(bytes: Uint8Array): void {
    // A full disk can take a part of what it is given before it says so.
    for (let done = 0; done < bytes.byteLength; ) {
      const written = writeSync(this.fd, bytes, done, bytes.byteLength - done);
      if (written === 0) throw new Error('the file system takes no more bytes');
      done += written;
      this.at += written;
    }
  }
}

function readTable(fd: number, bytes: number): PackTable | undefined {
  if (bytes < MAGIC.length + FOOTER) return undefined;
  const head = Buffer.alloc(MAGIC.length);
  const footer = Buffer.alloc(FOOTER);
  readSync(fd, head, 0, head.length, 0);
  readSync(fd, footer, 0, FOOTER, bytes - FOOTER);
  if (!head.equals(MAGIC) || !footer.subarray(24).equals(END)) return undefined;
  const start = footer.readUInt32LE(0);
  const count = footer.readUInt32LE(4);
  if (start + count * ROW + FOOTER !== bytes) return undefined;
  const table = Buffer.alloc(count * ROW);
  readSync(fd, table, 0, table.length, start);
  if (keyOf(table) !== footer.toString('latin1', 8, 24)) return undefined;
  return new PackTable(table);
}

function checkOf(value: Uint8Array): string {
  return keyOf(value).slice(0, 8);
}

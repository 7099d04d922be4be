import type { Key } from './key.ts';

/** Bytes of a row: key (16), checksum (8), offset (4), length (4), time of last use (8, in ms). */
export const ROW = 40;

/** One row of a pack's table. */
export interface Entry {
  readonly check: string;
  readonly offset: number;
  readonly length: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

/**
 * A pack's table as its bytes. A whole tree's has tens of thousands of rows, of which one run asks for a few: they are
 * found by the first bytes of their keys, which are as good as random, and nothing is made of the others.
 */
export class PackTable {
  private readonly rows: Buffer;
  /** Number of a row from 1, where its key's hash says or behind it; 0: none. */
  private readonly slots: Uint32Array;

  /** @param rows as in the file */
  constructor(rows: Buffer) {
    this.rows = rows;
    const count = rows.length / ROW;
    this.slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 1)));
    for (let row = 0; row < count; row++) {
      let slot = this.slotOf(rows.readUInt32LE(row * ROW));
      while (this.slots[slot] !== 0) slot = this.next(slot);
      this.slots[slot] = row + 1;
    }
  }

  get(key: Key): Entry | undefined {
    const wanted = Buffer.from(key, 'latin1');
    for (let slot = this.slotOf(wanted.readUInt32LE(0)); this.slots[slot] !== 0; slot = this.next(slot)) {
      const at = (this.slots[slot]! - 1) * ROW;
      if (this.rows.compare(wanted, 0, 16, at, at + 16) === 0) return this.entryAt(at);
    }
    return undefined;
  }

  *keys(): IterableIterator<Key> {
    for (let at = 0; at < this.rows.length; at += ROW) yield this.rows.toString('latin1', at, at + 16);
  }

  private entryAt(at: number): Entry {
    const { rows } = this;
    return {
      check: rows.toString('latin1', at + 16, at + 24),
      offset: rows.readUInt32LE(at + 24),
      length: rows.readUInt32LE(at + 28),
      used: rows.readDoubleLE(at + 32),
    };
  }

  private slotOf(hash: number): number {
    return hash & (this.slots.length - 1);
  }

  private next(slot: number): number {
    return (slot + 1) & (this.slots.length - 1);
  }
}

import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a value lies. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** Bytes are written in pieces of this size. */
const BLOCK = 1024 * 1024;

/**
 * Bytes put aside in a temporary file that has no name from the moment it is open: whatever ends the process, nothing
 * is left behind.
 */
export class Spill {
  private readonly fd: number;
  private readonly block = Buffer.allocUnsafeSlow(BLOCK);
  private readonly path: string;
  /** Bytes in the file, and in the block that follows them. */
  private written = 0;
  private pending = 0;

  /** @throws what the file system throws: the caller then keeps its bytes in memory */
  constructor(folder: string = tmpdir()) {
    this.path = join(folder, `quiesce-${process.pid}-${randomBytes(8).toString('hex')}.tmp`);
    this.fd = openSync(this.path, 'wx+', 0o600);
    this.unlink();
  }

  /** @throws what the file system throws, on a full disk for one; what was added before can still be read */
  add(bytes: Uint8Array): Place {
    if (this.pending + bytes.byteLength > BLOCK) this.flush();
    const place = { offset: this.written + this.pending, length: bytes.byteLength };
    if (bytes.byteLength > BLOCK) {
      this.write(bytes, this.written);
      this.written += bytes.byteLength;
    } else {
      this.block.set(bytes, this.pending);
      this.pending += bytes.byteLength;
    }
    return place;
  }

  /** @throws when the file can't be read */
  read(place: Place): Uint8Array {
    const { offset, length } = place;
    if (offset < this.written) return readPlace(this.fd, place);
    const from = offset - this.written;
    return new Uint8Array(this.block.subarray(from, from + length));
  }

  /**
   * All of it in the file, for `readPlace` in any thread of the process, until this is closed.
   * @throws what the file system throws
   */
  descriptor(): number {
    this.flush();
    return this.fd;
  }

  /** Gives the file's room back; nothing can be read from here on. */
  close(): void {
    closeSync(this.fd);
    // Where an open file could not be unlinked.
    this.unlink();
  }

  /** @throws what the file system throws */
  private flush(): void {
    this.write(this.block.subarray(0, this.pending), this.written);
    this.written += this.pending;
    this.pending = 0;
  }

  private write(bytes: Uint8Array, at: number): void {
    for (let done = 0; done < bytes.byteLength; )
      done += writeSync(this.fd, bytes, done, bytes.byteLength - done, at + done);
  }

  private unlink(): void {
    try {
      rmSync(this.path, { force: true });
    } catch {
      // Windows holds it until it is closed.
    }
  }
}

/** Bytes that a `Spill` of this process put aside. @throws when the file can't be read */
export function readPlace(fd: number, { offset, length }: Place): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const read = readSync(fd, bytes, done, length - done, offset + done);
    if (read === 0) throw new Error('the temporary file with what was read of the sources was cut off');
    done += read;
  }
  return bytes;
}

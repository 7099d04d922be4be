import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bigger files get memory of their own: one of them should not hold it for the rest of the run. */
const KEPT_BYTES = 4 * 1024 * 1024;

let kept = Buffer.allocUnsafeSlow(256 * 1024);

/**
 * Reads a file into memory that this thread uses again: the bytes hold until the next call. A buffer for each of tens of
 * thousands of files, allocated in one thread and freed whenever the collector comes by, tears malloc's arenas into
 * pieces that are never given back: over a whole tree that was more than a hundred megabytes.
 *
 * @param below bytes
 * @returns undefined for a file that is not smaller than `below`
 * @throws what the file system throws
 */
export function readSmall(path: string, below: number): Buffer | undefined {
  const fd = openSync(path, 'r');
  try {
    const expected = fstatSync(fd).size;
    if (expected >= below) return undefined;
    // One byte more, so that the end of the file is seen without another round.
    let buffer = bufferOf(expected + 1);
    let length = 0;
    for (;;) {
      const read = readSync(fd, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || (length === expected && length < buffer.length)) return buffer.subarray(0, length);
      // It grew while it was read, or its size says nothing (as in /proc).
      if (length === buffer.length) {
        const bigger = Buffer.allocUnsafeSlow(buffer.length * 2);
        buffer.copy(bigger, 0, 0, length);
        buffer = bigger;
      }
    }
  } finally {
    closeSync(fd);
  }
}

/** As `readSmall`, of any size. @throws what the file system throws */
export function readShared(path: string): Buffer {
  return readSmall(path, Number.POSITIVE_INFINITY)!;
}

function bufferOf(bytes: number): Buffer {
  if (bytes <= kept.length) return kept;
  const buffer = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
  if (buffer.length <= KEPT_BYTES) kept = buffer;
  return buffer;
}

const PIECE_BYTES = 512 * 1024;

/**
 * Reads a file as latin1, a piece after the other.
 *
 * @param cut tells where a text may be cut: the length of what goes before, 0 for nowhere
 * @throws what the file system throws
 */
export function* readPieces(path: string, cut: (text: string) => number): Generator<string> {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
    let rest = '';
    for (;;) {
      const read = readSync(fd, buffer, 0, buffer.length, null);
      if (read === 0) break;
      const text = rest + buffer.toString('latin1', 0, read);
      const end = cut(text);
      if (end > 0) yield text.slice(0, end);
      rest = text.slice(end);
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(fd);
  }
}

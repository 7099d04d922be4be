import { createHash } from 'node:crypto';

/** A key: 16 bytes as a latin1 string. */
export type Key = string;

/** The key of some bytes: the first half of their SHA-256. */
export function keyOf(content: Uint8Array): Key {
  return createHash('sha256').update(content).digest().toString('latin1', 0, 16);
}

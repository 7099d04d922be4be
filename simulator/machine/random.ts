/** Deterministic randomness: the same seed gives the same numbers in Node and in every browser. */

/** A source of numbers. */
export interface Random {
  /** 0 <= x < 1. */
  next(): number;
  /** A whole number, 0 <= n < limit. */
  below(limit: number): number;
  /** Unsigned 32 bits. */
  u32(): number;
  /** A source of its own for one part of a run, so that a draw more in one part does not shift another. */
  fork(name: string): Random;
}

/** One round of a 32 bit mixer (the finalizer of MurmurHash3): every input bit reaches every output bit. */
export function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hashes a string to 32 bits (FNV-1a, mixed). */
export function hashName(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return mix32(h);
}

/** Mulberry32: 32 bits of state, good enough to place pages and jitter times. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const u32 = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return {
    u32,
    next: () => u32() / 2 ** 32,
    below: (limit) => Math.floor((u32() / 2 ** 32) * limit),
    fork: (name) => createRandom(mix32(hashName(name) ^ seed)),
  };
}

import { splitIova } from '../smmu/bits.ts';
import { addressPattern, SparseMemory } from '../smmu/memory.ts';
import type { Transaction } from '../smmu/types.ts';

/** A line that cannot be taken: the message says what is wrong and where. */
export class CaseError extends Error {
  override name = 'CaseError';
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** RAM of every case, and what it holds where nothing is said. */
const RAM = { base: 0x4000_0000, size: 0x200_0000 } as const;
const PATTERN_FROM = 0x4080_0000;
const PATTERN_TAG = 0x5e00_0000;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at `key`; throws CaseError when it is missing or something else. */
export function objectAt(parent: JsonObject, key: string, where = key): JsonObject {
  const value = parent[key];
  if (!isObject(value)) throw new CaseError(`${where}: expected an object`);
  return value;
}

/** The list of objects at `key`; a missing key is an empty list. */
export function objectsAt(parent: JsonObject, key: string, where = key): JsonObject[] {
  const value = parent[key] ?? [];
  if (!Array.isArray(value) || !value.every(isObject))
    throw new CaseError(`${where}: expected a list of objects`);
  return value as JsonObject[];
}

/** An unsigned number: a JSON number or a string in decimal or 0x hex. Throws CaseError naming `where`. */
export function unsigned(value: Json | undefined, where: string): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value)) return BigInt(value);
  throw new CaseError(
    `${where}: expected an unsigned number such as 16 or "0x10", got ${JSON.stringify(value)}`,
  );
}

/** The same below 2^53, with a limit. */
export function smallUnsigned(
  value: Json | undefined,
  where: string,
  limit = Number.MAX_SAFE_INTEGER,
): number {
  const wide = unsigned(value, where);
  if (wide > BigInt(limit)) throw new CaseError(`${where}: ${wide} is larger than ${limit}`);
  return Number(wide);
}

/** The same, or `fallback` where the key is missing. */
export function numberAt(parent: JsonObject, key: string, where: string, fallback: number): number {
  return parent[key] === undefined ? fallback : smallUnsigned(parent[key], `${where}.${key}`);
}

/** The memory of a case: `mem` is a list of `[address, u64]` and `{page, hex}`; words outside RAM do not exist. */
export function memoryOf(line: JsonObject): SparseMemory {
  const memory = new SparseMemory([RAM], addressPattern(PATTERN_FROM, PATTERN_TAG));
  const entries = line.mem ?? [];
  if (!Array.isArray(entries)) throw new CaseError('mem: expected a list');
  entries.forEach((entry, index) => {
    const where = `mem[${index}]`;
    if (Array.isArray(entry)) {
      const address = smallUnsigned(entry[0], `${where}[0]`);
      if (address % 8 !== 0) throw new CaseError(`${where}: 0x${address.toString(16)} is not 8-byte aligned`);
      const value = unsigned(entry[1], `${where}[1]`);
      if (value >> 64n !== 0n) throw new CaseError(`${where}: ${entry[1]} has more than 64 bits`);
      memory.write64(address, value);
    } else if (isObject(entry) && typeof entry.hex === 'string') {
      const hex = entry.hex;
      if (!/^([0-9a-f]{2})*$/i.test(hex)) throw new CaseError(`${where}.hex: expected pairs of hex digits`);
      const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, i) =>
        Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
      );
      memory.writeBytes(smallUnsigned(entry.page, `${where}.page`), bytes);
    } else {
      throw new CaseError(`${where}: expected [address, value] or {page, hex}`);
    }
  });
  return memory;
}

/** The DMA of a case. */
export function transactionOf(line: JsonObject): Transaction {
  const dma = objectAt(line, 'dma');
  const address = unsigned(dma.iova, 'dma.iova');
  if (address >> 64n !== 0n) throw new CaseError('dma.iova: more than 64 bits');
  const len = smallUnsigned(dma.len, 'dma.len', 2 ** 32);
  if (len === 0) throw new CaseError('dma.len: a DMA has at least one byte');
  const dir = dma.dir;
  if (dir !== 'read' && dir !== 'write') throw new CaseError('dma.dir: expected "read" or "write"');
  const streamId = smallUnsigned(dma.streamid, 'dma.streamid', 0xffff_ffff);
  const substream = dma.substreamid ?? dma.ssid;
  return {
    ...splitIova(address),
    len,
    dir,
    streamId,
    ...(substream === undefined || substream === null
      ? {}
      : { substreamId: smallUnsigned(substream, 'dma.substreamid', 0xf_ffff) }),
    ...(dma.privileged === undefined
      ? {}
      : { privileged: unsigned(dma.privileged, 'dma.privileged') !== 0n }),
    ...(dma.instruction === undefined
      ? {}
      : { instruction: unsigned(dma.instruction, 'dma.instruction') !== 0n }),
  };
}

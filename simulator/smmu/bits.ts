/** Bit and address arithmetic on `number` (exact up to 2^53) and on 32 bit halves. */

/** Powers of two, 2^0 .. 2^64: multiplication and division by them are exact in a double. */
export const POW2: readonly number[] = Array.from({ length: 65 }, (_, exponent) => 2 ** exponent);

export const TWO32 = 0x1_0000_0000;
export const TWO52 = 0x10_0000_0000_0000;

/** `value` as lower-case hex with 0x. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** A 64 bit word from its halves. */
export function word(lo: number, hi: number): bigint {
  return (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
}

/** Bits `high`:`low` (inclusive, at most 53 of them) of a 64 bit word, as a number. */
export function field(value: bigint, high: number, low: number): number {
  return Number((value >> BigInt(low)) & ((1n << BigInt(high - low + 1)) - 1n));
}

/** True when bit `position` of a 64 bit word is set. */
export function bit(value: bigint, position: number): boolean {
  return ((value >> BigInt(position)) & 1n) === 1n;
}

/** `address` rounded down to a multiple of 2^`shift`. */
export function alignDown(address: number, shift: number): number {
  const size = POW2[shift] as number;
  return Math.floor(address / size) * size;
}

/** A 64 bit input address as text, from its two parts (see `types.ts`). */
export function hexIova(iova: number, iovaTop: number): string {
  return hex((BigInt(iovaTop) << 52n) | BigInt(iova));
}

/** The two parts of a 64 bit input address. Throws RangeError when it is negative or longer than 64 bits. */
export function splitIova(address: bigint): { iova: number; iovaTop: number } {
  if (address < 0n || address >> 64n !== 0n) throw new RangeError(`not a 64 bit address: ${address}`);
  return { iova: Number(address & 0xf_ffff_ffff_ffffn), iovaTop: Number(address >> 52n) };
}

/**
 * Text as bytes and back, one byte for each UTF-16 code unit, so that a scanner runs over a typed array and an index
 * in it is an index in the string. A code unit above 0xff is stood in for by a letter during the scan and put back after it.
 */

/** `é`: a letter of C identifiers that the kernel's own ASCII rows never match. */
const STAND_IN = 0xe9;

/** Bytes after the text: zeros, so that a scanner may read a little ahead without a bounds check. */
export const PADDING = 16;

/** The text as bytes, `PADDING` zeros behind it. */
export interface Units {
  readonly bytes: Uint8Array;
  /** Length of the text; `bytes` is longer by `PADDING`. */
  readonly length: number;
  readonly text: string;
  /** True when the text has a code unit above 0xff. */
  readonly wide: boolean;
}

/** One byte a code unit. Never throws. */
export function toUnits(text: string): Units {
  const length = text.length;
  const wide = /[\u0100-\uffff]/.test(text);
  const narrow = wide ? text.replace(/[\u0100-\uffff]/g, '\xe9') : text;
  const bytes = Buffer.allocUnsafe(length + PADDING);
  bytes.write(narrow, 0, length, 'latin1');
  bytes.fill(0, length);
  return { bytes, length, text, wide };
}

/** The string of changed bytes, which must have the length of the text that `units` was made of. */
export function fromUnits(units: Units, bytes: Uint8Array): string {
  const { length, text, wide } = units;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  if (!wide) return buffer.toString('latin1', 0, length);
  const out = new Uint16Array(length);
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!;
    const unit = text.charCodeAt(i);
    out[i] = byte === STAND_IN && unit > 0xff ? unit : byte;
  }
  return Buffer.from(out.buffer).toString('utf16le');
}

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Facts, IncludeFact } from '../facts/types.ts';

/**
 * Facts as bytes: small enough to keep a whole tree's in memory and to send between threads. What the file includes
 * stands in front, uncompressed, because it is asked for long before the rest: 4 bytes of length, the includes, the
 * deflated rest.
 */
export function packFacts(facts: Facts): Uint8Array {
  const { includes, ...rest } = facts;
  const head = Buffer.from(JSON.stringify(includes));
  const body = deflateRawSync(JSON.stringify(rest), { level: 1 });
  // Bytes of their own: zlib's are views of 16 KiB chunks, and a view is sent with the whole chunk behind it.
  const packed = new Uint8Array(4 + head.length + body.length);
  new DataView(packed.buffer).setUint32(0, head.length);
  packed.set(head, 4);
  packed.set(body, 4 + head.length);
  return packed;
}

/** The inverse of `packFacts`. */
export function unpackFacts(packed: Uint8Array): Facts {
  const { head, body } = partsOf(packed);
  const rest = JSON.parse(inflateRawSync(body).toString('utf8'));
  return { ...rest, includes: JSON.parse(head.toString('utf8')) };
}

/** What a file includes, from its packed facts. */
export function packedIncludes(packed: Uint8Array): IncludeFact[] {
  return JSON.parse(partsOf(packed).head.toString('utf8'));
}

function partsOf(packed: Uint8Array): { head: Buffer; body: Buffer } {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 4 + bytes.readUInt32BE(0);
  return { head: bytes.subarray(4, end), body: bytes.subarray(end) };
}

/**
 * The compiled form of a device tree (Devicetree Specification v0.4, chapter 5): header, memory reservation block,
 * structure block, strings block. Any bytes are fine as input: what is wrong is said with its offset.
 */
import { hex, InputError } from './address.ts';

/** A node. Properties keep their bytes: big-endian cells, strings with their NUL. */
export interface DtNode {
  /** `memory@80000000`; empty for the root. */
  readonly name: string;
  /** `/soc/iommu@5000000`; `/` for the root. */
  readonly path: string;
  readonly parent: DtNode | null;
  readonly properties: Map<string, Uint8Array>;
  readonly children: DtNode[];
  /** Labels; a compiled tree has them only in `/__symbols__`. */
  readonly labels: string[];
}

/** A tree and its `/memreserve/` entries (start, size). */
export interface DeviceTree {
  readonly root: DtNode;
  readonly memreserve: readonly { readonly start: number; readonly size: number }[];
}

const MAGIC = 0xd00dfeed;
const TOKEN = { beginNode: 1, endNode: 2, prop: 3, nop: 4, end: 9 } as const;
const HEADER_BYTES = 40;
/** Deeper trees do not occur (Linux: FDT_MAX_DEPTH 64, drivers/of/fdt.c); a limit keeps damaged input harmless. */
const MAX_DEPTH = 64;

/** True for bytes that start with the magic number of a compiled tree. */
export function isDtb(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) === MAGIC;
}

export function createNode(name: string, parent: DtNode | null): DtNode {
  const path = parent ? `${parent.path === '/' ? '' : parent.path}/${name}` : '/';
  const node: DtNode = { name, path, parent, properties: new Map(), children: [], labels: [] };
  parent?.children.push(node);
  return node;
}

/**
 * Parses a compiled tree.
 * @throws InputError: not a tree, truncated, unsupported version, or a structure that does not add up.
 */
export function parseDtb(bytes: Uint8Array, where = 'device tree'): DeviceTree {
  const fail = (what: string, todo = 'the file is damaged: copy or compile it again'): never => {
    throw new InputError(what, where, todo);
  };
  if (bytes.length < HEADER_BYTES) {
    fail(`truncated: ${bytes.length} bytes, the header alone has ${HEADER_BYTES}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) {
    fail(
      `not a compiled device tree: magic ${hex(view.getUint32(0))} instead of ${hex(MAGIC)}`,
      'compile it with dtc, or take /sys/firmware/fdt',
    );
  }
  const total = view.getUint32(4);
  if (bytes.length < total) {
    fail(`truncated: the header says ${total} bytes, the file has ${bytes.length}`);
  }
  const version = view.getUint32(20);
  const lastCompatible = view.getUint32(24);
  if (version < 16 || lastCompatible > 17) {
    fail(
      `version ${version} (compatible with ${lastCompatible}) is not one of 16, 17`,
      'compile it with a current dtc',
    );
  }
  const offStruct = view.getUint32(8);
  const offStrings = view.getUint32(12);
  const sizeStrings = view.getUint32(32);
  const structEnd = version >= 17 ? offStruct + view.getUint32(36) : total;
  if (offStruct > total || structEnd > total || offStrings + sizeStrings > total || offStruct % 4 !== 0) {
    fail('a block lies outside the file');
  }

  const memreserve: { start: number; size: number }[] = [];
  for (let at = view.getUint32(16); ; at += 16) {
    if (at + 16 > total) fail('the memory reservation block has no end');
    const start = view.getBigUint64(at);
    const size = view.getBigUint64(at + 8);
    if (start === 0n && size === 0n) break;
    memreserve.push({ start: Number(start), size: Number(size) });
  }

  const text = new TextDecoder();
  const stringAt = (offset: number): string => {
    const from = offStrings + offset;
    const end = offset < sizeStrings ? bytes.indexOf(0, from) : -1;
    if (end < 0 || end >= offStrings + sizeStrings)
      fail(`a property's name (offset ${offset}) is outside the strings`);
    return text.decode(bytes.subarray(from, end));
  };

  let at = offStruct;
  let root: DtNode | undefined;
  let node: DtNode | null = null;
  let depth = 0;
  for (;;) {
    if (at + 4 > structEnd) fail(`truncated: the structure block ends at offset ${at} without FDT_END`);
    const token = view.getUint32(at);
    at += 4;
    if (token === TOKEN.nop) continue;
    if (token === TOKEN.end) break;
    if (token === TOKEN.beginNode) {
      const end = bytes.indexOf(0, at);
      if (end < 0 || end >= structEnd) fail(`truncated: a node's name at offset ${at} has no end`);
      const name = text.decode(bytes.subarray(at, end));
      at = (end + 4) & ~3;
      if (++depth > MAX_DEPTH) fail(`nested more than ${MAX_DEPTH} deep at offset ${at}`);
      if (!node && root) fail('a second root node');
      node = createNode(name, node);
      root ??= node;
    } else if (token === TOKEN.endNode) {
      if (!node) fail(`a node ends at offset ${at - 4} that never began`);
      node = node!.parent;
      depth--;
    } else if (token === TOKEN.prop) {
      if (!node || at + 8 > structEnd) fail(`a property outside any node at offset ${at - 4}`);
      const length = view.getUint32(at);
      const name = stringAt(view.getUint32(at + 4));
      at += 8;
      if (at + length > structEnd) fail(`truncated: property ${name} of ${node!.path} has ${length} bytes`);
      node!.properties.set(name, bytes.subarray(at, at + length));
      at = (at + length + 3) & ~3;
    } else {
      fail(`unknown token ${hex(token)} at offset ${at - 4}`);
    }
  }
  if (!root || node) fail('the structure block ends inside a node');
  return { root: root!, memreserve };
}

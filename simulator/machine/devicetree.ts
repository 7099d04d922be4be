/**
 * A machine from its device tree: memory, reservations, SMMUs, who is behind them. The bindings are those that
 * drivers/of/fdt.c, drivers/of/of_reserved_mem.c, drivers/iommu/of_iommu.c and the arm-smmu drivers read.
 */
import { alignDown, GIB, hex, InputError, MAX_ADDRESS, type Span } from './address.ts';
import {
  type Board,
  type BoardSmmu,
  type BoardStream,
  checkBoard,
  checkStreamId,
  type Region,
  type ReservedRegion,
} from './board.ts';
import { type DeviceTree, type DtNode, isDtb, parseDtb } from './dtb.ts';
import { parseDts } from './dts.ts';

/** The 32 bit cells of a property; none where the node lacks it. */
export function cells(node: DtNode, property: string): number[] {
  const bytes = node.properties.get(property);
  if (!bytes) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(i * 4));
}

/** The strings of a property; none where the node lacks it. */
export function strings(node: DtNode, property: string): string[] {
  const bytes = node.properties.get(property);
  if (!bytes) return [];
  return new TextDecoder().decode(bytes).split('\0').filter(Boolean);
}

/** One number of `count` cells, `undefined` when the property is too short. */
function take(list: readonly number[], at: number, count: number): number | undefined {
  if (at + count > list.length) return undefined;
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 2 ** 32 + list[at + i]!;
  return value;
}

function cellCount(
  node: DtNode | null,
  property: '#address-cells' | '#size-cells',
  fallback: number,
): number {
  return (node && cells(node, property)[0]) ?? fallback;
}

/** A node that Linux makes a device of (drivers/of/base.c:of_device_is_available). */
export function isEnabled(node: DtNode): boolean {
  const status = strings(node, 'status')[0];
  return status === undefined || status === 'okay' || status === 'ok';
}

/** Calls `each` for a node and all below it. */
export function visit(node: DtNode, each: (node: DtNode) => void): void {
  each(node);
  for (const child of node.children) visit(child, each);
}

/** The pairs of `reg` in the parent's address space. */
function regOf(node: DtNode, where: string): { start: number; size: number }[] {
  const list = cells(node, 'reg');
  const address = cellCount(node.parent, '#address-cells', 2);
  const length = cellCount(node.parent, '#size-cells', 1);
  if (address + length === 0) return [];
  if (list.length % (address + length) !== 0) {
    throw new InputError(
      `reg of ${node.path} has ${list.length} cells, not a multiple of ${address}+${length}`,
      where,
      '#address-cells and #size-cells of its parent do not fit',
    );
  }
  const out: { start: number; size: number }[] = [];
  for (let at = 0; at < list.length; at += address + length) {
    out.push({ start: take(list, at, address)!, size: take(list, at + address, length)! });
  }
  return out;
}

/** An address of a node's parent bus as the CPU sees it (drivers/of/address.c:of_translate_address). */
function translate(bus: DtNode | null, start: number): number | undefined {
  let address = start;
  for (let node = bus; node?.parent; node = node.parent) {
    if (!node.properties.has('ranges')) return undefined;
    const list = cells(node, 'ranges');
    if (list.length === 0) continue;
    const child = cellCount(node, '#address-cells', 2);
    const parent = cellCount(node.parent, '#address-cells', 2);
    const length = cellCount(node, '#size-cells', 1);
    let found: number | undefined;
    for (let at = 0; at + child + parent + length <= list.length; at += child + parent + length) {
      const from = take(list, at, child)!;
      const size = take(list, at + child + parent, length)!;
      if (address >= from && address < from + size)
        found = take(list, at + child, parent)! + (address - from);
    }
    if (found === undefined) return undefined;
    address = found;
  }
  return address;
}

/** `compatible` of Arm SMMUs and what they are (arm-smmu.c:arm_smmu_of_match, arm-smmu-v3.c:arm_smmu_of_match). */
const SMMU_COMPATIBLE: readonly (readonly [RegExp, 1 | 2 | 3])[] = [
  [/^arm,smmu-v3$/, 3],
  [/^arm,(smmu-v1|mmu-400|mmu-401)$/, 1],
  [/^(arm,smmu-v2|arm,mmu-500|cavium,smmu-v2|nvidia,smmu-500|marvell,ap806-smmu-500)$/, 2],
  [/^qcom,(adreno-)?smmu-v2$|^qcom,.*smmu-500$|^qcom,smmu-500$/, 2],
];

/** A node that is an Arm SMMU. */
export interface FoundSmmu {
  readonly node: DtNode;
  readonly facts: BoardSmmu;
}

/** What an SMMU's node says; undefined for any other node. */
export function smmuOf(node: DtNode): FoundSmmu | undefined {
  const names = strings(node, 'compatible');
  // v1 parts also list "arm,smmu-v1" last; the first entry that matches is the most specific one.
  for (const name of names) {
    const row = SMMU_COMPATIBLE.find(([pattern]) => pattern.test(name));
    if (!row) continue;
    return {
      node,
      facts: {
        version: row[1],
        model: names[0]!.replace(/^arm,/, ''),
        // arm-smmu-qcom.c:qcom_smmu_impl_of_match is the list of names that begin with qcom,.
        qcom: names.some((n) => n.startsWith('qcom,')),
        covers: 'the nodes that name it in iommus or iommu-map',
        source: `${node.path}: ${names.join(', ')}`,
      },
    };
  }
  return undefined;
}

function streamBus(node: DtNode): BoardStream['bus'] {
  const names = strings(node, 'compatible');
  if (names.includes('arm,primecell')) return 'amba';
  if (names.some((n) => n.startsWith('fsl,qoriq-mc'))) return 'fsl-mc';
  return strings(node, 'device_type')[0] === 'pci' ? 'pci' : 'platform';
}

/** A stream and the node path of its SMMU. */
export interface TreeStream extends BoardStream {
  readonly smmu: string;
}

/**
 * StreamIDs of the nodes with `iommus` (drivers/iommu/arm/arm-smmu/arm-smmu.c:arm_smmu_of_xlate: cell 0 the ID, cell 1
 * the mask) or `iommu-map` (rid-base, phandle, iommu-base, length).
 */
function streamsOf(root: DtNode, smmus: ReadonlyMap<number, FoundSmmu>, where: string): TreeStream[] {
  const out: TreeStream[] = [];
  visit(root, (node) => {
    if (!isEnabled(node)) return;
    const add = (
      smmu: FoundSmmu,
      streamId: number,
      mask: number,
      bus: BoardStream['bus'],
      source: string,
    ) => {
      checkStreamId(streamId, smmu.facts, `${where}: ${node.path}`);
      out.push({ device: node.name, streamId, mask, bus, source, smmu: smmu.node.path });
    };
    const list = cells(node, 'iommus');
    for (let at = 0; at < list.length; ) {
      const smmu = smmus.get(list[at]!);
      // Without a known provider the number of cells is unknown: the rest cannot be read.
      if (!smmu) break;
      const count = cells(smmu.node, '#iommu-cells')[0] ?? 1;
      const streamId = count > 0 ? (list[at + 1] ?? 0) : 0;
      const mask = count > 1 ? (list[at + 2] ?? 0) : (cells(smmu.node, 'stream-match-mask')[0] ?? 0);
      add(smmu, streamId, smmu.facts.version === 3 ? 0 : mask, streamBus(node), `${node.path}:iommus`);
      at += 1 + count;
    }
    const map = cells(node, 'iommu-map');
    for (let at = 0; at + 4 <= map.length; at += 4) {
      const smmu = smmus.get(map[at + 1]!);
      if (smmu && map[at + 3]! > 0) add(smmu, map[at + 2]!, 0, streamBus(node), `${node.path}:iommu-map`);
    }
  });
  return out;
}

function reservedOf(root: DtNode, where: string, notes: string[]): ReservedRegion[] {
  const out: ReservedRegion[] = [];
  const parent = root.children.find((c) => c.name === 'reserved-memory');
  for (const node of parent?.children ?? []) {
    if (!isEnabled(node)) continue;
    const noMap = node.properties.has('no-map');
    const reusable = node.properties.has('reusable');
    const pool = strings(node, 'compatible').includes('shared-dma-pool');
    const use: ReservedRegion['use'] =
      reusable && pool ? 'cma' : pool ? 'carveout' : noMap ? 'firmware' : 'reserved';
    const ranges = regOf(node, where);
    if (ranges.length === 0 && node.properties.has('size')) {
      notes.push(
        `${node.path} is placed by the kernel at boot (size without reg); its place is not modelled`,
      );
    }
    for (const { start, size } of ranges) {
      if (size > 0) out.push({ start, end: start + size, name: node.name, source: node.path, use, noMap });
    }
    if (node.properties.has('iommu-addresses')) {
      notes.push(
        `${node.path} has iommu-addresses: the kernel keeps that range mapped one to one for its device (RMR-like)`,
      );
    }
  }
  return out;
}

/** Streams that firmware left running: users of a reserved region with `iommu-addresses`. */
function rmrDevices(root: DtNode): Set<string> {
  const byHandle = new Map<number, DtNode>();
  visit(root, (node) => {
    const handle = cells(node, 'phandle')[0] ?? cells(node, 'linux,phandle')[0];
    if (handle !== undefined) byHandle.set(handle, node);
  });
  const names = new Set<string>();
  const parent = root.children.find((c) => c.name === 'reserved-memory');
  for (const node of parent?.children ?? []) {
    const device = byHandle.get(cells(node, 'iommu-addresses')[0] ?? 0);
    if (device) names.add(device.name);
  }
  return names;
}

/** The smallest limit that any bus' `dma-ranges` sets, as bits (drivers/of/address.c:of_dma_get_max_cpu_address). */
function dmaLimitBits(root: DtNode, ramStart: number): number {
  let limit = MAX_ADDRESS;
  visit(root, (node) => {
    const list = cells(node, 'dma-ranges');
    const child = cellCount(node, '#address-cells', 2);
    const parent = cellCount(node.parent, '#address-cells', 2);
    const length = cellCount(node, '#size-cells', 1);
    let end = 0;
    for (let at = 0; at + child + parent + length <= list.length; at += child + parent + length) {
      end = Math.max(end, take(list, at + child, parent)! + take(list, at + child + parent, length)!);
    }
    if (end > 0) limit = Math.min(limit, end);
  });
  // Low RAM stays a DMA zone (arch/arm64/mm/init.c:zone_sizes_init).
  const bytes = ramStart < 2 ** 32 ? Math.min(limit, 2 ** 32) : limit;
  return Math.ceil(Math.log2(bytes));
}

/** Options of `boardFromDeviceTree`. */
export interface DeviceTreeOptions {
  readonly where?: string;
  readonly name?: string;
  /** Node name of the device in question: its SMMU is the board's (default: the SMMU with the most streams). */
  readonly device?: string;
  /** RAM in bytes for a tree whose memory node says 0 (patched by the boot loader). */
  readonly ramBytes?: number;
}

/** Everything that a device tree says of a machine. */
export interface TreeMachine {
  readonly board: Board;
  /** Streams of all SMMUs. */
  readonly streams: readonly TreeStream[];
  /** Node names whose stream must stay untranslated (`iommu-addresses`). */
  readonly rmr: ReadonlySet<string>;
}

/**
 * A machine from a parsed device tree.
 * @throws InputError: no memory, a `reg` that does not add up, overlapping RAM, a StreamID out of range.
 */
export function boardFromDeviceTree(tree: DeviceTree, options: DeviceTreeOptions = {}): TreeMachine {
  const { root } = tree;
  const where = options.where ?? 'device tree';
  const notes: string[] = [];
  const ram: Region[] = [];
  let unsized: DtNode | undefined;
  for (const node of root.children) {
    if (strings(node, 'device_type')[0] !== 'memory' || !isEnabled(node)) continue;
    for (const { start, size } of regOf(node, where)) {
      if (size > 0) ram.push({ start, end: start + size, name: node.name, source: node.path });
      else unsized ??= node;
    }
  }
  if (ram.length === 0 && unsized) {
    const start = regOf(unsized, where)[0]!.start;
    if (!options.ramBytes) {
      throw new InputError(
        `${unsized.path} says size 0: the boot loader fills it in`,
        where,
        'use the tree of the running machine (/sys/firmware/fdt), --iomem, or give the size of RAM',
      );
    }
    ram.push({
      start,
      end: start + options.ramBytes,
      name: unsized.name,
      source: `${unsized.path}, size given`,
    });
  }
  if (ram.length === 0)
    throw new InputError('no memory node', where, 'a node with device_type = "memory" is needed');

  const chosen = root.children.find((c) => c.name === 'chosen');
  if (chosen?.properties.has('linux,uefi-mmap-start')) {
    notes.push('booted by UEFI: Linux ignores the memory nodes and takes the EFI memory map (efi-init.c)');
  }
  if (chosen?.properties.has('linux,usable-memory-range')) {
    notes.push('the tree is that of a kdump kernel: it uses linux,usable-memory-range only');
  }

  const smmus = new Map<number, FoundSmmu>();
  const mmio: Region[] = [];
  visit(root, (node) => {
    const isMemory = strings(node, 'device_type')[0] === 'memory' || node.parent?.name === 'reserved-memory';
    if (node.parent && !isMemory && node.properties.has('reg') && isEnabled(node)) {
      for (const { start, size } of node.parent.properties.has('ranges') || node.parent === root
        ? regOf(node, where)
        : []) {
        const cpu = translate(node.parent, start);
        if (cpu === undefined || size === 0 || cpu + size > MAX_ADDRESS) continue;
        mmio.push({ start: cpu, end: cpu + size, name: node.name, source: node.path });
      }
    }
    const smmu = smmuOf(node);
    if (!smmu || !isEnabled(node)) return;
    const handle = cells(node, 'phandle')[0] ?? cells(node, 'linux,phandle')[0];
    if (handle !== undefined) smmus.set(handle, smmu);
    else smmus.set(-1 - smmus.size, smmu);
  });

  const streams = streamsOf(root, smmus, where);
  const count = (s: FoundSmmu) => streams.filter((x) => x.smmu === s.node.path).length;
  const ofDevice = streams.find(
    (s) => s.device === options.device || s.source.startsWith(`${options.device}:`),
  );
  if (options.device && !ofDevice) {
    notes.push(`no iommus property on ${options.device}: its transactions are taken to pass no SMMU`);
  }
  const chosenSmmu =
    [...smmus.values()].find((s) => s.node.path === ofDevice?.smmu) ??
    [...smmus.values()].sort((a, b) => count(b) - count(a))[0];
  if (smmus.size > 1 && chosenSmmu) {
    notes.push(`${smmus.size} SMMUs in the tree, ${chosenSmmu.node.path} is simulated`);
  }
  const smmu = options.device && !ofDevice ? null : (chosenSmmu?.facts ?? null);
  const memreserve: ReservedRegion[] = tree.memreserve
    .filter((r) => r.size > 0)
    .map((r) => ({
      start: r.start,
      end: r.start + r.size,
      name: '/memreserve/',
      source: 'reservation block',
      use: 'reserved',
      noMap: false,
    }));
  const board = checkBoard(
    {
      name: options.name ?? strings(root, 'compatible')[0] ?? 'device-tree',
      title:
        strings(root, 'model')[0] ?? strings(root, 'compatible')[0] ?? 'machine described by a device tree',
      ram,
      reserved: [...reservedOf(root, where, notes), ...memreserve],
      mmio: mmio.filter((m) => !ram.some((r) => m.start < r.end && r.start < m.end)),
      secure: [],
      smmu,
      streams: streams.filter((s) => s.smmu === chosenSmmu?.node.path),
      dmaLimitBits: dmaLimitBits(root, Math.min(...ram.map((r) => r.start))),
      fixed: [],
      assumptions: notes,
    },
    where,
  );
  return { board, streams, rmr: rmrDevices(root) };
}

/**
 * Reads `.dtb` bytes or `.dts` text.
 * @throws InputError as the two parsers do.
 */
export function parseDeviceTree(bytes: Uint8Array, where: string): DeviceTree {
  if (isDtb(bytes)) return parseDtb(bytes, where);
  const head = new TextDecoder().decode(bytes.subarray(0, 4096));
  if (/\/dts-v1\/|^\s*(\/\*|\/\/|#include|\/)/.test(head))
    return parseDts(new TextDecoder().decode(bytes), where);
  return parseDtb(bytes, where);
}

/** `0x80000000..0xffffffff (2 GiB)` for each range of RAM; for messages. */
export function describeRam(spans: readonly Span[]): string {
  return spans
    .map(
      (s) => `${hex(s.start)}..${hex(s.end - 1)} (${(alignDown(s.end - s.start, 1) / GIB).toFixed(2)} GiB)`,
    )
    .join(', ');
}

/** Name of an enabled node that a driver binds to by `compatible`; undefined where the tree has none. */
export function deviceNodeOf(root: DtNode, compatibles: readonly string[]): string | undefined {
  const wanted = new Set(compatibles);
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (isEnabled(node) && strings(node, 'compatible').some((c) => wanted.has(c))) return node.name;
    stack.push(...node.children);
  }
  return undefined;
}

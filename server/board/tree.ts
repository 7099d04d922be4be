/** A device tree's devices and SMMUs, as drivers/of/platform.c and drivers/iommu/of_iommu.c read them. */
import {
  boardFromDeviceTree,
  cells,
  isEnabled,
  smmuOf,
  strings,
} from '../../simulator/machine/devicetree.ts';
import type { DeviceTree, DtNode } from '../../simulator/machine/dtb.ts';
import { AMBA_PARTS } from '../kernel/amba-parts.ts';
import { PROBE_NEEDS } from '../kernel/probe-needs.ts';
import { domainOf } from './domain.ts';
import type { Device, KernelState, Machine, Smmu, Stream } from './model.ts';

const PARTS = new Map(AMBA_PARTS.map(({ compatible, id }) => [compatible, id]));

/** What a tree says of a machine. */
export interface TreePart
  extends Pick<Machine, 'title' | 'compatible' | 'memory' | 'smmus' | 'devices' | 'lacks'> {
  /** Why there is no memory map. */
  readonly memoryNotes: readonly string[];
  /** Entries of `iommu-map` of PCI host bridges. */
  readonly maps: readonly RequesterMap[];
}

/** Requester IDs from `from` on are StreamIDs from `base` on (drivers/of/base.c:of_map_id). */
export interface RequesterMap {
  /** Node of the host bridge. */
  readonly host: string;
  readonly smmu: string;
  readonly from: number;
  readonly base: number;
  readonly length: number;
  /** `iommu-map-mask`. */
  readonly mask: number;
}

/** A node that an `iommus` cell can name. */
interface Handle {
  readonly smmu: Smmu;
  readonly cells: number;
  readonly matchMask: number;
}

/** Reads a tree. Never throws: what does not add up is a note. */
export function readTree(tree: DeviceTree, kernel: KernelState, where: string): TreePart {
  const { root } = tree;
  const memoryNotes: string[] = [];
  const handles = new Map<number, Handle>();
  const smmus: Smmu[] = [];
  walk(root, true, (node, enabled) => {
    const found = smmuOf(node);
    if (!found) return;
    const { version, model, qcom } = found.facts;
    const address = Number.parseInt(/@([0-9a-f]+)$/.exec(node.name)?.[1] ?? '', 16);
    const smmu = {
      ...{ id: node.path, version, model, qcom, enabled },
      address: Number.isNaN(address) ? null : address,
    };
    smmus.push(smmu);
    const handle = cells(node, 'phandle')[0] ?? cells(node, 'linux,phandle')[0];
    if (handle === undefined) return;
    const matchMask = cells(node, 'stream-match-mask')[0] ?? 0;
    handles.set(handle, { smmu, cells: cells(node, '#iommu-cells')[0] ?? 1, matchMask });
  });
  const live = liveHandles(root);
  const lacks = new Set(PROBE_NEEDS.map(({ property }) => property));
  const maps: RequesterMap[] = [];
  const devices: Device[] = [];
  walk(root, true, (node, enabled) => {
    for (const property of node.properties.keys()) lacks.delete(property);
    const compatible = strings(node, 'compatible');
    if (!enabled || !node.parent || compatible.length === 0) return;
    if (strings(node, 'device_type')[0] === 'pci') maps.push(...mapsOf(node, handles));
    const streams = streamsOf(node, handles);
    const smmu = smmus.find(({ id }) => id === streams[0]?.smmu);
    devices.push({
      id: node.path,
      bus: compatible.includes('arm,primecell') ? 'amba' : 'of',
      sysfs: null,
      node: node.path,
      pci: null,
      compatible,
      modalias: null,
      peripheral: peripheralOf(node, compatible),
      parent: null,
      bound: undefined,
      maskBits: null,
      limitBits: limitOf(node),
      streams,
      ...domainOf(compatible, smmu, kernel),
      group: null,
      isLive: live.has(cells(node, 'phandle')[0] ?? -1),
    });
  });
  let memory: Machine['memory'] = null;
  try {
    memory = boardFromDeviceTree(tree, { where }).board;
  } catch (error) {
    memoryNotes.push(`no memory map: ${(error as Error).message}`);
  }
  const compatible = strings(root, 'compatible');
  const title = strings(root, 'model')[0] ?? compatible[0] ?? where;
  return { title, compatible, memory, smmus, devices, lacks: [...lacks], maps, memoryNotes };
}

/**
 * The AMBA peripheral id (without revision) that a node's device has, where the node tells it: by the property that
 * wins over its registers (drivers/of/platform.c:of_amba_device_create), or by what it is.
 */
function peripheralOf(node: DtNode, compatible: readonly string[]): number | null {
  if (!compatible.includes('arm,primecell')) return null;
  const stated = cells(node, 'arm,primecell-periphid')[0];
  if (stated) return stated;
  const known = compatible.map((name) => PARTS.get(name)).find((id) => id !== undefined);
  if (known !== undefined) return known;
  // Arm's PrimeCells: designer 0x41, the part number is the product's (pl330 is 0x41330).
  const part = compatible.map((name) => /^arm,(?:pl|sp)(\d{3})\b/.exec(name)?.[1]).find(Boolean);
  return part === undefined ? null : 0x41000 | Number.parseInt(part, 16);
}

/** Below a node that is not available nothing is made (drivers/of/platform.c:of_platform_bus_create). */
function walk(node: DtNode, above: boolean, each: (node: DtNode, enabled: boolean) => void): void {
  const enabled = above && isEnabled(node);
  each(node, enabled);
  for (const child of node.children) walk(child, enabled, each);
}

/** `iommus` (the ID, with two cells a mask), and the bases of `iommu-map` for the devices behind a bridge. */
function streamsOf(node: DtNode, handles: ReadonlyMap<number, Handle>): Stream[] {
  const streams: Stream[] = [];
  const list = cells(node, 'iommus');
  for (let at = 0; at < list.length; ) {
    const handle = handles.get(list[at]!);
    // An unknown provider's cells cannot be counted.
    if (!handle) break;
    const mask = handle.cells > 1 ? (list[at + 2] ?? 0) : handle.matchMask;
    const id = handle.cells > 0 ? (list[at + 1] ?? 0) : 0;
    streams.push({ smmu: handle.smmu.id, id, mask: handle.smmu.version === 3 ? 0 : mask });
    at += 1 + handle.cells;
  }
  const map = cells(node, 'iommu-map');
  for (let at = 0; at + 4 <= map.length; at += 4) {
    const handle = handles.get(map[at + 1]!);
    if (handle && map[at + 3]! > 0) streams.push({ smmu: handle.smmu.id, id: map[at + 2]!, mask: 0 });
  }
  return streams;
}

function mapsOf(node: DtNode, handles: ReadonlyMap<number, Handle>): RequesterMap[] {
  const map = cells(node, 'iommu-map');
  const mask = cells(node, 'iommu-map-mask')[0] ?? 0xffffffff;
  const maps: RequesterMap[] = [];
  for (let at = 0; at + 4 <= map.length; at += 4) {
    const smmu = handles.get(map[at + 1]!)?.smmu.id;
    const [from, base, length] = [map[at]!, map[at + 2]!, map[at + 3]!];
    if (smmu) maps.push({ host: node.path, smmu, from, base, length, mask });
  }
  return maps;
}

/** StreamIDs of a PCI device (`0000:01:02.3`) behind the only host bridge that has a map; none where there are several. */
export function pciStreams(address: string, maps: readonly RequesterMap[]): Stream[] {
  const [, bus, device, fn] = /:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(address) ?? [];
  if (bus === undefined || new Set(maps.map(({ host }) => host)).size !== 1) return [];
  const rid = (Number.parseInt(bus, 16) << 8) | (Number.parseInt(device!, 16) << 3) | Number(fn);
  return maps.flatMap(({ smmu, from, base, length, mask }) => {
    const offset = ((rid & mask) >>> 0) - from;
    return offset >= 0 && offset < length ? [{ smmu, id: base + offset, mask: 0 }] : [];
  });
}

/** Devices for which a reserved region keeps addresses mapped (`iommu-addresses`), by phandle. */
function liveHandles(root: DtNode): Set<number> {
  const reserved = root.children.find(({ name }) => name === 'reserved-memory')?.children ?? [];
  return new Set(reserved.flatMap((node) => cells(node, 'iommu-addresses').slice(0, 1)));
}

/** Bits of the highest bus address that the nearest `dma-ranges` above a node lets through. */
function limitOf(node: DtNode): number | null {
  for (let bus = node.parent; bus; bus = bus.parent) {
    const list = cells(bus, 'dma-ranges');
    if (list.length === 0) continue;
    const child = cells(bus, '#address-cells')[0] ?? 2;
    const parent = (bus.parent && cells(bus.parent, '#address-cells')[0]) ?? 2;
    const size = cells(bus, '#size-cells')[0] ?? 1;
    let end = 0;
    for (let at = 0; at + child + parent + size <= list.length; at += child + parent + size) {
      end = Math.max(end, number(list, at, child) + number(list, at + child + parent, size));
    }
    return end > 0 ? Math.ceil(Math.log2(end)) : null;
  }
  return null;
}

/** A number of `count` cells; PCI's first of three cells is no part of the address. */
function number(list: readonly number[], at: number, count: number): number {
  const from = count === 3 ? at + 1 : at;
  return list.slice(from, at + count).reduce((sum, cell) => sum * 2 ** 32 + cell, 0);
}

import type { Board } from '../../simulator/machine/board.ts';
import type { DeviceTree } from '../../simulator/machine/dtb.ts';
import { readAliases, readConfig, readLoaded, readModulePaths } from './kernel.ts';
import type { Device, IommuGroup, KernelState, Machine } from './model.ts';
import { pciStreams, readTree, type TreePart } from './tree.ts';

/** What is known of a machine, by kind; texts as read. */
export interface MachineInputs {
  /** Names of the files, for messages. */
  readonly sources: readonly string[];
  readonly tree?: DeviceTree;
  readonly config?: string;
  readonly builtin?: string;
  readonly order?: string;
  readonly aliases?: string;
  readonly lsmod?: string;
  readonly cmdline?: string;
  readonly release?: string;
  readonly arch?: string;
  /** Memory as the running kernel prints it; wins over the tree's. */
  readonly memory?: Board;
  /** What sysfs says of the devices. */
  readonly running?: Running;
  readonly notes?: readonly string[];
}

/** Devices and groups of a running machine. */
export interface Running {
  readonly devices: readonly Device[];
  readonly groups: readonly IommuGroup[];
}

const KEPT_WORDS = /^(?:iommu|arm-smmu|kexec|crashkernel|swiotlb|reset_devices)/;

/** Puts a machine together. Pure. */
export function readMachine(inputs: MachineInputs): Machine {
  const kernel: KernelState = {
    release: inputs.release ?? null,
    arch: inputs.arch ?? null,
    cmdline: inputs.cmdline?.split(/\s+/).filter((word) => KEPT_WORDS.test(word)) ?? null,
    config: inputs.config === undefined ? null : readConfig(inputs.config),
    builtin: inputs.builtin === undefined ? null : readModulePaths(inputs.builtin),
    available: inputs.order === undefined ? null : readModulePaths(inputs.order),
    loaded: inputs.lsmod === undefined ? null : readLoaded(inputs.lsmod),
    aliases: readAliases(inputs.aliases ?? ''),
  };
  const where = inputs.sources[0] ?? 'machine';
  const tree = inputs.tree && readTree(inputs.tree, kernel, where);
  return {
    title: tree?.title ?? where,
    compatible: tree?.compatible ?? [],
    sources: inputs.sources,
    kernel,
    memory: inputs.memory ?? tree?.memory ?? null,
    smmus: tree?.smmus ?? [],
    devices: together(tree, inputs.running?.devices ?? []),
    lacks: tree?.lacks ?? [],
    groups: inputs.running?.groups ?? [],
    notes: [...(inputs.memory ? [] : (tree?.memoryNotes ?? [])), ...(inputs.notes ?? [])],
  };
}

/** The tree's devices with what sysfs knows of each, then those that no node describes. */
function together(tree: TreePart | undefined, running: readonly Device[]): Device[] {
  const nodes = tree?.devices ?? [];
  const maps = tree?.maps ?? [];
  const byNode = new Map(running.filter(({ node }) => node !== null).map((one) => [one.node, one]));
  const described = new Set(nodes.map(({ node }) => node));
  const joined = nodes.map((device) => {
    const seen = byNode.get(device.node);
    if (!seen) return device;
    const { bus, sysfs, pci, modalias, bound, maskBits, group } = seen;
    const peripheral = seen.peripheral ?? device.peripheral;
    const domain = seen.domain === 'unknown' ? {} : { domain: seen.domain, domainBy: seen.domainBy };
    return { ...device, bus, sysfs, pci, modalias, bound, maskBits, group, peripheral, ...domain };
  });
  const enumerated = running
    .filter(({ node }) => node === null || !described.has(node))
    .map((device) => (device.pci ? { ...device, streams: pciStreams(device.pci, maps) } : device));
  return [...joined, ...enumerated];
}

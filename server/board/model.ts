/**
 * One machine, as far as its device tree, its kernel's configuration and lists, or a snapshot of it running tell: what
 * is joined with an inventory of drivers, and what advice, suspects and log decoding work on. Plain data.
 */
import type { Board } from '../../simulator/machine/board.ts';
import type { Driver } from '../audit/model.ts';

/** A machine. Lists are in the order of their source; `null` is "the inputs do not say". */
export interface Machine {
  /** `model` of the root node; else its first compatible, or the file's name. */
  readonly title: string;
  /** `compatible` of the root node; empty without a device tree. */
  readonly compatible: readonly string[];
  /** What was read, as named: `juno-r2.dtb`, `config-6.12`. */
  readonly sources: readonly string[];
  readonly kernel: KernelState;
  /** Memory map for the simulator; null where no input gives it (a compiled tree with a memory node of size 0). */
  readonly memory: Board | null;
  readonly smmus: readonly Smmu[];
  readonly devices: readonly Device[];
  /** Properties that some driver needs and that no node of its tree has; empty without a tree. */
  readonly lacks: readonly string[];
  readonly groups: readonly IommuGroup[];
  /** What could not be read or told, one sentence each: what root would have shown, what was left out. */
  readonly notes: readonly string[];
}

/** What the machine's kernel is, from its configuration, its command line and its lists of modules. */
export interface KernelState {
  /** `6.12.117+deb12-arm64`, null where unknown. */
  readonly release: string | null;
  /** `aarch64`, as `uname -m` says; null where unknown. */
  readonly arch: string | null;
  /** Words of `/proc/cmdline` that concern IOMMU, SMMU, kexec and crash kernel; null where unknown. */
  readonly cmdline: readonly string[] | null;
  /** Options that are set: `CONFIG_ARM_SMMU` to `y`, `m` or a value. null without a configuration. */
  readonly config: ReadonlyMap<string, string> | null;
  /** Module paths (`drivers/dma/pl330`) of `modules.builtin`; null where not given. */
  readonly builtin: ReadonlySet<string> | null;
  /** Module paths of `modules.order`; null where not given. */
  readonly available: ReadonlySet<string> | null;
  /** KBUILD_MODNAMEs of `/proc/modules`; null where not given. */
  readonly loaded: ReadonlySet<string> | null;
  /** Patterns of `modules.alias` and of `modules.builtin.modinfo`; empty where not given. */
  readonly aliases: readonly ModuleAlias[];
}

/** `alias pci:v00008086d0000100Esv*sd*bc*sc*i* e1000`. */
export interface ModuleAlias {
  readonly pattern: string;
  /** KBUILD_MODNAME. */
  readonly module: string;
}

/** One SMMU. */
export interface Smmu {
  /** Node path (`/iommu@9050000`), or the name of its device where there is no tree. */
  readonly id: string;
  readonly version: 1 | 2 | 3;
  /** First compatible. */
  readonly model: string;
  readonly qcom: boolean;
  /** False for a node that is not `okay`: nothing is translated (of_iommu.c:of_iommu_xlate). */
  readonly enabled: boolean;
  /** Start of its registers, null where unknown. */
  readonly address: number | null;
}

/** One StreamID at an SMMU; v2: bits of `mask` are ignored. */
export interface Stream {
  /** `Smmu.id`. */
  readonly smmu: string;
  readonly id: number;
  readonly mask: number;
}

/**
 * Under which IOMMU domain a device's DMA runs. `none`: no IOMMU in its path. `unknown`: it has StreamIDs, but what
 * decides (configuration, command line, the group's type) is not among the inputs.
 */
export type DomainType = 'none' | 'identity' | 'translated' | 'blocked' | 'unknown';

/** One device: an enabled node of the tree, a device on an enumerated bus, or a child that a driver makes in code. */
export interface Device {
  /** Unique: `/soc/usb@a600000`, `0000:00:01.0`, `/soc/usb@a600000/xhci-hcd` for a child made in code. */
  readonly id: string;
  /** Bus as in `Driver.bus`: platform, amba, pci, …; `of` for a node whose bus its driver tells. */
  readonly bus: string;
  /** Name in sysfs (`9050000.smmuv3`); null without a snapshot. */
  readonly sysfs: string | null;
  /** Node path; null for a device that no node describes. */
  readonly node: string | null;
  /** `0000:00:01.0`; null for anything but PCI. */
  readonly pci: string | null;
  readonly compatible: readonly string[];
  readonly modalias: string | null;
  /** AMBA peripheral id, as the device's registers or its node give it; null where unknown, and for other buses. */
  readonly peripheral: number | null;
  /** `Device.id` of the device whose driver made it (dwc3 for xhci-hcd); null otherwise. */
  readonly parent: string | null;
  /** Driver that is bound, as sysfs says; null: none is; undefined: not known (no snapshot). */
  readonly bound: BoundDriver | null | undefined;
  /** Bits of the DMA mask that the kernel has set; null where unknown. */
  readonly maskBits: number | null;
  /** Bits of the widest bus address that `dma-ranges` lets through; null: no limit is stated. */
  readonly limitBits: number | null;
  readonly streams: readonly Stream[];
  readonly domain: DomainType;
  /** Why `domain` is what it is: `no iommus property`, `iommu.passthrough=1`, `group 3 is of type identity`. */
  readonly domainBy: string;
  /** `IommuGroup.id`. */
  readonly group: string | null;
  /** Firmware left it running: a reserved region with `iommu-addresses`, or `direct` reserved regions of its group. */
  readonly isLive: boolean;
}

/** A bound driver in sysfs. */
export interface BoundDriver {
  /** Name of the link's target: `arm-smmu-v3`. */
  readonly name: string;
  /** KBUILD_MODNAME; null for a built-in driver that sysfs gives no module for. */
  readonly module: string | null;
}

/** `/sys/kernel/iommu_groups/N`. */
export interface IommuGroup {
  readonly id: string;
  /** `DMA`, `DMA-FQ`, `identity`, `blocked`, …; null where it could not be read. */
  readonly type: string | null;
  /** Ranges of `reserved_regions`; end exclusive. */
  readonly reserved: readonly { readonly start: number; readonly end: number; readonly type: string }[];
}

/** Whether a driver is in the machine's kernel. `unknown`: no input says so, it is taken to be there. */
export type Built = 'loaded' | 'builtin' | 'module' | 'off' | 'unknown';

/** How a driver was found for a device. */
export type MatchedBy =
  | 'bound'
  | 'of'
  | 'amba'
  | 'acpi'
  | 'pci'
  | 'virtio'
  | 'platform'
  | 'alias'
  | 'default'
  | 'created';

/** A driver that binds a device. */
export interface Candidate {
  readonly driver: Driver;
  readonly by: MatchedBy;
  /** The id that matched: compatible, peripheral id, alias, name. */
  readonly id: string;
  readonly built: Built;
}

/** A device and who drives it: the first candidate does, the others could. */
export interface Row {
  readonly device: Device;
  readonly driver: Driver;
  readonly by: MatchedBy;
  readonly id: string;
  readonly built: Built;
  readonly others: readonly Candidate[];
}

/** A machine joined with an inventory. */
export interface JoinedMachine {
  readonly machine: Machine;
  /** One for each device that some driver of its kernel binds. */
  readonly rows: readonly Row[];
  /** Devices that drivers of the inventory match, none of which is in the kernel. */
  readonly disabled: readonly Row[];
  /** Devices with ids for which the inventory has no driver. */
  readonly unmatched: readonly Device[];
}

/**
 * The shapes of `server/kernel/`: what Linux is, as data. Every row names its source (`file:function` or
 * `file:struct`, in the kernel tree) and the versions it holds for, so that `quiesce doctor` can read it again.
 */

/** Half-open range of kernel versions as `major.minor`; a missing end is open. `{ from: '6.10' }` holds from 6.10 on. */
export interface VersionRange {
  readonly from?: string;
  readonly before?: string;
}

/** What every row carries: where the fact was read, and for which kernels it holds (absent: all that we know). */
export interface Sourced {
  /** `drivers/base/platform.c:platform_shutdown`: the place to read the fact again. */
  readonly source: string;
  readonly holds?: VersionRange;
}

/** What becomes of the `.shutdown` of the `struct device_driver` embedded in a driver struct. */
export type EmbeddedFate =
  /** The bus_type has a `.shutdown` of its own; the embedded one is never called. */
  | 'ignored'
  /** The register function always assigns the embedded member. */
  | 'overwritten'
  /** The register function assigns it only when the outer member is set. */
  | 'overwritten-if-own'
  /** Nobody touches it, `device_shutdown` calls it. */
  | 'honoured';

/** What the core does at kexec for a bound device whose driver gives no hook. */
export type CoreAction =
  | 'nothing'
  /** PCI: clears Bus Master on an ordinary kexec. */
  | 'clears-bus-master'
  /** virtio: breaks the queues and resets the device. */
  | 'resets-device'
  /** powerpc vio, ps3: calls the driver's remove. */
  | 'removes-device'
  /** fsl-mc: the parent's hook removes all children. */
  | 'parent-removes'
  /** mmc cards: the core suspends the card. */
  | 'suspends-device'
  /** i2c: disables the interrupt only. */
  | 'disables-irq'
  /** The hypervisor or the transport tears the channel down. */
  | 'closes-channel';

/** Who does the DMA for devices on this bus. */
export type BusDma =
  /** The devices are bus masters themselves. */
  | 'master'
  /** A controller does it for them, which has a driver of its own. */
  | 'client'
  /** The ISA DMA controller does it for them: `kernel/dma.c` hands out its channels, and no driver stops them. */
  | 'isa'
  /** Only through the parent's device. */
  | 'via-parent'
  | 'none';

/** One struct that embeds a `struct device_driver` (directly or through another bus's driver struct). */
export interface BusRow extends Sourced {
  /** The struct's tag: `platform_driver`. */
  readonly struct: string;
  /** The struct's name less `_driver`: `platform`. */
  readonly bus: string;
  /** The struct's own `.shutdown` member: called by the core, declared but never called, or absent. */
  readonly own: 'called' | 'never-called' | 'none';
  /** Path of the embedded `struct device_driver` inside the struct: `['driver']`, `['drv']`, `['gendrv']`, `['spidrv', 'driver']`. */
  readonly embedded: readonly string[];
  readonly fate: EmbeddedFate;
  /** Function in the bus_type's `.shutdown`, null where the bus has none. */
  readonly busShutdown: string | null;
  readonly core: CoreAction;
  readonly dma: BusDma;
  /** Members that point to id tables, with the kind of id. */
  readonly ids: readonly { readonly member: string; readonly kind: IdKind }[];
  /** One sentence for a message, when the core does something worth saying. */
  readonly note?: string;
  /** `file:variable` of the bus_type whose `.shutdown` member (or lack of one) decided the row. */
  readonly busType?: string;
  /** `file:function` that assigns the embedded hook, where `fate` is one of the overwriting kinds. */
  readonly register?: string;
  /** The struct embeds another bus's driver struct: which, under which member, and who wins its `.shutdown`. */
  readonly wraps?: {
    readonly struct: string;
    readonly member: string;
    /** `called`: a hook set in the inner struct counts; `overwritten`: the register function replaces it. */
    readonly shutdown: 'called' | 'overwritten' | 'never-called';
  };
  /** Only structs declared under `arch/<arch>`: two architectures may use one tag (`vio_driver`). */
  readonly arch?: string;
  /** Tag of the struct that the bus's probe is handed, of a bus that a project adds: `acme_device`. */
  readonly device?: string;
}

/**
 * A struct that is no driver struct by its name but holds one: its variables are named `X.member`, and the bus is
 * that of the inner struct (`irdma_auxiliary_drv.adrv` is an `auxiliary_driver`).
 */
export interface WrapperRow extends Sourced {
  readonly struct: string;
  /** Path of the inner driver struct: `['adrv']`. */
  readonly member: readonly string[];
  /** Tag of the inner struct: `auxiliary_driver`. */
  readonly wraps: string;
}

/** Kinds of match tables. Other kinds than the five named in the inventory are kept under `other`. */
export type IdKind = 'of' | 'pci' | 'amba' | 'acpi' | 'platform' | 'other';

/** What a DMA API function tells about its caller. The classes are those of `docs/accuracy.md`. */
export type DmaRole =
  /** Registers a DMA engine: the device masters on behalf of others. */
  | 'provider'
  /** Allocates memory that the device may touch until told to stop. */
  | 'alloc'
  /** Maps memory for one transfer (or for as long as a ring holds it). */
  | 'map'
  /** A framework entry point that does DMA on the device handed to it. */
  | 'library'
  /** Asks a DMA engine for a channel or a transfer: the provider is the master. */
  | 'client'
  /** Declares an intent (mask, bus mastering), no DMA by itself. */
  | 'mask';

/** One function or macro of the DMA API, or a framework's entry point that does DMA on its caller's device. */
export interface DmaRow extends Sourced {
  readonly name: string;
  readonly role: DmaRole;
  /** Zero-based index of the argument that is, or leads to, the device; null where it isn't among the arguments. */
  readonly device: number | null;
  /** Zero-based indices, where the function has such an argument. */
  readonly size?: number;
  readonly direction?: number;
  readonly mask?: number;
  /** Only evidence when this argument matches: `snd_pcm_set_managed_buffer_all` with `SNDRV_DMA_TYPE_DEV…`. */
  readonly when?: { readonly arg: number; readonly matches: string };
  /** The device is not among the arguments but stored in a member of this name nearby: `queue->dev = …`. */
  readonly storedIn?: string;
  /** Only evidence when an initialiser of this struct in the module has this in this member: HCDs with `HCD_DMA`. */
  readonly needs?: { readonly struct: string; readonly member: string; readonly matches: string };
  /** Whether the device goes on by itself or only works on request (domain: autonomous NIC rings vs. MMC requests). */
  readonly kind?: 'autonomous' | 'request';
  /** Who else stops it at kexec, where the framework's own core does (`mmc core`, `ufshcd_wl_shutdown`). */
  readonly quiescedBy?: { readonly kind: 'core' | 'class-hook' | 'notifier' | 'bus'; readonly by: string };
  readonly note?: string;
}

/** How strongly a call stops a device's DMA. 4: resets and blocks new work … 0: nothing of the sort. */
export type QuiesceLevel = 0 | 1 | 2 | 3 | 4;

/** A call that, reached from a hook, stops (or does not stop) the device. */
export interface QuiesceRow extends Sourced {
  /** Exact function name, or a pattern when `pattern` is set. */
  readonly name: string;
  readonly pattern?: boolean;
  readonly level: QuiesceLevel;
  /** What the call does, in a few words: `halts the host controller`. */
  readonly does: string;
}

/** A macro or function that registers driver structs. */
export interface RegistrationRow extends Sourced {
  readonly name: string;
  /** Bus of the structs registered; null for generic ones (`module_driver`). */
  readonly bus: string | null;
  /** Zero-based index of the argument that names the struct (or the array of pointers to structs). */
  readonly driver: number;
  readonly array?: boolean;
  /** The macro generates the struct itself under this name; `$1` stands for its first argument, `$2` for the second. */
  readonly generates?: { readonly struct: string; readonly instance: string };
  /** A second struct that the same macro makes. */
  readonly generatesAlso?: { readonly struct: string; readonly instance: string };
  /** A second driver struct registered by the same call. */
  readonly also?: { readonly bus: string; readonly driver: number };
}

/** What the audit says: drivers and findings. The shape of one line of `quiesce inventory --format jsonl`. */

/** What became of a driver's `.shutdown`; the first that holds. */
export type HookState = 'missing' | 'ignored' | 'empty' | 'ineffective' | 'conditional' | 'present';

/** How the hook got there. */
export type HookVia = 'member' | 'driver-member' | 'run-time' | 'macro' | 'template';

export interface Hook {
  readonly state: HookState;
  /** Name of the hook's function, null where there is none. */
  readonly function: string | null;
  readonly via: HookVia | null;
  /** Line of the assignment or designator in the instance's file (or of the assignment at run time). */
  readonly line: number | null;
}

/** Class of a driver's DMA; the first that holds. */
export type DmaClass = 'provider' | 'direct' | 'library' | 'client' | 'mask-only' | 'none';

/** One proof of DMA: a call, and how the driver gets there. */
export interface Evidence {
  readonly file: string;
  readonly line: number;
  /** The DMA API function or library entry point called or mentioned there. */
  readonly api: string;
  /** Functions (and ops tables that register them) from the driver's entry to the one that holds the call. */
  readonly path: readonly string[];
  /** Where each of them is defined. */
  readonly steps: readonly SourcePlace[];
}

/** A line of a file, named as the driver's is. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** A buffer whose size the source gives. */
export interface Buffer {
  /** Bytes, null where the source does not say. */
  readonly size: number | null;
  readonly direction: Direction | null;
  readonly api: string;
}

export type Direction = 'to-device' | 'from-device' | 'bidirectional';

export interface Dma {
  readonly class: DmaClass;
  readonly kind: 'autonomous' | 'request' | 'unknown';
  /** Width of the DMA mask in bits, null where the driver sets none. */
  readonly mask: number | null;
  readonly directions: readonly Direction[];
  readonly buffers: readonly Buffer[];
  readonly evidence: readonly Evidence[];
}

/** What else stops the device at kexec. */
export interface Quiescer {
  readonly kind: 'bus' | 'parent' | 'aggregate' | 'core' | 'notifier' | 'class-hook' | 'preserved';
  readonly by: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** How the DMA is known. */
export type Confidence = 'direct' | 'library' | 'weak' | 'not-judged';

export type Severity = 'warning' | 'note';

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  /** Three parts: what, why, what to do; paragraphs parted by newlines. */
  readonly message: string;
}

/** A finding that a comment in the source hides. */
export interface Suppressed {
  readonly finding: Finding;
  /** What the comment gives as its reason. */
  readonly reason: string;
  /** Line of the comment, in the driver's file. */
  readonly line: number;
}

/** Ids that bind a driver to devices. */
export interface Match {
  readonly of: readonly string[];
  readonly pci: readonly string[];
  readonly amba: readonly string[];
  readonly acpi: readonly string[];
  readonly platform: readonly string[];
  /** Device ids of virtio drivers: `VIRTIO_ID_NET`. Absent where there are none. */
  readonly virtio?: readonly string[];
  /** Ids of USB drivers, macros as written. Absent where there are none. */
  readonly usb?: readonly string[];
}

/** One driver struct, judged. */
export interface Driver {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly bus: string;
  readonly struct: string;
  readonly instance: string;
  readonly modules: readonly string[];
  readonly match: Match;
  /** Name under which it registers on its bus (`/sys/bus/BUS/drivers/NAME`), null where the source does not say. */
  readonly name: string | null;
  /** What must be set for it to be built, as the Makefiles say: each entry holds (`CONFIG_A`, `CONFIG_A || CONFIG_B`). */
  readonly configs: readonly string[];
  /** Names of the platform devices that its code makes: what else binds once it has probed. */
  readonly creates: readonly string[];
  /** Device tree properties without which its probe declines. Absent where none is known. */
  readonly needs?: readonly string[];
  readonly hook: Hook;
  readonly dma: Dma;
  readonly quiescedBy: readonly Quiescer[];
  readonly confidence: Confidence;
  readonly findings: readonly Finding[];
  /** Findings that comments in the source hide. */
  readonly suppressed: readonly Suppressed[];
}

/** A driver that the rules have not seen yet. */
export type JudgedDriver = Omit<Driver, 'findings' | 'suppressed'>;

/** What a device of a scenario is, what it needs mapped, and how it talks to its bus. */
import type { Direction, Response } from '../smmu/types.ts';

/**
 * `ring-receiver`: a NIC's receive ring, fills buffers that it knows already. `scanout`: reads a frame buffer again and
 * again. `cyclic-audio`: one small buffer round and round. `usb-schedule`: an EHCI periodic schedule, read from memory
 * each frame. `descriptor-engine`: fetches descriptors and obeys them. `one-shot`: requests in flight, then silence.
 */
export type DeviceKind =
  | 'ring-receiver'
  | 'scanout'
  | 'cyclic-audio'
  | 'usb-schedule'
  | 'descriptor-engine'
  | 'one-shot';

export const DEVICE_KINDS: readonly DeviceKind[] = [
  'ring-receiver',
  'scanout',
  'cyclic-audio',
  'usb-schedule',
  'descriptor-engine',
  'one-shot',
];

/** What a master does when its access is answered with an error. `serror`: the error reaches a CPU as SError. */
export type AbortReaction = 'stop' | 'retry' | 'hang' | 'serror';

/** A device of a scenario, complete. */
export interface DeviceSpec {
  readonly name: string;
  readonly kind: DeviceKind;
  /** Bus as the audit names it: `platform`, `pci`, `amba`, `usb`, `virtio`, … */
  readonly bus: string;
  /** Streaming DMA mask in bits. */
  readonly maskBits: number;
  /** What it does to its buffers. */
  readonly direction: Direction;
  readonly buffers: number;
  /** Bytes of each buffer as mapped. */
  readonly bufferBytes: number;
  /** Bytes that it moves per period. */
  readonly burstBytes: number;
  /** Microseconds between two pieces of work. */
  readonly periodUs: number;
  /** Starts over after the last buffer; false: out of descriptors, it falls silent. */
  readonly wraps: boolean;
  readonly onAbort: AbortReaction;
  readonly streamId: number;
  /** Where the old kernel's buffers lie: bytes that its allocator had given out when the driver came up. */
  readonly buffersAt: number;
  /** The device passes the board's SMMU. */
  readonly behindSmmu: boolean;
  /** Who stops it at an ordinary kexec although it has no hook (`PCI core clears Bus Master`); empty: nobody. */
  readonly quiescedBy: string;
}

export type BufferPurpose = 'ring' | 'buffer' | 'frame-buffer' | 'frame-list' | 'schedule';

/** Something that the driver maps when it starts the device. */
export interface BufferPlan {
  readonly purpose: BufferPurpose;
  readonly bytes: number;
  readonly access: 'read' | 'write' | 'both';
}

/** A plan with its addresses. */
export interface MappedBuffer extends BufferPlan {
  readonly iova: number;
  /** Physical pages of 4 KiB, in IOVA order. */
  readonly pages: readonly number[];
}

/** One access of a device. */
export interface Access {
  readonly iova: number;
  readonly len: number;
  readonly dir: Direction;
  /** `payload`, `descriptor`, `write-back`, `frame list`, … */
  readonly purpose: string;
  /** The address came out of memory and is none that the driver ever put there. */
  readonly secondOrder: boolean;
  /** What is written, for accesses whose value something may read later. */
  readonly data?: Uint8Array;
  /** The device looks at what it read. */
  readonly wantsData?: boolean;
}

/** The answer. `data` only where asked for; bytes that did not arrive read as zero. */
export interface AccessResult {
  readonly response: Response;
  readonly data?: Uint8Array;
}

export type Bus = (access: Access) => AccessResult;

/** `idle`: nothing left to do by itself. `stalled`: the SMMU keeps its transaction waiting. */
export type DeviceState = 'running' | 'idle' | 'stopped' | 'hung' | 'stalled' | 'quiesced';

/** A device at work. */
export interface DeviceModel {
  readonly state: DeviceState;
  /** Accesses answered with an error. */
  readonly errors: number;
  /** An error reached the CPU as SError. */
  readonly serror: boolean;
  /** One period of work. Does nothing unless `state` is `running`. */
  step(bus: Bus): void;
  /** Its driver, a bus or the new kernel's driver stops it. */
  quiesce(): void;
}

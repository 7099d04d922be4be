/**
 * What the simulated SMMU looks like from outside: the memory it walks, the transaction it is given, the
 * decision it takes, its registers, and the sequences of writes that drivers make to it.
 *
 * Addresses. A physical address is a `number` (an SMMU's output address has at most 52 bits, so it is exact).
 * An IOVA has 64 bits: its low 52 bits are `iova` (a `number`), its bits 63:52 are `iovaTop` (absent means 0).
 * Descriptors and registers are 64 bit words: `bigint` in registers, two 32 bit halves in memory.
 */

// ---------------------------------------------------------------------------------------------------- memory

/** A run of bytes of physical memory that answers. */
export interface RamRange {
  readonly base: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Physical memory as a bus master (the SMMU's walker, a device, a CPU) sees it: sparse, byte-addressed,
 * little-endian. An access outside RAM gets no answer (a bus error): the reading functions say so, they do not throw.
 * `SparseMemory` in `memory.ts` is the implementation.
 */
export interface PhysicalMemory {
  readonly ram: readonly RamRange[];
  /** True when the byte at `pa` is RAM. */
  isRam(pa: number): boolean;
  /** How many of the `len` bytes from `pa` on answer before the first that does not (0 when `pa` is not RAM). */
  ramLength(pa: number, len: number): number;
  /** Loads the 8-byte aligned word at `pa` into `lo` and `hi` (unsigned 32 bit). False: not RAM. */
  load64(pa: number): boolean;
  /** Halves of the last word that `load64` loaded. */
  readonly lo: number;
  readonly hi: number;
  /** The 8-byte aligned word at `pa`; `undefined`: not RAM. */
  read64(pa: number): bigint | undefined;
  /** Stores a word; false: not RAM, nothing stored. */
  write64(pa: number, value: bigint): boolean;
  store64(pa: number, lo: number, hi: number): boolean;
  /** Reads one byte, -1 outside RAM. */
  read8(pa: number): number;
  /** Copies `len` bytes out; bytes outside RAM read as 0. */
  readBytes(pa: number, len: number): Uint8Array;
  /** Stores the bytes that fall into RAM, returns how many did. */
  writeBytes(pa: number, bytes: Uint8Array): number;
  /** Sets `len` bytes to `value` (0..255); pages that become equal to the background cost no memory. */
  fill(pa: number, len: number, value: number): void;
  /** An independent memory with the same contents; pages are shared until one side writes. */
  clone(): PhysicalMemory;
}

// ----------------------------------------------------------------------------------------------- transaction

export type Direction = 'read' | 'write';

/** One DMA of a device. `read`: the device reads memory. */
export interface Transaction {
  /** Bits 51:0 of the input address. */
  readonly iova: number;
  /** Bits 63:52 of the input address (0..0xfff), absent = 0. Upper (TTBR1) ranges have 0xfff here. */
  readonly iovaTop?: number;
  /** Bytes, at least 1. */
  readonly len: number;
  readonly dir: Direction;
  readonly streamId: number;
  /** PASID / SubstreamID; absent: the transaction carries none. */
  readonly substreamId?: number;
  /** The master drives a privileged access; absent = unprivileged data, as nearly every device does. */
  readonly privileged?: boolean;
  /** An instruction fetch (matters to XN only); absent = data. */
  readonly instruction?: boolean;
}

/** Bytes that went to `pa`. Neighbours in both address spaces are joined, so a segment can cross pages. */
export interface Segment {
  readonly iova: number;
  readonly iovaTop?: number;
  readonly pa: number;
  readonly len: number;
}

/**
 * What the device hears. `raz-wi`: the access was dropped but the device is told nothing (reads give zero).
 * `bus-error`: the SMMU passed an address where nothing answers. `stall`: the SMMU keeps the transaction waiting.
 */
export type Response = 'ok' | 'abort' | 'raz-wi' | 'bus-error' | 'stall';

/** SMMUv1/v2: a fault written into sGFSR/sGFAR/sGFSYNR. */
export interface GlobalFault {
  readonly kind: 'global';
  /** Field of sGFSR: ICF 0x1, USF 0x2, SMCF 0x4, UCBF 0x8, UCIF 0x10, CAF 0x20, EF 0x40, PF 0x80. */
  readonly name: 'ICF' | 'USF' | 'SMCF' | 'UCBF' | 'UCIF' | 'CAF' | 'EF' | 'PF' | 'UUT';
  readonly iova: number;
  readonly iovaTop: number;
  readonly streamId: number;
  /** sGFSR held a fault already: only MULTI (bit 31) was set. */
  readonly multi: boolean;
}

/** SMMUv1/v2: a fault of a context bank. */
export interface ContextFault {
  readonly kind: 'context';
  readonly bank: number;
  /** Field of FSR: TF 0x2, AFF 0x4, PF 0x8, EF 0x10. */
  readonly name: 'TF' | 'AFF' | 'PF' | 'EF' | 'ASF' | 'UUT';
  /** Level of the walk that faulted (-1 when there was no walk). */
  readonly level: number;
  readonly iova: number;
  readonly iovaTop: number;
  readonly stage: 1 | 2;
  /** False: the bank already held a fault and HUPCF=0, so the access was only terminated. */
  readonly recorded: boolean;
  readonly multi: boolean;
}

export type EventName =
  | 'F_UUT'
  | 'C_BAD_STREAMID'
  | 'F_STE_FETCH'
  | 'C_BAD_STE'
  | 'F_BAD_ATS_TREQ'
  | 'F_STREAM_DISABLED'
  | 'F_TRANSL_FORBIDDEN'
  | 'C_BAD_SUBSTREAMID'
  | 'F_CD_FETCH'
  | 'C_BAD_CD'
  | 'F_WALK_EABT'
  | 'F_TRANSLATION'
  | 'F_ADDR_SIZE'
  | 'F_ACCESS'
  | 'F_PERMISSION'
  | 'F_TLB_CONFLICT'
  | 'F_CFG_CONFLICT';

/** SMMUv3: one event. */
export interface EventFault {
  readonly kind: 'event';
  readonly name: EventName;
  /** Bits 7:0 of the record. */
  readonly code: number;
  readonly streamId: number;
  readonly iova: number;
  readonly iovaTop: number;
  /** Written to the queue. False: the queue is off or full, CD.R=0 or CR2.RECINVSID=0. */
  readonly recorded: boolean;
  /** Why not recorded, or where it was written. */
  readonly note: string;
}

export type Fault = GlobalFault | ContextFault | EventFault;

/** The SMMU's answer to one transaction. */
export interface Decision {
  /** The bytes that reached RAM, sorted by iova, neighbours joined. */
  readonly segments: readonly Segment[];
  /** Bytes that the SMMU let through to addresses where no RAM answers (MMIO, or nothing at all). */
  readonly undecoded: readonly Segment[];
  /** Some byte did not reach RAM. */
  readonly aborted: boolean;
  readonly response: Response;
  /** What went wrong, recorded or not, in order. */
  readonly faults: readonly Fault[];
  /** How the decision came about; only when asked for. */
  readonly explain?: readonly ExplainStep[];
}

/** One thing that the SMMU looked at on its way to the decision. Words are lower-case hex with 0x. */
export type ExplainStep =
  /** A register decided before any stream was looked at: CLIENTPD, SMMUEN/GBPA, gated clocks. */
  | { readonly kind: 'gate'; readonly register: string; readonly value: string; readonly text: string }
  /** v2: a stream mapping group that matched (or the index, where there are no SMRs). */
  | { readonly kind: 'smr'; readonly index: number; readonly value: string; readonly text: string }
  | { readonly kind: 's2cr'; readonly index: number; readonly value: string; readonly text: string }
  | {
      readonly kind: 'bank';
      readonly index: number;
      readonly cbar: string;
      readonly sctlr: string;
      readonly text: string;
    }
  /** v3: first-level stream table descriptor, stream table entry, context descriptor. */
  | { readonly kind: 'l1std'; readonly pa: number; readonly value: string; readonly text: string }
  | {
      readonly kind: 'ste' | 'cd';
      readonly pa: number;
      readonly words: readonly string[];
      /** Came from the configuration cache, memory was not read. */
      readonly cached: boolean;
      readonly text: string;
    }
  | { readonly kind: 'tlb'; readonly stage: 1 | 2 | 3; readonly page: string; readonly text: string }
  /** One descriptor of a walk. `pa` is where it was read, after stage 2 where that applies. */
  | {
      readonly kind: 'walk';
      readonly stage: 1 | 2;
      readonly level: number;
      readonly pa: number;
      readonly value: string;
      readonly descriptor: 'table' | 'block' | 'page' | 'invalid' | 'unreadable';
    }
  | { readonly kind: 'fault'; readonly name: string; readonly text: string }
  | {
      readonly kind: 'land';
      readonly iova: string;
      readonly pa: number;
      readonly len: number;
      /** False: nothing answers at `pa`. */
      readonly ram: boolean;
    };

// ------------------------------------------------------------------------------------------------------ SMMU

/** An interrupt output. */
export interface InterruptLine {
  /** v2: `global`, `context`; v3: `evtq`, `gerror`, `cmdq-sync`. */
  readonly line: 'global' | 'context' | 'evtq' | 'gerror' | 'cmdq-sync';
  /** Context bank; -1 where it does not apply. */
  readonly bank: number;
  /** There is something to report (a fault register or queue is not empty). */
  readonly pending: boolean;
  /** The SMMU may signal it (GFIE, GCFGFIE, SCTLR.CFIE, IRQ_CTRL). */
  readonly enabled: boolean;
  /** Level-triggered lines stay asserted while `pending && enabled`; v3's are edges or MSIs (see `raised`). */
  readonly level: boolean;
  /** How often the line has gone up since reset. */
  readonly raised: number;
}

/** A write that the SMMU itself made to memory: an event record, an MSI, a CMD_SYNC completion. */
export interface OwnWrite {
  readonly what: 'event' | 'msi' | 'sync' | 'hardware-update';
  readonly pa: number;
  readonly len: number;
  /** False: no RAM there. */
  readonly landed: boolean;
}

/**
 * What a gated SMMU does to its clients' transactions; it depends on the SoC (domain reference 7.2). `pass`: they go
 * through untranslated, `block`: they wait for ever, `error`: they are aborted.
 */
export type ClocksOffEffect = 'pass' | 'block' | 'error';

/**
 * A simulated SMMU. All its state is in registers, in the memory it was given, and in its caches (TLB, v3's
 * configuration cache). Register names are the architecture's without the `SMMU_` prefix, with the index in
 * the name: `sCR0`, `SMR3`, `S2CR3`, `CBAR1`, `CBA2R1`, `CB1_SCTLR`; `CR0`, `GBPA`, `STRTAB_BASE`.
 */
export interface Smmu {
  readonly version: 1 | 2 | 3;
  readonly memory: PhysicalMemory;
  /** False: clocks are gated; `clocksOff` says what transactions do then, register accesses are lost. */
  powered: boolean;
  readonly clocksOff: ClocksOffEffect;
  /**
   * Writes a register by name, with its side effects (write-1-to-clear, TLB invalidation, queue consumption,
   * acknowledge registers). Throws RangeError for a name that this version does not have.
   */
  write(register: string, value: number | bigint): void;
  /** Reads a register by name. Throws RangeError for an unknown name. */
  read(register: string): bigint;
  /** The name of the register at a byte offset from the SMMU's base, `undefined` where there is none (RES0). */
  registerAt(offset: number): string | undefined;
  /** Access by offset; `size` in bytes. Unknown offsets are RAZ/WI. */
  writeAt(offset: number, value: number | bigint, size: 4 | 8): void;
  readAt(offset: number, size: 4 | 8): bigint;
  /** Takes one transaction through the SMMU: records faults, fills caches. Does not move data. */
  translate(transaction: Transaction): Decision;
  /** The same with `explain` filled in. */
  explain(transaction: Transaction): Decision;
  interrupts(): InterruptLine[];
  /** Takes the list of the SMMU's own writes since the last call. */
  takeOwnWrites(): OwnWrite[];
  /** What the caches hold. */
  cached(): { readonly tlb: number; readonly config: number };
  /** An independent SMMU in the same state (registers and caches) on `memory`. */
  clone(memory: PhysicalMemory): Smmu;
}

/** Implementation choices that the architecture leaves open. All have defaults (see `create.ts`). */
export interface SmmuOptions {
  readonly version: 1 | 2 | 3;
  readonly clocksOff?: ClocksOffEffect;
  /** v1/v2: number of stream mapping groups (default 128) and of context banks (default 128). */
  readonly streamMappingGroups?: number;
  readonly contextBanks?: number;
  /** v1/v2: false = no SMRs, StreamID n selects S2CRn (stream indexing, IDR0.SMS=0). Default true. */
  readonly streamMatching?: boolean;
  /** Output address bits (IAS/OAS): v2 default 48, v3 default 44. */
  readonly outputBits?: 32 | 36 | 40 | 42 | 44 | 48 | 52;
  /** v3: StreamID bits, default 16. */
  readonly streamIdBits?: number;
  /** v3: SubstreamID (PASID) bits, default 0 = none. */
  readonly substreamIdBits?: number;
  /** v3 IDR0.STALL_MODEL: 0 stalls and terminates, 1 never stalls, 2 always stalls. Default 0. */
  readonly stallModel?: 0 | 1 | 2;
  /** v3 IDR0.TERM_MODEL: 1 = a terminated access always hears an abort (CD.A must be 1). Default 0. */
  readonly termModel?: 0 | 1;
  /** v3 IDR0.HTTU: hardware updates of table entries, 0 none, 1 access flag, 2 dirty state too. Default 0. */
  readonly hardwareUpdates?: 0 | 1 | 2;
  /** v3 IDR0.HYP: EL2 regimes (STE.STRW) exist. Default true. */
  readonly hyp?: boolean;
  /** v3: which stages exist, default both. */
  readonly stages?: 'both' | 'stage1' | 'stage2';
  /** v3: reset value of GBPA.ABORT (implementation defined), default 0. */
  readonly gbpaAbort?: 0 | 1;
  /** v2 (Qualcomm): writes of S2CR type bypass become fault and writes of fault are ignored. */
  readonly qcomBypassQuirk?: boolean;
  /** TLB entries, default 512; 0 = no TLB. */
  readonly tlbEntries?: number;
}

// -------------------------------------------------------------------------------------- sequences and policies

/** One step of a driver, in the order it takes it. `source` is `file:function` of the Linux source. */
export type Step =
  | {
      readonly kind: 'write';
      readonly register: string;
      readonly value: bigint;
      readonly source: string;
      readonly note?: string;
    }
  /** The CPU stores a word in memory: a table entry, a command. */
  | {
      readonly kind: 'memory';
      readonly pa: number;
      readonly value: bigint;
      readonly source: string;
      readonly note?: string;
    }
  /** Clocks or power of the SMMU go on or off. */
  | { readonly kind: 'clocks'; readonly on: boolean; readonly source: string; readonly note?: string }
  /** From here on a handler of the running kernel listens to this line. */
  | {
      readonly kind: 'irq-handler';
      readonly line: InterruptLine['line'];
      readonly bank: number;
      readonly source: string;
    }
  | { readonly kind: 'log'; readonly text: string; readonly source: string };

/** A driver's work: yields steps, each of which is applied before the next is asked for. */
export type Sequence<T = void> = Generator<Step, T, void>;

/** What a table or queue is that the driver allocates. */
export type AllocationKind =
  | 'page-table'
  | 'stream-table'
  | 'context-descriptor'
  | 'event-queue'
  | 'command-queue'
  | 'pri-queue';

/** What a simulated driver needs of the machine around it. */
export interface DriverContext {
  readonly smmu: Smmu;
  readonly memory: PhysicalMemory;
  /** Zeroed, naturally aligned memory of the running kernel; the machine notes who owns it. Throws if exhausted. */
  alloc(bytes: number, kind: AllocationKind): number;
  /** The page allocator gets it back (tables that unmapping frees). */
  free(pa: number, bytes: number): void;
}

export type PolicyName =
  | 'bypass'
  | 'abort'
  | 'abort-quiet'
  | 'reset'
  | 'retain'
  | 'adopt'
  | 'kdump'
  | 'none'
  | 'passthrough';

/** The kernel whose driver is simulated; it changes v3's reset and GBPA history (domain reference 7.5). */
export type KernelVersion = '6.1' | '6.12';

/** What the new kernel's driver starts from. */
export interface ProbeOptions {
  readonly kernel: KernelVersion;
  /** v2 parameter `arm-smmu.disable_bypass`, 6.1 also v3's. */
  readonly disableBypass: boolean;
  /** `is_kdump_kernel()`. */
  readonly kdump: boolean;
  /** v2: Qualcomm implementation (keeps valid SMRs as bypass, works around the bypass quirk). */
  readonly qcom: boolean;
  /** Streams that firmware asks to leave untranslated (RMR nodes). */
  readonly rmrStreams: readonly number[];
  /** v2: MMU-500 (arm-smmu-impl.c:arm_mmu500_reset). Absent = a plain SMMU. */
  readonly mmu500?: boolean;
  /** v3: the kernel runs at EL2 with VHE (CR2.E2H, STE.STRW). Absent = EL1. */
  readonly vhe?: boolean;
  /** v3: doorbell that event and error MSIs are sent to. Absent = wired interrupts. */
  readonly msiDoorbell?: number;
  /** v3 in 6.1: the device tree node lacks #iommu-cells, so the driver only makes sure of bypass. */
  readonly noIommuCells?: boolean;
}

/** A domain that devices are attached to: its page tables, or none for an identity domain. */
export interface Domain {
  readonly identity: boolean;
  /** Input address bits: `domain->geometry.aperture_end` is 2^iovaBits - 1. */
  readonly iovaBits: number;
  /** `iommu_map()`: throws RangeError for what Linux refuses. Does nothing in an identity domain. */
  map(
    iova: number,
    pa: number,
    size: number,
    access: { readonly read: boolean; readonly write: boolean },
  ): void;
  /** `iommu_unmap()` in strict mode: clears the entries, then invalidates the TLB. */
  unmap(iova: number, size: number): Sequence;
  /** Pages that hold the tables. */
  tables(): readonly RamRange[];
}

/** A bound SMMU driver of one kernel. */
export interface IommuDriver {
  /**
   * `iommu_probe_device` and `attach_dev` for one device: its streams are translated by a domain of their own, or
   * pass untranslated (`identity`, iommu.passthrough=1).
   */
  attach(streamIds: readonly number[], identity: boolean): Sequence<Domain>;
  /** What the handler of a line does when it runs: prints, acknowledges. */
  handle(line: InterruptLine): Sequence;
  /** The driver's `.shutdown` as Linux has it. */
  shutdown(): Sequence;
}

/** One way to leave the SMMU to the next kernel. */
export interface Policy {
  readonly name: PolicyName;
  /** Rows of the domain reference's table 7.9 for v1/v2 and v3. */
  readonly rows: { readonly v2: string; readonly v3: string };
  /** One paragraph for people: what is done, what it costs, who does it today. */
  readonly doc: string;
  /** False (`none`): no SMMU is in the path, an IOVA is a physical address. */
  readonly hasSmmu: boolean;
  /** True (`passthrough`): devices are attached to an identity domain. */
  readonly identity: boolean;
  /** False (`kdump`): the old kernel runs no hook at all. */
  readonly runsHooks: boolean;
  /** True (`adopt`): tables and mapped buffers are kept out of the new kernel's allocator. */
  readonly reservesOldMemory: boolean;
  /** The old kernel's last work on the SMMU (end of P0). */
  handOver(context: DriverContext, options: ProbeOptions): Sequence;
  /** The new kernel's probe and reset (start of P2). */
  takeOver(context: DriverContext, options: ProbeOptions): Sequence<IommuDriver>;
}

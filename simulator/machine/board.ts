/**
 * What is known of a machine: where its RAM is, what else answers, which SMMU is in whose path, and where each of
 * these facts comes from. Boards come from `boards.ts`, `/proc/iomem`, a device tree or an EFI memory map.
 */
import {
  formatSize,
  hexSpan,
  InputError,
  intersect,
  MAX_ADDRESS,
  mergeSpans,
  type Span,
  size,
  subtractSpans,
} from './address.ts';

/** A named range and the place that says so (`arch/arm64/boot/dts/….dtsi:node`, `/proc/iomem`, …). */
export interface Region extends Span {
  readonly name: string;
  readonly source: string;
}

/**
 * `firmware`: another processor or exception level lives there. `carveout`: set aside for a device's driver.
 * `cma`: reusable pool. `reserved`: kept out of the page allocator, by whom is not known.
 */
export type ReservedUse = 'firmware' | 'carveout' | 'cma' | 'reserved';

/** Memory that the page allocator of neither kernel hands out. */
export interface ReservedRegion extends Region {
  readonly use: ReservedUse;
  /** `no-map`: not in the kernel's linear map and not in `System RAM`. */
  readonly noMap: boolean;
}

/** One SMMU and the implementation details that change what a transaction does. */
export interface BoardSmmu {
  readonly version: 1 | 2 | 3;
  /** `mmu-500`, `mmu-401`, `smmu-v3`, … */
  readonly model: string;
  /** Qualcomm: `arm-smmu-qcom.c` keeps the stream mappings it finds (domain reference 7.3). */
  readonly qcom: boolean;
  /** Whose transactions pass it, in words. */
  readonly covers: string;
  /** v1/v2: stream mapping groups, where known. */
  readonly streamMappingGroups?: number;
  /** Output address bits, where known. */
  readonly outputBits?: 32 | 36 | 40 | 42 | 44 | 48 | 52;
  /** v3: bits of a StreamID, where known. */
  readonly streamIdBits?: number;
  readonly source: string;
}

/** A master behind an SMMU: its StreamIDs. */
export interface BoardStream {
  /** Node name or function, as in the source. */
  readonly device: string;
  readonly streamId: number;
  /** v2: bits of the StreamID that are ignored. */
  readonly mask: number;
  readonly bus: 'platform' | 'pci' | 'amba' | 'fsl-mc';
  readonly source: string;
}

/** Memory that a piece of hardware goes on using across a kexec, whatever the kernels do (GIC LPI tables). */
export interface FixedTable extends Region {
  /** What goes on using it, and why it cannot be moved. */
  readonly by: string;
}

/** What a running kernel's `/proc/iomem` says of its own memory. */
export interface RunningKernel {
  /** `Kernel code` and `Kernel data`, as printed. */
  readonly code?: Span;
  readonly data?: Span;
  /** Children `reserved` of System RAM: memblock.reserved at boot. */
  readonly reserved: readonly Span[];
  readonly crashKernel: readonly Span[];
}

/** A machine. */
export interface Board {
  readonly name: string;
  readonly title: string;
  /** What a master can reach that is RAM, including `no-map` parts of it. Sorted, without overlap. */
  readonly ram: readonly Region[];
  readonly reserved: readonly ReservedRegion[];
  /** Registers and bus windows. */
  readonly mmio: readonly Region[];
  /** Answers to the secure world only: an access of a Linux device's is terminated there. */
  readonly secure: readonly Region[];
  /** Null: there is no Arm SMMU, an address that a device puts out is physical. */
  readonly smmu: BoardSmmu | null;
  readonly streams: readonly BoardStream[];
  /** Linux's `zone_dma_limit` in bits: 32 nearly everywhere, 30 on a Raspberry Pi 4. */
  readonly dmaLimitBits: number;
  readonly fixed: readonly FixedTable[];
  /** Present when the facts come from a running machine. */
  readonly running?: RunningKernel;
  /** What was taken for granted, in plain words. */
  readonly assumptions: readonly string[];
}

/** RAM that a kernel's allocator gets: RAM without `no-map` and secure parts. */
export function mappedRam(board: Board): Span[] {
  return subtractSpans(board.ram, [...board.reserved.filter((r) => r.noMap), ...board.secure]);
}

/** RAM that is free for a kernel at the moment it starts: `mappedRam` without any reservation. */
export function usableRam(board: Board): Span[] {
  return subtractSpans(mappedRam(board), board.reserved);
}

/** The end of the first stretch of RAM below 4 GiB, as a statement about where 32 bit IOVAs land. */
export function lowRamReaches4G(board: Board): boolean {
  return board.ram.some((r) => r.start < 2 ** 32 && r.end >= 2 ** 32);
}

/**
 * Checks a machine and sorts its lists.
 * @throws InputError for RAM that overlaps, an empty or reversed range, addresses beyond 52 bits, no RAM at all, a
 *   StreamID that the SMMU cannot tell apart.
 */
export function checkBoard(board: Board, where: string): Board {
  const sort = <T extends Span>(list: readonly T[]) => [...list].sort((a, b) => a.start - b.start);
  for (const region of [...board.ram, ...board.reserved, ...board.mmio, ...board.secure, ...board.fixed]) {
    if (!(region.start >= 0 && region.end > region.start && region.end <= MAX_ADDRESS)) {
      throw new InputError(
        `${region.name} is not a range of addresses (${region.start}..${region.end})`,
        where,
        'the end must lie after the start and below 2^52',
      );
    }
  }
  const ram = sort(board.ram);
  if (ram.length === 0) throw new InputError('no RAM found', where, 'give at least one memory range');
  ram.forEach((region, index) => {
    const before = ram[index - 1];
    const common = before && intersect(before, region);
    if (before && common) {
      throw new InputError(
        `RAM overlaps: ${before.name} ${hexSpan(before)} and ${region.name} ${hexSpan(region)} share ${formatSize(size(common))}`,
        where,
        'each byte of RAM must be listed once',
      );
    }
  });
  const bits = board.smmu ? streamIdBits(board.smmu) : 0;
  for (const stream of board.streams) {
    if (board.smmu) checkStreamId(stream.streamId, board.smmu, `${where}: ${stream.device}`);
    else if (stream.streamId >= 2 ** Math.max(bits, 32)) {
      throw new InputError(
        `StreamID ${stream.streamId} has more than 32 bits`,
        where,
        'check the device tree',
      );
    }
  }
  return {
    ...board,
    ram,
    reserved: sort(board.reserved),
    mmio: sort(board.mmio),
    secure: sort(board.secure),
  };
}

/**
 * How many bits of StreamID an SMMU compares: v1/v2 IDR0.NUMSIDB, 15 without EXIDS
 * (`arm-smmu.c:arm_smmu_device_cfg_probe`); v3 IDR1.SIDSIZE, 20 where nothing is known (PCI
 * requester IDs of several host bridges).
 */
export function streamIdBits(smmu: Pick<BoardSmmu, 'version' | 'streamIdBits'>): number {
  return smmu.version === 3 ? (smmu.streamIdBits ?? 20) : (smmu.streamIdBits ?? 15);
}

/** Throws InputError when the SMMU cannot see `streamId`. */
export function checkStreamId(
  streamId: number,
  smmu: Pick<BoardSmmu, 'version' | 'streamIdBits'>,
  where: string,
): void {
  const bits = streamIdBits(smmu);
  if (!Number.isInteger(streamId) || streamId < 0 || streamId >= 2 ** bits) {
    throw new InputError(
      `StreamID 0x${streamId.toString(16)} is out of range: SMMUv${smmu.version} here has ${bits} bits, 0x0..0x${(2 ** bits - 1).toString(16)}`,
      where,
      'take the value from the iommus property of the device',
    );
  }
}

/** Total RAM in bytes. */
export function ramSize(board: Board): number {
  return mergeSpans(board.ram).reduce((sum, r) => sum + size(r), 0);
}

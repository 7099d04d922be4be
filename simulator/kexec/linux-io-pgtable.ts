import { POW2 } from '../smmu/bits.ts';
import type { DriverContext } from '../smmu/types.ts';

/** What `iommu_map()` is asked to allow (include/linux/iommu.h, IOMMU_READ ...). */
export interface Protection {
  readonly read: boolean;
  readonly write: boolean;
  /** IOMMU_PRIV: privileged accesses only. */
  readonly privileged?: boolean;
  readonly mmio?: boolean;
  /** IOMMU_CACHE; absent = coherent. */
  readonly cache?: boolean;
  readonly noExec?: boolean;
}

export interface IoPgtableConfig {
  readonly stage: 1 | 2;
  /** Input and output address bits. */
  readonly ias: number;
  readonly oas: number;
  /** log2 of the granule: 12 (default), 14 or 16. */
  readonly granule?: 12 | 14 | 16;
  /** IO_PGTABLE_QUIRK_ARM_TTBR1: the tables serve the upper address range. */
  readonly upper?: boolean;
}

/** A table page, so that the machine can say who owns it. */
export interface TablePage {
  readonly pa: number;
  readonly bytes: number;
}

const PTE = {
  block: 1n,
  table: 3n,
  page: 3n,
  attrCache: 1n << 2n,
  attrDevice: 2n << 2n,
  s2OuterInnerWb: 0xfn << 2n,
  s2NonCached: 0x5n << 2n,
  s2Device: 0x1n << 2n,
  unprivileged: 1n << 6n,
  readOnly: 1n << 7n,
  hapRead: 1n << 6n,
  hapWrite: 2n << 6n,
  innerShareable: 3n << 8n,
  outerShareable: 2n << 8n,
  accessFlag: 1n << 10n,
  notGlobal: 1n << 11n,
  executeNever: 3n << 53n,
} as const;

const ADDRESS = 0xffff_ffff_f000n;

/**
 * The tables of `drivers/iommu/io-pgtable-arm.c` (ARM_64_LPAE_S1 and _S2), built in simulated memory with pages of
 * the running kernel's allocator: what the next kernel finds as free memory.
 */
export class IoPgtable {
  readonly config: Required<IoPgtableConfig>;
  readonly startLevel: number;
  /** Physical address of the first table (`pgd`). */
  readonly ttb: number;
  readonly #context: Pick<DriverContext, 'memory' | 'alloc' | 'free'>;
  readonly #bitsPerLevel: number;
  readonly #pgdBits: number;
  readonly #pages: TablePage[] = [];

  /**
   * Allocates the first table (`arm_lpae_alloc_pgtable`, `arm_64_lpae_alloc_pgtable_s1/_s2`).
   * Throws RangeError for sizes that the format does not have.
   */
  constructor(config: IoPgtableConfig, context: Pick<DriverContext, 'memory' | 'alloc' | 'free'>) {
    const granule = config.granule ?? 12;
    const limit = granule === 16 ? 52 : 48;
    this.config = {
      stage: config.stage,
      ias: Math.min(config.ias, limit),
      oas: Math.min(config.oas, limit),
      granule,
      upper: config.upper ?? false,
    };
    if (this.config.ias < granule + 1 || ![32, 36, 40, 42, 44, 48, 52].includes(this.config.oas)) {
      throw new RangeError(`no page table format for ias ${config.ias}, oas ${config.oas}`);
    }
    this.#context = context;
    this.#bitsPerLevel = granule - 3;
    const vaBits = this.config.ias - granule;
    const levels = Math.ceil(vaBits / this.#bitsPerLevel);
    let start = 4 - levels;
    let pgdBits = vaBits - this.#bitsPerLevel * (levels - 1);
    // Stage 2 concatenates up to 16 tables at level 1 in place of a level 0.
    if (config.stage === 2 && start === 0 && 2 ** pgdBits <= 16) {
      pgdBits += this.#bitsPerLevel;
      start = 1;
    }
    this.startLevel = start;
    this.#pgdBits = pgdBits;
    this.ttb = this.#alloc(Math.max(64, 2 ** pgdBits * 8));
  }

  #alloc(bytes: number): number {
    const pa = this.#context.alloc(bytes, 'page-table');
    this.#context.memory.fill(pa, bytes, 0);
    this.#pages.push({ pa, bytes });
    return pa;
  }

  /** All table pages, the first one first. */
  tables(): readonly TablePage[] {
    return this.#pages;
  }

  /** TCR.TG0 or TG1 of the granule. */
  get tg(): number {
    const codes = this.config.upper ? { 12: 2, 14: 1, 16: 3 } : { 12: 0, 14: 2, 16: 1 };
    return codes[this.config.granule];
  }

  /** TCR.IPS, TCR2.PASIZE, VTCR.PS. */
  get ps(): number {
    return [32, 36, 40, 42, 44, 48, 52].indexOf(this.config.oas);
  }

  get tsz(): number {
    return 64 - this.config.ias;
  }

  /** VTCR.SL0. */
  get sl0(): number {
    const level = this.config.granule === 12 ? this.startLevel + 1 : this.startLevel;
    return ~level & 3;
  }

  /** MAIR as `arm_64_lpae_alloc_pgtable_s1` sets it: non-cacheable, write-back, device, outer write-back. */
  get mair(): bigint {
    return 0xf404ff44n;
  }

  #shift(level: number): number {
    return this.config.granule + (3 - level) * this.#bitsPerLevel;
  }

  #index(iova: number, level: number): number {
    const bits = level === this.startLevel ? this.#pgdBits : this.#bitsPerLevel;
    return Math.floor(iova / POW2[this.#shift(level)]!) % POW2[bits]!;
  }

  /** `arm_lpae_prot_to_pte` */
  #attributes(prot: Protection): bigint {
    const cache = prot.cache ?? true;
    let pte = PTE.accessFlag | (cache && prot.mmio !== true ? PTE.innerShareable : PTE.outerShareable);
    if (this.config.stage === 1) {
      pte |= PTE.notGlobal;
      if (!prot.write && prot.read) pte |= PTE.readOnly;
      if (prot.privileged !== true) pte |= PTE.unprivileged;
      if (prot.mmio === true) pte |= PTE.attrDevice;
      else if (cache) pte |= PTE.attrCache;
    } else {
      if (prot.read) pte |= PTE.hapRead;
      if (prot.write) pte |= PTE.hapWrite;
      pte |= prot.mmio === true ? PTE.s2Device : cache ? PTE.s2OuterInnerWb : PTE.s2NonCached;
    }
    return prot.noExec === true ? pte | PTE.executeNever : pte;
  }

  /** Addresses above bit 47 are folded into bits 15:12 (`paddr_to_iopte`). */
  #pack(pa: number): bigint {
    const wide = BigInt(pa);
    return (wide | (wide >> 36n)) & ADDRESS;
  }

  #unpack(pte: bigint): number {
    const low = pte & ADDRESS;
    if (this.config.granule !== 16) return Number(low);
    return Number((low | (low << 36n)) & 0xf_ffff_ffff_0000n);
  }

  #leafLevels(): number[] {
    return this.config.granule === 12 ? [1, 2, 3] : [2, 3];
  }

  /**
   * Maps [`iova`, `iova` + `size`) to `pa` with the largest blocks that fit (`iommu_pgsize`, `__arm_lpae_map`).
   * Returns the physical addresses of the leaf descriptors. Throws RangeError for what Linux refuses: misaligned
   * addresses, addresses out of range, neither read nor write, something mapped there already.
   */
  map(iova: number, pa: number, size: number, prot: Protection): number[] {
    const smallest = POW2[this.config.granule]!;
    const lowIova = iova % POW2[this.config.ias]!;
    const outside = this.config.upper
      ? lowIova + POW2[52]! - POW2[this.config.ias]! !== iova
      : lowIova !== iova;
    if (outside || pa + size > POW2[this.config.oas]!) {
      throw new RangeError(
        `mapping 0x${iova.toString(16)} -> 0x${pa.toString(16)} is out of the tables' range`,
      );
    }
    if (iova % smallest !== 0 || pa % smallest !== 0 || size % smallest !== 0 || size <= 0) {
      throw new RangeError(`mapping 0x${iova.toString(16)} + 0x${size.toString(16)} is not page aligned`);
    }
    if (!prot.read && !prot.write) throw new RangeError('a mapping must allow reading or writing');
    const attributes = this.#attributes(prot);
    const leaves: number[] = [];
    for (let done = 0; done < size; ) {
      const level = this.#leafLevels().find((candidate) => {
        const block = POW2[this.#shift(candidate)]!;
        return (
          candidate >= this.startLevel &&
          (iova + done) % block === 0 &&
          (pa + done) % block === 0 &&
          size - done >= block
        );
      })!;
      leaves.push(this.#mapOne(lowIova + done, pa + done, level, attributes));
      done += POW2[this.#shift(level)]!;
    }
    return leaves;
  }

  #mapOne(iova: number, pa: number, leafLevel: number, attributes: bigint): number {
    const { memory } = this.#context;
    let table = this.ttb;
    for (let level = this.startLevel; ; level++) {
      const at = table + this.#index(iova, level) * 8;
      const old = memory.read64(at);
      if (old === undefined) throw new RangeError(`the table at 0x${at.toString(16)} is not in RAM`);
      if (level === leafLevel) {
        if ((old & 3n) !== 0n) throw new RangeError(`0x${iova.toString(16)} is mapped already`);
        memory.write64(at, attributes | this.#pack(pa) | (level === 3 ? PTE.page : PTE.block));
        return at;
      }
      if (old === 0n) {
        const next = this.#alloc(POW2[this.config.granule]!);
        memory.write64(at, this.#pack(next) | PTE.table);
        table = next;
      } else if ((old & 3n) === 3n) {
        table = this.#unpack(old);
      } else {
        throw new RangeError(`0x${iova.toString(16)} lies in a block that is mapped already`);
      }
    }
  }

  /**
   * Clears the leaf entries of [`iova`, `iova` + `size`) (`__arm_lpae_unmap`); whole mappings only, as the DMA API
   * unmaps them. Tables stay until `destroy`, as in Linux when pages are unmapped one by one. Returns the bytes
   * unmapped. TLB invalidation is the caller's.
   */
  unmap(iova: number, size: number): number {
    const { memory } = this.#context;
    const lowIova = iova % POW2[this.config.ias]!;
    let done = 0;
    while (done < size) {
      const found = this.#leaf(lowIova + done);
      if (found === undefined) break;
      memory.write64(found.at, 0n);
      done += found.size;
    }
    return done;
  }

  #leaf(iova: number): { at: number; pte: bigint; size: number } | undefined {
    let table = this.ttb;
    for (let level = this.startLevel; level <= 3; level++) {
      const at = table + this.#index(iova, level) * 8;
      const pte = this.#context.memory.read64(at);
      if (pte === undefined || (pte & 1n) === 0n) return undefined;
      if (level === 3 || (pte & 3n) === 1n) return { at, pte, size: POW2[this.#shift(level)]! };
      table = this.#unpack(pte);
    }
    return undefined;
  }

  /** `arm_lpae_iova_to_phys`; `undefined`: not mapped. */
  iovaToPhys(iova: number): number | undefined {
    const lowIova = iova % POW2[this.config.ias]!;
    const found = this.#leaf(lowIova);
    if (found === undefined) return undefined;
    const base = Math.floor(this.#unpack(found.pte) / found.size) * found.size;
    return base + (lowIova % found.size);
  }

  /** Gives all table pages back (`arm_lpae_free_pgtable`). They keep their contents: nobody clears them. */
  destroy(): void {
    for (const page of this.#pages.splice(0)) this.#context.free(page.pa, page.bytes);
  }
}

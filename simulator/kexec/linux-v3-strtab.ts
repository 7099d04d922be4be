import { field } from '../smmu/bits.ts';
import type { DriverContext, ProbeOptions, Sequence } from '../smmu/types.ts';
import { store, write } from './linux-steps.ts';

const FILE = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';
/** STRTAB_SPLIT */
const SPLIT = 8;
const STE_BYTES = 64;
/** STRTAB_STE_1_SHCFG_INCOMING */
const SHCFG_INCOMING = 1n << 44n;

export type SteWords = readonly [bigint, bigint, bigint, bigint];

/** STE.Config values (STRTAB_STE_0_CFG_*), shifted into place with V=1. */
export const STE = {
  abort: 1n,
  bypass: 1n | (4n << 1n),
  stage1: 1n | (5n << 1n),
} as const;

/** A stream table in simulated memory: two levels where IDR0.ST_LEVEL says so, else linear. */
export class StreamTable {
  readonly #context: DriverContext;
  readonly #options: ProbeOptions;
  readonly base: number;
  readonly twoLevel: boolean;
  /** Bits of StreamID that the table covers, and those that its second level resolves. */
  readonly bits: number;
  readonly split: number;

  private constructor(
    context: DriverContext,
    options: ProbeOptions,
    base: number,
    twoLevel: boolean,
    bits: number,
    split: number,
  ) {
    this.#context = context;
    this.#options = options;
    this.base = base;
    this.twoLevel = twoLevel;
    this.bits = bits;
    this.split = split;
  }

  /** `arm_smmu_init_strtab`: allocates the first level, or the whole linear table. */
  static create(context: DriverContext, options: ProbeOptions, idr0: number, idr1: number): StreamTable {
    const sidBits = idr1 & 0x3f;
    // 2-level tables are not worth it where one level-2 table would hold everything (arm_smmu_device_hw_probe).
    const twoLevel = ((idr0 >>> 27) & 3) === 1 && sidBits > SPLIT;
    const bits = twoLevel ? Math.min(sidBits, SPLIT + 17) : sidBits;
    const bytes = twoLevel ? 2 ** (bits - SPLIT) * 8 : 2 ** bits * STE_BYTES;
    return new StreamTable(context, options, context.alloc(bytes, 'stream-table'), twoLevel, bits, SPLIT);
  }

  /** The table that the registers point to: the previous kernel's. */
  static adopt(context: DriverContext, options: ProbeOptions, idr1: number): StreamTable {
    const base = field(context.smmu.read('STRTAB_BASE'), 51, 6) * 64;
    const config = Number(context.smmu.read('STRTAB_BASE_CFG'));
    const bits = Math.min(config & 0x3f, idr1 & 0x3f);
    return new StreamTable(context, options, base, ((config >>> 16) & 3) === 1, bits, (config >>> 6) & 0x1f);
  }

  /** 6.1 fills new entries with bypass when `disable_bypass=0`; 6.12 always aborts. */
  #initialWords(): SteWords {
    const old = this.#options.kernel === '6.1';
    if (old && !this.#options.disableBypass) return this.bypassWords();
    return [STE.abort, old ? SHCFG_INCOMING : 0n, 0n, 0n];
  }

  /** `arm_smmu_make_bypass_ste` */
  bypassWords(): SteWords {
    return [STE.bypass, SHCFG_INCOMING, 0n, 0n];
  }

  /** `arm_smmu_init_initial_stes` of a linear table (a two-level one starts without second levels). */
  *initial(): Sequence {
    if (this.twoLevel) return;
    for (let sid = 0; sid < 2 ** this.bits; sid++) {
      yield* this.writeWords(sid, this.#initialWords(), `${FILE}:arm_smmu_init_initial_stes`);
    }
  }

  /** `arm_smmu_write_strtab` */
  *program(): Sequence {
    const source = `${FILE}:arm_smmu_write_strtab`;
    const config = this.twoLevel ? (1 << 16) | (this.split << 6) | this.bits : this.bits;
    yield write('STRTAB_BASE', (1n << 62n) | BigInt(this.base), source);
    yield write('STRTAB_BASE_CFG', config, source);
  }

  /** `arm_smmu_init_sid_strtab`: the second level of a StreamID, allocated when it is first used. */
  *ensure(streamId: number): Sequence {
    if (streamId >= 2 ** this.bits) throw new RangeError(`StreamID ${streamId} is beyond the stream table`);
    if (!this.twoLevel) return;
    const l1 = this.base + Math.floor(streamId / 2 ** this.split) * 8;
    const descriptor = this.#context.memory.read64(l1) ?? 0n;
    if ((descriptor & 0x1fn) !== 0n) return;
    const l2 = this.#context.alloc(2 ** this.split * STE_BYTES, 'stream-table');
    const words = this.#initialWords();
    for (let i = 0; i < 2 ** this.split; i++) {
      yield* this.#storeWords(l2 + i * STE_BYTES, words, `${FILE}:arm_smmu_init_l2_strtab`);
    }
    const value = BigInt(l2) | BigInt(this.split + 1);
    yield store(l1, value, `${FILE}:arm_smmu_write_strtab_l1_desc`);
  }

  /** Where the entry of a StreamID is; `undefined`: there is no second level for it. */
  entry(streamId: number): number | undefined {
    if (!this.twoLevel) return this.base + streamId * STE_BYTES;
    const descriptor =
      this.#context.memory.read64(this.base + Math.floor(streamId / 2 ** this.split) * 8) ?? 0n;
    if ((descriptor & 0x1fn) === 0n) return undefined;
    return field(descriptor, 51, 6) * 64 + (streamId % 2 ** this.split) * STE_BYTES;
  }

  /** Every entry that exists, by StreamID. */
  *entries(): Generator<{ streamId: number; pa: number }> {
    const step = this.twoLevel ? 2 ** this.split : 1;
    for (let first = 0; first < 2 ** this.bits; first += step) {
      const pa = this.entry(first);
      if (pa === undefined) continue;
      for (let i = 0; i < step; i++) yield { streamId: first + i, pa: pa + i * STE_BYTES };
    }
  }

  /** The largest ASID that a stage 1 entry's first context descriptor uses; 0: none. */
  largestAsid(): number {
    let largest = 0;
    for (const { pa } of this.entries()) {
      const word = this.#context.memory.read64(pa) ?? 0n;
      if ((word & 0xfn) !== STE.stage1) continue;
      const descriptor = this.#context.memory.read64(field(word, 51, 6) * 64) ?? 0n;
      largest = Math.max(largest, field(descriptor, 63, 48));
    }
    return largest;
  }

  /** Stores the words of an entry that is not live yet. */
  *writeWords(streamId: number, words: SteWords, source: string): Sequence {
    const pa = this.entry(streamId);
    if (pa === undefined) throw new RangeError(`StreamID ${streamId} has no second-level table`);
    yield* this.#storeWords(pa, words, source);
  }

  /** Words that hold the value already are not stored again: fresh tables are zero. */
  *#storeWords(pa: number, words: SteWords, source: string): Sequence {
    for (const [index, value] of words.entries()) {
      if (this.#context.memory.read64(pa + index * 8) !== value) yield store(pa + index * 8, value, source);
    }
  }
}

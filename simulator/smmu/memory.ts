import { TWO32, word } from './bits.ts';
import type { PhysicalMemory, RamRange } from './types.ts';

const PAGE = 4096;
/** Slots for pages seen lately. */
const RECENT = 128;

interface Page {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  /** Another memory has it too: copy before writing. */
  shared: boolean;
  /** Only a part of the page is RAM: every access checks. */
  readonly partial: boolean;
}

/** Untouched RAM without a background: read by all, copied on the first write. */
const ZEROS: Page = {
  words: new Uint32Array(PAGE / 4),
  bytes: new Uint8Array(PAGE),
  shared: true,
  partial: false,
};

/** What RAM holds that nobody wrote: `address` is 8-byte aligned, the word goes to `out[0]` (low), `out[1]` (high). */
export type Background = (address: number, out: Uint32Array) => void;

/**
 * Sparse physical memory in 4 KiB pages, made when first written. A clone shares pages until one side writes, so
 * restarting many runs from one state is cheap. Bytes are little-endian, as is every host that JavaScript runs on.
 */
export class SparseMemory implements PhysicalMemory {
  readonly ram: readonly RamRange[];
  lo = 0;
  hi = 0;
  readonly #background: Background | undefined;
  #pages = new Map<number, Page>();
  /** Pages seen lately, by the low bits of their number: a walk reads a few pages over and over. */
  readonly #recentIndex = new Float64Array(RECENT).fill(-1);
  readonly #recentPage: (Page | undefined)[] = new Array<Page | undefined>(RECENT);
  readonly #scratch = new Uint32Array(2);

  /**
   * @param ram runs of RAM, in any order; throws RangeError when they overlap, are empty or reach beyond 2^52
   * @param background contents of untouched RAM; absent means zero
   */
  constructor(ram: readonly RamRange[], background?: Background) {
    this.ram = [...ram].sort((a, b) => a.base - b.base);
    let end = 0;
    for (const range of this.ram) {
      if (!(range.size > 0) || range.base < end || range.base + range.size > 2 ** 52) {
        throw new RangeError(
          `RAM range 0x${range.base.toString(16)} is empty, overlaps, or ends beyond 2^52`,
        );
      }
      end = range.base + range.size;
    }
    this.#background = background;
  }

  #range(pa: number): RamRange | undefined {
    const ram = this.ram;
    let low = 0;
    let high = ram.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const range = ram[middle]!;
      if (pa < range.base) high = middle - 1;
      else if (pa >= range.base + range.size) low = middle + 1;
      else return range;
    }
    return undefined;
  }

  isRam(pa: number): boolean {
    return this.#range(pa) !== undefined;
  }

  ramLength(pa: number, len: number): number {
    let done = 0;
    while (done < len) {
      const range = this.#range(pa + done);
      if (range === undefined) break;
      done = range.base + range.size - pa;
    }
    return Math.min(done, len);
  }

  #make(index: number): Page | undefined {
    const base = index * PAGE;
    const whole = this.ramLength(base, PAGE) === PAGE;
    if (!whole && !this.ram.some((r) => r.base < base + PAGE && r.base + r.size > base)) return undefined;
    if (whole && this.#background === undefined) return ZEROS;
    const words = new Uint32Array(PAGE / 4);
    if (this.#background !== undefined) {
      for (let i = 0; i < words.length; i += 2) {
        this.#background(base + i * 4, this.#scratch);
        words[i] = this.#scratch[0]!;
        words[i + 1] = this.#scratch[1]!;
      }
    }
    const page = { words, bytes: new Uint8Array(words.buffer), shared: false, partial: !whole };
    this.#pages.set(index, page);
    return page;
  }

  /** The page of `pa` for reading; `undefined`: not RAM. */
  #page(pa: number): Page | undefined {
    const index = Math.floor(pa / PAGE);
    const slot = (index >>> 0) % RECENT;
    if (this.#recentIndex[slot] !== index) {
      this.#recentPage[slot] = this.#pages.get(index) ?? this.#make(index);
      this.#recentIndex[slot] = index;
    }
    const page = this.#recentPage[slot];
    return page?.partial === true && !this.isRam(pa) ? undefined : page;
  }

  #writable(pa: number): Page | undefined {
    const page = this.#page(pa);
    if (page?.shared !== true) return page;
    const words = page.words.slice();
    const own = { words, bytes: new Uint8Array(words.buffer), shared: false, partial: page.partial };
    const index = Math.floor(pa / PAGE);
    this.#pages.set(index, own);
    this.#recentPage[(index >>> 0) % RECENT] = own;
    return own;
  }

  load64(pa: number): boolean {
    const page = this.#page(pa);
    if (page === undefined) return false;
    const at = (pa % PAGE) >> 2;
    this.lo = page.words[at]!;
    this.hi = page.words[at + 1]!;
    return true;
  }

  store64(pa: number, lo: number, hi: number): boolean {
    const page = this.#writable(pa);
    if (page === undefined) return false;
    const at = (pa % PAGE) >> 2;
    page.words[at] = lo;
    page.words[at + 1] = hi;
    return true;
  }

  read64(pa: number): bigint | undefined {
    return this.load64(pa) ? word(this.lo, this.hi) : undefined;
  }

  write64(pa: number, value: bigint): boolean {
    return this.store64(pa, Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn));
  }

  read8(pa: number): number {
    const page = this.#page(pa);
    return page === undefined ? -1 : page.bytes[pa % PAGE]!;
  }

  readBytes(pa: number, len: number): Uint8Array {
    const out = new Uint8Array(len);
    for (let done = 0; done < len; ) {
      const offset = (pa + done) % PAGE;
      const run = Math.min(PAGE - offset, len - done);
      const page = this.#page(pa + done);
      if (page !== undefined && !page.partial) out.set(page.bytes.subarray(offset, offset + run), done);
      else for (let i = 0; i < run; i++) out[done + i] = Math.max(0, this.read8(pa + done + i));
      done += run;
    }
    return out;
  }

  writeBytes(pa: number, bytes: Uint8Array): number {
    let stored = 0;
    for (let done = 0; done < bytes.length; ) {
      const offset = (pa + done) % PAGE;
      const run = Math.min(PAGE - offset, bytes.length - done);
      const available = this.ramLength(pa + done, run);
      if (available === run) {
        this.#writable(pa + done)!.bytes.set(bytes.subarray(done, done + run), offset);
        stored += run;
      } else {
        for (let i = 0; i < run; i++) {
          const page = this.#writable(pa + done + i);
          if (page === undefined) continue;
          page.bytes[offset + i] = bytes[done + i]!;
          stored++;
        }
      }
      done += run;
    }
    return stored;
  }

  fill(pa: number, len: number, value: number): void {
    for (let done = 0; done < len; ) {
      const offset = (pa + done) % PAGE;
      const run = Math.min(PAGE - offset, len - done);
      if (run === PAGE && value === 0 && this.#background === undefined) {
        // A page of zeros is what untouched RAM is anyway.
        this.#pages.delete(Math.floor((pa + done) / PAGE));
        this.#recentIndex.fill(-1);
      } else if (this.ramLength(pa + done, run) > 0) {
        this.writeBytes(pa + done, new Uint8Array(run).fill(value));
      }
      done += run;
    }
  }

  clone(): SparseMemory {
    for (const page of this.#pages.values()) page.shared = true;
    const copy = new SparseMemory(this.ram, this.#background);
    copy.#pages = new Map(this.#pages);
    return copy;
  }

  /** Bytes of host memory that pages of this memory take (shared pages count in full). */
  get footprint(): number {
    return this.#pages.size * PAGE;
  }
}

/** A background in which every word holds `tag * 2^32 + its own address`, from `from` on; zero below. */
export function addressPattern(from: number, tag: number): Background {
  return (address, out) => {
    const high = Math.floor(address / TWO32);
    out[0] = address >= from ? address % TWO32 : 0;
    out[1] = address >= from ? (tag + high) >>> 0 : 0;
  };
}

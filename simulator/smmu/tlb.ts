import { POW2 } from './bits.ts';

/** What a TLB entry lets through. Stage 2 bits are all set in an entry that has no stage 2. */
export const PERM = {
  userRead: 1,
  userWrite: 2,
  userExecute: 4,
  privRead: 8,
  privWrite: 16,
  privExecute: 32,
  s2Read: 64,
  s2Write: 128,
  s2Execute: 256,
  s1All: 63,
  s2All: 448,
} as const;

const WAYS = 4;

/**
 * The TLB: translations that were walked once and stay valid until an invalidation or an eviction takes them out,
 * whatever happens to the tables in memory. Entries are tagged with a regime (`regimeTag`) and keep the size of the block or page that they came from.
 * Four-way set associative, replaced round robin, so that the same history gives the same contents.
 */
export class Tlb {
  readonly #sets: number;
  #tag: Float64Array;
  /** First address of the entry divided by its size. */
  #page: Float64Array;
  #shift: Uint8Array;
  #pa: Float64Array;
  /** The intermediate address that `pa` comes from, where there are two stages: faults report it. */
  #ipa: Float64Array;
  #perm: Uint16Array;
  #next: Uint8Array;
  /** How many entries there are of each size, so that a lookup only probes sizes in use. */
  #sizes: Uint16Array;
  #shifts: number[] = [];
  #count = 0;
  /** Out-parameters of `lookup`. */
  pa = 0;
  ipa = 0;
  perm = 0;
  shift = 0;

  /** @param entries rounded up to a power of two times four; 0 = a TLB that never holds anything */
  constructor(entries: number) {
    let sets = entries === 0 ? 0 : 1;
    while (sets * WAYS < entries) sets *= 2;
    this.#sets = sets;
    const size = sets * WAYS;
    this.#tag = new Float64Array(size).fill(-1);
    this.#page = new Float64Array(size);
    this.#shift = new Uint8Array(size);
    this.#pa = new Float64Array(size);
    this.#ipa = new Float64Array(size);
    this.#perm = new Uint16Array(size);
    this.#next = new Uint8Array(sets);
    this.#sizes = new Uint16Array(64);
  }

  get size(): number {
    return this.#count;
  }

  #set(tag: number, page: number): number {
    // Low bits of the page number, mixed with the regime; `>>> 0` takes the number modulo 2^32.
    const low = page >>> 0;
    const mixed = Math.imul((tag ^ (tag / 0x2_0000)) | 0, 0x9e3779b1) >>> 8;
    return ((low ^ (low >>> 9) ^ mixed) & (this.#sets - 1)) * WAYS;
  }

  /** Finds the entry of `regime` that covers `address`; on true, `pa` and `ipa` (of that very address), `perm` and `shift` are set. */
  lookup(regime: number, address: number): boolean {
    if (this.#count === 0) return false;
    const shifts = this.#shifts;
    for (let s = 0; s < shifts.length; s++) {
      const shift = shifts[s]!;
      const size = POW2[shift]!;
      const page = Math.floor(address / size);
      const first = this.#set(regime, page);
      for (let i = first; i < first + WAYS; i++) {
        if (this.#tag[i] === regime && this.#page[i] === page && this.#shift[i] === shift) {
          this.pa = this.#pa[i]! + (address - page * size);
          this.ipa = this.#ipa[i]! + (address - page * size);
          this.perm = this.#perm[i]!;
          this.shift = shift;
          return true;
        }
      }
    }
    return false;
  }

  /** Keeps the translation of the 2^`shift` bytes around `address`, whose first byte goes to `pa` (by way of `ipa`). */
  insert(regime: number, address: number, shift: number, pa: number, perm: number, ipa = pa): void {
    if (this.#sets === 0) return;
    const page = Math.floor(address / POW2[shift]!);
    const first = this.#set(regime, page);
    let slot = -1;
    for (let i = first; i < first + WAYS; i++) {
      if (this.#tag[i] === regime && this.#page[i] === page && this.#shift[i] === shift) slot = i;
      else if (slot < 0 && this.#tag[i] === -1) slot = i;
    }
    if (slot < 0) {
      const set = first / WAYS;
      slot = first + this.#next[set]!;
      this.#next[set] = (this.#next[set]! + 1) % WAYS;
    }
    this.#drop(slot);
    this.#tag[slot] = regime;
    this.#page[slot] = page;
    this.#shift[slot] = shift;
    this.#pa[slot] = pa;
    this.#ipa[slot] = ipa;
    this.#perm[slot] = perm;
    this.#count++;
    if (this.#sizes[shift] === 0) {
      this.#shifts.push(shift);
      this.#shifts.sort((a, b) => a - b);
    }
    this.#sizes[shift] = this.#sizes[shift]! + 1;
  }

  #drop(slot: number): void {
    if (this.#tag[slot] === -1) return;
    this.#tag[slot] = -1;
    this.#count--;
    const shift = this.#shift[slot]!;
    this.#sizes[shift] = this.#sizes[shift]! - 1;
    if (this.#sizes[shift] === 0) this.#shifts = this.#shifts.filter((s) => s !== shift);
  }

  /** Drops everything. */
  clear(): void {
    for (let i = 0; i < this.#tag.length; i++) this.#drop(i);
  }

  /** Drops all entries of the regimes for which `matches` holds. */
  invalidate(matches: (regime: number) => boolean): void {
    for (let i = 0; i < this.#tag.length; i++) {
      if (this.#tag[i] !== -1 && matches(this.#tag[i]!)) this.#drop(i);
    }
  }

  /** Drops the entries of the matching regimes that overlap [`address`, `address` + `len`). */
  invalidateRange(matches: (regime: number) => boolean, address: number, len: number): void {
    for (let i = 0; i < this.#tag.length; i++) {
      if (this.#tag[i] === -1 || !matches(this.#tag[i]!)) continue;
      const size = POW2[this.#shift[i]!]!;
      const base = this.#page[i]! * size;
      if (base < address + len && address < base + size) this.#drop(i);
    }
  }

  clone(): Tlb {
    const copy = new Tlb(this.#sets * WAYS);
    copy.#tag = this.#tag.slice();
    copy.#page = this.#page.slice();
    copy.#shift = this.#shift.slice();
    copy.#pa = this.#pa.slice();
    copy.#ipa = this.#ipa.slice();
    copy.#perm = this.#perm.slice();
    copy.#next = this.#next.slice();
    copy.#sizes = this.#sizes.slice();
    copy.#shifts = [...this.#shifts];
    copy.#count = this.#count;
    return copy;
  }
}

/** Which translations an entry belongs to: stage 1 of EL1 (stage 2 folded in), of EL2, of EL2 with E2H, or stage 2. */
export const KIND = { el1: 0, el2: 1, e2h: 2, stage2: 3 } as const;

/** The ASID of an entry from a global (nG=0) descriptor, which serves every ASID. */
export const GLOBAL = 0x1_0000;

/**
 * The tag of a set of translations. `half`: 1 for the upper address range (TTBR1). Exact in a double: 36 bits.
 */
export function regimeTag(kind: number, half: number, vmid: number, asid: number): number {
  return ((kind * 2 + half) * 0x1_0000 + vmid) * 0x2_0000 + asid;
}

/** The parts of a tag. */
export function tagParts(tag: number): { kind: number; half: number; vmid: number; asid: number } {
  const upper = Math.floor(tag / 0x2_0000);
  const kindHalf = Math.floor(upper / 0x1_0000);
  return { kind: kindHalf >> 1, half: kindHalf & 1, vmid: upper % 0x1_0000, asid: tag % 0x2_0000 };
}

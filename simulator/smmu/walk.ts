import { hex, POW2, TWO32, word } from './bits.ts';
import { type AccessNeed, leafPermissions, TABLE_READ, tableRemoves } from './permissions.ts';
import type { Stage1, Stage2, TableBase } from './regime.ts';
import { type ShortLeaf, shortPage, shortPermissions, shortSection } from './short-descriptor.ts';
import { PERM, type Tlb } from './tlb.ts';
import type { ExplainStep, OwnWrite, PhysicalMemory } from './types.ts';

/** Why a walk did not give an address. */
export const FAULT = {
  none: 0,
  translation: 1,
  addressSize: 2,
  access: 3,
  permission: 4,
  external: 5,
} as const;
export type FaultCode = (typeof FAULT)[keyof typeof FAULT];

/**
 * Walks translation tables in simulated memory and keeps the results in the TLB. One per SMMU. Results come back in
 * the fields below, so that a walk allocates nothing.
 */
export class Walker {
  readonly memory: PhysicalMemory;
  tlb: Tlb;
  /** Addresses have 52 bits: in 64 KiB granules the descriptor's bits 15:12 are address bits 51:48. */
  readonly wide: boolean;

  /** Output address of the input address that was asked for. */
  pa = 0;
  /** Permissions (PERM) and size (log2) of the translation that gave it. */
  perm = 0;
  shift = 0;
  fault: FaultCode = FAULT.none;
  faultStage: 1 | 2 = 1;
  faultLevel = 0;
  /** Stage 2 fault: on the fetch of a stage 1 table, and of which intermediate address. */
  onTableWalk = false;
  ipa = 0;
  /** Set to collect what is looked at. */
  trace: ExplainStep[] | undefined;
  /** The SMMU's own writes (hardware access flag and dirty state). */
  ownWrites: OwnWrite[] = [];
  /** The last leaf was global (nG=0). */
  #global = false;
  #lo = 0;
  #hi = 0;

  constructor(memory: PhysicalMemory, tlb: Tlb, wide: boolean) {
    this.memory = memory;
    this.tlb = tlb;
    this.wide = wide;
  }

  #fail(code: FaultCode, stage: 1 | 2, level: number): boolean {
    this.fault = code;
    this.faultStage = stage;
    this.faultLevel = level;
    return false;
  }

  #load(pa: number, bigEndian: boolean): boolean {
    if (!this.memory.load64(pa)) return false;
    if (bigEndian) {
      this.#lo = swap(this.memory.hi);
      this.#hi = swap(this.memory.lo);
    } else {
      this.#lo = this.memory.lo;
      this.#hi = this.memory.hi;
    }
    return true;
  }

  #store(pa: number, lo: number, hi: number, bigEndian: boolean): void {
    const landed = bigEndian ? this.memory.store64(pa, swap(hi), swap(lo)) : this.memory.store64(pa, lo, hi);
    this.ownWrites.push({ what: 'hardware-update', pa, len: 8, landed });
  }

  /** The address in a descriptor, without the bits below 2^`shift`. */
  #address(granule: number, shift: number): number {
    let upper = this.#hi & 0xffff;
    let lower = 0;
    if (shift < 32) lower = ((this.#lo >>> shift) << shift) >>> 0;
    else upper = (upper >>> (shift - 32)) << (shift - 32);
    if (this.wide && granule === 16) upper += ((this.#lo >>> 12) & 0xf) * 0x1_0000;
    return upper * TWO32 + lower;
  }

  #note(stage: 1 | 2, level: number, pa: number, descriptor: 'table' | 'block' | 'page' | 'invalid'): void {
    this.trace?.push({ kind: 'walk', stage, level, pa, value: hex(word(this.#lo, this.#hi)), descriptor });
  }

  /**
   * Which half an input address belongs to, checked against its size: 0 lower, 1 upper, -1 none (translation fault).
   * Bit 55 selects, and the bits above the table's input must all equal it (Arm ARM, AArch64.TranslationTableWalk).
   */
  half(s1: Stage1, iova: number, iovaTop: number): number {
    if (s1.format !== 'aarch64') {
      if (iova < POW2[s1.lowerBits]!) return 0;
      return iova >= TWO32 - POW2[s1.upperBits]! ? 1 : -1;
    }
    if (((iovaTop >> 3) & 1) === 0) {
      const top = s1.lowerTagged ? iovaTop & 0xf : iovaTop;
      return top === 0 && iova < POW2[s1.lowerBits]! ? 0 : -1;
    }
    const top = s1.upperTagged ? iovaTop | 0xff0 : iovaTop;
    return top === 0xfff && iova >= POW2[52]! - POW2[s1.upperBits]! ? 1 : -1;
  }

  /**
   * Stage 1, and stage 2 after it where there is one. True: `pa`, `perm`, `shift` are set and the access is allowed;
   * false: `fault`, `faultStage`, `faultLevel` say why not.
   */
  translate(
    s1: Stage1 | undefined,
    s2: Stage2 | undefined,
    iova: number,
    iovaTop: number,
    need: AccessNeed,
  ): boolean {
    this.fault = FAULT.none;
    this.onTableWalk = false;
    this.ipa = iova;
    if (s1 === undefined) return this.stage2(s2 as Stage2, iova, need);
    const half = this.half(s1, iova, iovaTop);
    if (half < 0) return this.#fail(FAULT.translation, 1, 0);
    const tag = s1.tags[half as 0 | 1];
    if (this.tlb.lookup(tag, iova) || this.tlb.lookup(s1.globalTags[half as 0 | 1], iova)) {
      this.pa = this.tlb.pa;
      this.ipa = this.tlb.ipa;
      this.perm = this.tlb.perm;
      this.shift = this.tlb.shift;
      this.trace?.push({
        kind: 'tlb',
        stage: s2 === undefined ? 1 : 3,
        page: hex(iova - (iova % POW2[this.shift]!)),
        text: `cached translation to ${hex(this.pa)}, tables not read`,
      });
      return this.#permitted(need);
    }
    const table = half === 1 ? s1.upper : s1.lower;
    // EPDn=1: nothing is walked on a TLB miss.
    if (table === undefined) return this.#fail(FAULT.translation, 1, 0);
    const va = iova % POW2[table.inputBits]!;
    const walked =
      s1.format === 'short' ? this.#walkShort(s1, s2, table, va, need) : this.#walk1(s1, s2, table, va, need);
    if (!walked) return false;
    // A translation that is refused for lack of permission is kept as well: the next access is refused from it.
    const kept = this.#global ? s1.globalTags[half as 0 | 1] : tag;
    const offset = iova % POW2[this.shift]!;
    this.tlb.insert(kept, iova, this.shift, this.pa - offset, this.perm, this.ipa - offset);
    return this.#permitted(need);
  }

  #permitted(need: AccessNeed): boolean {
    if ((this.perm & need.stage1) === 0) return this.#fail(FAULT.permission, 1, 3);
    if ((this.perm & need.stage2) === 0) return this.#fail(FAULT.permission, 2, 3);
    return true;
  }

  /** Stage 1 walk, then stage 2 on its result; permissions are left to the caller. */
  #walk1(s1: Stage1, s2: Stage2 | undefined, table: TableBase, va: number, need: AccessNeed): boolean {
    const granule = table.granule;
    const stride = granule - 3;
    let base = table.base;
    // Bits that table descriptors take away: user access (APTable[0]), writes (APTable[1]), execution.
    let removed = 0;
    for (let level = table.startLevel; level <= 3; level++) {
      const shift = granule + (3 - level) * stride;
      const size = POW2[shift]!;
      const index =
        level === table.startLevel ? Math.floor(va / size) : Math.floor(va / size) % POW2[stride]!;
      let at = base + index * 8;
      if (s2 !== undefined) {
        const ipa = at;
        if (!this.stage2(s2, at, TABLE_READ)) {
          this.onTableWalk = true;
          this.ipa = ipa;
          return false;
        }
        at = this.pa;
      }
      if (!this.#load(at, s1.bigEndian)) {
        this.trace?.push({ kind: 'walk', stage: 1, level, pa: at, value: '', descriptor: 'unreadable' });
        return this.#fail(FAULT.external, 1, level);
      }
      const type = this.#lo & 3;
      if (type === 3 && level < 3) {
        this.#note(1, level, at, 'table');
        const next = this.#address(granule, granule);
        if (next >= POW2[s1.outputBits]!) return this.#fail(FAULT.addressSize, 1, level);
        if (!table.flatPermissions) removed |= tableRemoves(this.#hi, s1.twoLevels);
        base = next;
        continue;
      }
      const leaf = level === 3 ? type === 3 : type === 1 && blockAllowed(granule, level, this.wide);
      if (!leaf) {
        this.#note(1, level, at, 'invalid');
        return this.#fail(FAULT.translation, 1, level);
      }
      this.#note(1, level, at, level === 3 ? 'page' : 'block');
      const first = this.#address(granule, shift);
      if (first >= POW2[s1.outputBits]!) return this.#fail(FAULT.addressSize, 1, level);
      if (!this.#leaf1(s1, at, level, need)) return false;
      this.perm = (leafPermissions(this.#lo, this.#hi, s1.twoLevels) & ~removed) | PERM.s2All;
      this.#global = (this.#lo & 0x800) === 0;
      this.shift = shift;
      this.pa = first + (va % size);
      this.ipa = this.pa;
      if (s2 === undefined) return true;
      return this.#fold(s2, need);
    }
    return this.#fail(FAULT.translation, 1, 3);
  }

  /** AArch32 short descriptors: sections and supersections, large and small pages. */
  #walkShort(s1: Stage1, s2: Stage2 | undefined, table: TableBase, va: number, need: AccessNeed): boolean {
    let at = table.base + Math.floor(va / 0x10_0000) * 4;
    let descriptor = this.#fetchShort(s1, s2, at, 1);
    if (descriptor < 0) return false;
    let type = descriptor & 3;
    let leaf: ShortLeaf;
    if (type === 1) {
      this.#note(1, 1, at, 'table');
      at = descriptor - (descriptor % 1024) + ((va >>> 12) & 0xff) * 4;
      descriptor = this.#fetchShort(s1, s2, at, 2);
      if (descriptor < 0) return false;
      type = descriptor & 3;
      this.#note(1, 2, at, type === 0 ? 'invalid' : 'page');
      if (type === 0) return this.#fail(FAULT.translation, 1, 2);
      leaf = shortPage(descriptor);
    } else {
      this.#note(1, 1, at, type === 0 ? 'invalid' : 'block');
      if (type === 0) return this.#fail(FAULT.translation, 1, 1);
      leaf = shortSection(descriptor);
    }
    if (s1.accessFlagInAp && !s1.accessFlagIgnored && (leaf.ap & 1) === 0) {
      return this.#fail(FAULT.access, 1, leaf.level);
    }
    this.perm = shortPermissions(leaf, s1.accessFlagInAp) | PERM.s2All;
    this.#global = leaf.global;
    this.shift = leaf.shift;
    this.pa = leaf.base + (va % POW2[leaf.shift]!);
    this.ipa = this.pa;
    return s2 === undefined ? true : this.#fold(s2, need);
  }

  /** A short descriptor (32 bits), or -1 with the fault set. */
  #fetchShort(s1: Stage1, s2: Stage2 | undefined, at: number, level: number): number {
    let pa = at;
    if (s2 !== undefined) {
      if (!this.stage2(s2, at, TABLE_READ)) {
        this.onTableWalk = true;
        this.ipa = at;
        return -1;
      }
      pa = this.pa;
    }
    if (!this.memory.load64(pa - (pa % 8))) {
      this.trace?.push({ kind: 'walk', stage: 1, level, pa, value: '', descriptor: 'unreadable' });
      this.#fail(FAULT.external, 1, level);
      return -1;
    }
    const raw = pa % 8 === 0 ? this.memory.lo : this.memory.hi;
    this.#lo = s1.bigEndian ? swap(raw) : raw;
    this.#hi = 0;
    return this.#lo;
  }

  /** Access flag and dirty state of a stage 1 leaf. */
  #leaf1(s1: Stage1, at: number, level: number, need: AccessNeed): boolean {
    if ((this.#lo & 0x400) === 0 && !s1.accessFlagIgnored) {
      if (!s1.setAccessFlag) return this.#fail(FAULT.access, 1, level);
      this.#lo = (this.#lo | 0x400) >>> 0;
      this.#store(at, this.#lo, this.#hi, s1.bigEndian);
    }
    if (s1.setDirty && need.write && (this.#lo & 0x80) !== 0 && (this.#hi & (1 << 19)) !== 0) {
      this.#lo = (this.#lo & ~0x80) >>> 0;
      this.#store(at, this.#lo, this.#hi, s1.bigEndian);
    }
    return true;
  }

  /** Stage 2 of a finished stage 1: the combined entry has the smaller size and both stages' permissions. */
  #fold(s2: Stage2, need: AccessNeed): boolean {
    const stage1Perm = this.perm & PERM.s1All;
    const stage1Shift = this.shift;
    const stage1Global = this.#global;
    const ipa = this.pa;
    // Stage 1 permission comes before stage 2 is walked at all.
    if ((stage1Perm & need.stage1) === 0) return this.#fail(FAULT.permission, 1, 3);
    if (!this.stage2(s2, ipa, need)) {
      this.ipa = ipa;
      return false;
    }
    this.perm = stage1Perm | (this.perm & PERM.s2All);
    this.shift = Math.min(stage1Shift, this.shift);
    this.#global = stage1Global;
    this.ipa = ipa;
    return true;
  }

  /** Stage 2 alone: `ipa` to `pa`, checked for `need.stage2`. */
  stage2(s2: Stage2, ipa: number, need: AccessNeed): boolean {
    if (this.tlb.lookup(s2.tag, ipa)) {
      this.pa = this.tlb.pa;
      this.perm = this.tlb.perm;
      this.shift = this.tlb.shift;
      this.trace?.push({
        kind: 'tlb',
        stage: 2,
        page: hex(ipa - (ipa % POW2[this.shift]!)),
        text: `cached translation to ${hex(this.pa)}, tables not read`,
      });
    } else {
      if (!this.#walk2(s2, ipa, need)) return false;
      this.tlb.insert(s2.tag, ipa, this.shift, this.pa - (ipa % POW2[this.shift]!), this.perm);
    }
    if ((this.perm & need.stage2) === 0) return this.#fail(FAULT.permission, 2, 3);
    return true;
  }

  #walk2(s2: Stage2, ipa: number, need: AccessNeed): boolean {
    const { granule, startLevel, inputBits } = s2.table;
    if (ipa >= POW2[inputBits]!) return this.#fail(FAULT.translation, 2, startLevel);
    const stride = granule - 3;
    let base = s2.table.base;
    for (let level = startLevel; level <= 3; level++) {
      const shift = granule + (3 - level) * stride;
      const size = POW2[shift]!;
      // The first index may be longer than a table: concatenated tables lie one after the other.
      const index = level === startLevel ? Math.floor(ipa / size) : Math.floor(ipa / size) % POW2[stride]!;
      const at = base + index * 8;
      if (!this.#load(at, s2.bigEndian)) {
        this.trace?.push({ kind: 'walk', stage: 2, level, pa: at, value: '', descriptor: 'unreadable' });
        return this.#fail(FAULT.external, 2, level);
      }
      const type = this.#lo & 3;
      if (type === 3 && level < 3) {
        this.#note(2, level, at, 'table');
        const next = this.#address(granule, granule);
        if (next >= POW2[s2.outputBits]!) return this.#fail(FAULT.addressSize, 2, level);
        base = next;
        continue;
      }
      const leaf = level === 3 ? type === 3 : type === 1 && blockAllowed(granule, level, this.wide);
      if (!leaf) {
        this.#note(2, level, at, 'invalid');
        return this.#fail(FAULT.translation, 2, level);
      }
      this.#note(2, level, at, level === 3 ? 'page' : 'block');
      const first = this.#address(granule, shift);
      if (first >= POW2[s2.outputBits]!) return this.#fail(FAULT.addressSize, 2, level);
      if (!this.#leaf2(s2, at, level, need)) return false;
      let perm: number = PERM.s1All;
      if ((this.#lo & 0x40) !== 0) perm |= PERM.s2Read;
      if ((this.#lo & 0x80) !== 0) perm |= PERM.s2Write;
      if ((this.#hi & (1 << 22)) === 0 && (this.#lo & 0x40) !== 0) perm |= PERM.s2Execute;
      this.perm = perm;
      this.shift = shift;
      this.pa = first + (ipa % size);
      return true;
    }
    return this.#fail(FAULT.translation, 2, 3);
  }

  #leaf2(s2: Stage2, at: number, level: number, need: AccessNeed): boolean {
    if ((this.#lo & 0x400) === 0 && !s2.accessFlagIgnored) {
      if (!s2.setAccessFlag) return this.#fail(FAULT.access, 2, level);
      this.#lo = (this.#lo | 0x400) >>> 0;
      this.#store(at, this.#lo, this.#hi, s2.bigEndian);
    }
    if (s2.setDirty && need.write && (this.#lo & 0x80) === 0 && (this.#hi & (1 << 19)) !== 0) {
      this.#lo = (this.#lo | 0x80) >>> 0;
      this.#store(at, this.#lo, this.#hi, s2.bigEndian);
    }
    return true;
  }
}

/** Blocks: 1 GiB and 2 MiB with 4 KiB granules, 32 MiB with 16 KiB, 512 MiB (52 bits: 4 TiB too) with 64 KiB. */
function blockAllowed(granule: number, level: number, wide: boolean): boolean {
  if (level === 2) return true;
  if (level !== 1) return false;
  return granule === 12 || (granule === 16 && wide);
}

/** Byte order of a 32 bit word reversed. */
function swap(value: number): number {
  return ((value >>> 24) | ((value >>> 8) & 0xff00) | ((value & 0xff00) << 8) | ((value & 0xff) << 24)) >>> 0;
}

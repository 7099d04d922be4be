import { alignDown, POW2 } from './bits.ts';

/** One translation table base register with its part of TCR or of a context descriptor. */
export interface TableBase {
  /** log2 of the granule: 12, 14 or 16. */
  readonly granule: number;
  /** Bits of input address that this table resolves. */
  readonly inputBits: number;
  readonly startLevel: number;
  /** Physical address of the first table, aligned to its size. */
  readonly base: number;
  /** Hierarchical permissions of table descriptors are ignored (HPD/HAD). */
  readonly flatPermissions: boolean;
}

/** A stage 1 that is ready to be walked; a disabled half (EPD) is `undefined`. */
export interface Stage1 {
  /** AArch64 tables, AArch32 long descriptors (LPAE) or AArch32 short descriptors. */
  readonly format: 'aarch64' | 'aarch32' | 'short';
  readonly lower: TableBase | undefined;
  readonly upper: TableBase | undefined;
  /** Where the halves end, disabled or not: a disabled half is not walked, but may still hit in the TLB. */
  readonly lowerBits: number;
  readonly upperBits: number;
  /** TBI0 and TBI1. */
  readonly lowerTagged: boolean;
  readonly upperTagged: boolean;
  /** Output (physical or intermediate) address bits: descriptors that point beyond fault. */
  readonly outputBits: number;
  /** AF=0 does not fault (AFFD). */
  readonly accessFlagIgnored: boolean;
  /** AArch32 short descriptors: AP[0] is the access flag (SCTLR.AFE). */
  readonly accessFlagInAp: boolean;
  /** Two privilege levels share the tables: AP[1] and APTable[0] count. False in an EL2 regime. */
  readonly twoLevels: boolean;
  readonly bigEndian: boolean;
  /** Hardware updates of the access flag and of dirty state (CD.HA, CD.HD). */
  readonly setAccessFlag: boolean;
  readonly setDirty: boolean;
  /** TLB tags of the two halves for this ASID, and of global entries. */
  readonly tags: readonly [lower: number, upper: number];
  readonly globalTags: readonly [lower: number, upper: number];
}

export interface Stage2 {
  readonly table: TableBase;
  readonly outputBits: number;
  readonly accessFlagIgnored: boolean;
  readonly bigEndian: boolean;
  readonly setAccessFlag: boolean;
  readonly setDirty: boolean;
  readonly tag: number;
}

/** Output address size of the fields IPS, PS, S2PS and PASize (Arm: 0b000 32 bits .. 0b110 52 bits). */
export function addressBits(encoding: number): number {
  return [32, 36, 40, 42, 44, 48, 52, 52][encoding & 7]!;
}

/** log2 of the granule for TG0 and S2TG; `undefined`: reserved. */
export function granuleTg0(encoding: number): number | undefined {
  return [12, 16, 14, undefined][encoding & 3];
}

/** log2 of the granule for TG1, which is encoded differently; `undefined`: reserved. */
export function granuleTg1(encoding: number): number | undefined {
  return [undefined, 14, 12, 16][encoding & 3];
}

/**
 * Where a stage 1 walk starts: the level whose table resolves the remaining top bits of an `inputBits` address.
 */
export function startLevel(inputBits: number, granule: number): number {
  return 4 - Math.ceil((inputBits - granule) / (granule - 3));
}

/** The table base for a stage 1 half. `address` is the TTBR's address field. */
export function stage1Table(
  granule: number,
  inputBits: number,
  address: number,
  flatPermissions: boolean,
): TableBase {
  const level = startLevel(inputBits, granule);
  return {
    granule,
    inputBits,
    startLevel: level,
    base: alignTable(address, granule, inputBits, level),
    flatPermissions,
  };
}

/** Low bits of a table base below the size of the (possibly concatenated) first table are taken as zero. */
function alignTable(address: number, granule: number, inputBits: number, level: number): number {
  const shift = granule + (3 - level) * (granule - 3);
  return alignDown(address, Math.max(4, inputBits - shift + 3));
}

/** The start level that S2SL0/SL0 selects; -1: reserved. */
export function stage2StartLevel(sl0: number, granule: number): number {
  if (sl0 > 2) return -1;
  return granule === 12 ? 2 - sl0 : 3 - sl0;
}

/**
 * The table base of a stage 2, or `undefined` when start level and input size do not fit together: the first level
 * may be at most 16 concatenated tables and needs more than one entry, and levels 0 and 1 need an implementation
 * with a large physical address size (Arm ARM, AArch64.CheckS2StartLevel; it makes an STE illegal, a v2 bank fault).
 */
export function stage2Table(
  granule: number,
  inputBits: number,
  sl0: number,
  address: number,
  implementedBits: number,
): TableBase | undefined {
  const level = stage2StartLevel(sl0, granule);
  if (level < 0) return undefined;
  if (granule === 12 && level === 0 && implementedBits <= 42) return undefined;
  if (granule === 14 && (level === 0 || (level === 1 && implementedBits <= 40))) return undefined;
  if (granule === 16 && (level === 0 || (level === 1 && implementedBits <= 42))) return undefined;
  const stride = granule - 3;
  const shift = granule + (3 - level) * stride;
  const indexBits = inputBits - shift;
  if (indexBits < 1 || indexBits > stride + 4) return undefined;
  return {
    granule,
    inputBits,
    startLevel: level,
    base: alignTable(address, granule, inputBits, level),
    flatPermissions: false,
  };
}

/** True when `address` needs more than `bits` bits. */
export function exceeds(address: number, bits: number): boolean {
  return address >= POW2[bits]!;
}

import { field } from './bits.ts';
import {
  addressBits,
  exceeds,
  granuleTg0,
  granuleTg1,
  type Stage1,
  type Stage2,
  stage1Table,
  stage2Table,
  type TableBase,
} from './regime.ts';
import { GLOBAL, KIND, regimeTag } from './tlb.ts';
import { FAULT, type FaultCode } from './walk.ts';

/** CBAR.TYPE. */
export const CBAR_TYPE = { s2: 0, s1: 1, s1Fault: 2, nested: 3 } as const;

/** Bits of SCTLR (arm-smmu.h; AFFD from IHI 0062). */
export const SCTLR = {
  M: 0x1,
  TRE: 0x2,
  AFE: 0x4,
  AFFD: 0x8,
  E: 0x10,
  CFRE: 0x20,
  CFIE: 0x40,
  CFCFG: 0x80,
  HUPCF: 0x100,
} as const;

/** Bits of FSR. The FORMAT field is left at zero. */
export const FSR = {
  TF: 0x2,
  AFF: 0x4,
  PF: 0x8,
  EF: 0x10,
  TLBMCF: 0x20,
  TLBLKF: 0x40,
  ASF: 0x80,
  UUT: 0x100,
  SS: 0x4000_0000,
  MULTI: 0x8000_0000,
  /** All that says "there is a fault", without the status bits SS and MULTI. */
  faults: 0x1fe,
} as const;

/** A stage as the registers describe it: walkable, or one that faults whatever the address is. */
export interface Decoded<T> {
  readonly stage: T | undefined;
  readonly fault: FaultCode;
}

const BAD: Decoded<never> = { stage: undefined, fault: FAULT.translation };
const TOO_LARGE: Decoded<never> = { stage: undefined, fault: FAULT.addressSize };

/** A context bank: its registers by their architectural names, and what they mean. */
export class ContextBank {
  readonly index: number;
  CBAR = 0;
  CBA2R = 0;
  CBFRSYNRA = 0;
  SCTLR = 0;
  ACTLR = 0;
  TCR = 0;
  TCR2 = 0;
  TTBR0 = 0n;
  TTBR1 = 0n;
  CONTEXTIDR = 0;
  MAIR0 = 0;
  MAIR1 = 0;
  PAR = 0n;
  FSR = 0;
  FAR = 0n;
  FSYNR0 = 0;
  FSYNR1 = 0;
  IPAFAR = 0n;
  #stage1: Decoded<Stage1> | undefined;
  #stage2: Decoded<Stage2> | undefined;

  constructor(index: number) {
    this.index = index;
  }

  get type(): number {
    return (this.CBAR >>> 16) & 3;
  }

  get va64(): boolean {
    return (this.CBA2R & 1) !== 0;
  }

  get enabled(): boolean {
    return (this.SCTLR & SCTLR.M) !== 0;
  }

  /** Registers were written: the meaning is worked out again at the next use. */
  changed(): void {
    this.#stage1 = undefined;
    this.#stage2 = undefined;
  }

  /** VMID of the bank: CBAR.VMID, or the 16 bit one in CBA2R. */
  vmid(vmid16: boolean): number {
    return vmid16 ? this.CBA2R >>> 16 : this.CBAR & 0xff;
  }

  /** ASID of the bank's stage 1. */
  get asid(): number {
    if (!this.va64 && this.TCR >>> 31 === 0) return this.CONTEXTIDR & 0xff;
    const ttbr = (this.TCR & 0x40_0000) !== 0 ? this.TTBR1 : this.TTBR0;
    return field(ttbr, this.va64 && (this.TCR2 & 0x10) !== 0 ? 63 : 55, 48);
  }

  /** Stage 1 of the bank. `outputBits`: what the SMMU implements. */
  stage1(outputBits: number, vmid16: boolean): Decoded<Stage1> {
    if (this.#stage1 === undefined) this.#stage1 = this.#decode1(outputBits, vmid16);
    return this.#stage1;
  }

  stage2(outputBits: number, vmid16: boolean): Decoded<Stage2> {
    if (this.#stage2 === undefined) this.#stage2 = this.#decode2(outputBits, vmid16);
    return this.#stage2;
  }

  #common(vmid16: boolean) {
    const vmid = this.vmid(vmid16);
    const asid = this.asid;
    return {
      accessFlagIgnored: (this.SCTLR & SCTLR.AFFD) !== 0,
      accessFlagInAp: (this.SCTLR & SCTLR.AFE) !== 0,
      twoLevels: true,
      bigEndian: (this.SCTLR & SCTLR.E) !== 0,
      setAccessFlag: false,
      setDirty: false,
      tags: [regimeTag(KIND.el1, 0, vmid, asid), regimeTag(KIND.el1, 1, vmid, asid)] as const,
      globalTags: [regimeTag(KIND.el1, 0, vmid, GLOBAL), regimeTag(KIND.el1, 1, vmid, GLOBAL)] as const,
    };
  }

  #decode1(implemented: number, vmid16: boolean): Decoded<Stage1> {
    if (!this.va64) {
      return this.TCR >>> 31 === 1 ? this.#decodeLong(implemented, vmid16) : this.#decodeShort(vmid16);
    }
    const outputBits = Math.min(addressBits(this.TCR2), implemented);
    const lower = this.#half64(false, outputBits);
    const upper = this.#half64(true, outputBits);
    if (lower.fault !== FAULT.none) return { stage: undefined, fault: lower.fault };
    return {
      stage: {
        format: 'aarch64',
        lower: lower.stage?.table,
        // An upper half that nobody can walk faults only its own addresses: devices use the lower one.
        upper: upper.stage?.table,
        lowerBits: lower.stage?.inputBits ?? 48,
        upperBits: upper.stage?.inputBits ?? 48,
        lowerTagged: (this.TCR2 & 0x20) !== 0,
        upperTagged: (this.TCR2 & 0x40) !== 0,
        outputBits,
        ...this.#common(vmid16),
      },
      fault: FAULT.none,
    };
  }

  /** One half of a 64 bit context; the table is `undefined` where EPD disables it. */
  #half64(upper: boolean, outputBits: number): Decoded<{ table: TableBase | undefined; inputBits: number }> {
    const size = (upper ? this.TCR >>> 16 : this.TCR) & 0x3f;
    const inputBits = 64 - Math.min(Math.max(size, 16), 39);
    if ((this.TCR & (upper ? 0x80_0000 : 0x80)) !== 0) {
      return { stage: { table: undefined, inputBits }, fault: FAULT.none };
    }
    const granule = upper ? granuleTg1(this.TCR >>> 30) : granuleTg0(this.TCR >>> 14);
    if (granule === undefined || size < 16 || size > 39) return BAD;
    const table = stage1Table(granule, inputBits, field(upper ? this.TTBR1 : this.TTBR0, 47, 0), false);
    return exceeds(table.base, outputBits) ? TOO_LARGE : { stage: { table, inputBits }, fault: FAULT.none };
  }

  /** AArch32 long descriptors: T0SZ and T1SZ have three bits, 4 KiB pages, 40 bits of output. */
  #decodeLong(implemented: number, vmid16: boolean): Decoded<Stage1> {
    const outputBits = Math.min(this.TCR2 === 0 ? 40 : addressBits(this.TCR2), 40, implemented);
    const lowerBits = 32 - (this.TCR & 7);
    const upperBits =
      (this.TCR & 7) !== 0 && ((this.TCR >>> 16) & 7) === 0 ? 32 : 32 - ((this.TCR >>> 16) & 7);
    const table = (ttbr: bigint, bits: number) => stage1Table(12, bits, field(ttbr, 39, 0), false);
    return {
      stage: {
        format: 'aarch32',
        lower: (this.TCR & 0x80) === 0 ? table(this.TTBR0, lowerBits) : undefined,
        upper: (this.TCR & 0x80_0000) === 0 ? table(this.TTBR1, upperBits) : undefined,
        lowerBits,
        upperBits,
        lowerTagged: false,
        upperTagged: false,
        outputBits,
        ...this.#common(vmid16),
      },
      fault: FAULT.none,
    };
  }

  /** AArch32 short descriptors: TTBCR.N splits, PD0 and PD1 disable. */
  #decodeShort(vmid16: boolean): Decoded<Stage1> {
    const n = this.TCR & 7;
    const table = (ttbr: bigint, bits: number): TableBase => ({
      granule: 12,
      inputBits: bits,
      startLevel: 1,
      base: field(ttbr, 31, bits - 18) * 2 ** (bits - 18),
      flatPermissions: false,
    });
    return {
      stage: {
        format: 'short',
        lower: (this.TCR & 0x10) === 0 ? table(this.TTBR0, 32 - n) : undefined,
        upper: (this.TCR & 0x20) === 0 ? table(this.TTBR1, 32) : undefined,
        lowerBits: 32 - n,
        upperBits: 32,
        lowerTagged: false,
        upperTagged: false,
        outputBits: 40,
        ...this.#common(vmid16),
      },
      fault: FAULT.none,
    };
  }

  #decode2(implemented: number, vmid16: boolean): Decoded<Stage2> {
    const granule = this.va64 ? granuleTg0(this.TCR >>> 14) : 12;
    if (granule === undefined) return BAD;
    let inputBits = 64 - (this.TCR & 0x3f);
    let outputBits = Math.min(addressBits(this.TCR >>> 16), implemented);
    if (!this.va64) {
      // T0SZ is a signed number of four bits, S its sign.
      const size = this.TCR & 0xf;
      inputBits = 32 - ((this.TCR & 0x10) !== 0 ? size - 16 : size);
      outputBits = Math.min(40, implemented);
    }
    if (inputBits < 25 || inputBits > 48) return BAD;
    const table = stage2Table(
      granule,
      inputBits,
      (this.TCR >>> 6) & 3,
      field(this.TTBR0, 47, 0),
      implemented,
    );
    if (table === undefined) return BAD;
    if (exceeds(table.base, outputBits)) return TOO_LARGE;
    return {
      stage: {
        table,
        outputBits,
        accessFlagIgnored: (this.SCTLR & SCTLR.AFFD) !== 0,
        bigEndian: (this.SCTLR & SCTLR.E) !== 0,
        setAccessFlag: false,
        setDirty: false,
        tag: regimeTag(KIND.stage2, 0, this.vmid(vmid16), 0),
      },
      fault: FAULT.none,
    };
  }

  clone(): ContextBank {
    const copy = new ContextBank(this.index);
    Object.assign(copy, this);
    return copy;
  }
}

import { field } from './bits.ts';
import { GLOBAL, KIND, type Tlb, tagParts } from './tlb.ts';
import type { InterruptLine, SmmuOptions } from './types.ts';
import { ContextBank, FSR, SCTLR } from './v2-bank.ts';
import { NUMPAGE, parseName, type RegisterName } from './v2-registers.ts';
import { StreamMap } from './v2-streams.ts';

/** Bits of sCR0 (arm-smmu.h; STALLD and SMCFCFG from IHI 0062). */
export const SCR0 = {
  CLIENTPD: 0x1,
  GFRE: 0x2,
  GFIE: 0x4,
  EXIDENABLE: 0x8,
  GCFGFRE: 0x10,
  GCFGFIE: 0x20,
  STALLD: 0x100,
  USFCFG: 0x400,
  VMIDPNE: 0x800,
  PTM: 0x1000,
  FB: 0x2000,
  BSU: 0xc000,
  SMCFCFG: 0x20_0000,
  VMID16EN: 0x8000_0000,
} as const;

/** Bits of sGFSR. */
export const GFSR = {
  ICF: 0x1,
  USF: 0x2,
  SMCF: 0x4,
  UCBF: 0x8,
  UCIF: 0x10,
  CAF: 0x20,
  EF: 0x40,
  PF: 0x80,
  UUT: 0x100,
  MULTI: 0x8000_0000,
} as const;

/** IAS/OAS/UBS encoding of ID2. */
const ID_SIZE: Readonly<Record<number, number>> = { 32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5, 52: 5 };

/** All registers of an SMMUv1/v2 and what writing them does. */
export class V2State {
  readonly options: SmmuOptions;
  readonly outputBits: number;
  readonly streams: StreamMap;
  readonly banks: readonly ContextBank[];
  readonly tlb: Tlb;
  sCR0: number = SCR0.CLIENTPD | SCR0.SMCFCFG;
  sCR1 = 0;
  sACR = 0;
  sGFSR = 0;
  sGFSYNR0 = 0;
  sGFSYNR1 = 0;
  sGFSYNR2 = 0;
  sGFAR = 0n;
  /** Lines that are up, and how often each went up; the key is the bank, -1 for the global line. */
  #asserted = new Set<number>();
  #raised = new Map<number, number>();

  constructor(
    options: SmmuOptions,
    tlb: Tlb,
    streams = new StreamMap(options.streamMappingGroups ?? 128, options.streamMatching ?? true),
    banks: readonly ContextBank[] = Array.from(
      { length: options.contextBanks ?? 128 },
      (_, index) => new ContextBank(index),
    ),
  ) {
    this.options = options;
    this.outputBits = Math.min(options.outputBits ?? (options.version === 1 ? 40 : 48), 48);
    this.streams = streams;
    this.banks = banks;
    this.tlb = tlb;
  }

  get vmid16(): boolean {
    return (this.sCR0 & SCR0.VMID16EN) !== 0;
  }

  #name(register: string): RegisterName {
    const name = parseName(register);
    const limit =
      name === undefined || name.group === 'global'
        ? 1
        : name.group === 'SMR' || name.group === 'S2CR'
          ? this.streams.groups
          : this.banks.length;
    const missing = name?.group === 'SMR' && !this.streams.matching;
    const v2only = this.options.version === 1 && name?.group === 'CBA2R';
    if (name === undefined || name.index >= limit || missing || v2only) {
      throw new RangeError(`SMMUv${this.options.version} has no register ${register}`);
    }
    return name;
  }

  /** Throws RangeError for a name that this SMMU does not have. */
  write(register: string, value: number | bigint): void {
    const { group, index, name, bits } = this.#name(register);
    const wide = BigInt.asUintN(bits, BigInt(value));
    const low = Number(wide & 0xffff_ffffn);
    switch (group) {
      case 'global':
        this.#writeGlobal(name, low, wide);
        return;
      case 'SMR':
        this.streams.SMR[index] = low;
        this.streams.changed();
        return;
      case 'S2CR':
        this.#writeS2cr(index, low);
        return;
      case 'CB':
        this.#writeBank(this.banks[index]!, name, low, wide);
        return;
      case 'CBFRSYNRA':
        this.banks[index]!.CBFRSYNRA = low;
        return;
      default:
        this.banks[index]![group] = low;
        this.banks[index]!.changed();
    }
  }

  /**
   * With the Qualcomm hypervisor's quirk a write of type bypass arrives as fault and a write of fault is lost
   * (arm-smmu-qcom.c:qcom_smmu_cfg_probe, qcom_smmu_write_s2cr).
   */
  #writeS2cr(index: number, value: number): void {
    const type = (value >>> 16) & 3;
    if (this.options.qcomBypassQuirk === true && type === 2) return;
    const stored =
      this.options.qcomBypassQuirk === true && type === 1 ? (value & ~0x3_0000) | 0x2_0000 : value;
    this.streams.S2CR[index] = stored;
    this.streams.changed();
  }

  #writeGlobal(name: string, value: number, wide: bigint): void {
    switch (name) {
      case 'sCR0':
        this.sCR0 = value;
        this.streams.changed();
        for (const bank of this.banks) bank.changed();
        break;
      case 'sGFSR':
        this.sGFSR = (this.sGFSR & ~value) >>> 0;
        break;
      case 'sGFSRRESTORE':
        this.sGFSR = value;
        break;
      case 'sGFAR':
        this.sGFAR = wide;
        break;
      case 'sCR1':
      case 'sACR':
      case 'sGFSYNR0':
      case 'sGFSYNR1':
      case 'sGFSYNR2':
        this[name] = value;
        break;
      case 'TLBIALLNSNH':
        this.tlb.invalidate((tag) => isNonHyp(tagParts(tag).kind));
        break;
      case 'TLBIALLH':
        this.tlb.invalidate((tag) => !isNonHyp(tagParts(tag).kind));
        break;
      case 'TLBIVMID': {
        const vmid = value & (this.vmid16 ? 0xffff : 0xff);
        this.tlb.invalidate((tag) => isNonHyp(tagParts(tag).kind) && tagParts(tag).vmid === vmid);
        break;
      }
      default:
        // Identification and TLB sync registers: invalidation is complete at once, so there is nothing to wait for.
        break;
    }
    this.lineChanged(-1);
  }

  #writeBank(bank: ContextBank, name: string, value: number, wide: bigint): void {
    switch (name) {
      case 'FSR':
        // Write one to clear; SS goes with RESUME only.
        bank.FSR = (bank.FSR & ~(value & ~FSR.SS)) >>> 0;
        break;
      case 'FSRRESTORE':
        bank.FSR = value;
        break;
      case 'RESUME':
        bank.FSR = (bank.FSR & ~FSR.SS) >>> 0;
        break;
      case 'TTBR0':
      case 'TTBR1':
      case 'FAR':
      case 'PAR':
      case 'IPAFAR':
        bank[name] = wide;
        break;
      case 'SCTLR':
      case 'ACTLR':
      case 'TCR':
      case 'TCR2':
      case 'CONTEXTIDR':
      case 'MAIR0':
      case 'MAIR1':
      case 'FSYNR0':
      case 'FSYNR1':
        bank[name] = value;
        break;
      default:
        this.#invalidate(bank, name, wide);
        return;
    }
    bank.changed();
    this.lineChanged(bank.index);
  }

  /** TLB invalidation through a bank: its VMID, an ASID and an address as the register carries them. */
  #invalidate(bank: ContextBank, name: string, value: bigint): void {
    const vmid = bank.vmid(this.vmid16);
    if (name === 'TLBIIPAS2' || name === 'TLBIIPAS2L') {
      const ipa = field(value, 35, 0) * 4096;
      this.tlb.invalidateRange((tag) => matches(tag, KIND.stage2, vmid, undefined), ipa, 4096);
      return;
    }
    // A 64 bit context gives VA[55:12] and the ASID in 63:48; a 32 bit one VA[31:12] in place and the ASID in 7:0.
    const address = bank.va64 ? field(value, 39, 0) * 4096 : Number(value & 0xffff_f000n);
    const half = bank.va64 ? field(value, 43, 43) : undefined;
    const asid = bank.va64 ? field(value, 63, 48) : Number(value & 0xffn);
    const here = (tag: number) => half === undefined || tagParts(tag).half === half;
    switch (name) {
      case 'TLBIALL':
        this.tlb.invalidate((tag) => matches(tag, KIND.el1, vmid, undefined));
        break;
      case 'TLBIASID':
        // The ASID stands in the low bits here, and global entries stay.
        this.tlb.invalidate((tag) => matches(tag, KIND.el1, vmid, Number(value & 0xffffn)));
        break;
      case 'TLBIVA':
      case 'TLBIVAL':
        this.tlb.invalidateRange(
          (tag) => (matches(tag, KIND.el1, vmid, asid) || matches(tag, KIND.el1, vmid, GLOBAL)) && here(tag),
          address,
          4096,
        );
        break;
      case 'TLBIVAA':
      case 'TLBIVAAL':
        this.tlb.invalidateRange(
          (tag) => matches(tag, KIND.el1, vmid, undefined) && here(tag),
          address,
          4096,
        );
        break;
      default:
        break;
    }
  }

  read(register: string): bigint {
    const { group, index, name } = this.#name(register);
    switch (group) {
      case 'global':
        return this.#readGlobal(name);
      case 'SMR':
        return BigInt(this.streams.SMR[index]!);
      case 'S2CR':
        return BigInt(this.streams.S2CR[index]!);
      case 'CB': {
        const value: unknown = this.banks[index]![name as keyof ContextBank];
        return typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(value >>> 0) : 0n;
      }
      default:
        return BigInt(this.banks[index]![group]);
    }
  }

  #readGlobal(name: string): bigint {
    const size = BigInt(ID_SIZE[this.outputBits] ?? 5);
    switch (name) {
      case 'IDR0':
        // S1TS, S2TS, NTS, SMS, no address translation operations, coherent walks, 15 StreamID bits.
        return (
          0x7400_4000n |
          (this.streams.matching ? 0x800_0000n : 0n) |
          (7n << 9n) |
          BigInt(Math.min(this.streams.groups, 0xff)) |
          (BigInt(Math.min(this.banks.length, 0xff)) << 16n)
        );
      case 'IDR1':
        return (BigInt(Math.log2(NUMPAGE) - 1) << 28n) | BigInt(this.banks.length);
      case 'IDR2':
        return this.options.version === 1 ? (size << 4n) | size : 0x7000n | (5n << 8n) | (size << 4n) | size;
      case 'IDR7':
        return this.options.version === 1 ? 0x10n : 0x20n;
      case 'sGFAR':
        return this.sGFAR;
      case 'sCR0':
      case 'sCR1':
      case 'sACR':
      case 'sGFSR':
      case 'sGFSYNR0':
      case 'sGFSYNR1':
      case 'sGFSYNR2':
        return BigInt(this[name] >>> 0);
      default:
        return 0n;
    }
  }

  /** @param index a context bank, or -1 for the global line */
  line(index: number): InterruptLine {
    const bank = this.banks[index];
    return {
      line: bank === undefined ? 'global' : 'context',
      bank: index,
      pending: bank === undefined ? this.sGFSR !== 0 : (bank.FSR & FSR.faults) !== 0,
      enabled: bank === undefined ? (this.sCR0 & SCR0.GFIE) !== 0 : (bank.SCTLR & SCTLR.CFIE) !== 0,
      level: true,
      raised: this.#raised.get(index) ?? 0,
    };
  }

  /** A fault register or an enable changed: counts the line if it went up. */
  lineChanged(index: number): void {
    const line = this.line(index);
    if (!(line.pending && line.enabled)) {
      this.#asserted.delete(index);
    } else if (!this.#asserted.has(index)) {
      this.#asserted.add(index);
      this.#raised.set(index, line.raised + 1);
    }
  }

  clone(tlb: Tlb): V2State {
    const banks = this.banks.map((bank) => bank.clone());
    const copy = new V2State(this.options, tlb, this.streams.clone(), banks);
    for (const name of ['sCR0', 'sCR1', 'sACR', 'sGFSR', 'sGFSYNR0', 'sGFSYNR1', 'sGFSYNR2'] as const) {
      copy[name] = this[name];
    }
    copy.sGFAR = this.sGFAR;
    copy.#asserted = new Set(this.#asserted);
    copy.#raised = new Map(this.#raised);
    return copy;
  }
}

function isNonHyp(kind: number): boolean {
  return kind === KIND.el1 || kind === KIND.stage2;
}

/** `asid` undefined: any. */
function matches(tag: number, kind: number, vmid: number, asid: number | undefined): boolean {
  const parts = tagParts(tag);
  return parts.kind === kind && parts.vmid === vmid && (asid === undefined || parts.asid === asid);
}

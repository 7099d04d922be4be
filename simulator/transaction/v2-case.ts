import { IoPgtable } from '../kexec/linux-io-pgtable.ts';
import { hex, hexIova } from '../smmu/bits.ts';
import { PERM } from '../smmu/tlb.ts';
import type { Decision, PhysicalMemory, SmmuOptions } from '../smmu/types.ts';
import { SmmuV2 } from '../smmu/v2.ts';
import { FSR } from '../smmu/v2-bank.ts';
import {
  CaseError,
  isObject,
  type Json,
  type JsonObject,
  memoryOf,
  numberAt,
  objectAt,
  objectsAt,
  smallUnsigned,
  transactionOf,
  unsigned,
} from './input.ts';

export interface BankReport {
  FSR: string;
  FAR?: string;
}

export interface V2Outcome {
  readonly decision: Decision;
  readonly gfsr: string;
  readonly contextBanks: Record<string, BankReport>;
}

/** Tables for `mappings` that come without descriptors are built here, below the part of RAM that DMA is aimed at. */
const TABLE_POOL = { base: 0x4040_0000, end: 0x4080_0000 } as const;

/** Raw bank registers that a case may give, by their architectural names. */
const RAW = ['CBAR', 'CBA2R', 'CBFRSYNRA'] as const;
const RAW_BANK = ['ACTLR', 'TCR2', 'TCR', 'CONTEXTIDR', 'TTBR0', 'TTBR1', 'MAIR0', 'MAIR1', 'SCTLR'] as const;

/** True for a case by hand: banks by field, tables as mappings. */
function byField(bank: JsonObject): boolean {
  return bank.CBAR === undefined;
}

/** A v1 case says so: version 1, `v1`, or its family (v1 has no 64 bit contexts and may index streams). */
function isV1(line: JsonObject, smmu: JsonObject): boolean {
  return smmu.version === 1 || smmu.v1 !== undefined || line.family === 'v1';
}

function optionsOf(line: JsonObject, smmu: JsonObject, banks: JsonObject[]): SmmuOptions {
  const v1 = isV1(line, smmu);
  // MMU-500 as in the recorded cases has 16 banks; a case by hand gets the architecture's maximum.
  const recorded = banks.length > 0 && !banks.some(byField);
  return {
    version: v1 ? 1 : 2,
    streamMappingGroups: 128,
    contextBanks: recorded ? 16 : 128,
    streamMatching: !(v1 && objectsAt(smmu, 'smr', 'smmu.smr').length === 0),
    outputBits: v1 ? 40 : 48,
    tlbEntries: 64,
  };
}

/** Builds the SMMUv1/v2 of a case in the state that the case describes. Throws CaseError for what it cannot hold. */
export function buildV2(line: JsonObject): SmmuV2 {
  const smmuPart = objectAt(line, 'smmu');
  const regs = objectAt(smmuPart, 'regs', 'smmu.regs');
  const bankParts = isObject(line.cb) ? line.cb : {};
  const banks = Object.keys(bankParts).map((key) => objectAt(bankParts, key, `cb.${key}`));
  const options = optionsOf(line, smmuPart, banks);
  const memory = memoryOf(line);
  const smmu = new SmmuV2(options, memory);
  const set = (register: string, value: bigint | number, where: string) => {
    try {
      smmu.write(register, value);
    } catch {
      throw new CaseError(`${where}: SMMUv${options.version} has no register ${register}`);
    }
  };
  const sCR0 = unsigned(regs.sCR0, 'smmu.regs.sCR0');
  set('sCR0', sCR0, 'smmu.regs.sCR0');
  if (regs.sGFSR_before !== undefined) {
    set('sGFSRRESTORE', unsigned(regs.sGFSR_before, 'smmu.regs.sGFSR_before'), 'smmu.regs.sGFSR_before');
  }
  setStreams(smmu, smmuPart, (sCR0 & 8n) !== 0n, set);
  const allocator = new TableAllocator();
  // Second stages come last: they have to reach the tables of the first ones.
  const stage2Last = Object.keys(bankParts).sort(
    (a, b) => secondStage(bankParts, a) - secondStage(bankParts, b),
  );
  for (const key of stage2Last) {
    const bank = bankParts[key] as JsonObject;
    const index = smallUnsigned(key, `cb.${key}`);
    if (byField(bank))
      setByField(smmu, memory, allocator, bank, index, secondStage(bankParts, key) === 1, set);
    else setRaw(smmu, index, bank, set);
  }
  preload(smmu, line);
  return smmu;
}

type Setter = (register: string, value: bigint | number, where: string) => void;

function setStreams(smmu: SmmuV2, part: JsonObject, extended: boolean, set: Setter): void {
  const others = numberAt(part, 's2cr_others', 'smmu', 0);
  if (others !== 0) for (let n = 0; n < 128; n++) set(`S2CR${n}`, others, 'smmu.s2cr_others');
  for (const entry of objectsAt(part, 's2cr', 'smmu.s2cr')) {
    const n = smallUnsigned(entry.n, 'smmu.s2cr[].n');
    const type = smallUnsigned(entry.type, 'smmu.s2cr[].type', 3);
    const bank = numberAt(entry, 'cbndx', 'smmu.s2cr[]', 0);
    const privileges = numberAt(entry, 'privcfg', 'smmu.s2cr[]', 0);
    set(`S2CR${n}`, ((privileges << 24) | (type << 16) | (bank & 0xff)) >>> 0, 'smmu.s2cr[].n');
  }
  for (const entry of objectsAt(part, 'smr', 'smmu.smr')) {
    const n = smallUnsigned(entry.n, 'smmu.smr[].n');
    const valid = unsigned(entry.valid ?? 1, 'smmu.smr[].valid') !== 0n;
    const id = smallUnsigned(entry.id, 'smmu.smr[].id', 0xffff);
    const mask = numberAt(entry, 'mask', 'smmu.smr[]', 0);
    const value = extended
      ? mask * 0x1_0000 + id
      : ((valid ? 0x8000_0000 : 0) | ((mask & 0x7fff) << 16) | id) >>> 0;
    set(`SMR${n}`, value, 'smmu.smr[].n');
    if (extended && valid) set(`S2CR${n}`, smmu.read(`S2CR${n}`) | 0x400n, 'smmu.smr[].n');
  }
}

function setRaw(smmu: SmmuV2, index: number, bank: JsonObject, set: Setter): void {
  for (const name of RAW) {
    if (bank[name] === undefined || (name === 'CBA2R' && smmu.version === 1)) continue;
    set(`${name}${index}`, unsigned(bank[name], `cb.${index}.${name}`), `cb.${index}`);
  }
  for (const name of RAW_BANK) {
    if (bank[name] !== undefined)
      set(`CB${index}_${name}`, unsigned(bank[name], `cb.${index}.${name}`), `cb.${index}`);
  }
  const fsr = bank.FSR ?? bank.FSR_before;
  if (fsr !== undefined) set(`CB${index}_FSRRESTORE`, unsigned(fsr, `cb.${index}.FSR`), `cb.${index}`);
}

/** Hands out table pages from the pool. */
class TableAllocator {
  #next: number = TABLE_POOL.base;

  alloc(bytes: number): number {
    const pa = Math.ceil(this.#next / Math.max(bytes, 4096)) * Math.max(bytes, 4096);
    this.#next = pa + Math.max(bytes, 4096);
    if (this.#next > TABLE_POOL.end)
      throw new CaseError('cb: the mappings need more tables than there is room for');
    return pa;
  }

  /** End of what was handed out. */
  get used(): number {
    return this.#next;
  }
}

/** 1 for the bank that a nested bank names as its second stage, else 0. */
function secondStage(banks: JsonObject, key: string): number {
  const named = (other: Json) =>
    isObject(other) && other['CBAR.TYPE'] === 3 && Number(other.s2cb) === Number(key);
  return Object.values(banks).some(named) ? 1 : 0;
}

function setByField(
  smmu: SmmuV2,
  memory: PhysicalMemory,
  allocator: TableAllocator,
  bank: JsonObject,
  index: number,
  second: boolean,
  set: Setter,
): void {
  const where = `cb.${index}`;
  const type = numberAt(bank, 'CBAR.TYPE', where, 1);
  const va64 = smmu.version === 2 && numberAt(bank, 'CBA2R.VA64', where, 1) !== 0;
  const t0sz = numberAt(bank, 'T0SZ', where, 25);
  const size = numberAt(bank, 'PASize', where, 2);
  const stage = type === 0 ? 2 : 1;
  // 32 bit contexts have a T0SZ of three bits; a larger number is a 64 bit context's and means the whole range.
  const inputBits = va64 ? 64 - t0sz : stage === 1 ? 32 - (t0sz <= 7 ? t0sz : 0) : 32;
  // The tables may point beyond PASize: that is a fault for the walk to find.
  const ias = Math.max(25, Math.min(inputBits, 48));
  const tables = new IoPgtable(
    { stage, ias, oas: 48 },
    { memory, alloc: (bytes) => allocator.alloc(bytes), free: () => undefined },
  );
  for (const mapping of objectsAt(bank, 'mappings', `${where}.mappings`))
    addMapping(tables, memory, mapping, where);
  if (second) mapTables(tables, allocator);
  const irptndx = numberAt(bank, 'CBAR.IRPTNDX', where, 0);
  const low = type === 3 ? numberAt(bank, 's2cb', where, 0) * 0x100 : type === 0 ? 0 : 0x300;
  if (smmu.version === 2) set(`CBA2R${index}`, va64 ? 1 : 0, where);
  set(`CBAR${index}`, irptndx * 0x100_0000 + type * 0x1_0000 + low, where);
  const memoryAttributes = 0x3500;
  if (stage === 1) {
    const tsz = va64 ? t0sz : 32 - inputBits;
    const format = va64 ? 0 : 0x8000_0000;
    const epd0 = numberAt(bank, 'EPD0', where, 0) !== 0 ? 0x80 : 0;
    set(`CB${index}_TCR`, (format | 0x80_0000 | memoryAttributes | epd0 | tsz) >>> 0, where);
    set(`CB${index}_TCR2`, 0x3_8000 | size, where);
  } else {
    const tsz = va64 ? t0sz : 0;
    const sl0 = va64 ? tables.sl0 : 1;
    set(`CB${index}_TCR`, (0x8000_0000 | (size << 16) | memoryAttributes | (sl0 << 6) | tsz) >>> 0, where);
  }
  set(`CB${index}_TTBR0`, tables.ttb, where);
  set(`CB${index}_SCTLR`, unsigned(bank.SCTLR ?? '0x67', `${where}.SCTLR`), where);
  const fsr = bank.FSR_before ?? bank.FSR;
  if (fsr !== undefined) set(`CB${index}_FSRRESTORE`, unsigned(fsr, `${where}.FSR_before`), where);
}

/** The stage 1 tables of a nested case must be reachable through stage 2: they are mapped one to one. */
function mapTables(tables: IoPgtable, allocator: TableAllocator): void {
  for (let pa: number = TABLE_POOL.base; pa < allocator.used; pa += 4096) {
    if (tables.iovaToPhys(pa) === undefined) tables.map(pa, pa, 4096, { read: true, write: true });
  }
}

function addMapping(tables: IoPgtable, memory: PhysicalMemory, mapping: JsonObject, where: string): void {
  const iova = smallUnsigned(mapping.iova, `${where}.mappings[].iova`);
  const pa = smallUnsigned(mapping.pa, `${where}.mappings[].pa`);
  const size = smallUnsigned(mapping.size ?? 4096, `${where}.mappings[].size`);
  const perm = mapping.perm ?? 'rw';
  if (typeof perm !== 'string' || !['rw', 'r', 'w', 'none'].includes(perm)) {
    throw new CaseError(`${where}.mappings[].perm: expected rw, r, w or none`);
  }
  const note = typeof mapping.note === 'string' ? mapping.note : '';
  // What the tables cannot hold is not mapped: such an input address faults.
  if (iova + size > 2 ** tables.config.ias) return;
  const noUser = mapping.user === 0 || /AP\[1\]=0|user=0|privileged/i.test(note) || perm === 'none';
  const stage1 = tables.config.stage === 1;
  let leaves: number[];
  try {
    leaves = tables.map(iova, pa, size, {
      read: perm !== 'w' || stage1,
      write: perm !== 'r',
      privileged: stage1 && noUser,
    });
  } catch (error) {
    throw new CaseError(`${where}.mappings[]: ${(error as Error).message}`);
  }
  for (const leaf of leaves) {
    let descriptor = memory.read64(leaf)!;
    if (mapping.af === 0 || /AF=0/.test(note)) descriptor &= ~0x400n;
    if (!stage1 && perm === 'none') descriptor &= ~0xc0n;
    memory.write64(leaf, descriptor);
  }
}

/** `tlb`: translations that are cached already. */
function preload(smmu: SmmuV2, line: JsonObject): void {
  for (const entry of objectsAt(line, 'tlb')) {
    const perm = entry.perm ?? 'rw';
    const size = smallUnsigned(entry.size ?? 4096, 'tlb[].size');
    if (!Number.isInteger(Math.log2(size)) || size < 4096)
      throw new CaseError('tlb[].size: expected a power of two');
    let bits: number = PERM.s2All;
    if (perm === 'rw' || perm === 'r') bits |= PERM.userRead | PERM.privRead;
    if (perm === 'rw' || perm === 'w') bits |= PERM.userWrite | PERM.privWrite;
    const bank = smallUnsigned(entry.cb, 'tlb[].cb');
    const iova = smallUnsigned(entry.iova, 'tlb[].iova');
    smmu.preload(bank, iova, Math.log2(size), smallUnsigned(entry.pa, 'tlb[].pa'), bits);
  }
}

/** Runs the DMA of a v1/v2 case. */
export function runV2(line: JsonObject): V2Outcome {
  const smmu = buildV2(line);
  const decision = smmu.translate(transactionOf(line));
  return {
    decision,
    gfsr: hex(smmu.read('sGFSR')),
    contextBanks: contextBanks(smmu, line, decision),
  };
}

/**
 * The banks to report, in the convention of the cases. A case by hand (FSR_before) lists each bank's FSR as it stands
 * after the DMA, and FAR where this DMA wrote it. A recorded case (FSR) lists the banks whose fault was recorded by
 * this very DMA, with the fault bits: the status bits MULTI and SS are not among them.
 */
function contextBanks(smmu: SmmuV2, line: JsonObject, decision: Decision): Record<string, BankReport> {
  const parts = isObject(line.cb) ? line.cb : {};
  const report: Record<string, BankReport> = {};
  const recorded = new Map<number, string>();
  for (const fault of decision.faults) {
    if (fault.kind === 'context' && fault.recorded)
      recorded.set(fault.bank, hexIova(fault.iova, fault.iovaTop));
  }
  const indices = new Set([...Object.keys(parts).map(Number), ...recorded.keys()]);
  for (const index of [...indices].sort((a, b) => a - b)) {
    const fsr = Number(smmu.read(`CB${index}_FSR`));
    const far = recorded.get(index);
    const part = parts[String(index)];
    if (isObject(part) && byField(part)) {
      if (fsr !== 0) report[String(index)] = { FSR: hex(fsr), ...(far === undefined ? {} : { FAR: far }) };
    } else if (far !== undefined) {
      report[String(index)] = { FSR: hex(fsr & FSR.faults), FAR: far };
    }
  }
  return report;
}

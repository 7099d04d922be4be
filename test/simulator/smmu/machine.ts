import { IoPgtable, type IoPgtableConfig } from '../../../simulator/kexec/linux-io-pgtable.ts';
import { SparseMemory } from '../../../simulator/smmu/memory.ts';
import type { Decision, DriverContext, Smmu, SmmuOptions } from '../../../simulator/smmu/types.ts';
import { SmmuV2 } from '../../../simulator/smmu/v2.ts';
import { SmmuV3 } from '../../../simulator/smmu/v3.ts';

export const RAM = { base: 0x4000_0000, size: 0x1000_0000 };
export const BUFFER = 0x4800_0000;
export const STRTAB = 0x4100_0000;
export const CD = 0x4110_0000;
export const EVENTQ = 0x4120_0000;
export const CMDQ = 0x4130_0000;
export const STREAM = 16;

/** A context whose allocator hands out memory from one place upward. */
export function contextOf(smmu: Smmu, memory: SparseMemory, from = 0x4200_0000): DriverContext {
  let next = from;
  return {
    smmu,
    memory,
    alloc(bytes) {
      const size = Math.max(4096, 2 ** Math.ceil(Math.log2(bytes)));
      const pa = Math.ceil(next / size) * size;
      next = pa + size;
      return pa;
    },
    free: () => undefined,
  };
}

export function tablesIn(memory: SparseMemory, config: IoPgtableConfig, from = 0x4200_0000): IoPgtable {
  return new IoPgtable(config, contextOf(undefined as never, memory, from));
}

/** "landed at 0x...", or what the device heard, with what was recorded. */
export function outcome(decision: Decision): string {
  const places = decision.segments.map((s) => `0x${s.pa.toString(16)}+${s.len}`);
  const faults = decision.faults.map((f) => {
    const recorded = f.kind === 'global' ? true : f.recorded;
    const where = f.kind === 'context' ? `CB${f.bank}.` : '';
    return `${recorded ? '' : '('}${where}${f.name}${recorded ? '' : ')'}`;
  });
  return [decision.response, ...places, ...faults].join(' ');
}

export function write(smmu: Smmu, iova: number, len = 64, streamId = STREAM): string {
  return outcome(smmu.translate({ iova, len, dir: 'write', streamId }));
}

export function read(smmu: Smmu, iova: number, len = 64, streamId = STREAM): string {
  return outcome(smmu.translate({ iova, len, dir: 'read', streamId }));
}

/** An SMMUv2 whose stream 16 goes through bank 1 (39 bits, 4 KiB); mappings are the test's. */
export function v2Machine(options: Partial<SmmuOptions> = {}, sctlr = 0x67) {
  const memory = new SparseMemory([RAM]);
  const smmu = new SmmuV2({ version: 2, ...options }, memory);
  const tables = tablesIn(memory, { stage: 1, ias: 39, oas: 40 });
  smmu.write('SMR0', 0x8000_0000 | STREAM);
  smmu.write('S2CR0', 1);
  smmu.write('CBAR1', 0x1_0000);
  smmu.write('CBA2R1', 1);
  smmu.write('CB1_TCR', 0x80_3500 | tables.tsz);
  smmu.write('CB1_TCR2', tables.ps | (7 << 15) | 0x10);
  smmu.write('CB1_TTBR0', BigInt(tables.ttb) | (5n << 48n));
  smmu.write('CB1_SCTLR', sctlr);
  smmu.write('sCR0', 0x1c36);
  return { memory, smmu, tables };
}

/** An SMMUv3 with a linear table of 256 streams, stage 1 for stream 16, queues in memory. */
export function v3Machine(options: Partial<SmmuOptions> = {}, cd0 = 0n) {
  const memory = new SparseMemory([RAM]);
  const smmu = new SmmuV3({ version: 3, ...options }, memory);
  const tables = tablesIn(memory, { stage: 1, ias: 39, oas: 40 });
  memory.write64(STRTAB + STREAM * 64, BigInt(CD) | 0xbn);
  memory.write64(CD, cdWord(tables) | cd0);
  memory.write64(CD + 8, BigInt(tables.ttb));
  smmu.write('STRTAB_BASE', STRTAB);
  smmu.write('STRTAB_BASE_CFG', 8);
  smmu.write('EVENTQ_BASE', EVENTQ | 3);
  smmu.write('CMDQ_BASE', CMDQ | 4);
  smmu.write('CR2', 2);
  smmu.write('CR0', 0xd);
  return { memory, smmu, tables };
}

/** Word 0 of a context descriptor: V, AA64, R, A, ASID 9, EPD1. */
export function cdWord(tables: IoPgtable, asid = 9n): bigint {
  const flags = (1n << 30n) | (1n << 31n) | (1n << 41n) | (1n << 45n) | (1n << 46n);
  return BigInt(tables.tsz) | (BigInt(tables.ps) << 32n) | flags | (asid << 48n);
}

/** Puts a command into the queue and rings it. */
export function command(smmu: Smmu, memory: SparseMemory, first: bigint, second = 0n): void {
  const prod = Number(smmu.read('CMDQ_PROD'));
  memory.write64(CMDQ + (prod % 16) * 16, first);
  memory.write64(CMDQ + (prod % 16) * 16 + 8, second);
  smmu.write('CMDQ_PROD', (prod + 1) % 32);
}

export const RW = { read: true, write: true };

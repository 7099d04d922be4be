import { hex, hexIova, splitIova } from '../../../simulator/smmu/bits.ts';
import { addressPattern, SparseMemory } from '../../../simulator/smmu/memory.ts';
import type { Decision } from '../../../simulator/smmu/types.ts';
import { SmmuV3 } from '../../../simulator/smmu/v3.ts';
import { OPCODE } from '../../../simulator/smmu/v3-commands.ts';

interface Step {
  op: string;
  iova?: string;
  len?: number;
  dir?: 'read' | 'write';
  pa?: string;
  name?: string;
  value?: string;
  cmd?: { op: string; asid?: number };
}

interface Line {
  smmu: { regs: Record<string, string> };
  cd: { pa: string; words: string[] };
  strtab: { pa: string; sid: number; words: string[] }[];
  mappings: { descriptors: [number, string, string][] }[];
  mem: ([string, string] | { page: string; hex: string })[];
  dma: { iova: string; len: number; dir: 'read' | 'write'; streamid: number };
  history: Step[];
}

const RAM = [{ base: 0x4000_0000, size: 0x200_0000 }];
/** A place for the command queue that no case uses. */
const COMMANDS = 0x4070_0000;
const COMMAND_WORDS: Record<string, [bigint, bigint]> = {
  CFGI_ALL: [BigInt(OPCODE.CFGI_STE_RANGE), 31n],
  TLBI_NSNH_ALL: [BigInt(OPCODE.TLBI_NSNH_ALL), 0n],
};

/** Memory as the case gives it: after its history. */
function finalMemory(line: Line): SparseMemory {
  const memory = new SparseMemory(RAM, addressPattern(0x4080_0000, 0x5e00_0000));
  for (const entry of line.mem) {
    if (Array.isArray(entry)) memory.write64(Number(entry[0]), BigInt(entry[1]));
    else memory.writeBytes(Number(entry.page), Uint8Array.from(Buffer.from(entry.hex, 'hex')));
  }
  return memory;
}

/**
 * Runs a v3 case from before its history: tables, stream table entry and registers as they were, then each step of
 * the history (its effect on memory is taken from the case's final memory), then the DMA.
 */
export function replay(text: string): { segments: object[]; aborted: boolean; events: string[] } {
  const line = JSON.parse(text) as Line;
  const after = finalMemory(line);
  const memory = after.clone();
  // What the history changed, back to what it was: tables from `mappings`, the entry from the context descriptor.
  for (const step of line.history) {
    if (step.op === 'smash_table' || step.op === 'fill') memory.fill(Number(step.pa), 4096, 0);
    if (step.op === 'ste') for (let i = 0; i < 8; i++) memory.write64(Number(step.pa) + i * 8, 0n);
  }
  for (const { descriptors } of line.mappings) {
    for (const [, pa, value] of descriptors) memory.write64(Number(pa), BigInt(value));
  }
  const entry = line.strtab[0];
  const stage2 = entry !== undefined && ((BigInt(entry.words[0]!) >> 1n) & 7n) === 6n;
  if (!stage2) {
    // Two-level tables are not among the changed ones: their entry is in `mem`.
    const linear = 0x4020_0000 + line.dma.streamid * 64;
    if (entry === undefined || entry.pa === hex(linear) || Number(entry.pa) >= 0x4022_0000) {
      const where = line.smmu.regs.STRTAB_BASE_CFG!.startsWith('0x10') ? Number(entry!.pa) : linear;
      memory.write64(where, BigInt(line.cd.pa) | 0xbn);
      for (let i = 1; i < 8; i++) memory.write64(where + i * 8, 0n);
    }
  }
  const smmu = new SmmuV3({ version: 3, outputBits: 44, stallModel: 1, termModel: 1, hyp: false }, memory);
  const regs = { ...line.smmu.regs, STRTAB_BASE: '0x40200000', CR0: '0xd', CR0ACK: '0xd' };
  for (const [name, value] of Object.entries(regs)) {
    if (name !== 'GBPA.ABORT') smmu.restore(name, BigInt(value));
  }
  smmu.restore('CMDQ_BASE', BigInt(COMMANDS) | 4n);
  const dma = (step: { iova: string; len: number; dir: 'read' | 'write' }): Decision =>
    smmu.translate({
      ...splitIova(BigInt(step.iova)),
      len: step.len,
      dir: step.dir,
      streamId: line.dma.streamid,
    });
  for (const step of line.history) {
    if (step.op === 'dma') dma({ iova: step.iova!, len: step.len!, dir: step.dir! });
    else if (step.op === 'reg') smmu.write(step.name!, BigInt(step.value!));
    else if (step.op === 'cmd') command(smmu, memory, step.cmd!);
    else if (step.op === 'unmap') memory.write64(Number(step.pa), after.read64(Number(step.pa))!);
    else if (step.op === 'ste') memory.writeBytes(Number(step.pa), after.readBytes(Number(step.pa), 64));
    else memory.writeBytes(Number(step.pa), after.readBytes(Number(step.pa), 4096));
  }
  const decision = dma(line.dma);
  const events = decision.faults.filter((f) => f.kind === 'event' && f.recorded).map((f) => f.name);
  return {
    segments: decision.segments.map((s) => ({
      iova: hexIova(s.iova, s.iovaTop ?? 0),
      pa: hex(s.pa),
      len: s.len,
    })),
    aborted: decision.aborted,
    events: [...new Set(events)].sort(),
  };
}

function command(smmu: SmmuV3, memory: SparseMemory, cmd: { op: string; asid?: number }): void {
  const words =
    cmd.op === 'TLBI_NH_ASID'
      ? ([BigInt(OPCODE.TLBI_NH_ASID) | (BigInt(cmd.asid!) << 48n), 0n] as const)
      : COMMAND_WORDS[cmd.op];
  if (words === undefined) throw new Error(`command ${cmd.op} is not known to the replay`);
  const prod = Number(smmu.read('CMDQ_PROD'));
  memory.write64(COMMANDS + (prod % 16) * 16, words[0]);
  memory.write64(COMMANDS + (prod % 16) * 16 + 8, words[1]);
  smmu.write('CMDQ_PROD', (prod + 1) % 32);
}

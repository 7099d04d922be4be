import { field } from '../smmu/bits.ts';
import type { Decision, SmmuOptions } from '../smmu/types.ts';
import { SmmuV3 } from '../smmu/v3.ts';
import { GBPA, V3_REGISTERS } from '../smmu/v3-registers.ts';
import { CaseError, type JsonObject, memoryOf, objectAt, transactionOf, unsigned } from './input.ts';

/**
 * The implementation that the cases were recorded on, where their registers do not say (IDR0, IDR1, IDR5): 44 bit
 * output addresses, 16 bit StreamIDs, no substreams, never stalls (STALL_MODEL=1), always aborts (TERM_MODEL=1), no EL2
 * regimes.
 */
const RECORDED: SmmuOptions = {
  version: 3,
  outputBits: 44,
  streamIdBits: 16,
  substreamIdBits: 0,
  stallModel: 1,
  termModel: 1,
  hyp: false,
  tlbEntries: 64,
};

const OUTPUT_BITS = [32, 36, 40, 42, 44, 48, 52] as const;

function optionsOf(regs: JsonObject): SmmuOptions {
  const given = (name: string) =>
    regs[name] === undefined ? undefined : unsigned(regs[name], `smmu.regs.${name}`);
  const idr0 = given('IDR0');
  const idr1 = given('IDR1');
  const idr5 = given('IDR5');
  return {
    ...RECORDED,
    ...(idr0 === undefined
      ? {}
      : {
          stallModel: Math.min(field(idr0, 25, 24), 2) as 0 | 1 | 2,
          termModel: field(idr0, 26, 26) as 0 | 1,
          hyp: field(idr0, 9, 9) === 1,
          hardwareUpdates: Math.min(field(idr0, 7, 6), 2) as 0 | 1 | 2,
          stages: field(idr0, 0, 0) === 0 ? 'stage1' : field(idr0, 1, 1) === 0 ? 'stage2' : 'both',
        }),
    ...(idr1 === undefined ? {} : { streamIdBits: field(idr1, 5, 0), substreamIdBits: field(idr1, 10, 6) }),
    ...(idr5 === undefined ? {} : { outputBits: OUTPUT_BITS[Math.min(field(idr5, 2, 0), 6)]! }),
  };
}

/** Builds the SMMUv3 of a case in the state that the case describes. Throws CaseError for what it cannot hold. */
export function buildV3(line: JsonObject): SmmuV3 {
  const regs = objectAt(objectAt(line, 'smmu'), 'regs', 'smmu.regs');
  const smmu = new SmmuV3(optionsOf(regs), memoryOf(line));
  for (const [name, value] of Object.entries(regs)) {
    const where = `smmu.regs.${name}`;
    const given = unsigned(value, where);
    if (name === 'GBPA.ABORT') {
      smmu.restore('GBPA', given === 0n ? 0n : BigInt(GBPA.ABORT));
      continue;
    }
    const register = Object.hasOwn(V3_REGISTERS, name) ? V3_REGISTERS[name] : undefined;
    if (register === undefined) throw new CaseError(`${where}: SMMUv3 has no such register`);
    if (given >> BigInt(register.bits) !== 0n)
      throw new CaseError(`${where}: more than ${register.bits} bits`);
    smmu.restore(name, given);
  }
  // The acknowledgement follows its register where it is not given.
  if (regs.CR0ACK === undefined) smmu.restore('CR0ACK', smmu.read('CR0') & 0x1fn);
  if (regs.IRQ_CTRLACK === undefined) smmu.restore('IRQ_CTRLACK', smmu.read('IRQ_CTRL') & 0x7n);
  return smmu;
}

/** Runs the DMA of a v3 case. */
export function runV3(line: JsonObject): { decision: Decision; events: string[] } {
  const decision = buildV3(line).translate(transactionOf(line));
  const events = new Set<string>();
  for (const fault of decision.faults) if (fault.kind === 'event' && fault.recorded) events.add(fault.name);
  return { decision, events: [...events].sort() };
}

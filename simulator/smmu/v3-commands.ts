import { field } from './bits.ts';
import { GLOBAL, KIND, type Tlb, tagParts } from './tlb.ts';
import type { ContextEntry, StreamEntry } from './v3-config.ts';

/** Command opcodes (arm-smmu-v3.h, CMDQ_OP_*; IHI 0070 chapter 4). */
export const OPCODE = {
  PREFETCH_CFG: 0x01,
  PREFETCH_ADDR: 0x02,
  CFGI_STE: 0x03,
  CFGI_STE_RANGE: 0x04,
  CFGI_CD: 0x05,
  CFGI_CD_ALL: 0x06,
  TLBI_NH_ALL: 0x10,
  TLBI_NH_ASID: 0x11,
  TLBI_NH_VA: 0x12,
  TLBI_NH_VAA: 0x13,
  TLBI_EL2_ALL: 0x20,
  TLBI_EL2_ASID: 0x21,
  TLBI_EL2_VA: 0x22,
  TLBI_EL2_VAA: 0x23,
  TLBI_S12_VMALL: 0x28,
  TLBI_S2_IPA: 0x2a,
  TLBI_NSNH_ALL: 0x30,
  ATC_INV: 0x40,
  PRI_RESP: 0x41,
  RESUME: 0x44,
  STALL_TERM: 0x45,
  SYNC: 0x46,
} as const;

/** What commands act on. */
export interface CommandTarget {
  readonly tlb: Tlb;
  readonly steCache: Map<number, StreamEntry>;
  readonly cdCache: Map<number, ContextEntry>;
  readonly e2h: boolean;
  sync(first: bigint, second: bigint): void;
}

/** SubstreamIDs have 20 bits: the key of a cached context descriptor. */
export function cdKey(streamId: number, substreamId: number): number {
  return streamId * 0x10_0000 + substreamId;
}

/** Executes one command; false: unknown opcode (CERROR_ILL). */
export function applyCommand(target: CommandTarget, first: bigint, second: bigint): boolean {
  const opcode = field(first, 7, 0);
  const streamId = field(first, 63, 32);
  const vmid = field(first, 47, 32);
  const asid = field(first, 63, 48);
  const { tlb } = target;
  const el2 = target.e2h ? KIND.e2h : KIND.el2;
  switch (opcode) {
    case OPCODE.CFGI_STE:
      dropStreams(target, streamId, streamId);
      return true;
    case OPCODE.CFGI_STE_RANGE: {
      // 2^(Range+1) streams around the given one; Range 31 is CFGI_ALL.
      const size = 2 ** (field(second, 4, 0) + 1);
      const start = Math.floor(streamId / size) * size;
      dropStreams(target, start, start + size - 1);
      return true;
    }
    case OPCODE.CFGI_CD:
      target.cdCache.delete(cdKey(streamId, field(first, 31, 12)));
      return true;
    case OPCODE.CFGI_CD_ALL:
      dropContexts(target, streamId, streamId);
      return true;
    case OPCODE.TLBI_NH_ALL:
      tlb.invalidate((tag) => is(tag, KIND.el1, vmid));
      return true;
    case OPCODE.TLBI_NH_ASID:
      tlb.invalidate((tag) => is(tag, KIND.el1, vmid, asid));
      return true;
    case OPCODE.TLBI_NH_VA:
      range(target, second, first, (tag) => is(tag, KIND.el1, vmid, asid) || is(tag, KIND.el1, vmid, GLOBAL));
      return true;
    case OPCODE.TLBI_NH_VAA:
      range(target, second, first, (tag) => is(tag, KIND.el1, vmid));
      return true;
    case OPCODE.TLBI_EL2_ALL:
      tlb.invalidate((tag) => tagParts(tag).kind === KIND.el2 || tagParts(tag).kind === KIND.e2h);
      return true;
    case OPCODE.TLBI_EL2_ASID:
      tlb.invalidate((tag) => is(tag, el2, 0, asid));
      return true;
    case OPCODE.TLBI_EL2_VA:
      range(target, second, first, (tag) =>
        target.e2h ? is(tag, el2, 0, asid) || is(tag, el2, 0, GLOBAL) : is(tag, el2, 0),
      );
      return true;
    case OPCODE.TLBI_EL2_VAA:
      range(target, second, first, (tag) => is(tag, el2, 0));
      return true;
    case OPCODE.TLBI_S12_VMALL:
      tlb.invalidate((tag) => is(tag, KIND.el1, vmid) || is(tag, KIND.stage2, vmid));
      return true;
    case OPCODE.TLBI_S2_IPA:
      // Combined stage 1 and 2 entries stay: software has to follow up with NH_ALL or S12_VMALL.
      range(target, second, first, (tag) => is(tag, KIND.stage2, vmid));
      return true;
    case OPCODE.TLBI_NSNH_ALL:
      tlb.invalidate((tag) => tagParts(tag).kind === KIND.el1 || tagParts(tag).kind === KIND.stage2);
      return true;
    case OPCODE.SYNC:
      target.sync(first, second);
      return true;
    case OPCODE.PREFETCH_CFG:
    case OPCODE.PREFETCH_ADDR:
    case OPCODE.ATC_INV:
    case OPCODE.PRI_RESP:
    case OPCODE.RESUME:
    case OPCODE.STALL_TERM:
      return true;
    default:
      return false;
  }
}

function dropStreams(target: CommandTarget, from: number, to: number): void {
  for (const streamId of target.steCache.keys()) {
    if (streamId >= from && streamId <= to) target.steCache.delete(streamId);
  }
  // Invalidating an entry takes the context descriptors that were reached through it along.
  dropContexts(target, from, to);
}

function dropContexts(target: CommandTarget, from: number, to: number): void {
  for (const key of target.cdCache.keys()) {
    if (key >= cdKey(from, 0) && key < cdKey(to + 1, 0)) target.cdCache.delete(key);
  }
}

function is(tag: number, kind: number, vmid: number, asid?: number): boolean {
  const parts = tagParts(tag);
  return parts.kind === kind && parts.vmid === vmid && (asid === undefined || parts.asid === asid);
}

/**
 * Invalidation by address. With TG set it covers (NUM+1) * 2^SCALE granules (range invalidation, IDR3.RIL), else the
 * entry that translates the one address.
 */
function range(
  target: CommandTarget,
  second: bigint,
  first: bigint,
  matches: (tag: number) => boolean,
): void {
  const granule = [0, 12, 14, 16][field(second, 11, 10)]!;
  const pages = granule === 0 ? 1 : (field(first, 16, 12) + 1) * 2 ** field(first, 24, 20);
  const address = field(second, 51, 12) * 4096;
  const half = field(second, 55, 55);
  target.tlb.invalidateRange(
    (tag) => matches(tag) && (tagParts(tag).kind === KIND.stage2 || tagParts(tag).half === half),
    address,
    pages * 2 ** (granule === 0 ? 12 : granule),
  );
}

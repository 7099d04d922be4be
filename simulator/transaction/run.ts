import { hex, hexIova } from '../smmu/bits.ts';
import type { Response, Segment } from '../smmu/types.ts';
import { CaseError, isObject, type Json, type JsonObject, objectAt } from './input.ts';
import { type BankReport, runV2 } from './v2-case.ts';
import { runV3 } from './v3-case.ts';

export interface SegmentReport {
  readonly iova: string;
  readonly pa: string;
  readonly len: number;
}

/** What one line gives: the outcome, or why there is none. Addresses and registers are lower-case hex with 0x. */
export type TransactionResult =
  | {
      readonly id: Json;
      readonly segments: readonly SegmentReport[];
      readonly aborted: boolean;
      readonly response: Response;
      readonly events: readonly string[];
    }
  | {
      readonly id: Json;
      readonly segments: readonly SegmentReport[];
      readonly aborted: boolean;
      readonly response: Response;
      readonly gfsr: string;
      readonly context_banks: Readonly<Record<string, BankReport>>;
    }
  | { readonly id: Json; readonly error: string };

/**
 * Runs one line of a transaction file (`quiesce simulate --transaction FILE.jsonl`): the SMMU's registers, all memory
 * that a walker can see, and one DMA, as one JSON object. Numbers are JSON numbers or strings in decimal or 0x hex.
 *
 * - `id`: returned as it is.
 * - `smmu.version` 1, 2 or 3; `smmu.regs`: register name -> value. SMMUv3 may give IDR0, IDR1, IDR5 (else: 44 bits
 *   out, 16 bit StreamIDs, no substreams, no stalls) and `GBPA.ABORT`. v1/v2: `sCR0`, `sGFSR_before`; beside it
 *   `smmu.smr` (`n`, `valid`, `id`, `mask`), `smmu.s2cr` (`n`, `type`, `cbndx`) and `smmu.s2cr_others`.
 * - `cb`: context banks by number, raw (`CBAR`, `CBA2R`, `SCTLR`, `TCR`, `TCR2`, `TTBR0`, `TTBR1`, `FSR`) or by field
 *   (`CBAR.TYPE`, `CBA2R.VA64`, `SCTLR`, `T0SZ`, `PASize`, `EPD0`, `s2cb`, `FSR_before`) with `mappings` (`iova`, `pa`,
 *   `size`, `perm`) in place of tables. `tlb`: translations cached already (`cb`, `iova`, `pa`, `perm`).
 * - `mem`: `[address, u64]` or `{page, hex}`. RAM is 0x40000000..0x41ffffff; what `mem` leaves out is zero, from
 *   0x40800000 on 0x5e00000000000000 + its own address.
 * - `dma`: `iova`, `len`, `dir` (`read`: the device reads memory), `streamid`, `substreamid` if any.
 *
 * Other keys (`history`, `expect`, `mappings` beside `mem` ...) are for the reader. Never throws: a line that cannot be
 * taken gives `error`.
 */
export function runTransactionLine(text: string): TransactionResult {
  let line: JsonObject;
  try {
    const parsed = JSON.parse(text) as Json;
    if (!isObject(parsed)) return { id: null, error: 'the line is not a JSON object' };
    line = parsed;
  } catch (error) {
    return { id: null, error: `the line is not JSON: ${(error as Error).message}` };
  }
  const id = line.id ?? null;
  try {
    return { id, ...runCase(line) };
  } catch (error) {
    if (error instanceof CaseError) return { id, error: error.message };
    // A fault of the simulator itself must not take the other lines along.
    return { id, error: `internal error: ${(error as Error).message}` };
  }
}

function runCase(line: JsonObject) {
  const version = objectAt(line, 'smmu').version;
  if (version === 3) {
    const { decision, events } = runV3(line);
    return {
      segments: segments(decision.segments),
      aborted: decision.aborted,
      response: decision.response,
      events,
    };
  }
  if (version === 1 || version === 2) {
    const { decision, gfsr, contextBanks } = runV2(line);
    const { aborted, response } = decision;
    return { segments: segments(decision.segments), aborted, response, gfsr, context_banks: contextBanks };
  }
  throw new CaseError(`smmu.version: expected 1, 2 or 3, got ${JSON.stringify(version)}`);
}

/** Runs reported sorted by input address. */
function segments(list: readonly Segment[]): SegmentReport[] {
  return [...list]
    .sort((a, b) => (a.iovaTop ?? 0) - (b.iovaTop ?? 0) || a.iova - b.iova)
    .map(({ iova, iovaTop, pa, len }) => ({ iova: hexIova(iova, iovaTop ?? 0), pa: hex(pa), len }));
}

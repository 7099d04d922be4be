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
 * Runs one line of a transaction file: registers, memory and one DMA in JSON, as described in the tool's
 * documentation of `quiesce simulate --transaction`. Never throws: a line that cannot be taken gives `error`.
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

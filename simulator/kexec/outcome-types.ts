/** What a run of one policy comes to. Times are microseconds since the device's hook slot, sizes bytes. */
import type { Owner, OwnerKind, Side } from '../machine/ownership.ts';
import type { Decision, Direction, Response } from '../smmu/types.ts';
import type { Phase } from './clock.ts';
import type { PolicyChoice, Target } from './scenario-types.ts';

/**
 * Worst first; `unknown` stands between what is known to hurt and what is known not to. `safe` means: after the
 * hand-over no byte of the device's reached memory that anybody uses, and nothing had to be blocked.
 */
export type Verdict = 'corrupts' | 'leaks' | 'breaks-target' | 'unknown' | 'blocked' | 'safe';

export const VERDICTS: readonly Verdict[] = [
  'corrupts',
  'leaks',
  'breaks-target',
  'unknown',
  'blocked',
  'safe',
];

/** `self-alias`: stale DMA hit the same device's fresh mapping in P3. It does not decide the verdict. */
export type Effect = Verdict | 'self-alias';

/** The first of a kind of hits. */
export interface FirstHit {
  readonly t: number;
  readonly phase: Phase;
  readonly iova: number;
  readonly pa: number;
}

/** What landed in memory of one owner. */
export interface OwnerHits {
  readonly owner: string;
  readonly side: Side;
  readonly kind: OwnerKind;
  /** Distinct bytes. */
  readonly bytes: number;
  readonly transactions: number;
  readonly first: FirstHit;
  /** Lowest and highest byte hit (inclusive end). */
  readonly lowest: number;
  readonly highest: number;
  /** Part of it went to addresses that the device took out of foreign memory. */
  readonly secondOrder: boolean;
}

export interface PhaseCounts {
  readonly transactions: number;
  /** At least one byte reached memory or registers. */
  readonly landed: number;
  /** At least one byte was terminated or found nothing there. */
  readonly stopped: number;
  readonly faults: number;
}

/** The DMA that the target itself needs (domain reference 7.10). */
export interface TargetDma {
  readonly tried: number;
  readonly failed: number;
  /** Arrived, but at another address. */
  readonly misdirected: number;
  /** How the target addresses memory: its own mapping, or physically. */
  readonly by: 'mapping' | 'physical';
}

export interface Interrupts {
  /** Times a fault line went up while no kernel had a handler (between the two, and before the new probe). */
  readonly beforeHandler: number;
  /** Times a handler ran. */
  readonly handled: number;
  /** A level line stood asserted when the next kernel began, with nobody to clear it. */
  readonly pendingAtEntry: boolean;
}

/** One access as the report shows it. */
export interface TimelineEntry {
  readonly t: number;
  readonly phase: Phase;
  readonly iova: number;
  readonly len: number;
  readonly dir: Direction;
  readonly purpose: string;
  readonly secondOrder: boolean;
  readonly response: Response;
  readonly faults: readonly string[];
  /** Pieces by owner at that time. */
  readonly pieces: readonly { readonly pa: number; readonly len: number; readonly owner: Owner }[];
  /** The SMMU's decision, with its steps where `explain` was asked for; absent without an SMMU in the path. */
  readonly decision?: Decision;
}

/** A driver's step on the SMMU as it was applied. */
export interface AppliedStep {
  readonly t: number;
  readonly who: 'old' | 'next';
  readonly text: string;
  readonly source: string;
}

export interface PolicyOutcome {
  readonly policy: PolicyChoice;
  /** Row of the domain reference's table 7.9. */
  readonly row: string;
  /** False: this policy has no meaning on this machine; `reason` says why and the rest is empty. */
  readonly applicable: boolean;
  readonly verdict: Verdict;
  readonly effects: readonly Effect[];
  /** One sentence. */
  readonly reason: string;
  /** What remains open, in words; each makes the effect `unknown`. */
  readonly unknowns: readonly string[];
  /** Remarks that change nothing in the verdict. */
  readonly notes: readonly string[];
  readonly target: Target;
  /** Live memory that was written; largest first. */
  readonly overwritten: readonly OwnerHits[];
  /** Live memory of the next kernel that was read by the device. */
  readonly leaked: readonly OwnerHits[];
  /** Writes into memory that was free (or CMA not in use) in the next kernel at that time. */
  readonly intoFree: readonly OwnerHits[];
  /** Writes into memory that nobody of the next kernel uses: the dump's, or kept for the old mappings. */
  readonly harmless: readonly OwnerHits[];
  /** Hits on the device's own fresh buffers, reads and writes. */
  readonly selfAlias: readonly OwnerHits[];
  readonly bytesOverwritten: number;
  readonly bytesLeaked: number;
  /** After the hand-over. */
  readonly transactions: number;
  readonly blocked: number;
  /** Faults recorded in registers or the event queue, by name. */
  readonly faults: Readonly<Record<string, number>>;
  /** Faults that left no record: queue off or full, a bank that holds one already, CD.R=0. */
  readonly unrecordedFaults: number;
  readonly interrupts: Interrupts;
  readonly deviceErrors: number;
  /** What became of the device before its new driver reset it. */
  readonly deviceState: string;
  readonly targetDma: TargetDma;
  /** Records and messages that the SMMU itself wrote into live memory. */
  readonly smmuWrites: readonly OwnerHits[];
  readonly phases: Readonly<Record<Phase, PhaseCounts>>;
  readonly firstCorruption: FirstHit | null;
  /** Purgatory's checksum would have found a change and hung without a message. */
  readonly purgatoryHang: boolean;
  readonly timeline: readonly TimelineEntry[];
  readonly steps: readonly AppliedStep[];
}

/** Where a device's writes come to lie at a kexec, as it might go: played with placement and timing varied. */
import { InputError, PAGE } from '../machine/address.ts';
import { createRandom } from '../machine/random.ts';
import type { Phase } from './clock.ts';
import { simulatePolicy, varyScenario } from './engine.ts';
import type { PolicyChoice, Scenario } from './scenario-types.ts';

/**
 * How a write came to its physical address: `address`: the address that the device put on the bus is the physical one;
 * `mapping`: an SMMU translated it, by the old kernel's tables or the next one's.
 */
export type Way = 'address' | 'mapping';

/** A page that a device wrote to after the hand-over, its own fresh buffers left out. */
export interface WrittenPage {
  /** Physical address of the page. */
  readonly page: number;
  readonly phases: ReadonlySet<Phase>;
  readonly way: Way;
  /** Microseconds from the device's hook slot to the first write. */
  readonly first: number;
  /** Some of it went where the device was led by memory that was no longer its own. */
  readonly secondOrder: boolean;
  readonly writes: number;
}

/** What one kexec of many came to. */
export interface WrittenMemory {
  /** By address, ascending. */
  readonly pages: readonly WrittenPage[];
  /** Writes and reads that the SMMU refused or that found nothing. */
  readonly stopped: number;
}

/** Many kexecs of one device under one policy. */
export interface Landings {
  readonly runs: readonly WrittenMemory[];
  /** Why the policy means nothing for this device; then there are no runs. */
  readonly inapplicable: string | null;
}

/**
 * Plays `runs` kexecs of a scenario under one policy and keeps the pages that the device wrote to.
 * @throws InputError when the machine cannot hold both kernels
 */
export function landingsOf(scenario: Scenario, policy: PolicyChoice, runs: number, seed: number): Landings {
  const played: WrittenMemory[] = [];
  for (let at = 0; at < runs; at++) {
    const varied = varyScenario(scenario, createRandom(seed).fork(`landing ${at}`));
    const options = { ...varied.options, timeline: true };
    try {
      const { outcome } = simulatePolicy(varied.scenario, policy, options, new Map());
      if (!outcome.applicable) return { runs: [], inapplicable: outcome.reason };
      played.push(writtenMemory(outcome.timeline, outcome.blocked));
    } catch (error) {
      // Some variations do not fit into the machine; what fits into none is an error.
      if (!(error instanceof InputError) || (at === runs - 1 && played.length === 0)) throw error;
    }
  }
  return { runs: played, inapplicable: null };
}

type Timeline = ReturnType<typeof simulatePolicy>['outcome']['timeline'];

function writtenMemory(timeline: Timeline, stopped: number): WrittenMemory {
  const pages = new Map<
    number,
    { -readonly [K in keyof WrittenPage]: WrittenPage[K] } & { phases: Set<Phase> }
  >();
  for (const entry of timeline) {
    // Before the hand-over it is the old kernel's memory, and the device's own.
    if (entry.dir !== 'write' || entry.phase === 'P0') continue;
    let offset = 0;
    for (const piece of entry.pieces) {
      // What its new driver has mapped for it is where it should write.
      const isOwn = piece.owner.side === 'next' && piece.owner.kind === 'dma-buffer';
      for (let page = piece.pa - (piece.pa % PAGE); !isOwn && page < piece.pa + piece.len; page += PAGE) {
        const known = pages.get(page);
        if (known) {
          known.phases.add(entry.phase);
          known.writes++;
          known.secondOrder ||= entry.secondOrder;
          continue;
        }
        pages.set(page, {
          page,
          phases: new Set([entry.phase]),
          way: piece.pa === entry.iova + offset ? 'address' : 'mapping',
          first: entry.t,
          secondOrder: entry.secondOrder,
          writes: 1,
        });
      }
      offset += piece.len;
    }
  }
  return { pages: [...pages.values()].sort((a, b) => a.page - b.page), stopped };
}

/** Plays one policy of a scenario and lets a test look at single accesses. */
import type { Phase } from '../../../simulator/kexec/clock.ts';
import { simulatePolicy } from '../../../simulator/kexec/engine.ts';
import type { PolicyOutcome, TimelineEntry } from '../../../simulator/kexec/outcome-types.ts';
import type { RunOptions } from '../../../simulator/kexec/run.ts';
import { type ResolveOptions, resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { PolicyChoice, ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';

/** SMMUv2 and RAM up to 4 GiB: where 32-bit IOVAs are RAM. */
export const V2 = 'lx2160a-rdb';
/** The same RAM with an SMMUv3. */
export const V3: ScenarioInput = { board: 'lx2160a-rdb', smmu: 'v3' };

/** Several inputs laid over each other, one level deep. */
export function merge(...inputs: readonly ScenarioInput[]): ScenarioInput {
  const out: Record<string, unknown> = {};
  for (const input of inputs) {
    for (const [key, value] of Object.entries(input)) {
      const old = out[key];
      const both = typeof old === 'object' && typeof value === 'object' && !Array.isArray(value);
      out[key] = both ? { ...old, ...value } : value;
    }
  }
  return out as ScenarioInput;
}

export function play(
  policy: PolicyChoice,
  input: ScenarioInput = {},
  options: RunOptions = {},
  resolve: ResolveOptions = {},
): PolicyOutcome {
  const scenario = resolveScenario({ board: V2, ...input }, resolve);
  return simulatePolicy(scenario, policy, { timeline: true, ...options }).outcome;
}

/** The device's accesses in a phase. */
export function inPhase(outcome: PolicyOutcome, phase: Phase): readonly TimelineEntry[] {
  return outcome.timeline.filter((e) => e.phase === phase);
}

/** How an access ended: `PA=IOVA`, `elsewhere`, `nothing`. */
export function landing(entry: TimelineEntry): 'PA=IOVA' | 'elsewhere' | 'nothing' {
  const [piece] = entry.pieces;
  if (!piece) return 'nothing';
  return piece.pa === entry.iova ? 'PA=IOVA' : 'elsewhere';
}

/** The distinct endings of a phase: landing, what the device heard, what was recorded. */
export function endings(outcome: PolicyOutcome, phase: Phase): string[] {
  return [
    ...new Set(inPhase(outcome, phase).map((e) => [landing(e), e.response, ...e.faults].join(' '))),
  ].sort();
}

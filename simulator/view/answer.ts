/** The questions that a maintainer asks of a simulated kexec, and the answers in words. */
import { PHASE_TEXT } from '../kexec/clock.ts';
import type { OwnerHits, PolicyOutcome } from '../kexec/outcome-types.ts';
import type { Assumption, PolicyChoice } from '../kexec/scenario-types.ts';
import { formatSize, formatTime, hex } from '../machine/address.ts';
import { assumedGroups } from './assumed.ts';
import { POLICY_OPTIONS } from './matrix.ts';

/** One sentence for each question. */
export interface Answer {
  /** `384 KiB of the next kernel are overwritten`. */
  readonly headline: string;
  readonly what: string;
  readonly whose: string;
  readonly when: string;
  /** Which policy or hook would stop it. */
  readonly stops: string;
  readonly assumed: string;
}

function total(hits: readonly OwnerHits[]): number {
  return hits.reduce((sum, h) => sum + h.bytes, 0);
}

/** The hits that the verdict is about. */
export function hitsOf(o: PolicyOutcome): readonly OwnerHits[] {
  switch (o.verdict) {
    case 'corrupts':
      return [...o.overwritten, ...o.smmuWrites];
    case 'leaks':
      return o.leaked;
    case 'unknown':
      return o.intoFree;
    default:
      return [];
  }
}

function headline(o: PolicyOutcome): string {
  switch (o.verdict) {
    case 'corrupts':
      return `${formatSize(o.bytesOverwritten)} of memory in use are overwritten`;
    case 'leaks':
      return `The device reads ${formatSize(o.bytesLeaked)} of the next kernel's memory`;
    case 'breaks-target':
      return "The next system's own DMA fails";
    case 'unknown':
      return o.intoFree.length > 0
        ? `${formatSize(total(o.intoFree))} land in memory that is free at that time`
        : 'The model cannot decide it';
    case 'blocked':
      return `Nothing is overwritten: ${o.blocked} accesses are blocked`;
    case 'safe':
      return "Nothing of the next kernel's is touched";
  }
}

function what(o: PolicyOutcome): string {
  const hits = hitsOf(o);
  if (hits.length === 0) return `Nothing. ${o.reason}.`;
  const verb = o.verdict === 'leaks' ? 'read' : 'written';
  const low = Math.min(...hits.map((h) => h.lowest));
  const high = Math.max(...hits.map((h) => h.highest));
  const count = hits.reduce((sum, h) => sum + h.transactions, 0);
  const accesses = `${count} ${count === 1 ? 'access' : 'accesses'}`;
  return `${formatSize(total(hits))} between ${hex(low)} and ${hex(high)} are ${verb} by ${accesses}.`;
}

function whose(o: PolicyOutcome): string {
  const hits = hitsOf(o);
  if (hits.length === 0) return "Nobody's.";
  const shown = hits.slice(0, 4).map((h) => `${h.owner} (${formatSize(h.bytes)})`);
  const more = hits.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}.`;
}

function when(o: PolicyOutcome): string {
  const firsts = hitsOf(o).map((h) => h.first);
  const [first] = [...firsts].sort((a, b) => a.t - b.t);
  if (!first) return 'Never.';
  const where = `IOVA ${hex(first.iova)} reaches ${hex(first.pa)}`;
  return `First at ${formatTime(first.t)}, in ${first.phase} (${PHASE_TEXT[first.phase]}): ${where}.`;
}

/** Policies that keep the next kernel's memory whole, apart into those that cost the target its DMA. */
export function stoppers(outcomes: readonly PolicyOutcome[]): {
  readonly clean: readonly PolicyChoice[];
  readonly breaking: readonly PolicyChoice[];
} {
  const able = outcomes.filter((o) => o.applicable && POLICY_OPTIONS.includes(o.policy));
  const whole = able.filter(
    (o) => !['corrupts', 'leaks', 'unknown'].some((e) => o.effects.includes(e as never)),
  );
  return {
    clean: whole.filter((o) => !o.effects.includes('breaks-target')).map((o) => o.policy),
    breaking: whole.filter((o) => o.effects.includes('breaks-target')).map((o) => o.policy),
  };
}

function stops(outcomes: readonly PolicyOutcome[], o: PolicyOutcome): string {
  const { clean, breaking } = stoppers(outcomes);
  const hook = clean.includes('hook');
  const policies = clean.filter((p) => p !== 'hook');
  const parts: string[] = [];
  const crash = o.policy === 'kdump' ? ' (a crash runs no hook)' : '';
  if (hook) parts.push(`A .shutdown hook in the driver${crash}`);
  if (policies.length > 0) parts.push(`${hook ? 'the policies' : 'The policies'} ${policies.join(', ')}`);
  const good = parts.length > 0 ? `${parts.join(', or ')}.` : 'None of the policies.';
  const bad =
    breaking.length > 0 ? ` Stopping it too, but breaking the target's DMA: ${breaking.join(', ')}.` : '';
  return good + bad;
}

/** The answers for one policy, given the outcomes of all that were played. */
export function answerOf(
  outcomes: readonly PolicyOutcome[],
  policy: PolicyChoice,
  assumptions: readonly Assumption[],
): Answer | undefined {
  const o = outcomes.find((one) => one.policy === policy);
  if (!o) return undefined;
  const read = assumptions.filter((a) => a.file !== undefined);
  const rest = assumedGroups(assumptions.filter((a) => a.file === undefined));
  const assumed = `${read.length} values come from the driver's own code; ${rest.reduce((n, g) => n + g.fields.length, 0)} are assumed.`;
  if (!o.applicable) {
    return { headline: 'Does not apply', what: `${o.reason}.`, whose: '-', when: '-', stops: '-', assumed };
  }
  return {
    headline: headline(o),
    what: what(o),
    whose: whose(o),
    when: when(o),
    stops: stops(outcomes, o),
    assumed,
  };
}

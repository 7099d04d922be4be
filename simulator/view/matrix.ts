/** The matrix of policies against outcomes, as plain data: for a panel, a report, a page. */
import type { PolicyOutcome, Verdict } from '../kexec/outcome-types.ts';
import { VERDICTS } from '../kexec/outcome-types.ts';
import type { PolicyChoice } from '../kexec/scenario-types.ts';
import { formatSize } from '../machine/address.ts';

/** What a policy is, in a few words. */
export const POLICY_BRIEF: Readonly<Record<PolicyChoice, string>> = {
  bypass: 'open for untranslated DMA',
  abort: 'block every stream',
  'abort-quiet': 'block, fault interrupts off',
  reset: 'translate, empty stream table',
  retain: 'leave translation on',
  adopt: 'hand the tables over',
  kdump: 'crash: no hook runs',
  none: 'no SMMU in the path',
  passthrough: 'identity domains',
  hook: 'the driver stops its device',
};

/** Ways that a kernel could go; the others are situations that it finds itself in. */
export const POLICY_OPTIONS: readonly PolicyChoice[] = [
  'bypass',
  'abort',
  'abort-quiet',
  'reset',
  'retain',
  'adopt',
  'hook',
];

/** Heads of the columns and what their numbers count. */
export const OUTCOME_COLUMNS: readonly {
  readonly verdict: Verdict;
  readonly title: string;
  readonly counts: string;
}[] = [
  { verdict: 'corrupts', title: 'Corrupts', counts: 'live memory overwritten' },
  { verdict: 'leaks', title: 'Leaks', counts: 'live memory read by the device' },
  { verdict: 'breaks-target', title: 'Breaks target', counts: "tries of the target's own DMA that fail" },
  { verdict: 'unknown', title: 'Unknown', counts: 'written into memory that is free at that time' },
  { verdict: 'blocked', title: 'Blocked', counts: 'accesses that were terminated' },
  { verdict: 'safe', title: 'Safe', counts: "nobody's memory reached, nothing blocked" },
];

export interface MatrixCell {
  /** The outcome has this effect. */
  readonly holds: boolean;
  /** It is the worst of this policy. */
  readonly isVerdict: boolean;
  /** What is shown: a size, a count, `3/8`, `yes`; empty where nothing of the kind happened. */
  readonly text: string;
  /** The same as a number: bytes or a count. */
  readonly value: number;
}

/** One policy. */
export interface MatrixRow {
  readonly policy: PolicyChoice;
  readonly brief: string;
  /** Row of the domain reference's table of policies. */
  readonly row: string;
  readonly applicable: boolean;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly cells: Readonly<Record<Verdict, MatrixCell>>;
}

function numberOf(o: PolicyOutcome, verdict: Verdict): { value: number; text: string } {
  const bytes = (value: number) => ({ value, text: value > 0 ? formatSize(value) : '' });
  switch (verdict) {
    case 'corrupts':
      return bytes(o.bytesOverwritten);
    case 'leaks':
      return bytes(o.bytesLeaked);
    case 'breaks-target': {
      const { failed, tried } = o.targetDma;
      if (failed === 0 && o.effects.includes('breaks-target')) return { value: 1, text: 'SError' };
      return { value: failed, text: failed > 0 ? `${failed}/${tried}` : '' };
    }
    case 'unknown': {
      const free = bytes(o.intoFree.reduce((sum, h) => sum + h.bytes, 0));
      const open = o.unknowns.length;
      return free.value > 0 || open === 0 ? free : { value: open, text: `${open} open` };
    }
    case 'blocked':
      return { value: o.blocked, text: o.blocked > 0 ? String(o.blocked) : '' };
    case 'safe':
      return o.verdict === 'safe' ? { value: 1, text: 'yes' } : { value: 0, text: '' };
  }
}

/** One row of the matrix. */
export function matrixRow(o: PolicyOutcome): MatrixRow {
  const cells = Object.fromEntries(
    VERDICTS.map((verdict): [Verdict, MatrixCell] => {
      const holds = o.applicable && o.effects.includes(verdict);
      const isVerdict = o.applicable && o.verdict === verdict;
      return [
        verdict,
        { holds, isVerdict, ...(o.applicable ? numberOf(o, verdict) : { value: 0, text: '' }) },
      ];
    }),
  ) as Record<Verdict, MatrixCell>;
  const { policy, row, applicable, verdict, reason } = o;
  return { policy, brief: POLICY_BRIEF[policy], row, applicable, verdict, reason, cells };
}

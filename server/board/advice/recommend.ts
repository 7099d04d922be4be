/** Which policy one SMMU driver should carry for the devices behind it, and what that costs. */
import type { Verdict } from '../../../simulator/kexec/outcome-types.ts';
import { VERDICTS } from '../../../simulator/kexec/outcome-types.ts';
import type { PolicyChoice } from '../../../simulator/kexec/scenario-types.ts';
import type { TodaysPolicy } from '../../../simulator/kexec/today.ts';
import { POLICY_OPTIONS } from '../../../simulator/view/matrix.ts';
import { POLICY_PRICES, type PriceRow } from '../../kernel/policy-prices.ts';
import type { Smmu } from '../model.ts';
import type { AdviceRow } from './advice.ts';
import type { Cell } from './play.ts';

/** Policies that a small patch of the SMMU's driver brings, the one with the least left behind first. */
export const PATCHED = {
  // A level line that nobody serves is worse than a silent log.
  v2: ['abort-quiet', 'abort', 'reset'],
  // No table of the old kernel's is left in use.
  v3: ['abort', 'abort-quiet', 'reset'],
} as const;

/** `v2`: arm-smmu, also of SMMUv1. */
export type SmmuDriver = keyof typeof PATCHED;

/** A policy for all devices behind the SMMUs of one driver. */
export interface PolicySum {
  readonly policy: PolicyChoice;
  /** Devices by the verdict; those that were not played are in none. */
  readonly devices: Readonly<Partial<Record<Verdict, number>>>;
  /** Devices whose DMA fails for a next Linux without a driver for the SMMU. */
  readonly breaksBare: number;
  readonly prices: readonly PriceRow[];
}

/** Advice for one SMMU driver. */
export interface DriverAdvice {
  readonly driver: SmmuDriver;
  readonly smmus: readonly Smmu[];
  /** Devices behind them that no hook stops. */
  readonly devices: number;
  /** Some of them could be played: the policies have outcomes. */
  readonly isPlayed: boolean;
  readonly today: TodaysPolicy;
  /** What can be chosen, in the order of the tables. */
  readonly policies: readonly PolicySum[];
  /** The policy to carry: today's where nothing better is needed; null where no policy keeps memory whole. */
  readonly recommended: PolicyChoice | null;
  readonly because: string;
}

const HARMLESS: readonly Verdict[] = ['blocked', 'safe'];

/** Sums up what each policy comes to for the devices behind the SMMUs of one driver, and recommends one. */
export function driverAdvice(
  driver: SmmuDriver,
  smmus: readonly Smmu[],
  rows: readonly AdviceRow[],
  today: TodaysPolicy,
): DriverAdvice {
  const isQcom = smmus.some(({ qcom }) => qcom);
  const policies = POLICY_OPTIONS.map((policy): PolicySum => {
    const cells = rows.flatMap((row) => cellOf(row, policy) ?? []);
    const bare = rows.flatMap(({ played }) => played?.bare.find((cell) => cell.policy === policy) ?? []);
    return {
      policy,
      devices: countVerdicts(cells),
      breaksBare: bare.filter(({ effects }) => effects.includes('breaks-target')).length,
      prices: pricesOf(driver, isQcom, policy),
    };
  });
  const shared = {
    driver,
    smmus,
    devices: rows.length,
    isPlayed: rows.some(({ played }) => played),
    today,
    policies,
  };
  return { ...shared, ...recommend(driver, rows, today.policy) };
}

/** What a policy comes to for a device: an identity domain has its own way of today's policy. */
function cellOf({ played, today }: AdviceRow, policy: PolicyChoice): Cell | undefined {
  const meant = policy === 'bypass' && today.policy === 'passthrough' ? 'passthrough' : policy;
  return played?.cells.find((cell) => cell.policy === meant);
}

function countVerdicts(cells: readonly Cell[]): PolicySum['devices'] {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const verdict of VERDICTS) {
    const count = cells.filter((cell) => cell.applicable && cell.verdict === verdict).length;
    if (count > 0) counts[verdict] = count;
  }
  return counts;
}

function pricesOf(driver: SmmuDriver, isQcom: boolean, policy: PolicyChoice): PriceRow[] {
  return POLICY_PRICES.filter(
    (row) =>
      row.policies.includes(policy) &&
      (row.smmu === null || row.smmu === driver) &&
      (isQcom || row.isQcom !== true),
  );
}

function recommend(
  driver: SmmuDriver,
  rows: readonly AdviceRow[],
  today: PolicyChoice,
): Pick<DriverAdvice, 'recommended' | 'because'> {
  const played = rows.filter((row) => row.played);
  if (rows.length === 0)
    return { recommended: today, because: 'no device that lacks a hook is behind it: nothing is gained' };
  if (played.length === 0)
    return { recommended: null, because: `no device could be played: ${rows[0]!.notPlayed}` };
  const openUnder = (policy: PolicyChoice): number =>
    played.filter((row) => !HARMLESS.includes(cellOf(row, policy)?.verdict ?? 'unknown')).length;
  const isClean = (policy: PolicyChoice): boolean => openUnder(policy) === 0;
  const all = played.length === 1 ? 'the device' : `all ${played.length} devices`;
  if (isClean(today))
    return {
      recommended: today,
      because: `the addresses of ${all} lie where this machine has no memory of the next kernel's, or it stops by itself: the memory map decides, not the policy`,
    };
  const clean = PATCHED[driver].find(isClean);
  if (clean)
    return {
      recommended: clean,
      because: `under ${today} ${openUnder(today)} of ${played.length} may reach memory that the next kernel uses, under ${clean} none does`,
    };
  return {
    recommended: null,
    because: 'no policy of the SMMU keeps the next kernel’s memory whole: only hooks do',
  };
}

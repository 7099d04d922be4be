/** Today's policy: what a kernel tree's own SMMU drivers leave to the next kernel, on one machine. */
import type { PolicyChoice, Scenario } from './scenario-types.ts';

/** What a kernel's SMMU driver leaves to the next kernel, as its source says. */
export interface TodaysPolicy {
  readonly policy: PolicyChoice;
  /** One sentence. */
  readonly says: string;
  /** Where the tree says so, from its root; absent: the shipped table does, no tree was read. */
  readonly file?: string;
  readonly line?: number;
}

/** By the SMMU's version: v1 and v2 have one driver. */
export interface Today {
  readonly v2: TodaysPolicy;
  readonly v3: TodaysPolicy;
}

/** What of a scenario decides. */
export interface OnScenario {
  readonly board: { readonly smmu: Pick<NonNullable<Scenario['board']['smmu']>, 'version'> | null };
  readonly device: Pick<Scenario['device'], 'behindSmmu'>;
  readonly kdump: boolean;
}

/** Today's policy of a tree, on the machine of a scenario. */
export function todayOn(today: Today, scenario: OnScenario): TodaysPolicy {
  const { board, device, kdump } = scenario;
  if (!board.smmu) return { policy: 'none', says: 'this machine has no Arm SMMU' };
  if (!device.behindSmmu) return { policy: 'none', says: 'the device does not pass the SMMU' };
  if (kdump) return { policy: 'kdump', says: 'a crash runs no hook: the SMMU stays as it was' };
  return board.smmu.version === 3 ? today.v3 : today.v2;
}

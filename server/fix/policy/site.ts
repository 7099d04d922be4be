/** What the changes of the SMMU drivers have in common. */
import type { Insertion } from '../insert.ts';
import type { NamedPlaces } from './places.ts';

/** Policies that a small change of an SMMU's driver brings. */
export const PATCHED_POLICIES = ['abort', 'abort-quiet', 'reset'] as const;

export type PatchedPolicy = (typeof PATCHED_POLICIES)[number];

/** An edit that takes something away too. */
export interface Replacement extends Insertion {
  /** Characters that go. */
  readonly removes: number;
}

/** What a driver's change is made of. */
export interface PolicyChange {
  readonly edits: readonly Replacement[];
  /** C that is put in: each name in it must be the tree's, */
  readonly code: string;
  /** but for the function that it defines; null: none. */
  readonly defines: string | null;
}

/** Where a driver's hook is, and what its files know. */
export interface HookSite {
  readonly places: NamedPlaces;
  readonly known: NamedPlaces;
  readonly hook: { readonly value: string; readonly at: number };
  readonly place: NonNullable<ReturnType<NamedPlaces['definition']>>;
}

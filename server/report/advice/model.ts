import type { PolicyChoice } from '../../../simulator/kexec/scenario-types.ts';
import type { SmmuDriver } from '../../board/advice/recommend.ts';

/** A patch of the tree's own SMMU driver, as a starting point. */
export interface PolicyPatch {
  readonly driver: SmmuDriver;
  readonly policy: PolicyChoice;
  /** From the tree's root. */
  readonly file: string;
  /** A diff that `git apply` takes in the tree; null with `why`. */
  readonly diff: string | null;
  /** Why none could be made. */
  readonly why: string | null;
}

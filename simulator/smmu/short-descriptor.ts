import { TWO32 } from './bits.ts';
import { PERM } from './tlb.ts';

/** A leaf of the AArch32 short-descriptor format (Arm ARM, "VMSAv8-32 Short-descriptor"). */
export interface ShortLeaf {
  readonly level: 1 | 2;
  readonly base: number;
  /** log2 of the size: 24 supersection, 20 section, 16 large page, 12 small page. */
  readonly shift: number;
  /** AP[2:0]. */
  readonly ap: number;
  readonly executeNever: boolean;
  readonly global: boolean;
}

/** A section or supersection. Domains are not checked: an SMMU has no DACR, every domain is a client. */
export function shortSection(descriptor: number): ShortLeaf {
  const supersection = (descriptor & 0x4_0000) !== 0;
  // A supersection keeps address bits 35:32 in 23:20 and 39:36 in 8:5.
  const upper = supersection ? ((descriptor >>> 20) & 0xf) + ((descriptor >>> 5) & 0xf) * 16 : 0;
  const shift = supersection ? 24 : 20;
  return {
    level: 1,
    base: upper * TWO32 + (descriptor >>> shift) * 2 ** shift,
    shift,
    ap: ((descriptor >>> 13) & 4) | ((descriptor >>> 10) & 3),
    executeNever: (descriptor & 0x10) !== 0,
    global: (descriptor & 0x2_0000) === 0,
  };
}

/** A large or small page. */
export function shortPage(descriptor: number): ShortLeaf {
  const large = (descriptor & 3) === 1;
  const shift = large ? 16 : 12;
  return {
    level: 2,
    base: (descriptor >>> shift) * 2 ** shift,
    shift,
    ap: ((descriptor >>> 7) & 4) | ((descriptor >>> 4) & 3),
    executeNever: (descriptor & (large ? 0x8000 : 1)) !== 0,
    global: (descriptor & 0x800) === 0,
  };
}

/** PERM bits of AP[2:0], or of AP[2:1] where AP[0] is the access flag. */
export function shortPermissions(leaf: ShortLeaf, accessFlagInAp: boolean): number {
  // With AFE, AP[2:1] means what the full encoding with AP[0]=1 means.
  const ap = accessFlagInAp ? (leaf.ap & 6) | 1 : leaf.ap;
  const user = [0, 0, 1, 2, 0, 0, 1, 1][ap]!;
  const privileged = [0, 2, 2, 2, 0, 1, 1, 1][ap]!;
  let perm = 0;
  if (user >= 1) perm |= PERM.userRead;
  if (user === 2) perm |= PERM.userWrite;
  if (privileged >= 1) perm |= PERM.privRead;
  if (privileged === 2) perm |= PERM.privWrite;
  if (!leaf.executeNever)
    perm |= (user >= 1 ? PERM.userExecute : 0) | (privileged >= 1 ? PERM.privExecute : 0);
  return perm;
}

import { PERM } from './tlb.ts';

/** What the access needs, as bits of PERM for both stages. */
export interface AccessNeed {
  readonly stage1: number;
  readonly stage2: number;
  readonly write: boolean;
}

const NEEDS: readonly AccessNeed[] = [
  { stage1: PERM.userRead, stage2: PERM.s2Read, write: false },
  { stage1: PERM.userWrite, stage2: PERM.s2Write, write: true },
  { stage1: PERM.privRead, stage2: PERM.s2Read, write: false },
  { stage1: PERM.privWrite, stage2: PERM.s2Write, write: true },
  { stage1: PERM.userExecute, stage2: PERM.s2Execute, write: false },
  { stage1: PERM.userWrite, stage2: PERM.s2Write, write: true },
  { stage1: PERM.privExecute, stage2: PERM.s2Execute, write: false },
  { stage1: PERM.privWrite, stage2: PERM.s2Write, write: true },
];

/** The permissions that an access asks for. An instruction fetch is a read that needs execute permission. */
export function accessNeed(write: boolean, privileged: boolean, instruction: boolean): AccessNeed {
  return NEEDS[(write ? 1 : 0) + (privileged ? 2 : 0) + (instruction ? 4 : 0)]!;
}

/** The SMMU's own read of a stage 1 table through stage 2. */
export const TABLE_READ: AccessNeed = { stage1: PERM.privRead, stage2: PERM.s2Read, write: false };

/** Permissions of a stage 1 leaf: AP[2:1], UXN/XN and PXN. */
export function leafPermissions(lo: number, hi: number, twoLevels: boolean): number {
  const writable = (lo & 0x80) === 0;
  if (!twoLevels) {
    let all = PERM.userRead | PERM.privRead;
    if (writable) all |= PERM.userWrite | PERM.privWrite;
    if ((hi & (1 << 22)) === 0) all |= PERM.userExecute | PERM.privExecute;
    return all;
  }
  let perm: number = PERM.privRead;
  if (writable) perm |= PERM.privWrite;
  if ((hi & (1 << 21)) === 0) perm |= PERM.privExecute;
  if ((lo & 0x40) !== 0) {
    perm |= PERM.userRead;
    if (writable) perm |= PERM.userWrite;
    if ((hi & (1 << 22)) === 0) perm |= PERM.userExecute;
  }
  return perm;
}

/** What APTable (bits 62:61), UXNTable (60) and PXNTable (59) of a table descriptor take away below it. */
export function tableRemoves(hi: number, twoLevels: boolean): number {
  let removed = 0;
  if ((hi & (1 << 30)) !== 0) removed |= PERM.userWrite | PERM.privWrite;
  if (twoLevels && (hi & (1 << 29)) !== 0) removed |= PERM.userRead | PERM.userWrite | PERM.userExecute;
  if ((hi & (1 << 28)) !== 0) removed |= PERM.userExecute | (twoLevels ? 0 : PERM.privExecute);
  if (twoLevels && (hi & (1 << 27)) !== 0) removed |= PERM.privExecute;
  return removed;
}

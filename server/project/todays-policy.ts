import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Today, TodaysPolicy } from '../../simulator/kexec/today.ts';
import { SMMU_DRIVERS, SMMU_STATEMENTS } from '../kernel/index.ts';
import { LiveWorkspace } from './live.ts';
import type { LiveRoot } from './live-root.ts';

/**
 * What this tree's SMMU drivers leave to the next kernel, read from their own shutdown hooks. Where the tree has no such
 * driver (a module outside of one), the shipped table answers.
 */
export async function todayOf(root: LiveRoot): Promise<Today> {
  for (const file of Object.values(SMMU_DRIVERS)) {
    // Judged once; a change of the file judges it again by itself.
    const unread = root.examinedIn(file).length === 0 && existsSync(join(root.root, file));
    if (unread) await root.judge(file);
  }
  return todaySoFar(root);
}

/** As `todayOf`, of the tree that a file (absolute path) is in; for one run, which judged its drivers otherwise. */
export async function todayAround(path: string): Promise<Today & { readonly root: string }> {
  const live = await LiveWorkspace.create();
  try {
    const { root } = live.locate(path);
    return { ...(await todayOf(root)), root: root.root };
  } finally {
    await live.dispose();
  }
}

/** What holds where no tree says anything. */
export function todayShipped(): Today {
  return { v2: shipped(SMMU_DRIVERS.v2), v3: shipped(SMMU_DRIVERS.v3) };
}

/** The same without reading anything: the shipped table answers for a driver that was not read yet. */
export function todaySoFar(root: LiveRoot): Today {
  return { v2: policyOf(root, SMMU_DRIVERS.v2), v3: policyOf(root, SMMU_DRIVERS.v3) };
}

function policyOf(root: LiveRoot, file: string): TodaysPolicy {
  const one = root.examinedIn(file).find(({ isIommu }) => isIommu);
  if (!one) return shipped(file);
  if (one.iommu) return { policy: 'bypass', ...one.iommu };
  const { hook, line } = one.driver;
  if (hook.function === null) {
    return { policy: 'retain', says: 'its driver has no shutdown hook: translation stays on', file, line };
  }
  const says = `${hook.function} opens nothing that is known: taken for blocking every stream`;
  return { policy: 'abort', says, file, line: hook.line ?? line };
}

/** What these drivers did in the kernels that the table was made from. */
function shipped(file: string): TodaysPolicy {
  const row = SMMU_STATEMENTS.find((one) => one.source.startsWith(file) && one.effect !== 'abort')!;
  return { policy: 'bypass', says: `${row.says} (Linux 6.1 to 6.12; no tree was read)` };
}

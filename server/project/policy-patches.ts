/** Patches of a tree's SMMU drivers, made from the tree's own text. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unifiedDiff } from '../fix/diff.ts';
import { PATCHED_POLICIES } from '../fix/policy/site.ts';
import { type PolicyPatch, policyText, type SmmuSource } from '../fix/policy/smmu-patch.ts';
import { SMMU_DRIVERS } from '../kernel/index.ts';
import { reasonOf } from '../tree/walk.ts';

/** One patch for each of the drivers and each policy that a small change brings. Nothing is written. */
export function policyPatches(tree: string, drivers: readonly ('v2' | 'v3')[]): PolicyPatch[] {
  return drivers.flatMap((driver) => {
    const file = SMMU_DRIVERS[driver];
    const source = sourceOf(tree, file);
    return PATCHED_POLICIES.map((policy): PolicyPatch => {
      const made = 'why' in source ? source : policyText(driver, policy, source);
      const shared = { driver, policy, file };
      return 'why' in made
        ? { ...shared, diff: null, why: made.why }
        : { ...shared, diff: unifiedDiff(file, (source as SmmuSource).text, made.text), why: null };
    });
  });
}

function sourceOf(tree: string, file: string): SmmuSource | { why: string } {
  const folder = join(tree, dirname(file));
  try {
    const headers = readdirSync(folder).filter((name) => name.endsWith('.h'));
    return {
      text: readFileSync(join(tree, file), 'utf8'),
      headers: headers.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n'),
    };
  } catch (error) {
    return { why: `the tree has no such driver: ${reasonOf(error)}` };
  }
}

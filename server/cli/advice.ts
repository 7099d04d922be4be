import { join } from 'node:path';
import { Command } from 'commander';
import type { Today } from '../../simulator/kexec/today.ts';
import { type Advice, advise } from '../board/advice/advice.ts';
import type { SmmuDriver } from '../board/advice/recommend.ts';
import { byType } from '../board/advice/types.ts';
import type { JoinedMachine } from '../board/model.ts';
import { PATCHED_POLICIES } from '../fix/policy/site.ts';
import type { PolicyPatch } from '../fix/policy/smmu-patch.ts';
import { SMMU_DRIVERS } from '../kernel/index.ts';
import { policyPatches } from '../project/policy-patches.ts';
import { todayAround, todayShipped } from '../project/todays-policy.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { adviceJson } from '../report/advice/json.ts';
import { advicePage } from '../report/advice/page.ts';
import { textPage } from '../report/html/text-page.ts';
import { markdown } from '../report/markdown.ts';
import { findKernelRoot } from '../tree/root.ts';
import { withAuditFlags } from './audit.ts';
import { type InventoryFlags, joinedMachines, withInventoryFlag } from './machine-input.ts';
import { print } from './output.ts';
import { oneOf, UsageError } from './usage.ts';

const FORMATS = ['markdown', 'html', 'json'] as const;

interface AdviceFlags extends InventoryFlags {
  readonly format: string;
  readonly patch?: string;
}

/** `quiesce advice FILE…`. */
export function adviceCommand(): Command {
  return withInventoryFlag(withAuditFlags(new Command('advice')))
    .description('say which SMMU policy the kernel of one machine should carry, and what each one costs')
    .argument(
      '[file...]',
      'what describes the machine, as for `board`; several snapshots are summed up by type',
    )
    .option('--patch <policy>', `print only the patches for a policy: ${PATCHED_POLICIES.join(', ')}`)
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'markdown')
    .action(async (files: string[], flags: AdviceFlags) => {
      const format = oneOf('format', flags.format, FORMATS);
      if (files.length === 0) throw new UsageError('no file given that describes the machine');
      const breathe = (): Promise<void> => new Promise((go) => setImmediate(go));
      const today = await todayIn(flags.tree);
      const single: Advice[] = [];
      for (const joined of await joinedMachines(files, flags))
        single.push(await advise(ofRelease(joined, flags.tree), today, breathe));
      const all = byType(single, today);
      const patches = flags.tree === undefined ? [] : policyPatches(flags.tree, patchable(all));
      await print(
        flags.patch === undefined ? RENDER[format](all, patches) : diffOf(patches, flags.patch, flags.tree),
      );
    });
}

const RENDER: Readonly<
  Record<(typeof FORMATS)[number], (all: readonly Advice[], patches: readonly PolicyPatch[]) => string>
> = {
  markdown: (all, patches) => markdown(advicePage(all, patches)),
  html: (all, patches) => textPage(titleOf(all), advicePage(all, patches), TOOL_VERSION),
  json: (all, patches) => adviceJson(all, patches, TOOL_VERSION),
};

function titleOf(all: readonly Advice[]): string {
  return `SMMU policy at kexec: ${all.map(({ joined }) => joined.machine.title).join(', ')}`;
}

/** SMMU drivers with devices behind them that nothing stops. */
function patchable(all: readonly Advice[]): SmmuDriver[] {
  const drivers = all.flatMap((advice) => advice.drivers).filter(({ devices }) => devices > 0);
  return [...new Set(drivers.map(({ driver }) => driver))].sort();
}

/** The patches that bring one policy, one after the other. @throws UsageError where there is none */
function diffOf(patches: readonly PolicyPatch[], wanted: string, tree: string | undefined): string {
  const policy = oneOf('policy', wanted, PATCHED_POLICIES);
  if (tree === undefined)
    throw new UsageError('--patch needs --tree: a patch is made from the text of a tree');
  const own = patches.filter((patch) => patch.policy === policy);
  if (own.length === 0)
    throw new UsageError(`--patch ${policy}: no device that lacks a hook is behind an SMMU`);
  for (const { file, why } of own)
    if (why !== null) throw new UsageError(`--patch ${policy}: ${file}: ${why}`);
  return own.map(({ diff }) => diff).join('');
}

/** A machine that does not say what it runs is taken to run the tree. */
function ofRelease(joined: JoinedMachine, tree: string | undefined): JoinedMachine {
  const { machine } = joined;
  const release = machine.kernel.release ?? (tree ? (findKernelRoot(tree)?.full ?? null) : null);
  return { ...joined, machine: { ...machine, kernel: { ...machine.kernel, release } } };
}

/** What the SMMU drivers of a tree do at shutdown. */
export function todayIn(tree: string | undefined): Promise<Today> | Today {
  return tree === undefined ? todayShipped() : todayAround(join(tree, SMMU_DRIVERS.v2));
}

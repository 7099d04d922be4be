import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { gainedHooks, pairTrees } from '../audit/gained.ts';
import type { Driver } from '../audit/model.ts';
import { Git, GitError } from '../change/git.ts';
import { type Origin, originOf } from '../change/origin.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { type CompareReport, compareJson, comparePretty } from '../report/compare.ts';
import { type AuditFlags, withAuditFlags } from './audit.ts';
import { driversOfTree, inventoryOf } from './machine-input.ts';
import { print } from './output.ts';
import { oneOf, UsageError } from './usage.ts';

const FORMATS = ['pretty', 'json'] as const;

/** `quiesce compare A B`. */
export function compareCommand(): Command {
  return withAuditFlags(new Command('compare'))
    .description('list hooks that one tree has and another lacks: what to carry back')
    .argument('<older>', 'kernel tree, or its saved inventory (.jsonl)')
    .argument('<newer>', 'kernel tree, or its saved inventory (.jsonl)')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .option('--history <dir>', "git repository to take commits from (default: the newer tree's)")
    .action(
      async (older: string, newer: string, flags: AuditFlags & { format: string; history?: string }) => {
        const format = oneOf('format', flags.format, FORMATS);
        for (const side of [older, newer])
          if (!existsSync(side)) throw new UsageError(`${side}: no such file or directory`);
        const history = await historyOf(flags.history ?? newer, flags.history !== undefined);
        const before = await driversOf(older, flags);
        const pairs = pairTrees(before, await driversOf(newer, flags));
        const { effective, others } = gainedHooks(pairs);
        const entries: CompareReport['gained'][number][] = [];
        for (const { before: was, after } of [...effective, ...others]) {
          const origin = history ? await history(after) : null;
          entries.push({ before: was, after, origin });
        }
        const report = {
          older,
          newer,
          paired: pairs.length,
          gained: entries,
          hasHistory: history !== undefined,
        };
        await print(
          format === 'json'
            ? compareJson(report, TOOL_VERSION)
            : comparePretty(report, process.stdout.isTTY === true),
        );
      },
    );
}

function driversOf(side: string, flags: AuditFlags): Promise<readonly Driver[]> {
  return statSync(side).isDirectory()
    ? driversOfTree(side, flags)
    : inventoryOf({ ...flags, inventory: side });
}

/** Who brought a driver's hook; undefined without a repository. @throws UsageError where one was asked for */
async function historyOf(
  dir: string,
  asked: boolean,
): Promise<((driver: Driver) => Promise<Origin | null>) | undefined> {
  if (!statSync(dir).isDirectory()) return undefined;
  try {
    const git = await Git.at(resolve(dir));
    // A tree that lies somewhere inside another project's repository has no history of its own there.
    if (!existsSync(join(git.top, 'MAINTAINERS')) && !asked) return undefined;
    return ({ file, hook }) => (hook.function ? originOf(git, file, hook.function) : Promise.resolve(null));
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    if (asked) throw new UsageError(`--history ${dir}: ${error.message}`);
    return undefined;
  }
}

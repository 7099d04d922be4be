import { Command } from 'commander';
import { driversOn } from '../board/filter.ts';
import { joinMachine } from '../board/join.ts';
import type { Machine } from '../board/model.ts';
import type { Audit } from '../project/types.ts';
import { configsHold } from '../tree/kbuild/index.ts';
import { runAudit, withAuditFlags } from './audit.ts';
import { asksForChange, type ChangeFlags, runChange, withChangeFlags } from './change.ts';
import { configOf } from './config-flags.ts';
import { fixDryRun, oneFix } from './fix-dry-run.ts';
import { machineOf } from './machine-input.ts';
import { setExit } from './output.ts';
import { type OwnerFlags, Owners, withOwnerFlags } from './owners.ts';
import { type ReportFlags, Reporting, withReportFlags } from './reporting.ts';
import { runShard, type ShardFlags, withShardFlags } from './shard.ts';
import { EXIT, gather, UsageError } from './usage.ts';

/** Options of `quiesce check`. */
interface CheckFlags extends ChangeFlags, ReportFlags, OwnerFlags, ShardFlags {
  readonly board?: readonly string[];
  readonly fixDryRun?: string;
}

/** `quiesce check [PATH…]`. */
export function checkCommand(): Command {
  return withShardFlags(
    withReportFlags(withOwnerFlags(withChangeFlags(withAuditFlags(new Command('check'))))),
  )
    .description('find drivers whose device goes on doing DMA across kexec')
    .argument('[path...]', 'files or directories; a directory is walked whole')
    .option(
      '--fix-dry-run <file[:instance]>',
      "print one driver's suggested hook as a diff for git apply",
      oneFix,
    )
    .option(
      '--board <file>',
      'only drivers that one machine binds: its .dtb, .config, snapshot, …; several times for several files',
      gather,
    )
    .action(async (paths: string[], flags: CheckFlags) => {
      const config = configOf(flags);
      if (flags.fixDryRun !== undefined) return fixDryRun(flags.fixDryRun, paths, flags, config);
      if (flags.shard !== undefined) {
        if (asksForChange(flags)) throw new UsageError('--shard: a change is judged whole');
        if (flags.board) throw new UsageError('--board: a shard holds every driver; filter a whole run');
        return runShard(paths, flags, config);
      }
      if (flags.writeBaseline !== undefined && asksForChange(flags))
        throw new UsageError(
          '--write-baseline: a change is a part of the tree: write it from a run over the whole',
        );
      if (flags.board && asksForChange(flags)) throw new UsageError('--board: a change is judged whole');
      const machine = flags.board && machineOf(flags.board);
      const reporting = new Reporting(flags, config);
      const owners = Owners.asked(paths, flags);
      const { audit, change } = asksForChange(flags)
        ? await runChange(paths, flags, config, owners)
        : { audit: onBoard(await runAudit(paths, flags, config, owners), machine) };
      const failed = await reporting.report(audit, { change, owners });
      if (flags.strict && audit.skipped.length > 0) setExit(EXIT.usage);
      else if (failed) setExit(EXIT.findings);
    });
}

/** The audit with the drivers that a machine's kernel binds alone. */
function onBoard(audit: Audit, machine: Machine | undefined): Audit {
  if (!machine) return audit;
  const joined = joinMachine(machine, audit.drivers, configsHold);
  return { ...audit, drivers: audit.drivers.filter(driversOn(joined)) };
}

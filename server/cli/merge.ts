import { Command } from 'commander';
import { joinShards } from '../project/shard.ts';
import { type ConfigFlags, configOf, withConfigFlags } from './config-flags.ts';
import { setExit } from './output.ts';
import { type ReportFlags, Reporting, withReportFlags } from './reporting.ts';
import { readShards } from './shard.ts';
import { EXIT } from './usage.ts';

/** `quiesce merge FILE…`. */
export function mergeCommand(): Command {
  return withReportFlags(withConfigFlags(new Command('merge')))
    .description('report what check --shard found in all parts, as one run would have')
    .argument('<file...>', 'the files of all parts')
    .action(async (paths: string[], flags: ConfigFlags & ReportFlags) => {
      const config = configOf(flags);
      const reporting = new Reporting(flags, config);
      const failed = await reporting.report(joinShards(readShards(paths), config));
      if (failed) setExit(EXIT.findings);
    });
}

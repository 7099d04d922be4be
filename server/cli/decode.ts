import { Command } from 'commander';
import { accuse } from '../board/accuse.ts';
import { readFaults } from '../board/fault-log.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { decodeJson, decodePretty } from '../report/decode.ts';
import { withAuditFlags } from './audit.ts';
import { type InventoryFlags, joinedMachine, withInventoryFlag } from './machine-input.ts';
import { print } from './output.ts';
import { oneOf, readInput, UsageError } from './usage.ts';

const FORMATS = ['pretty', 'json'] as const;

interface DecodeFlags extends InventoryFlags {
  readonly format: string;
  readonly log?: string;
}

/** `quiesce decode --log FILE FILE…`. */
export function decodeCommand(): Command {
  return withInventoryFlag(withAuditFlags(new Command('decode')))
    .description("say whose StreamIDs the SMMU faults of a kernel's log name")
    .argument('[file...]', 'what describes the machine, as for `board`')
    .option('--log <file>', "kernel log: output of dmesg or journalctl -k, '-' for standard input")
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (files: string[], flags: DecodeFlags) => {
      const format = oneOf('format', flags.format, FORMATS);
      if (flags.log === undefined)
        throw new UsageError("no log given: --log FILE, or --log - for dmesg's output");
      if (files.length === 0) throw new UsageError('no file given that describes the machine');
      const faults = readFaults(readInput('--log', flags.log));
      const joined = await joinedMachine(files, flags);
      const accusations = accuse(faults, joined);
      const { notes } = joined.machine;
      await print(
        format === 'json'
          ? decodeJson(accusations, notes, TOOL_VERSION)
          : decodePretty(accusations, notes, process.stdout.isTTY === true),
      );
    });
}

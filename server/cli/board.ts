import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { TOOL_VERSION } from '../project/version.ts';
import { boardJson, boardPretty } from '../report/board.ts';
import { withAuditFlags } from './audit.ts';
import { type InventoryFlags, joinedMachine, withInventoryFlag } from './machine-input.ts';
import { print } from './output.ts';
import { oneOf, UsageError } from './usage.ts';

const FORMATS = ['pretty', 'json'] as const;

/** Beside the bundle, in the package. */
const SCRIPT = new URL('../docs/snapshot.sh', import.meta.url);

interface BoardFlags extends InventoryFlags {
  readonly format: string;
  readonly all?: boolean;
  readonly script?: boolean;
}

/** `quiesce board FILE…`. */
export function boardCommand(): Command {
  return withInventoryFlag(withAuditFlags(new Command('board')))
    .description('say which devices of one machine are left running at kexec')
    .argument(
      '[file...]',
      "what describes the machine: .dtb, .dts, .config, modules.builtin, modules.order, modules.alias, lsmod's output, a snapshot",
    )
    .option('--all', 'list every device that a driver binds')
    .option('--script', 'print the script that takes a snapshot of a running machine')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (files: string[], flags: BoardFlags) => {
      if (flags.script) return print(readFileSync(SCRIPT));
      const format = oneOf('format', flags.format, FORMATS);
      if (files.length === 0) throw new UsageError('no file given that describes the machine');
      const joined = await joinedMachine(files, flags);
      const isTerminal = process.stdout.isTTY === true;
      await print(
        format === 'json' ? boardJson(joined, TOOL_VERSION) : boardPretty(joined, isTerminal, flags.all),
      );
    });
}

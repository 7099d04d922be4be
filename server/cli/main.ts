import { Command, CommanderError } from 'commander';
import type { Driver } from '../audit/model.ts';
import { ConfigError } from '../config/file.ts';
import { ConfigStore } from '../project/config-store.ts';
import { keepHeapSmall } from '../project/memory.ts';
import { auditPaths } from '../project/project.ts';
import { NoKernelTree } from '../project/units.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { reasonOf, UnreadablePath } from '../tree/walk.ts';
import { adviceCommand } from './advice.ts';
import { boardCommand } from './board.ts';
import { checkCommand } from './check.ts';
import { compareCommand } from './compare.ts';
import { configCommand } from './config.ts';
import { decodeCommand } from './decode.ts';
import { doctorCommand } from './doctor.ts';
import { evidenceCommand } from './evidence.ts';
import { explainCommand } from './explain.ts';
import { inventoryCommand } from './inventory.ts';
import { lspCommand } from './lsp.ts';
import { mergeCommand } from './merge.ts';
import { reportCommand } from './report.ts';
import { simulateCommand } from './simulate.ts';
import { suspectsCommand } from './suspects.ts';
import { EXIT, UsageError } from './usage.ts';

/** The whole command line. */
function program(): Command {
  const root = new Command('quiesce')
    .description(
      'Finds Linux kernel drivers whose device goes on doing DMA across kexec, and simulates what that does to the next kernel.',
    )
    .version(TOOL_VERSION)
    .addCommand(checkCommand())
    .addCommand(inventoryCommand())
    .addCommand(explainCommand())
    .addCommand(evidenceCommand())
    .addCommand(reportCommand())
    .addCommand(simulateCommand(loadDrivers))
    .addCommand(boardCommand())
    .addCommand(adviceCommand())
    .addCommand(decodeCommand())
    .addCommand(suspectsCommand())
    .addCommand(compareCommand())
    .addCommand(lspCommand())
    .addCommand(doctorCommand())
    .addCommand(configCommand())
    .addCommand(mergeCommand())
    .showSuggestionAfterError(true);
  for (const command of [root, ...root.commands]) {
    command
      .exitOverride()
      .configureOutput({ outputError: (text, write) => write(`quiesce: ${text.replace(/^error: /, '')}`) });
  }
  return root;
}

/** The drivers of one file, as `quiesce inventory` lists them: judged within their modules. */
async function loadDrivers(path: string): Promise<readonly Driver[]> {
  return (await auditPaths({ paths: [path], config: new ConfigStore() })).drivers;
}

/** A reader that goes away (`| head`) ends us without complaint; an interrupt at once. */
function handleSignals(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE')
      process.stderr.write(`quiesce: cannot write standard output: ${reasonOf(error)}\n`);
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.usage);
  });
  // Nobody reads what we would complain about.
  process.stderr.on('error', () => {});
  // Through exit(), so that files half written are taken away.
  process.on('SIGINT', () => process.exit(EXIT.interrupted));
  process.on('SIGTERM', () => process.exit(EXIT.terminated));
  process.on('SIGHUP', () => process.exit(EXIT.hungUp));
}

async function main(): Promise<void> {
  keepHeapSmall();
  handleSignals();
  try {
    await program().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else if (error instanceof ConfigError) {
      for (const line of error.message.split('\n')) process.stderr.write(`quiesce: ${line}\n`);
      process.exitCode = EXIT.usage;
    } else if (
      error instanceof UsageError ||
      error instanceof UnreadablePath ||
      error instanceof NoKernelTree
    ) {
      process.stderr.write(`quiesce: ${error.message}\n`);
      process.exitCode = EXIT.usage;
    } else {
      // Not 1: that would say that there are findings.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(
        `quiesce ${TOOL_VERSION}: an error of quiesce itself, please report it:\n${text}\n`,
      );
      process.exitCode = EXIT.usage;
    }
  }
}

await main();

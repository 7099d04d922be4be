import { Command } from 'commander';
import { connect, runServer } from '../lsp/server.ts';
import { UsageError } from './usage.ts';

/** `quiesce lsp --stdio`. */
export function lspCommand(): Command {
  return new Command('lsp')
    .description('run the language server for an editor')
    .option('--stdio', 'talk over standard input and output')
    .option('--node-ipc', "talk over node's channel to the parent process")
    .option('--clientProcessId <pid>', 'end when this process ends')
    .action((flags: { stdio?: boolean; nodeIpc?: boolean }) => {
      if (!flags.stdio && !flags.nodeIpc) {
        throw new UsageError('lsp: say how to talk to the editor: --stdio');
      }
      runServer(connect());
    });
}

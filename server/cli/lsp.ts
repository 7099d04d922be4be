import { Command } from 'commander';
import { UsageError } from './usage.ts';

/** `quiesce lsp --stdio`. The server is a bundle of its own (`entry.ts`). */
export function lspCommand(): Command {
  return new Command('lsp')
    .description('run the language server for an editor')
    .option('--stdio', 'talk over standard input and output')
    .option('--node-ipc', "talk over node's channel to the parent process")
    .option('--clientProcessId <pid>', 'end when this process ends')
    .action(async (flags: { stdio?: boolean; nodeIpc?: boolean }) => {
      if (!flags.stdio && !flags.nodeIpc) {
        throw new UsageError('lsp: say how to talk to the editor: --stdio');
      }
      await import(new URL('./server.js', import.meta.url).href);
    });
}

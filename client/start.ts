import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExtensionContext, type LogOutputChannel, workspace } from 'vscode';
import { LanguageClient, type ServerOptions, TransportKind } from 'vscode-languageclient/node.js';
import type { Watches } from './watches.ts';

export { State } from 'vscode-languageclient/node.js';

/** Commands that links in our hovers may run. */
const IN_HOVERS = ['quiesce.showSimulation', 'quiesce.explainRule'];

/** Makes the client; the server is `dist/server.js`, run by the editor's own Node. */
export function makeClient(
  context: ExtensionContext,
  output: LogOutputChannel,
  watches: Watches,
): LanguageClient {
  const program = join(context.extensionPath, 'dist', 'server.js');
  if (!existsSync(program)) {
    throw new Error(
      `${program} is missing: install the extension again, or run "npm run build" in a checkout`,
    );
  }
  const server: ServerOptions = { module: program, transport: TransportKind.ipc };
  return new LanguageClient('quiesce', 'Quiesce', server, {
    documentSelector: [{ scheme: 'file', language: 'c' }],
    outputChannel: output,
    traceOutputChannel: output,
    initializationOptions: optionsNow(watches),
    synchronize: { configurationSection: 'quiesce' },
    markdown: { isTrusted: { enabledCommands: IN_HOVERS } },
    initializationFailedHandler: (error) => {
      output.error(`the server did not start: ${error.message}`);
      return false;
    },
  });
}

/** What the server has to know at its start. */
function optionsNow(watches: Watches): Record<string, unknown> {
  const config = workspace.getConfiguration('quiesce');
  return {
    kernelTree: config.get<string>('kernelTree', ''),
    kernelVersion: config.get<string>('kernelVersion', ''),
    backgroundIndex: config.get<boolean>('backgroundIndex', true),
    problems: config.get<string>('problems', 'openFiles'),
    codeLens: config.get<boolean>('codeLens', true),
    // What the server finds reaches the screen without waiting to be asked.
    diagnostics: 'push',
    clientCommands: true,
    watch: watches.watching,
  };
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ExtensionContext, type LogOutputChannel, workspace } from 'vscode';
import { LanguageClient, type ServerOptions, TransportKind } from 'vscode-languageclient/node.js';

/** Kernels allow that many watched folders; below it a kernel tree can't be watched. */
const FEW_WATCHES = 16_384;

/** Commands that links in our hovers may run. */
const IN_HOVERS = ['quiesce.showSimulation', 'quiesce.explainRule'];

/** Makes the client; the server is `dist/server.js`, run by the editor's own Node. */
export function makeClient(context: ExtensionContext, output: LogOutputChannel): LanguageClient {
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
    initializationOptions: optionsNow(output),
    synchronize: { configurationSection: 'quiesce' },
    markdown: { isTrusted: { enabledCommands: IN_HOVERS } },
    initializationFailedHandler: (error) => {
      output.error(`the server did not start: ${error.message}`);
      return false;
    },
  });
}

/** What the server has to know at its start. */
function optionsNow(output: LogOutputChannel): Record<string, unknown> {
  const config = workspace.getConfiguration('quiesce');
  const few = watchesAreFew();
  if (few) {
    output.warn(
      `this machine lets a user watch ${few} folders only (fs.inotify.max_user_watches): changes outside of the editor are looked for every few seconds instead`,
    );
  }
  return {
    kernelTree: config.get<string>('kernelTree', ''),
    kernelVersion: config.get<string>('kernelVersion', ''),
    backgroundIndex: config.get<boolean>('backgroundIndex', true),
    problems: config.get<string>('problems', 'openFiles'),
    codeLens: config.get<boolean>('codeLens', true),
    // What the server finds reaches the screen without waiting to be asked.
    diagnostics: 'push',
    clientCommands: true,
    watch: few ? 'poll' : 'client',
  };
}

function watchesAreFew(): number | undefined {
  try {
    const limit = Number(readFileSync('/proc/sys/fs/inotify/max_user_watches', 'utf8'));
    return limit < FEW_WATCHES ? limit : undefined;
  } catch {
    return undefined;
  }
}

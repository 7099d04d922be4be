import { type ExtensionContext, window, workspace } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node.js';
import { registerCommands } from './commands.ts';
import { DriversView } from './drivers-view.ts';
import { Pages } from './pages.ts';
import type { DriverRow } from './rows.ts';
import { SimulationPanels } from './simulation-panel.ts';
import { type IndexState, Status } from './status.ts';
import { offerCli } from './terminal.ts';
import { Watches } from './watches.ts';
import type { Subject, Today } from './webview/messages.ts';

let client: LanguageClient | undefined;

/** Starts the server and puts its findings on the screen. */
export async function activate(context: ExtensionContext): Promise<void> {
  const output = window.createOutputChannel('Quiesce', { log: true });
  const status = new Status(String(context.extension.packageJSON.version));
  const pages = new Pages();
  const watches = new Watches((notice) => output.warn(notice));
  const view = new DriversView(async () => {
    if (!client?.isRunning()) return [];
    return client.sendRequest<DriverRow[]>('quiesce/drivers');
  });
  const ask = <T>(command: string, argument: unknown): Promise<T> => {
    if (!client) throw new Error('the Quiesce server is not running; see the Quiesce output');
    return client.sendRequest<T>('workspace/executeCommand', { command, arguments: [argument] });
  };
  const simulations = new SimulationPanels(context, {
    subject: async (driver) => ask<Subject | null>('quiesce.server.simulation', driver),
    today: async (driver) => ask<Today | null>('quiesce.server.today', driver),
  });
  const restart = async (): Promise<void> => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    output,
    status,
    view,
    pages.register(),
    simulations.register(),
    window.registerTreeDataProvider('quiesce.drivers', view),
    ...registerCommands({ client: () => client, restart, output, pages, simulations, view }),
    workspace.onDidChangeConfiguration((event) => {
      const atStart = ['kernelTree', 'kernelVersion', 'backgroundIndex'];
      if (atStart.some((key) => event.affectsConfiguration(`quiesce.${key}`))) void restart();
    }),
  );
  // The editor need not wait for the client's code, nor for the server.
  setImmediate(() => {
    void start();
    offerCli(context);
  });

  async function start(): Promise<void> {
    status.starting();
    let made: LanguageClient;
    const { makeClient, State } = await import('./start.ts');
    try {
      made = makeClient(context, output, watches);
    } catch (error) {
      fail(error);
      return;
    }
    client = made;
    made.onNotification('quiesce/index', (state: IndexState) => {
      status.running(state);
      if (state.state !== 'running') view.refresh();
    });
    made.onNotification('quiesce/drivers-changed', () => view.refresh());
    made.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        status.running();
        view.refresh();
      } else if (newState === State.Starting) status.starting();
      else status.failed('the server is stopped');
    });
    try {
      await made.start();
    } catch (error) {
      fail(error);
    }
  }

  function fail(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    output.error(reason);
    status.failed('the server did not start');
    void window
      .showErrorMessage(`Quiesce's server did not start: ${reason}`, 'Show output')
      .then((choice) => {
        if (choice) output.show();
      });
  }
}

/** Ends the server. */
export async function deactivate(): Promise<void> {
  await stop();
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running?.needsStop()) await running.stop();
}

import { commands, type Disposable, type LogOutputChannel, window, workspace } from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node.js';
import type { DriversView } from './drivers-view.ts';
import type { Pages } from './pages.ts';
import type { DriverName, SimulationPanels } from './simulation-panel.ts';

/** What the commands work with. */
export interface CommandContext {
  readonly client: () => LanguageClient | undefined;
  readonly restart: () => Promise<void>;
  readonly output: LogOutputChannel;
  readonly pages: Pages;
  readonly simulations: SimulationPanels;
  readonly view: DriversView;
}

/** Registers every command of the manifest. */
export function registerCommands(context: CommandContext): Disposable[] {
  const { output, pages, view } = context;
  const run = (command: string, ...args: unknown[]): Promise<unknown> => {
    const client = context.client();
    if (!client) throw new Error('the Quiesce server is not running; see the Quiesce output');
    return client.sendRequest('workspace/executeCommand', { command, arguments: args });
  };
  return [
    commands.registerCommand('quiesce.auditWorkspace', () => run('quiesce.server.auditWorkspace')),
    commands.registerCommand('quiesce.auditFile', async () => {
      const uri = window.activeTextEditor?.document.uri;
      if (!uri) return;
      const counts = (await run('quiesce.server.auditFile', { uri: uri.toString() })) as Counts | null;
      if (!counts) return;
      const text = `Quiesce: ${counts.drivers} drivers, ${counts.findings} findings in this file`;
      void window.showInformationMessage(text);
    }),
    commands.registerCommand('quiesce.showSimulation', async (driver?: DriverName) => {
      const uri = driver?.uri ?? window.activeTextEditor?.document.uri.toString();
      if (uri) await context.simulations.show({ ...driver, uri });
    }),
    commands.registerCommand('quiesce.explainRule', async (rule?: string) => {
      const page = (await run('quiesce.server.explain', rule ?? (await askForRule(run)))) as string;
      await pages.show(`Quiesce: ${/^# (.*)/.exec(page)?.[1] ?? 'rules'}`, page);
    }),
    commands.registerCommand('quiesce.restartServer', () => context.restart()),
    commands.registerCommand('quiesce.showOutput', () => output.show()),
    commands.registerCommand('quiesce.selectKernelTree', async () => {
      const chosen = await window.showOpenDialog({
        canSelectFiles: false,
        canSelectFolders: true,
        openLabel: 'Use this kernel tree',
      });
      const tree = chosen?.[0]?.fsPath;
      if (tree === undefined) return;
      await workspace.getConfiguration('quiesce').update('kernelTree', tree);
    }),
    commands.registerCommand('quiesce.refreshDrivers', () => view.refresh()),
    commands.registerCommand('quiesce.filterDrivers', async () => {
      const filter = await window.showInputBox({
        prompt: 'Words of the name, file or bus; hook:missing, dma:direct, bus:platform, on:board',
        value: view.filterText,
      });
      if (filter !== undefined) view.setFilter(filter);
    }),
  ];
}

interface Counts {
  readonly drivers: number;
  readonly findings: number;
}

async function askForRule(run: (command: string, ...args: unknown[]) => Promise<unknown>): Promise<string> {
  const list = String(await run('quiesce.server.explain', ''));
  const rules = [...list.matchAll(/^- `([\w-]+)`: (.*)$/gm)].map(([, label, detail]) => ({
    label: label!,
    detail: detail!,
  }));
  return (await window.showQuickPick(rules, { placeHolder: 'Which rule?' }))?.label ?? '';
}

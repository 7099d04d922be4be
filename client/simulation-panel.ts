import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize } from 'node:path';
import {
  type Disposable,
  type ExtensionContext,
  env,
  Position,
  Range,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
  workspace,
} from 'vscode';
import type { FromPanel, MachineFile, Subject, Today, ToPanel } from './webview/messages.ts';
import { panelPage } from './webview/page.ts';

const TYPE = 'quiesce.simulation';

/** A driver by its document and name. */
export interface DriverName {
  readonly uri: string;
  readonly instance?: string;
}

/** What the server answers about a driver. */
export interface SimulationServer {
  subject(driver: DriverName): Promise<Subject | null>;
  today(driver: DriverName): Promise<Today | null>;
}

/** The panels that show simulations; the newest one is used again for the next driver. */
export class SimulationPanels {
  private readonly context: ExtensionContext;
  private readonly server: SimulationServer;
  private current: WebviewPanel | undefined;
  /** What a page that is not loaded yet has to be told. */
  private readonly waiting = new Map<WebviewPanel, { driver: DriverName; message: Promise<ToPanel> }>();

  constructor(context: ExtensionContext, server: SimulationServer) {
    this.context = context;
    this.server = server;
  }

  /** Brings panels back after the window was reloaded; dispose the result with the extension. */
  register(): Disposable {
    return window.registerWebviewPanelSerializer(TYPE, {
      // What was shown is in the page's own state: nobody has to be asked.
      deserializeWebviewPanel: async (panel) => this.fill(panel),
    });
  }

  /** Shows the kexec of a driver beside the editor. */
  async show(driver: DriverName): Promise<void> {
    const title = `kexec: ${driver.instance ?? basename(Uri.parse(driver.uri).path)}`;
    // The page loads while the server answers.
    const message = this.ask(driver);
    if (this.current) {
      const panel = this.current;
      panel.title = title;
      // A hidden page is gone: it is loaded again when it is shown, and asks then.
      const listens = panel.visible && !this.waiting.has(panel);
      if (!listens) this.waiting.set(panel, { driver, message });
      panel.reveal(undefined, true);
      if (listens) await this.tell(panel, driver, message);
      return;
    }
    const column = { viewColumn: ViewColumn.Beside, preserveFocus: true };
    const panel = window.createWebviewPanel(TYPE, title, column);
    this.waiting.set(panel, { driver, message });
    this.fill(panel);
  }

  /** The driver first, so that the picture is there; then what this tree's SMMU drivers do, which takes longer. */
  private async tell(panel: WebviewPanel, driver: DriverName, message: Promise<ToPanel>): Promise<void> {
    await panel.webview.postMessage(await message);
    const today = await this.server.today(driver).catch(() => null);
    if (today) await panel.webview.postMessage({ type: 'today', today } satisfies ToPanel);
  }

  private async ask(driver: DriverName): Promise<ToPanel> {
    try {
      const subject = await this.server.subject(driver);
      if (subject) return { type: 'subject', subject };
      return {
        type: 'failed',
        message: 'No driver is there. Put the cursor into a file with a driver struct.',
      };
    } catch (error) {
      return { type: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }

  private fill(panel: WebviewPanel): void {
    const dist = Uri.joinPath(this.context.extensionUri, 'dist', 'webview');
    this.current = panel;
    panel.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    panel.iconPath = Uri.joinPath(this.context.extensionUri, 'icons', 'drivers.svg');
    panel.webview.onDidReceiveMessage((message: FromPanel) => this.hear(panel, message));
    panel.onDidDispose(() => {
      this.waiting.delete(panel);
      if (this.current === panel) this.current = undefined;
    });
    panel.webview.html = panelPage({
      script: panel.webview.asWebviewUri(Uri.joinPath(dist, 'panel.js')).toString(),
      style: panel.webview.asWebviewUri(Uri.joinPath(dist, 'style.css')).toString(),
      source: panel.webview.cspSource,
      nonce: randomBytes(16).toString('base64'),
    });
  }

  private async hear(panel: WebviewPanel, message: FromPanel): Promise<void> {
    const tell = (answer: ToPanel) => panel.webview.postMessage(answer);
    try {
      switch (message.type) {
        case 'ready': {
          const waiting = this.waiting.get(panel);
          this.waiting.delete(panel);
          if (waiting) await this.tell(panel, waiting.driver, waiting.message);
          return;
        }
        case 'open':
          return await openSource(message.root, message.file, message.line);
        case 'pick': {
          const file = await pickMachine(message.kind);
          if (file) await tell({ type: 'machine', file });
          return;
        }
        case 'copy':
          await env.clipboard.writeText(message.text);
          void window.setStatusBarMessage('Quiesce: the summary is on the clipboard', 4000);
          return;
        case 'save':
          return await save(message.name, message.data, message.binary);
      }
    } catch (error) {
      void window.showErrorMessage(`Quiesce: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Opens a file of the tree; one outside of it is refused, since the message comes from a page. */
async function openSource(root: string, file: string, line: number): Promise<void> {
  const relative = normalize(file);
  if (!isAbsolute(root) || isAbsolute(relative) || relative.startsWith('..')) {
    throw new Error(`${file} is not in the tree`);
  }
  const document = await workspace.openTextDocument(Uri.file(join(root, relative)));
  const at = new Position(Math.max(0, line - 1), 0);
  await window.showTextDocument(document, { selection: new Range(at, at), viewColumn: ViewColumn.One });
}

async function pickMachine(kind: MachineFile['kind']): Promise<MachineFile | undefined> {
  const filters = kind === 'dtb' ? { 'Device tree': ['dtb', 'dts', 'fdt'], 'All files': ['*'] } : {};
  const title =
    kind === 'dtb' ? 'A device tree (.dtb, or .dts without includes)' : 'A copy of /proc/iomem, read as root';
  const [chosen] = (await window.showOpenDialog({ title, openLabel: 'Use this machine', filters })) ?? [];
  if (!chosen) return undefined;
  const bytes = await readFile(chosen.fsPath);
  const name = basename(chosen.fsPath);
  return kind === 'iomem'
    ? { kind, name, text: bytes.toString('utf8') }
    : { kind, name, base64: bytes.toString('base64') };
}

async function save(name: string, data: string, binary: boolean): Promise<void> {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const target = await window.showSaveDialog(folder ? { defaultUri: Uri.joinPath(folder, name) } : {});
  if (!target) return;
  await workspace.fs.writeFile(target, Buffer.from(data, binary ? 'base64' : 'utf8'));
}

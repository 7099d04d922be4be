import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Connection, DiagnosticSeverity } from 'vscode-languageserver/node.js';
import type { ConfigError } from '../config/file.ts';
import { ConfigStore } from '../project/config-store.ts';
import { KnownFindings } from '../project/known.ts';

/** What clients are asked to watch: configurations, and baselines by their usual names. */
export const CONFIG_GLOB = '**/.quiesce*';

/** What projects configured, as the editor has it: what is wrong is shown in the file, and what was whole holds on. */
export class LiveConfig {
  readonly store: ConfigStore;
  readonly known: KnownFindings;
  private readonly connection: Connection;
  private readonly broken = new Set<string>();

  constructor(connection: Connection) {
    this.connection = connection;
    this.store = new ConfigStore({ onError: (error) => this.show(error) });
    this.known = new KnownFindings(this.store, (message) => connection.window.showWarningMessage(message));
  }

  /** True for a path whose change changes what is configured. */
  concerns(path: string): boolean {
    return basename(path).startsWith('.quiesce') || this.known.paths.includes(path);
  }

  /** Configurations and baselines in use. */
  get paths(): string[] {
    return [...this.store.paths, ...this.known.paths];
  }

  /** Reads everything anew from here on; what is still wrong is shown again. */
  forget(): void {
    for (const path of this.broken) this.send(path, []);
    this.broken.clear();
    this.store.forget();
    this.known.forget();
  }

  private show({ path, problems }: ConfigError): void {
    this.broken.add(path);
    this.send(path, problems);
  }

  private send(path: string, problems: ConfigError['problems']): void {
    const diagnostics = problems.map(({ line, column, message }) => ({
      range: {
        start: { line: line - 1, character: column - 1 },
        end: { line: line - 1, character: column },
      },
      severity: DiagnosticSeverity.Error,
      source: 'quiesce',
      message,
    }));
    void this.connection.sendDiagnostics({ uri: pathToFileURL(path).href, diagnostics });
  }
}

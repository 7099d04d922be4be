import { type LanguageStatusItem, LanguageStatusSeverity, languages } from 'vscode';

/** What the server is doing, as its notification `quiesce/index` says. */
export interface IndexState {
  readonly state: 'off' | 'running' | 'ready' | 'cancelled' | 'failed';
  readonly drivers: number;
  readonly message: string;
}

/** The status item beside a C file: state and version. */
export class Status {
  private readonly item: LanguageStatusItem;
  private readonly version: string;

  constructor(version: string) {
    this.version = version;
    this.item = languages.createLanguageStatusItem('quiesce', { language: 'c' });
    this.item.name = 'Quiesce';
    this.item.command = { title: 'Show output', command: 'quiesce.showOutput' };
    this.starting();
  }

  starting(): void {
    this.set('Quiesce: starting', true, LanguageStatusSeverity.Information);
  }

  failed(reason: string): void {
    this.set(`Quiesce: ${reason}`, false, LanguageStatusSeverity.Error);
  }

  running(index?: IndexState): void {
    if (index?.state === 'running') this.set('Quiesce: auditing the workspace', true);
    else if (index?.state === 'ready') this.set(`Quiesce: ${index.drivers} drivers audited`, false);
    else if (index?.state === 'failed')
      this.set(`Quiesce: audit failed: ${index.message}`, false, LanguageStatusSeverity.Warning);
    else this.set('Quiesce: ready', false);
  }

  dispose(): void {
    this.item.dispose();
  }

  private set(text: string, busy: boolean, severity = LanguageStatusSeverity.Information): void {
    this.item.text = text;
    this.item.busy = busy;
    this.item.severity = severity;
    this.item.detail = `version ${this.version}`;
  }
}

import { commands, type TextDocumentContentProvider, Uri, ViewColumn, workspace } from 'vscode';

const SCHEME = 'quiesce';

/** Pages that the server writes (Markdown), shown by the editor's own preview. */
export class Pages implements TextDocumentContentProvider {
  private readonly texts = new Map<string, string>();

  /** Registers itself; dispose the result with the extension. */
  register(): { dispose(): unknown } {
    return workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.texts.get(uri.path) ?? '';
  }

  /** Shows a page under a title. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = Uri.from({ scheme: SCHEME, path: `/${title}.md` });
    this.texts.set(uri.path, markdown);
    try {
      await commands.executeCommand('markdown.showPreviewToSide', uri);
    } catch {
      // The editor's Markdown extension is switched off: the text itself.
      const document = await workspace.openTextDocument(uri);
      await commands.executeCommand('vscode.open', document.uri, ViewColumn.Beside);
    }
  }
}

import type { TextDocumentContentChangeEvent } from 'vscode-languageserver/node.js';
import { Lines } from './position.ts';
import { keepLines, linesOf, type OpenDocument, pathOf, type Session } from './session.ts';

/** What the rest of the server does when documents come and go. */
export interface DocumentEvents {
  changed(document: OpenDocument): void;
  saved(document: OpenDocument): void;
  closed(document: OpenDocument): void;
}

/** Keeps the open C documents by the client's incremental changes (`textDocument/didOpen` … `didClose`). */
export function registerDocuments(session: Session, events: DocumentEvents): void {
  const { connection, documents, live } = session;

  connection.onDidOpenTextDocument(({ textDocument }) => {
    const path = pathOf(textDocument.uri);
    if (path === undefined || !isC(path, textDocument.languageId)) return;
    const { uri, version, text } = textDocument;
    const document = { uri, path, version, text };
    documents.set(uri, document);
    live.setOpen(path, text);
    events.changed(document);
  });

  connection.onDidChangeTextDocument(({ textDocument, contentChanges }) => {
    const document = documents.get(textDocument.uri);
    if (!document) return;
    document.version = textDocument.version;
    for (const change of contentChanges) apply(document, change);
    events.changed(document);
  });

  connection.onDidSaveTextDocument(({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    if (document) events.saved(document);
  });

  connection.onDidCloseTextDocument(({ textDocument }) => {
    const document = documents.get(textDocument.uri);
    if (!document) return;
    documents.delete(textDocument.uri);
    live.close(document.path);
    events.closed(document);
  });

  function apply(document: OpenDocument, change: TextDocumentContentChangeEvent): void {
    const file = live.openFile(document.path);
    if (!('range' in change)) {
      document.text = change.text;
      file?.update(change.text);
      return;
    }
    const before = linesOf(session, document.path);
    const lines = before?.text === document.text ? before : new Lines(document.text, session.encoding);
    const start = lines.offsetAt(change.range.start);
    const end = lines.offsetAt(change.range.end);
    const edited = lines.edited(start, end, change.text);
    keepLines(document.path, edited);
    document.text = edited.text;
    file?.update(edited.text, { at: start, removed: end - start, inserted: change.text.length });
  }
}

function isC(path: string, languageId: string): boolean {
  return languageId === 'c' || languageId === 'cpp' || /\.[ch]$/.test(path);
}

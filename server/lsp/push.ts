import { diagnosticsOf } from './diagnostics.ts';
import type { Session } from './session.ts';

/** Sends diagnostics of open files whenever a judgement changed them (`textDocument/publishDiagnostics`). */
export function registerPush(session: Session): void {
  const { connection, documents, onJudged } = session;
  onJudged.push((paths) => {
    const changed = new Set(paths);
    for (const document of documents.values()) {
      if (!changed.has(document.path)) continue;
      const { uri, version, path } = document;
      void connection.sendDiagnostics({ uri, version, diagnostics: diagnosticsOf(session, path) });
    }
  });
}

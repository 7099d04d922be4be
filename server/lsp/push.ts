import { diagnosticsOf } from './diagnostics.ts';
import { type Session, uriOf } from './session.ts';

/** Files of a whole workspace that are sent at once between other work. */
const PART = 50;

/**
 * Sends diagnostics whenever a judgement changed them (`textDocument/publishDiagnostics`): of open files, and of all
 * files with findings where the setting says so.
 */
export function registerPush(session: Session): void {
  const { connection, documents, onJudged, onGlanced } = session;
  const shown = new Set<string>();
  onGlanced.push((path) => sendOpen(new Set([path])));
  onJudged.push((paths) => {
    const changed = new Set(paths);
    void sendOpen(changed);
    if (session.settings.problems === 'workspace') void sendClosed([...changed]);
  });

  /** Takes the open files out of those that changed, and sends them; resolves when they are written. */
  async function sendOpen(changed: Set<string>): Promise<void> {
    const sent = [...documents.values()]
      .filter(({ path }) => changed.delete(path))
      .map(({ uri, version, path }) =>
        connection.sendDiagnostics({ uri, version, diagnostics: diagnosticsOf(session, path) }),
      );
    await Promise.all(sent);
  }

  async function sendClosed(paths: readonly string[]): Promise<void> {
    for (const [i, path] of paths.entries()) {
      if (i % PART === PART - 1) await new Promise((resolve) => setImmediate(resolve));
      const uri = uriOf(session, path);
      if (documents.has(uri)) continue;
      const diagnostics = diagnosticsOf(session, path);
      if (diagnostics.length === 0 && !shown.delete(path)) continue;
      if (diagnostics.length > 0) shown.add(path);
      void connection.sendDiagnostics({ uri, diagnostics });
    }
  }
}

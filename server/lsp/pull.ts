import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  type CancellationToken,
  type Diagnostic,
  DocumentDiagnosticReportKind,
  type WorkspaceDocumentDiagnosticReport,
} from 'vscode-languageserver/node.js';
import { diagnosticsOf } from './diagnostics.ts';
import { pathOf, type Session, uriOf } from './session.ts';

/** Files of a partial result of `workspace/diagnostic`. */
const PART = 100;

/** Answers `textDocument/diagnostic` and `workspace/diagnostic`, and asks the client to pull again across files. */
export function registerPull(session: Session): void {
  const { connection, live } = session;
  const canRefresh = session.capabilities.workspace?.diagnostics?.refreshSupport === true;
  /** Files whose diagnostics were given before their module was read. */
  const early = new Set<string>();

  connection.languages.diagnostics.on(async ({ textDocument, previousResultId }) => {
    const path = pathOf(textDocument.uri);
    if (path === undefined) return { kind: DocumentDiagnosticReportKind.Full, items: [] };
    if (!canRefresh) await session.judged(path);
    else if (await session.firstKnown(path)) early.add(path);
    const items = diagnosticsOf(session, path);
    const resultId = idOf(items);
    if (resultId === previousResultId) return { kind: DocumentDiagnosticReportKind.Unchanged, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, resultId, items };
  });

  connection.languages.diagnostics.onWorkspace(async (params, token, _progress, partial) => {
    const known = new Map(params.previousResultIds.map(({ uri, value }) => [uri, value]));
    const paths = new Set<string>();
    for (const root of live.all) {
      for (const driver of root.allDrivers()) {
        if (driver.findings.length > 0) paths.add(join(root.root, driver.file));
      }
    }
    for (const uri of known.keys()) {
      const path = pathOf(uri);
      if (path !== undefined) paths.add(path);
    }
    const reports = reportsOf([...paths], known, token);
    if (!partial) {
      const items: WorkspaceDocumentDiagnosticReport[] = [];
      for await (const part of reports) items.push(...part);
      return { items };
    }
    for await (const items of reports) partial.report({ items });
    return { items: [] };
  });

  async function* reportsOf(
    paths: readonly string[],
    known: ReadonlyMap<string, string>,
    token: CancellationToken,
  ): AsyncIterable<WorkspaceDocumentDiagnosticReport[]> {
    for (let at = 0; at < paths.length && !token.isCancellationRequested; at += PART) {
      yield paths.slice(at, at + PART).map((path) => report(path, known));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function report(path: string, known: ReadonlyMap<string, string>): WorkspaceDocumentDiagnosticReport {
    const uri = uriOf(session, path);
    const version = session.documents.get(uri)?.version ?? null;
    const items = diagnosticsOf(session, path);
    const resultId = idOf(items);
    if (known.get(uri) === resultId)
      return { kind: DocumentDiagnosticReportKind.Unchanged, uri, version, resultId };
    return { kind: DocumentDiagnosticReportKind.Full, uri, version, resultId, items };
  }

  if (!canRefresh) return;
  let timer: NodeJS.Timeout | undefined;
  session.onJudged.push((paths) => {
    // A file asks for its own diagnostics; what changed in others it can't know.
    const open = new Set([...session.documents.values()].map(({ path }) => path));
    const isLate = paths.filter((path) => early.delete(path)).length > 0;
    if (!isLate && paths.filter((path) => open.has(path)).length < 2) return;
    clearTimeout(timer);
    timer = setTimeout(() => connection.languages.diagnostics.refresh(), 100);
  });
}

function idOf(items: readonly Diagnostic[]): string {
  return createHash('sha1').update(JSON.stringify(items)).digest('base64url');
}

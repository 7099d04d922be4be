import { type CodeLens, CodeLensRefreshRequest } from 'vscode-languageserver/node.js';
import { linesOf, pathOf, type Session } from './session.ts';

/** One lens on each driver struct: `DMA: direct · hook: missing · simulate kexec`. */
export function registerCodeLens(session: Session): void {
  const { connection, live } = session;
  connection.onCodeLens(async ({ textDocument }, token): Promise<CodeLens[]> => {
    const path = pathOf(textDocument.uri);
    if (path === undefined || !session.settings.codeLens) return [];
    await session.judged(path);
    if (token.isCancellationRequested) return [];
    const lines = linesOf(session, path);
    if (!lines) return [];
    const command = session.settings.clientCommands ? 'quiesce.showSimulation' : 'quiesce.server.simulate';
    return live.driversOf(path).map((driver) => ({
      range: lines.wordAt(live.lineNow(path, driver.line), driver.column),
      command: {
        title: `DMA: ${driver.dma.class} · hook: ${driver.hook.state} · simulate kexec`,
        command,
        arguments: [{ uri: textDocument.uri, instance: driver.instance }],
      },
    }));
  });

  if (!session.capabilities.workspace?.codeLens?.refreshSupport) return;
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  session.onJudged.push(() => {
    // Lenses follow the text by themselves; only what they say has to be asked for again.
    const open = [...session.documents.values()].flatMap(({ path }) => live.driversOf(path));
    const now = open.map((d) => `${d.instance}:${d.dma.class}:${d.hook.state}`).join();
    if (now === last) return;
    last = now;
    clearTimeout(timer);
    timer = setTimeout(() => void connection.sendRequest(CodeLensRefreshRequest.type), 150);
  });
}

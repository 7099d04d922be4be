import type { Hover } from 'vscode-languageserver/node.js';
import type { Driver } from '../audit/model.ts';
import { describe } from './describe.ts';
import { linesOf, pathOf, type Session } from './session.ts';

/** Hover on a driver struct, its `.shutdown` member, its hook or a DMA call that is evidence; nowhere else. */
export function registerHover(session: Session): void {
  session.connection.onHover(async ({ textDocument, position }, token): Promise<Hover | null> => {
    const path = pathOf(textDocument.uri);
    if (path === undefined) return null;
    await session.judged(path);
    if (token.isCancellationRequested) return null;
    const lines = linesOf(session, path);
    if (!lines) return null;
    const offset = lines.offsetAt(position);
    const { word, start } = wordAround(lines.text, offset);
    if (word === '') return null;
    const { root, file } = session.live.locate(path);
    const line = position.line + 1;
    const driver = pick(session, path, root.allDrivers(), file, word, line);
    if (!driver) return null;
    const { verdictsOf } = await import('./simulate.ts');
    return {
      contents: { kind: 'markdown', value: describe(session, root, driver, verdictsOf(driver)) },
      range: { start: lines.positionAt(start), end: lines.positionAt(start + word.length) },
    };
  });
}

/** The driver that a word on a line is about. */
function pick(
  session: Session,
  path: string,
  drivers: readonly Driver[],
  file: string,
  word: string,
  line: number,
): Driver | undefined {
  const now = (known: number | null): boolean => known !== null && session.live.lineNow(path, known) === line;
  const here = drivers.filter((driver) => driver.file === file);
  return (
    here.find((driver) => now(driver.line) && driver.instance.split(/\W/).includes(word)) ??
    here.find((driver) => now(driver.hook.line) && (word === 'shutdown' || word === driver.hook.function)) ??
    here.find((driver) => word === driver.hook.function) ??
    drivers.find((driver) =>
      driver.dma.evidence.some((proof) => proof.file === file && now(proof.line) && proof.api === word),
    )
  );
}

function wordAround(text: string, offset: number): { word: string; start: number } {
  let start = offset;
  while (start > 0 && /\w/.test(text[start - 1]!)) start--;
  const word = /^\w+/.exec(text.slice(start, start + 128))?.[0] ?? '';
  return { word, start };
}

/** Another C language server beside us: what it offers is there once, and we add our hover alone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { RULES } from '../../server/audit/rules/index.ts';
import type { Tools } from './tools.ts';

/** What `c-language/extension.cjs` writes. */
interface Report {
  readonly definitions: number;
  readonly structDefinitions: number;
  readonly symbols: readonly string[];
  readonly completions: readonly string[];
  readonly hoverOnFunction: readonly string[];
  readonly hoverOnDriver: readonly string[];
}

function expectEqual(what: string, is: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(is), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
}

/** Runs the steps; the editor shows `ring.c` as it was when they begin and when they end. */
export async function besideSteps(page: Page, folder: string, tools: Tools): Promise<void> {
  const { step, command, eventually, gotoText, texts } = tools;
  const functions = ['ring_stop', 'ring_setup', 'ring_probe', 'ring_remove'];

  await step(page, 'beside another C server there is one of each', async () => {
    const path = join(folder, 'report.json');
    await command(page, 'C stand-in: Report What the Editor Has');
    await eventually('the report', async () => existsSync(path));
    const report: Report = JSON.parse(readFileSync(path, 'utf8'));
    expectEqual('definitions', report.definitions, 1);
    expectEqual('definitions of a driver struct', report.structDefinitions, 0);
    expectEqual('symbols', report.symbols, functions);
    const theirs = report.completions.filter((label) => functions.includes(label));
    expectEqual('completions', theirs.sort(), [...functions].sort());
    const ours = RULES.map(({ id }) => id).filter((id) => report.completions.includes(id));
    expectEqual('rules among completions of C', ours, []);
    expectEqual('hover on a function', report.hoverOnFunction, ['stand-in: ring_setup']);
    expectEqual('hovers on a driver struct', report.hoverOnDriver.length, 2);
    if (!report.hoverOnDriver.some((text) => /Hook: missing/.test(text))) throw new Error('not our hover');
  });

  await step(page, 'go to definition goes there without a choice', async () => {
    await gotoText(page, 'ring_setup(ring);');
    await page.keyboard.press('F12');
    await eventually('the definition', async () => {
      const cursor = await texts(page, '.statusbar-item[id="status.editor.selection"]');
      return cursor.includes('Ln 21,');
    });
    if ((await page.locator('.peekview-widget').count()) > 0) throw new Error('a choice is shown');
  });

  await step(page, 'the list of symbols has each function once', async () => {
    await page.keyboard.press('Control+Shift+o');
    const rows = page.locator('.quick-input-widget .monaco-list-row');
    await eventually('the list', async () => (await rows.count()) >= functions.length);
    const shown = await texts(page, '.quick-input-widget .monaco-list-row');
    for (const name of functions) expectEqual(name, shown.split(name).length - 1, 1);
    await page.keyboard.press('Escape');
  });
  await gotoText(page, 'ring_driver = {');
}

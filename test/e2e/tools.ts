import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { positionOf } from '../server/lsp/client.ts';

/** What every part of the test works with. */
export interface Tools {
  /** Runs one step, says how it went, and makes a picture of where it ended. */
  readonly step: (page: Page, name: string, body: () => Promise<void>) => Promise<void>;
  readonly command: (page: Page, title: string) => Promise<void>;
  readonly eventually: (what: string, test: () => Promise<boolean>, timeout?: number) => Promise<void>;
  /** Puts the cursor on the first letter of a text of `ring.c`. */
  readonly gotoText: (page: Page, what: string) => Promise<void>;
  readonly texts: (page: Page, selector: string) => Promise<string>;
}

/** Steps that went well, and others. */
export interface Totals {
  passed: number;
  failed: number;
}

/**
 * Makes the tools.
 * @param out folder for the pictures
 * @param text of the file that is open first
 */
export function makeTools(out: string, text: string, totals: Totals): Tools {
  return {
    step: async (page, name, body) => {
      const start = Date.now();
      try {
        await body();
        totals.passed++;
        process.stdout.write(`ok   ${name} (${Date.now() - start} ms)\n`);
      } catch (error) {
        totals.failed++;
        process.stdout.write(
          `FAIL ${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}\n`,
        );
      }
      await page.screenshot({ path: join(out, `${name.replace(/\W+/g, '-')}.png`) });
    },
    command,
    eventually,
    gotoText: async (page, what) => {
      const { line, character } = positionOf(text, what);
      // By letters: editors count a tab as one column or as many.
      await gotoPlace(page, `${line + 1}:1`);
      await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
      await page.waitForTimeout(200);
      for (let at = 0; at < character; at++) await page.keyboard.press('ArrowRight');
    },
    texts,
  };
}

async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input.input');
  await input.fill(`>${title}`);
  await page.locator('.quick-input-widget .monaco-list-row.focused').first().waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
}

async function gotoPlace(page: Page, place: string): Promise<void> {
  await page.keyboard.press('Control+g');
  const input = page.locator('.quick-input-widget input.input');
  await input.fill(`:${place}`);
  await page.waitForTimeout(150);
  await page.keyboard.press('Enter');
}

/** The editor's text has no-break spaces in places. */
async function texts(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).allInnerTexts()).join('\n').replace(/\u00a0/g, ' ');
}

async function eventually(what: string, test: () => Promise<boolean>, timeout = 20_000): Promise<void> {
  const end = Date.now() + timeout;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await new Promise((done) => setTimeout(done, 150));
  }
}

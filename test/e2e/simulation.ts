/** The simulation panel in the real editor: from the code lens, through a policy and the timeline, over a reload. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { formatSize } from '../../simulator/machine/address.ts';
import type { Tools } from './tools.ts';

interface Outcome {
  readonly policy: string;
  readonly verdict: string;
  readonly applicable: boolean;
  readonly bytesOverwritten: number;
  readonly blocked: number;
}

/** What the command line says of the same driver. */
function outcomesOf(file: string): readonly Outcome[] {
  const cli = spawnSync(process.execPath, ['dist/cli.js', 'simulate', file, '--format', 'json'], {
    encoding: 'utf8',
  });
  if (cli.status !== 0) throw new Error(`quiesce simulate: ${cli.stderr}`);
  return JSON.parse(cli.stdout).outcomes;
}

/** The panel's page; VS Code puts it two frames deep. */
function panelIn(page: Page): FrameLocator {
  return page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
}

/**
 * Runs the steps; the editor shows `ring.c` when they begin; the panel's group has the focus when they end.
 * @param folder the workspace that is open
 * @param url the editor on that workspace, without a file to open: what was open before comes back
 */
export async function simulationSteps(page: Page, folder: string, url: string, tools: Tools): Promise<void> {
  const { step, command, eventually } = tools;
  const panel = panelIn(page);
  const row = (policy: string) => panel.locator(`tr[data-policy=${policy}]`);
  const read = (selector: string) => panel.locator(selector).textContent();
  const chosen = () => panel.locator('tr.chosen').getAttribute('data-policy');

  await step(page, 'code lens opens the simulation', async () => {
    await page.keyboard.press('Escape');
    const lens = page.locator('.codelens-decoration a', { hasText: 'simulate kexec' });
    await lens.first().waitFor();
    await lens.first().click();
    await panel.locator('h1', { hasText: 'ring_driver across a kexec' }).waitFor();
  });

  await step(page, 'the panel says what the command line says', async () => {
    const outcomes = outcomesOf(join(folder, 'ring.c'));
    for (const { policy, verdict, applicable, bytesOverwritten, blocked } of outcomes) {
      const says = applicable ? verdict.replace('-', ' ') : 'does not apply';
      await eventually(`${policy} ${says}`, async () => {
        const [outcome, corrupts, stopped] = await Promise.all(
          ['.outcome', '[data-outcome=corrupts]', '[data-outcome=blocked]'].map((cell) =>
            row(policy).locator(cell).textContent(),
          ),
        );
        const bytes = bytesOverwritten > 0 ? formatSize(bytesOverwritten) : '·';
        return outcome === says && corrupts === bytes && stopped === (blocked > 0 ? String(blocked) : '·');
      });
    }
    const answer = (await read('.answer')) ?? '';
    for (const word of ['What', 'Whose', 'When', 'What stops it', 'Assumed', '.shutdown hook']) {
      if (!answer.includes(word)) throw new Error(`the answer does not say ${word}: ${answer}`);
    }
    if ((await panel.locator('tr:has(.tag)').getAttribute('data-policy')) !== 'bypass')
      throw new Error("today's policy is not marked");
  });

  await step(page, 'policy and playhead change the numbers', async () => {
    const before = await read('.answer h2');
    await row('abort').locator('button.policy').click();
    await eventually('another answer', async () => (await read('.answer h2')) !== before);
    await panel.getByRole('slider', { name: 'Timeline of abort' }).focus();
    await page.keyboard.press('Home');
    await eventually('the first transaction', async () =>
      /transaction 1 of/.test((await read('.now')) ?? ''),
    );
    await eventually('the way of it', async () => /SMR.*S2CR.*Walk/s.test((await read('.way')) ?? ''));
    await page.keyboard.press('ArrowRight');
    await eventually('the second', async () => /transaction 2 of/.test((await read('.now')) ?? ''));
  });

  await step(page, 'a value of the driver opens its line', async () => {
    await panel.locator('[data-field="device.kind"] .link').click();
    await eventually('the cursor', async () =>
      /Ln \d+/.test((await page.locator('.statusbar').textContent()) ?? ''),
    );
    await page.locator('.tab.active', { hasText: 'ring.c' }).first().waitFor();
  });

  await step(page, 'the simulation survives a reload', async () => {
    // With a file in its address the editor would open that and nothing else.
    await page.evaluate(`history.replaceState(null, '', ${JSON.stringify(url)})`);
    const gone = page.waitForEvent('load', { timeout: 60_000 });
    await command(page, 'Developer: Reload Window');
    await gone;
    await page.waitForSelector('.monaco-editor .view-line');
    await eventually('the policy of before', async () => (await chosen()) === 'abort', 60_000);
    await eventually('the moment of before', async () => /transaction 2 of/.test((await read('.now')) ?? ''));
  });

  await step(page, 'the simulation survives being hidden', async () => {
    await page.locator('.tab', { hasText: 'kexec: ring_driver' }).first().click();
    // Opens in the panel's group, in front of it.
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'Makefile' }).click();
    await eventually(
      'the page to go',
      async () => (await page.locator('iframe.webview.ready:visible').count()) === 0,
    );
    await page.locator('.tab', { hasText: 'kexec: ring_driver' }).first().click();
    await eventually('the policy of before', async () => (await chosen()) === 'abort');
  });
}

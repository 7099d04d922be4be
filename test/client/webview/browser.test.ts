/** The panel's page in Chromium, as a person uses it: with a mouse, by keyboard alone, with assistive technology. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICY_CHOICES } from '../../../simulator/kexec/scenario-types.ts';
import { formatSize } from '../../../simulator/machine/address.ts';
import { CHROMIUM, launch, openPanel, type Panel, type PanelOptions } from './open.ts';
import { EXAMPLE, quiesce, simulated, subjectOf } from './subject.ts';
import type { ThemeName } from './themes.ts';

/** On a machine that runs these tests for a change, a missing browser is an error and not a reason to skip. */
const able = existsSync(CHROMIUM) || process.env.CI !== undefined;
const SLOW = 120_000;

describe.skipIf(!able)('the panel in a browser', { timeout: SLOW }, () => {
  let browser: Browser;
  const subject = able ? subjectOf() : (undefined as never);

  beforeAll(async () => {
    browser = await launch();
  }, SLOW);
  afterAll(() => browser?.close());

  async function opened(options: Partial<PanelOptions> = {}): Promise<Panel> {
    const panel = await openPanel(browser, { subject, ...options });
    await settled(panel.page);
    return panel;
  }

  it('answers on screen, with the numbers of the command line', async () => {
    const panel = await opened();
    const cli = simulated(EXAMPLE);
    const card = await textIn(panel.page.locator('.answer'));
    const bypass = cli.outcomes[0];
    for (const word of ['What', 'Whose', 'When', 'What stops it', 'Assumed']) expect(card).toContain(word);
    expect(card).toContain('what this tree does today: sCR0.CLIENTPD=1');
    expect(card).toContain(bypass.leaked[0].owner);
    expect(card).toContain(bypass.leaked[0].first.pa);
    expect(card).toContain(
      'A .shutdown hook in the driver, or the policies abort, abort-quiet, reset, adopt',
    );
    for (const outcome of cli.outcomes) {
      const row = panel.page.locator(`tr[data-policy=${outcome.policy}]`);
      expect(await textIn(row.locator('.outcome'))).toContain(outcome.verdict.replace('-', ' '));
      const cell = async (name: string) => (await textIn(row.locator(`[data-outcome=${name}]`))).trim();
      expect(await cell('corrupts')).toBe(shown(outcome.bytesOverwritten));
      expect(await cell('leaks')).toBe(shown(outcome.bytesLeaked));
      expect(await cell('blocked')).toBe(outcome.blocked > 0 ? String(outcome.blocked) : '·');
    }
    expect(await panel.page.locator('tr:has(.tag)').getAttribute('data-policy')).toBe('bypass');
    const retain = { policy: 'retain', says: 'no hook there', file: 'drivers/iommu/smmu.c', line: 7 };
    await panel.tell({ type: 'today', today: { v2: retain, v3: retain } });
    await panel.page.locator('tr[data-policy=retain] .tag').waitFor();
    expect(await textIn(panel.page.locator('.answer'))).toContain('what this tree does today: no hook there');
    const assumed = await textIn(panel.page.locator('#assumed'));
    for (const one of cli.assumptions) expect(assumed.toLowerCase()).toContain(one.because.toLowerCase());
    expect(panel.trouble).toEqual([]);
    await panel.close();
  });

  it('exports what the command line prints, and a scenario that it plays the same', async () => {
    const panel = await opened();
    const click = async (kind: string) => {
      const before = (await panel.sent('save')).length + (await panel.sent('copy')).length;
      await panel.page.click(`[data-export=${kind}]`);
      await until(
        panel.page,
        `window.sent.filter((m) => m.type === 'save' || m.type === 'copy').length > ${before}`,
      );
      return (
        await panel.sent<{ data: string; text: string; name: string }>(kind === 'summary' ? 'copy' : 'save')
      ).at(-1)!;
    };
    const cli = simulated(EXAMPLE);
    expect(JSON.parse((await click('json')).data)).toEqual(cli);
    const scenario = await click('scenario');
    expect(scenario.name).toBe('dmac_driver-kexec.scenario.json');
    const file = join(mkdtempSync(join(tmpdir(), 'quiesce-panel-')), 'scenario.json');
    writeFileSync(file, scenario.data);
    expect(simulated('--scenario', file).outcomes).toEqual(cli.outcomes);
    expect((await click('svg')).data).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    const png = Buffer.from((await click('png')).data, 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.length).toBeGreaterThan(20_000);
    const { text } = await click('summary');
    expect(text).toContain('- bypass: leaks.');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(72);
    expect(panel.trouble).toEqual([]);
    await panel.close();
  });

  it('shows a transaction from the device to the owner, step by step', async () => {
    const panel = await opened();
    const { page } = panel;
    const slider = page.getByRole('slider', { name: 'Timeline of bypass' });
    await slider.focus();
    await page.keyboard.press('Home');
    await until(page, "document.querySelector('.way')?.textContent.includes('SMR')");
    const trace = JSON.parse(
      quiesce('simulate', EXAMPLE, '--policy', 'bypass', '--format', 'json', '--trace'),
    ).outcomes[0].trace[0];
    const way = await textIn(page.locator('.way'));
    expect(way).toContain(trace.iova);
    for (const step of trace.explain) {
      if (step.kind === 'smr') expect(way).toContain(`SMR${step.index}`);
      if (step.kind === 's2cr') expect(way).toContain(`S2CR${step.index}`);
      if (step.kind === 'walk') expect(way).toContain(`Walk, level ${step.level}`);
    }
    expect(trace.explain.filter((s: { kind: string }) => s.kind === 'walk').length).toBeGreaterThan(1);
    expect(way).toContain(trace.landed[0].pa);
    expect(way).toContain(trace.landed[0].owner);
    await panel.close();
  });

  it('goes by keyboard alone: policy, comparison, scrub, zoom, words', async () => {
    const panel = await opened();
    const { page } = panel;
    const focused = () => page.evaluate('document.activeElement.closest("tr")?.dataset.policy');
    await tabTo(page, 'document.activeElement.classList.contains("policy")');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('abort');
    expect(await textIn(page.locator('.answer h2'))).toContain('Nothing is overwritten');
    await tabTo(page, 'document.activeElement.ariaLabel === "Compare abort with reset"');
    await page.keyboard.press('Enter');
    await page.getByRole('slider', { name: 'Timeline of reset' }).waitFor();
    await tabTo(page, 'document.activeElement.ariaLabel === "Timeline of abort"');
    await page.keyboard.press('Home');
    const first = await textIn(page.locator('.now'));
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('PageUp');
    expect(first).toContain('transaction 1 of');
    expect(await textIn(page.locator('.now'))).toContain('transaction 12 of');
    await tabTo(page, 'document.activeElement.textContent === "show the page"', 60);
    await page.keyboard.press('Enter');
    expect(await page.locator('.page').count()).toBe(2);
    await page.locator('.term', { hasText: 'StreamID' }).first().focus();
    expect(await textIn(page.getByRole('tooltip'))).toContain('tells one device from another');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('tooltip').count()).toBe(0);
    // The scroll that the focus caused may be heard of after the key.
    await page.evaluate("document.dispatchEvent(new Event('scroll'))");
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))');
    expect(await page.getByRole('tooltip').count()).toBe(0);
    await panel.close();
  });

  it('plays another scenario when a control changes, as the command line does', async () => {
    const panel = await opened();
    const { page } = panel;
    await choose(page, 'board', 'thunderx2');
    await replayed(page, 'board', 'thunderx2');
    const cli = simulated(EXAMPLE, '--board', 'thunderx2');
    for (const outcome of cli.outcomes) {
      const row = page.locator(`tr[data-policy=${outcome.policy}] .outcome`);
      await expect
        .poll(() => textIn(row), { timeout: 20_000 })
        .toContain(outcome.applicable ? outcome.verdict.replace('-', ' ') : 'does not apply');
    }
    expect(await page.locator('[data-field="iommu.gbpaAbort"]').count()).toBe(1);
    await page.locator('[data-field="device.quiescedBy"] vscode-checkbox').click();
    await expect
      .poll(() => textIn(page.locator('.answer h2')))
      .toContain("Nothing of the next kernel's is touched");
    await page.getByRole('button', { name: 'reset all' }).click();
    await expect.poll(() => textIn(page.locator('.answer'))).toContain('page tables');
    expect(panel.trouble).toEqual([]);
    await panel.close();
  });

  it('says what is wrong with a value, and keeps the picture', async () => {
    const panel = await opened();
    const { page } = panel;
    await choose(page, 'device.burst', 'many');
    expect(await textIn(page.getByRole('alert'))).toContain(
      "device.burst: 'many' is neither an address nor a size",
    );
    expect(await textIn(page.locator('.answer'))).toContain('page tables');
    await panel.close();
  });

  it("reads a person's own machine, and opens the lines that the driver's values come from", async () => {
    const panel = await opened();
    const { page } = panel;
    await page.getByRole('button', { name: '/proc/iomem…' }).click();
    expect(await panel.sent('pick')).toEqual([{ type: 'pick', kind: 'iomem' }]);
    const iomem = 'test/fixtures/machines/qemu-virt-clean-first.iomem';
    const text = readFileSync(iomem, 'utf8');
    await panel.tell({ type: 'machine', file: { kind: 'iomem', name: 'iomem.txt', text } });
    await page.locator('.own', { hasText: 'iomem.txt' }).waitFor();
    const cli = simulated(EXAMPLE, '--iomem', iomem);
    const bypass = page.locator('tr[data-policy=none] .outcome');
    const none = cli.outcomes.find((o: { policy: string }) => o.policy === 'none');
    await expect.poll(() => textIn(bypass)).toContain(none.verdict);
    // The saved scenario carries the machine: nobody needs the file that it came from.
    await page.click('[data-export=scenario]');
    await until(page, "window.sent.some((m) => m.type === 'save')");
    const saved = (await panel.sent<{ data: string }>('save'))[0]!;
    const file = join(mkdtempSync(join(tmpdir(), 'quiesce-panel-')), 'scenario.json');
    writeFileSync(file, saved.data);
    expect(simulated('--scenario', file).outcomes).toEqual(cli.outcomes);
    await page.locator('[data-field="device.kind"] .link').click();
    const [open] = await panel.sent<{ file: string; line: number; root: string }>('open');
    const kind = cli.assumptions.find((a: { field: string }) => a.field === 'device.kind');
    expect(open).toEqual({ type: 'open', root: '/tree', file: kind.file, line: kind.line });
    await panel.close();
  });

  it('comes back as it was', async () => {
    const before = await opened();
    await before.page.locator('tr[data-policy=retain] button.policy').click();
    await before.page.locator('tr[data-policy=abort] button.small').click();
    await before.page.getByRole('slider', { name: 'Timeline of retain' }).focus();
    await before.page.keyboard.press('End');
    await until(before.page, "/transaction (\\d+) of \\1$/.test(document.querySelector('.now').textContent)");
    await until(
      before.page,
      "document.querySelector('.now').textContent.includes('transaction ' + (kept.index + 1) + ' of')",
    );
    const state = await before.state();
    const now = await textIn(before.page.locator('.now'));
    await before.close();
    const after = await opened({ state });
    expect((await after.sent<{ has: boolean }>('ready'))[0]!.has).toBe(true);
    await after.page.getByRole('slider', { name: 'Timeline of abort' }).waitFor();
    expect(await after.page.locator('tr.chosen').getAttribute('data-policy')).toBe('retain');
    expect(await textIn(after.page.locator('.now'))).toBe(now);
    await after.close();
  });

  it.each<[ThemeName, number]>([
    ['light', 1400],
    ['dark', 620],
    ['high-contrast', 900],
    ['high-contrast-light', 1400],
  ])('has no violation that axe finds: %s at %i', async (theme, width) => {
    const panel = await opened({ theme, width });
    const { page } = panel;
    await page.locator('tr[data-policy=retain] button.small').click();
    await page.getByRole('slider', { name: 'Timeline of retain' }).waitFor();
    await page.getByRole('button', { name: 'show the page' }).first().click();
    for (const summary of await page.locator('summary').all()) await summary.click();
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    };
    expect(
      violations.map((v) => [v.id, v.nodes.map((n) => `${n.html} ${n.failureSummary}`).slice(0, 3)]),
    ).toEqual([]);
    // Nothing sticks out sideways.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await panel.close();
  });

  it('draws and steps through more than ten thousand transactions', async () => {
    const many = {
      ...subject.input,
      device: { ...subject.input.device, kind: 'ring-receiver', periodMs: 0.12, wraps: true },
    };
    const panel = await opened({ subject: { ...subject, input: many as never } });
    const { page } = panel;
    const slider = page.getByRole('slider', { name: 'Timeline of bypass' });
    expect(Number(await slider.getAttribute('aria-valuemax'))).toBeGreaterThan(10_000);
    await slider.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    const [, at, all] = /transaction (\d+) of (\d+)/.exec(await textIn(page.locator('.now')))!;
    expect(Number(at)).toBe(Number(all) - 1);
    await until(page, "document.querySelector('.way') !== null");
    expect(panel.trouble).toEqual([]);
    await panel.close();
  });
});

/** What a person reads there. */
function textIn(place: Locator): Promise<string> {
  // biome-ignore lint/performance/useDomNodeTextContent: what is hidden does not count
  return place.innerText();
}

/** Until an expression holds in the page. Asked from outside: the page's own policy forbids to evaluate text later. */
async function until(page: Page, expression: string, ms = 60_000): Promise<void> {
  await expect.poll(() => page.evaluate(`Boolean(${expression})`), { timeout: ms, interval: 100 }).toBe(true);
}

/** Until every policy was played and the answers are complete. */
async function settled(page: Page): Promise<void> {
  await until(
    page,
    `document.querySelectorAll('tr[data-policy]').length === ${POLICY_CHOICES.length} &&
     [...document.querySelectorAll('.outcome')].every((e) => e.textContent !== '…') &&
     [...document.querySelectorAll('.facts dd')].every((e) => e.textContent !== '…')`,
  );
}

/** Presses Tab until a condition on the focused element holds. */
async function tabTo(page: Page, condition: string, most = 90): Promise<void> {
  for (let i = 0; i < most; i++) {
    if (await page.evaluate(condition)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${condition}: not reached with ${most} tabs`);
}

/** Gives a control a value as its own element does when a person has chosen. */
async function choose(page: Page, field: string, value: string): Promise<void> {
  const control = page.locator(`[data-field="${field}"]`).locator('vscode-single-select, vscode-textfield');
  await control.evaluate((element, chosen) => {
    const input = element as unknown as { value: string; dispatchEvent(event: Event): void };
    input.value = chosen;
    input.dispatchEvent(new Event('change'));
  }, value);
}

/** Until the control shows the value as the scenario has it. */
async function replayed(page: Page, field: string, value: string): Promise<void> {
  await until(
    page,
    `document.querySelector('[data-field="${field}"].changed vscode-single-select')?.value === ${JSON.stringify(value)}`,
  );
}

function shown(bytes: number): string {
  return bytes > 0 ? formatSize(bytes) : '·';
}

/** The page of `check --format html`, as a person uses it in a browser, from disk. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { html } from '../../server/report/formats/html.ts';
import { OUTCOME_COLUMNS } from '../../simulator/view/matrix.ts';
import { quiesce } from '../server/cli/run.ts';
import { driverOf, findingOf, runOver } from '../server/report/inputs.ts';
import { axeViolations } from './axe.ts';
import { launchChromium } from './launch.ts';

const EXAMPLES = 'test/fixtures/examples';
const WARNED = 10;
const ALL = 12;

let browser: Browser;
let folder: string;
let file: string;
let page: Page;
/** What the page asked the network for, and what went wrong in it. */
let asked: string[];
let errors: string[];
const pictures = process.env.PICTURES;

beforeAll(async () => {
  browser = await launchChromium();
  folder = mkdtempSync(join(tmpdir(), 'quiesce-report-'));
  file = join(folder, 'report.html');
  const { code, stderr } = await quiesce(['check', '--format', 'html', '-o', file, EXAMPLES]);
  expect([code, stderr]).toEqual([1, '']);
  if (pictures) mkdirSync(pictures, { recursive: true });
}, 60_000);
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

async function open(path = file, options: Parameters<Browser['newPage']>[0] = {}, hash = ''): Promise<Page> {
  const fresh = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  asked = [];
  errors = [];
  fresh.on('request', (request) => asked.push(request.url()));
  fresh.on('pageerror', (error) => errors.push(error.message));
  fresh.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await fresh.goto(pathToFileURL(resolve(path)).href + hash);
  await fresh.waitForSelector('table.list, .empty');
  return fresh;
}

async function picture(name: string, fullPage = false): Promise<void> {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage });
}

const facet = (name: string) => page.locator(`select[data-facet=${name}]`);
const rows = (): Promise<number> => page.locator('tbody.entry').count();
const names = (): Promise<string[]> => page.locator('.entry .instance').allTextContents();

describe('the page', () => {
  beforeEach(async () => {
    page = await open();
    return async () => {
      expect(errors).toEqual([]);
      expect(asked).toEqual([pathToFileURL(file).href]);
      await page.close();
    };
  });

  it('opens from disk, asks nobody for anything, and shows the totals and every finding', async () => {
    expect(await rows()).toBe(ALL);
    expect(await page.locator('.figure', { hasText: 'warnings' }).locator('dd').textContent()).toBe(
      `${WARNED}`,
    );
    await picture('report-light');
  });

  it('lets nothing run or load but what is in it', async () => {
    const policy = await page.locator('meta[http-equiv]').getAttribute('content');
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'/,
    );
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      return 'ran' in window;
    })()`);
    expect(ran).toBe(false);
    errors = errors.filter((text) => !/Content Security Policy/.test(text));
  });

  it('finds by any words of file, driver, function, API or message', async () => {
    for (const [text, found] of [
      ['camera', ['camera_driver']],
      ['CAMERA_ring_setup', ['camera_driver']],
      ['dma_async_device_register', ['dmac_driver']],
      ['device_driver scaler', ['scaler_driver']],
      ['no such thing', []],
    ] as const) {
      await page.getByRole('searchbox').fill(text);
      await expect.poll(names, { message: text }).toEqual(found);
    }
    expect(await page.getByText('No finding matches.').isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await expect.poll(rows).toBe(ALL);
  });

  it('filters by each facet, from the plots too, and says how many are left', async () => {
    await facet('severity').selectOption('warning');
    await expect.poll(rows).toBe(WARNED);
    await expect.poll(() => page.getByRole('status').textContent()).toBe(`${WARNED} of ${ALL} findings`);
    await facet('severity').selectOption('suppressed');
    await expect.poll(names).toEqual(['tuner_driver']);
    await facet('severity').selectOption('');
    await page.getByRole('button', { name: 'pci', exact: true }).click();
    await expect.poll(names).toEqual(['nic_driver']);
    expect(await facet('bus').inputValue()).toBe('pci');
    await page.getByRole('button', { name: 'pci', exact: true }).click();
    await expect.poll(rows).toBe(ALL);
    for (const name of ['rule', 'class', 'verdict', 'subsystem']) {
      const select = facet(name);
      const option = await select.locator('option').nth(1).textContent();
      await select.selectOption({ index: 1 });
      await expect.poll(rows, { message: name }).toBe(Number(/\((\d+)\)$/.exec(option!)![1]));
      await select.selectOption('');
    }
  });

  it('sorts', async () => {
    await page.getByLabel('Sort by').selectOption('instance');
    await expect.poll(names).toEqual((await names()).sort());
    await page.getByLabel('Sort by').selectOption('verdict');
    const verdicts = () => page.locator('.entry > tr:first-child .verdict').allTextContents();
    await expect.poll(async () => (await verdicts()).at(-1)).toContain('safe');
  });

  it('keeps its view in the address, which opens the same view again', async () => {
    await page.getByRole('searchbox').fill('driver');
    await facet('bus').selectOption('amba');
    await page.getByRole('button', { name: /dmac_driver/ }).click();
    await expect.poll(() => page.url()).toMatch(/#q=driver&bus=amba&finding=[\da-f]{12}$/);
    const again = await open(file, {}, new URL(page.url()).hash);
    expect(await again.locator('.entry').count()).toBe(1);
    expect(await again.getByText('How it gets to its DMA').isVisible()).toBe(true);
    await again.close();
  });

  it('opens a finding: what, why, what to do; the path with a link at each step', async () => {
    await page.getByRole('button', { name: /camera_driver/ }).click();
    const detail = page.locator('.detail');
    await expect.poll(() => detail.locator('.say').textContent()).toContain('has no .shutdown hook');
    const path = detail.locator('.path').first();
    expect(await path.locator('code').allTextContents()).toEqual([
      'camera_probe',
      'camera_ring_setup',
      'dma_alloc_coherent',
    ]);
    const source = resolve(EXAMPLES, 'camera/camera_ring.c');
    expect(await path.locator('a').last().getAttribute('href')).toBe(pathToFileURL(source).href);
    await page.getByLabel('Open sources at').selectOption('vscode');
    expect(await path.locator('a').last().getAttribute('href')).toMatch(
      new RegExp(`^vscode://file${source}:\\d+$`),
    );
    await page.locator('summary', { hasText: 'About the rule' }).click();
    await expect.poll(() => page.getByRole('heading', { name: 'When it is wrong' }).isVisible()).toBe(true);
  });

  it('says of every finding what `quiesce simulate --format json` says of the same driver', async () => {
    for (const name of ['dmac_driver', 'recorder_driver', 'nic_driver', 'usb_host_driver']) {
      await page.getByRole('button', { name: new RegExp(`\\b${name}`) }).click();
      const detail = page.locator('.detail');
      const command = await detail.locator('.hint code').textContent();
      const { stdout } = await quiesce([
        'simulate',
        command!.replace('quiesce simulate ', ''),
        '--format',
        'json',
      ]);
      const { outcomes } = JSON.parse(stdout);
      for (const outcome of outcomes) {
        const row = detail.locator(`tr[data-policy="${outcome.policy}"]`);
        const shown = (await row.textContent())!;
        if (!outcome.applicable) {
          expect(shown, `${name} ${outcome.policy}`).toContain('does not apply');
          continue;
        }
        expect(await row.locator('.verdict').textContent()).toContain(outcome.verdict);
        for (const { verdict } of OUTCOME_COLUMNS) {
          const cell = row.locator(`td[data-column="${verdict}"]`);
          const holds = outcome.effects.includes(verdict);
          expect((await cell.textContent()) !== '\u2013', `${name} ${outcome.policy} ${verdict}`).toBe(holds);
        }
        const numbers: [string, number, (text: string) => number][] = [
          ['corrupts', outcome.bytesOverwritten, bytesIn],
          ['leaks', outcome.bytesLeaked, bytesIn],
          ['blocked', outcome.blocked, Number],
        ];
        for (const [column, value, read] of numbers) {
          if (!outcome.effects.includes(column)) continue;
          const text = await row.locator(`td[data-column="${column}"]`).textContent();
          // A size is printed with one digit after the point.
          expect(
            Math.abs(read(text!) - value) / Math.max(value, 1),
            `${name} ${column} ${text}`,
          ).toBeLessThan(0.06);
        }
      }
      await page.getByRole('button', { name: new RegExp(`\\b${name}`) }).click();
    }
  }, 180_000);

  it('answers for the policy that is chosen', async () => {
    await page.getByRole('button', { name: /recorder_driver/ }).click();
    const answers = page.locator('.answers');
    await expect.poll(() => answers.textContent()).toContain('bypass');
    expect(await page.locator('.matrix tr:has(.today)').getAttribute('data-policy')).toBe('bypass');
    expect(await page.locator('.todays').textContent()).toContain('no tree was read');
    await picture('finding-light', true);
    await page.locator('tr[data-policy=hook] button').click();
    await expect
      .poll(() => answers.locator('.headline').textContent())
      .toContain("Nothing of the next kernel's");
    for (const question of ['What', 'Whose', 'When', 'What would stop it'])
      expect(await answers.locator('dt', { hasText: question }).count()).toBeGreaterThan(0);
  });

  it('works by keyboard alone', async () => {
    const focused = () => page.evaluate(`document.activeElement?.textContent ?? ''`) as Promise<string>;
    const tabTo = async (text: RegExp) => {
      for (let i = 0; i < 80 && !text.test(await focused()); i++) await page.keyboard.press('Tab');
      expect(await focused()).toMatch(text);
    };
    await tabTo(/^amba$/);
    await page.keyboard.press('Enter');
    await expect.poll(names).toEqual(['dmac_driver']);
    await tabTo(/dmac_driver/);
    await page.keyboard.press('Space');
    await expect.poll(() => page.locator('.detail').count()).toBe(1);
    await tabTo(/^abort$/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('.answers .headline').textContent()).toContain('abort');
  });

  it('prints: every finding, no controls, the open one in full', async () => {
    await page.getByRole('button', { name: /recorder_driver/ }).click();
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.toolbar').isVisible()).toBe(false);
    expect(await page.locator('.detail').isVisible()).toBe(true);
    expect(await rows()).toBe(ALL);
    // On a page of A4 within its margins a finding is one row, and nothing is cut off that a screen would scroll to.
    await page.setViewportSize({ width: 688, height: 1000 });
    const tops = await page.evaluate(
      `[...document.querySelector('.entry > tr').children].map((cell) => cell.getBoundingClientRect().top)`,
    );
    expect(new Set(tops as number[]).size).toBe(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(688);
    expect(
      await page.evaluate(`(() => {
        const box = document.querySelector('.scroll');
        return box.scrollWidth - box.clientWidth;
      })()`),
    ).toBeLessThanOrEqual(0);
  });
});

describe.each(['light', 'dark'] as const)('in a %s scheme', (colorScheme) => {
  it.each([1280, 400])('axe finds no violation, closed and open, %d px wide', async (width) => {
    page = await open(file, { colorScheme, viewport: { width, height: 900 } });
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: /recorder_driver/ }).click();
    for (const summary of await page.locator('summary').all()) await summary.click();
    expect(await axeViolations(page)).toEqual([]);
    // Nothing sticks out.
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await picture(`open-${colorScheme}-${width}`, true);
    await page.close();
  });
});

describe('a long list', () => {
  const many = 1500;

  it('stays quick with 1,500 findings', async () => {
    const drivers = Array.from({ length: many }, (_, i) =>
      driverOf(`d${i}`, {
        file: `drivers/${['net', 'gpu', 'usb'][i % 3]}/d${i}.c`,
        bus: i % 2 ? 'pci' : 'platform',
        findings: [findingOf(`d${i}`, i % 4 ? { severity: 'note' } : {})],
      }),
    );
    const long = join(folder, 'long.html');
    writeFileSync(long, await html.render(runOver(drivers), { color: false }));
    expect(statSync(long).size).toBeLessThan(5e6);
    page = await open(long);
    const timed = (body: string): Promise<number> => page.evaluate(body) as Promise<number>;
    // The whole of a key press: filter, sort, render, layout.
    const type = await timed(`(async () => {
      const input = document.querySelector('input[type=search]');
      const times = [];
      for (const text of ['d', 'd1', 'd12', 'd123', '']) {
        const begin = performance.now();
        input.value = text;
        input.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - begin);
      }
      return times.sort((a, b) => a - b)[2];
    })()`);
    expect(type).toBeLessThan(500);
    await page.getByRole('button', { name: 'Next' }).click();
    await expect.poll(() => page.getByRole('status').textContent()).toContain('page 2 of 30');
    expect(await page.evaluate('document.activeElement?.id')).toBe('findings');
    // In print the whole list is there.
    await page.evaluate("dispatchEvent(new Event('beforeprint')) && undefined");
    await expect.poll(rows).toBe(many);
    await page.evaluate("dispatchEvent(new Event('afterprint')) && undefined");
    await expect.poll(rows).toBe(50);
    await page.close();
  });

  it('shows a tree without findings', async () => {
    const path = join(folder, 'nothing.html');
    writeFileSync(path, await html.render(runOver([]), { color: false }));
    page = await open(path);
    expect(await page.getByText('Nothing was found.').isVisible()).toBe(true);
    expect(await axeViolations(page)).toEqual([]);
    await page.close();
  });

  it('lets no text of a source become markup', async () => {
    const evil = `</script><img src=x onerror=alert(1)><!-- ${'\u2028'}`;
    const path = join(folder, 'evil.html');
    const driver = driverOf('evil', {
      instance: evil,
      findings: [findingOf('evil', { message: `${evil}.\n${evil}.` })],
    });
    writeFileSync(path, await html.render(runOver([driver]), { color: false }));
    expect(readFileSync(path, 'utf8').match(/<\/script>/g)).toHaveLength(2);
    page = await open(path);
    expect(await page.locator('.instance').textContent()).toBe(evil);
    expect(await page.locator('img').count()).toBe(0);
    await page.close();
  });
});

/** `12 B`, `133.0 KiB`, `2 MiB` in bytes. */
function bytesIn(text: string): number {
  const [, number, unit] = /^([\d.,]+) (B|KiB|MiB|GiB)$/.exec(text.trim())!;
  const powers: Readonly<Record<string, number>> = { B: 0, KiB: 1, MiB: 2, GiB: 3 };
  return Number(number) * 1024 ** powers[unit!]!;
}

// Drives the packed extension in a real VS Code with Chromium.
// usage: npm run e2e -- --host DIR [--out DIR]   (DIR: see install-host.sh)
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { RING } from '../server/lsp/sources.ts';
import { startHost } from './host.ts';
import { simulationSteps } from './simulation.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string' },
    out: { type: 'string', default: 'e2e-out' },
    vsix: { type: 'string' },
  },
});
if (!values.host) {
  process.stderr.write('usage: npm run e2e -- --host DIR [--out DIR] [--vsix FILE]\n');
  process.exit(2);
}
const out = resolve(values.out);
mkdirSync(out, { recursive: true });
const vsix = resolve(
  values.vsix ?? readdirSync('.').find((name) => /^quiesce-.*\.vsix$/.test(name)) ?? 'no.vsix',
);
const work = mkdtempSync(join(tmpdir(), 'quiesce-e2e-'));
const folder = join(work, 'ws');
mkdirSync(folder);
writeFileSync(join(folder, 'Makefile'), 'obj-m += ring.o\nobj-m += typed.o\n');
writeFileSync(join(folder, 'ring.c'), RING);
writeFileSync(join(folder, 'typed.c'), '');

let passed = 0;
let failed = 0;
const host = await startHost(resolve(values.host), [vsix], join(work, 'profile'));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(30_000);
  await page.goto(host.url(folder, join(folder, 'ring.c')));
  await page.waitForSelector('.monaco-editor .view-line');
  await all(page);
} finally {
  await browser.close();
  host.stop();
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);

async function step(page: Page, name: string, body: () => Promise<void>): Promise<void> {
  const start = Date.now();
  try {
    await body();
    passed++;
    process.stdout.write(`ok   ${name} (${Date.now() - start} ms)\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAIL ${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}\n`);
  }
  await page.screenshot({ path: join(out, `${name.replace(/\W+/g, '-')}.png`) });
}

async function command(page: Page, title: string): Promise<void> {
  await page.keyboard.press('F1');
  const input = page.locator('.quick-input-widget input.input');
  await input.fill(`>${title}`);
  await page.locator('.quick-input-widget .monaco-list-row.focused').first().waitFor();
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
}

async function gotoLine(page: Page, place: string): Promise<void> {
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

function serverPids(): number[] {
  const list = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).stdout;
  return list
    .split('\n')
    .filter((line) => line.includes(host.profile) && /dist\/server\.js/.test(line))
    .map((line) => Number.parseInt(line, 10));
}

async function all(page: Page): Promise<void> {
  const structLine = RING.slice(0, RING.indexOf('struct platform_driver ring_driver')).split('\n').length;
  const squiggles = page.locator('.squiggly-warning');

  await step(page, 'squiggle on opening', async () => {
    await gotoLine(page, `${structLine}:32`);
    await squiggles.first().waitFor();
  });

  await step(page, 'problems entry', async () => {
    await command(page, 'View: Toggle Problems (Errors, Warnings, Infos)');
    await eventually('the entry', async () =>
      (await texts(page, '.markers-panel .monaco-list-row')).includes('ring_driver does DMA'),
    );
  });

  await step(page, 'hover shows the path', async () => {
    await command(page, 'View: Focus Active Editor Group');
    await gotoLine(page, `${structLine}:32`);
    await command(page, 'Show or Focus Hover');
    await eventually('the hover', async () => {
      const text = await texts(page, '.monaco-hover');
      return /ring_probe → ring_setup → dma_alloc_coherent/.test(text) && /At kexec: /.test(text);
    });
  });

  await simulationSteps(page, folder, host.url(folder), { step, command, eventually });

  await step(page, 'quick fix inserts a hook', async () => {
    await command(page, 'View: Close All Editors in Group');
    await command(page, 'View: Focus First Editor Group');
    await gotoLine(page, `${structLine}:32`);
    const row = page.locator('.action-widget .monaco-list-row', { hasText: 'Insert a .shutdown hook' });
    for (let tries = 0; tries < 5 && (await row.count()) === 0; tries++) {
      await page.keyboard.press('Control+.');
      await page.waitForTimeout(1000);
    }
    await page.locator('.action-widget .monaco-list-row.focused').waitFor();
    await page.keyboard.press('Enter');
    await eventually('the hook', async () => (await texts(page, '.view-lines')).includes('ring_shutdown'));
    await eventually('the squiggle to go', async () => (await squiggles.count()) === 0);
    await eventually('the lens', async () =>
      (await texts(page, '.codelens-decoration')).includes('hook: present'),
    );
  });

  await step(page, 'drivers view lists the driver', async () => {
    await command(page, 'Quiesce: Focus on Drivers View');
    const tree = page.locator('.pane-body .monaco-list-row');
    await tree.first().waitFor();
    await tree.first().click();
    await eventually('the driver', async () =>
      (await texts(page, '.pane-body .monaco-list-row')).includes('ring_driver'),
    );
  });

  await step(page, 'squiggle on typing a driver', async () => {
    await page.keyboard.press('Control+p');
    await page.locator('.quick-input-widget input.input').fill('typed.c');
    await page.waitForTimeout(800);
    await page.keyboard.press('Enter');
    await page.locator('.tab.active', { hasText: 'typed.c' }).waitFor();
    await page.locator('.editor-group-container.active .monaco-editor').first().click();
    await page.keyboard.insertText(RING.replaceAll('ring', 'typed'));
    await eventually('the finding', async () => (await squiggles.count()) > 0);
  });

  await step(page, 'the server comes back after being killed', async () => {
    const [before] = serverPids();
    if (!before) throw new Error('no server process was found');
    process.kill(before, 'SIGKILL');
    await eventually('a new server', async () => serverPids().some((pid) => pid !== before));
    // It answers: without the DMA call there is no finding.
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(RING.replaceAll('ring', 'typed').replace('dma_alloc_coherent', 'kzalloc'));
    await eventually('the finding to go', async () => (await squiggles.count()) === 0);
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(RING.replaceAll('ring', 'typed'));
    await eventually('the finding', async () => (await squiggles.count()) > 0);
  });
}

/** The page of `advice --format html` in a browser, from disk. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quiesce } from '../server/cli/run.ts';
import { axeViolations } from './axe.ts';
import { launchChromium } from './launch.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-advice-page-'));
const page = join(dir, 'advice.html');
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  const inventory = join(dir, 'inventory.jsonl');
  const examples = ['--format', 'jsonl', '--no-cache', 'test/fixtures/examples'];
  writeFileSync(inventory, (await quiesce(['inventory', ...examples])).stdout);
  const tree = join(dir, 'toy.dts');
  writeFileSync(
    tree,
    `/dts-v1/;
/ {
  model = "Toy <board>"; compatible = "toy,board"; #address-cells = <1>; #size-cells = <1>;
  memory@80000000 { device_type = "memory"; reg = <0x80000000 0x7ffff000>; };
  smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0x5000000 0x1000>; #iommu-cells = <1>; };
  dma@1000 { compatible = "example,camera-v1"; reg = <0x1000 0x1000>; iommus = <&smmu 0x12>; };
};
`,
  );
  const { code, stdout } = await quiesce(['advice', tree, '--inventory', inventory, '--format', 'html']);
  expect(code).toBe(0);
  writeFileSync(page, stdout);
}, 60_000);

afterAll(async () => {
  await browser.close();
  rmSync(dir, { recursive: true });
});

it.each(['light', 'dark'] as const)(
  'is readable for everybody, styled and silent (%s)',
  async (colorScheme) => {
    const view = await browser.newPage({ colorScheme, viewport: { width: 1280, height: 900 } });
    const asked: string[] = [];
    const errors: string[] = [];
    view.on('request', (request) => asked.push(request.url()));
    view.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await view.goto(pathToFileURL(page).href);
    expect(await view.locator('h1').first().textContent()).toBe('Toy <board>: SMMU policy at kexec');
    expect(await view.locator('.today-cell').count()).toBeGreaterThan(0);
    const background = await view.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(colorScheme === 'dark' ? 'rgb(20, 24, 29)' : 'rgb(255, 255, 255)');
    expect(await axeViolations(view)).toEqual([]);
    expect(asked).toEqual([pathToFileURL(page).href]);
    expect(errors).toEqual([]);
    await view.close();
  },
);

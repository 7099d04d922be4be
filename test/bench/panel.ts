// How soon the panel shows something, and whether it stays responsive with more than ten thousand transactions.
// usage: npm run --silent build && node test/run.js test/bench/panel.ts
import { launch, openPanel } from '../client/webview/open.ts';
import { subjectOf } from '../client/webview/subject.ts';

const browser = await launch();
const subject = subjectOf();
const many = {
  ...subject,
  input: {
    ...subject.input,
    device: { ...subject.input.device, kind: 'ring-receiver' as const, periodMs: 0.12, wraps: true },
  },
};

/** When the first policy's picture is on the screen, and when the whole matrix is: milliseconds of the page's life. */
const WATCH = `
  window.seen = {};
  window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((e) => Math.round(e.duration))))
    .observe({ type: 'longtask', buffered: true });
  document.addEventListener('DOMContentLoaded', () => {
    const entry = performance.getEntriesByType('resource').find((e) => e.name.endsWith('panel.js'));
    window.seen.script = entry?.responseEnd ?? 0;
  });
  const look = () => {
    const now = performance.now();
    if (!window.seen.first && document.querySelector('.view canvas')?.width > 0) window.seen.first = now;
    const cells = [...document.querySelectorAll('.outcome')];
    if (!window.seen.all && cells.length > 0 && cells.every((c) => c.textContent !== '…')) window.seen.all = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

async function opening(): Promise<{ script: number; first: number; all: number }> {
  const panel = await openPanel(browser, { subject, before: WATCH });
  while (!(await panel.page.evaluate('window.seen.all'))) await panel.page.waitForTimeout(20);
  const seen = (await panel.page.evaluate('window.seen')) as { script: number; first: number; all: number };
  await panel.close();
  return seen;
}

const runs = [];
for (let i = 0; i < 5; i++) runs.push(await opening());
const median = (values: number[]) => Math.round([...values].sort((a, b) => a - b)[values.length >> 1]!);
process.stdout.write(
  `after the script has arrived: first picture ${median(runs.map((r) => r.first - r.script))} ms, whole matrix ${median(runs.map((r) => r.all - r.script))} ms\n`,
);

const panel = await openPanel(browser, { subject: many, before: WATCH });
const { page } = panel;
while (!(await page.evaluate('window.seen.all'))) await page.waitForTimeout(50);
const slider = page.getByRole('slider', { name: 'Timeline of bypass' });
process.stdout.write(`${await slider.getAttribute('aria-valuemax')} transactions\n`);

/** Tasks of the page's thread of more than 50 ms while something is done. */
async function measured(what: string, body: () => Promise<unknown>): Promise<void> {
  await page.evaluate('window.long.length = 0');
  await body();
  await page.waitForTimeout(300);
  const long = (await page.evaluate('window.long')) as number[];
  process.stdout.write(
    `${what}: ${long.length} tasks over 50 ms${long.length > 0 ? `, the longest ${Math.max(...long)} ms` : ''}\n`,
  );
}

const loaded = (await page.evaluate('window.long')) as number[];
process.stdout.write(`opening it: tasks over 50 ms: ${loaded.join(', ') || 'none'}\n`);
await measured('playing 3 s', async () => {
  await page.getByRole('button', { name: 'Play' }).click();
  await page.waitForTimeout(3000);
  await page.getByRole('button', { name: 'Pause' }).click();
});
await measured('100 steps', async () => {
  await slider.focus();
  for (let i = 0; i < 100; i++) await page.keyboard.press('ArrowRight');
});
const box = (await slider.boundingBox())!;
await measured('hovering', async () => {
  for (let i = 0; i < 100; i++) await page.mouse.move(box.x + (box.width * i) / 100, box.y + 25);
});
await measured('scrubbing', async () => {
  await page.mouse.down();
  for (let i = 0; i < 100; i++) await page.mouse.move(box.x + (box.width * i) / 100, box.y + 25);
  await page.mouse.up();
});
await measured('another policy, and a second beside it', async () => {
  await page.locator('tr[data-policy=retain] button.policy').click();
  await page.locator('tr[data-policy=adopt] button.small').click();
});
await browser.close();

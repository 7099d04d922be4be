/** Opens the panel's page in Chromium without VS Code: its own policy, its own script, a stand-in for the extension. */
import { readFileSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Subject } from '../../../client/webview/messages.ts';
import { panelPage } from '../../../client/webview/page.ts';
import { type ThemeName, themeOf } from './themes.ts';

const ORIGIN = 'https://panel.test';
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

export function launch(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

export interface PanelOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly subject: Subject;
  /** What the editor kept from before; the subject is not sent then. */
  readonly state?: unknown;
  /** A script that runs before the page's own. */
  readonly before?: string;
}

/** An open panel. */
export interface Panel {
  readonly page: Page;
  /** What the page said to the extension. */
  sent<T = { type: string }>(type: string): Promise<T[]>;
  /** What the page asked the editor to keep. */
  state(): Promise<unknown>;
  tell(message: unknown): Promise<void>;
  close(): Promise<void>;
  /** Violations of the content security policy, errors, requests to anywhere. */
  readonly trouble: string[];
}

/** A page on which the panel runs as in a webview. */
export async function openPanel(browser: Browser, options: PanelOptions): Promise<Panel> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1400, height: options.height ?? 1000 },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const trouble: string[] = [];
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text());
  });
  const html = panelPage({
    script: `${ORIGIN}/panel.js`,
    style: `${ORIGIN}/style.css`,
    source: ORIGIN,
    nonce: 'n0nce',
  });
  await page.route(`**/*`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: html });
    if (pathname === '/panel.js' || pathname === '/style.css') {
      const contentType = pathname.endsWith('js') ? 'text/javascript' : 'text/css';
      return route.fulfill({ contentType, body: readFileSync(`dist/webview${pathname}`) });
    }
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    trouble.push(`asked for ${route.request().url()}`);
    return route.abort();
  });
  await page.addInitScript(standIn, {
    subject: options.subject,
    state: options.state ?? null,
    ...themeOf(options.theme ?? 'dark'),
  });
  if (options.before !== undefined) await page.addInitScript(options.before);
  await page.goto(`${ORIGIN}/`);
  return {
    page,
    trouble,
    sent: (type) => page.evaluate(`window.sent.filter((m) => m.type === ${JSON.stringify(type)})`),
    state: () => page.evaluate('window.kept'),
    tell: (message) => page.evaluate(`window.postMessage(${JSON.stringify(message)}, '*')`),
    close: () => context.close(),
  };
}

/** Runs in the page: what VS Code would give it. */
function standIn(given: { subject: unknown; state: unknown; style: string; body: string }): void {
  // biome-ignore lint/suspicious/noExplicitAny: a browser's global object
  const page = globalThis as any;
  page.sent = [];
  page.kept = given.state;
  page.acquireVsCodeApi = () => ({
    getState: () => page.kept,
    setState: (state: unknown) => {
      page.kept = state;
    },
    postMessage: (message: { type: string; has?: boolean }) => {
      page.sent.push(message);
      const wants = message.type === 'ready' && !message.has;
      if (wants) page.postMessage({ type: 'subject', subject: given.subject }, '*');
    },
  });
  page.document.addEventListener('DOMContentLoaded', () => {
    page.document.documentElement.style.cssText = given.style;
    page.document.body.className = given.body;
  });
}

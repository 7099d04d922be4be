import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PageData } from './data.ts';

/** The page's script and style, as `client/report/` is bundled. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** Reads the bundle that lies beside the program. */
export function pageAssets(): PageAssets {
  return { script: reportAsset('page.js'), style: reportAsset('page.css') };
}

/** A file of `dist/report/`, also when the program runs from source. */
export function reportAsset(name: string): string {
  const places = ['./report/', '../../../dist/report/'].map((dir) => new URL(dir + name, import.meta.url));
  const place = places.find((url) => existsSync(url));
  if (!place) throw new Error(`${fileURLToPath(places[0]!)} is missing: run \`npm run build\``);
  return readFileSync(place, 'utf8');
}

/**
 * The whole page. Its policy lets nothing load and nothing run but what is in it, so that it can be opened from disk and
 * sent around.
 */
export function pageDocument(data: PageData, { script, style }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const { warnings, notes } = data.totals;
  // What would end the element, or begin a comment in it, can only stand in strings of the JSON.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="quiesce ${data.tool}">
<title>Quiesce: ${warnings} warnings, ${notes} notes</title>
<style>${style}</style>
</head>
<body>
<div id="page"><main><h1>Quiesce</h1><noscript><p>This page lists its findings with a script of its own, which this browser does not run. It loads nothing from anywhere.</p></noscript></main></div>
<script type="application/json" id="data">${json}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** A text's hash as a content security policy names it. */
export function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

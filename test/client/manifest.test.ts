import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { DEFAULTS } from '../../server/lsp/settings.ts';
import { withSettings } from './settings-table.ts';

const { commands, configuration } = manifest.contributes;

test('every command of the manifest is registered by the client, and none else', () => {
  const source = readFileSync('client/commands.ts', 'utf8');
  const registered = [...source.matchAll(/registerCommand\(\s*'([\w.]+)'/g)].map(([, id]) => id).sort();
  expect(registered).toEqual(commands.map(({ command }) => command).sort());
});

test("the server's defaults are those of the manifest", () => {
  for (const [name, { default: value }] of Object.entries(configuration.properties)) {
    const key = name.replace('quiesce.', '');
    if (key === 'trace.server') continue;
    expect([key, DEFAULTS[key as keyof typeof DEFAULTS]]).toEqual([key, value]);
  }
});

test('every setting has a scope and a description', () => {
  for (const property of Object.values(configuration.properties)) {
    expect(property.scope).toBeTruthy();
    expect(property.markdownDescription.length).toBeGreaterThan(20);
  }
});

test('the README has the settings of the manifest', () => {
  const page = readFileSync('README.md', 'utf8');
  expect(page).toBe(withSettings(page));
});

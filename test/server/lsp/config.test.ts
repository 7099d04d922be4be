import { readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver/node.js';
import { quiesce } from '../cli/run.ts';
import { TestClient, uri, type Workspace, workspace } from './client.ts';

let folder: Workspace;
let client: TestClient;
let file: string;

/** Tells the server that a file changed, as an editor's watcher does. */
async function changed(path: string): Promise<void> {
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: uri(path), type: 2 }],
  });
}

/** What the command line says of the file now: `rule severity`. */
async function cli(): Promise<string[]> {
  const { stdout } = await quiesce(['check', '--format', 'json', file]);
  return JSON.parse(stdout).findings.map(
    (one: { rule: string; severity: string }) => `${one.rule} ${one.severity}`,
  );
}

const said = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ code, severity }) => `${code} ${severity === 2 ? 'warning' : 'note'}`);

/** Waits until the editor shows what the command line says. */
async function agree(): Promise<string[]> {
  const wanted = await cli();
  const found = await client.diagnostics(file, 0, (all) => said(all).join() === wanted.join());
  return said(found);
}

beforeAll(async () => {
  folder = workspace({ '.quiesce.yaml': 'root: true\n' }, resolve('test/fixtures/examples/amba'));
  file = folder.path('dmac.c');
  client = await TestClient.start({
    folders: [folder.root],
    capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
  });
  await client.open(file, readFileSync(file, 'utf8'));
});
afterAll(async () => {
  await client.stop();
  folder.remove();
});

describe('the server with a configuration', () => {
  it('asks for its changes', async () => {
    const asked = (): boolean =>
      client.requests.some(({ params }) => JSON.stringify(params).includes('**/.quiesce*'));
    await client.until(asked);
  });

  it('says what the command line says, as the configuration changes', async () => {
    expect(await agree()).toEqual(['missing-shutdown warning']);
    const config = folder.write('.quiesce.yaml', 'root: true\nrules: {missing-shutdown: note}\n');
    await changed(config);
    expect(await agree()).toEqual(['missing-shutdown note']);
    folder.write('.quiesce.yaml', 'root: true\nrules: {all: off}\n');
    await changed(config);
    expect(await agree()).toEqual([]);
  });

  it('shows what is wrong in the file, and goes on with what was whole', async () => {
    const config = folder.write('.quiesce.yaml', 'root: true\nrules:\n  mising-shutdown: off\n');
    await changed(config);
    const shown = await client.diagnostics(config, 0, (all) => all.length > 0);
    expect(shown[0]).toMatchObject({ range: { start: { line: 2, character: 2 } }, severity: 1 });
    folder.write('.quiesce.yaml', 'root: true\n');
    await changed(config);
    await client.diagnostics(config, 0, (all) => all.length === 0);
    expect(await agree()).toEqual(['missing-shutdown warning']);
  });

  it('honours a baseline, and its changes', async () => {
    const baseline = folder.path('.quiesce-baseline.json');
    const { code } = await quiesce(['check', '--write-baseline', baseline, '--format', 'gcc', folder.root]);
    expect(code).toBe(0);
    const config = folder.write('.quiesce.yaml', 'root: true\nbaseline: .quiesce-baseline.json\n');
    await changed(config);
    expect(await agree()).toEqual([]);
    rmSync(baseline);
    folder.write('.quiesce-baseline.json', '{"version": 1, "commit": null, "findings": []}\n');
    await changed(baseline);
    expect(await agree()).toEqual(['missing-shutdown warning']);
  });
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver/node.js';
import { scanText } from '../../../server/tree/scan.ts';
import { sourcesBelow } from '../../tools/expectations.ts';
import { FIXTURES, TestClient, uri, type Workspace, workspace } from './client.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
/** Directories of a kernel tree (KERNEL_TREE): simple modules, many of one file with their libraries beside them. */
const DIRECTORIES = ['drivers/dma', 'drivers/mmc', 'drivers/net/ethernet/broadcom'];

let client: TestClient;
let files: Workspace | undefined;
afterEach(async () => {
  await client.stop();
  files?.remove();
  files = undefined;
});

/** A server that has indexed a folder, for a client that asks for diagnostics. */
async function indexed(folder: string): Promise<void> {
  client = await TestClient.start({
    folders: [folder],
    capabilities: { textDocument: { diagnostic: {} } },
    initializationOptions: { backgroundIndex: true },
  });
  await client.until(
    () =>
      client.notifications.some(
        ({ method, params }) => method === 'quiesce/index' && (params as { state: string }).state === 'ready',
      ),
    120_000,
  );
}

/** What the command line finds below a directory of a tree: each finding as a line, sorted. */
function commandLine(tree: string, directory: string): string[] {
  const args = [CLI, 'check', '--format', 'json', '--fail-on', 'never', directory];
  const out = execFileSync(process.execPath, args, { cwd: tree, encoding: 'utf8', maxBuffer: 1 << 28 });
  const { findings } = JSON.parse(out) as {
    findings: { file: string; line: number; column: number; rule: string; message: string }[];
  };
  return findings
    .map(
      ({ file, line, column, rule, message }) => `${join(tree, file)}:${line}:${column} ${rule} ${message}`,
    )
    .sort();
}

function lines(path: string, diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(
    ({ range: { start }, code, message }) =>
      `${path}:${start.line + 1}:${start.character + 1} ${code} ${message}`,
  );
}

/** What the editor says of the workspace, by its index. */
async function workspaceLines(): Promise<string[]> {
  type Report = { items: { uri: string; items: Diagnostic[] }[] };
  const { items } = await client.request<Report>('workspace/diagnostic', { previousResultIds: [] });
  return items.flatMap((one) => lines(fileURLToPath(one.uri), one.items)).sort();
}

/** What the editor says of each file with a driver, opened and closed one by one. */
async function openedLines(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const path of sourcesBelow(folder)) {
    const text = readFileSync(path, 'latin1');
    if (!scanText(text).driver) continue;
    await client.open(path, readFileSync(path, 'utf8'));
    const textDocument = { uri: uri(path) };
    const { items } = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
      textDocument,
    });
    found.push(...lines(path, items));
    await client.connection.sendNotification('textDocument/didClose', { textDocument });
  }
  return found.sort();
}

test('editor and command line say the same of a whole directory, by its index and file by file', async () => {
  files = workspace({}, join(FIXTURES, 'examples'));
  await indexed(files.root);
  const said = commandLine(files.root, '.');
  expect(said.length).toBeGreaterThan(5);
  expect(await workspaceLines()).toEqual(said);
  expect(await openedLines(files.root)).toEqual(said);
});

test('they say the same under a configuration and a baseline', async () => {
  files = workspace({}, join(FIXTURES, 'examples'));
  const plain = commandLine(files.root, '.');
  files.write('.quiesce.yaml', 'root: true\nbaseline: .quiesce-baseline.json\n');
  execFileSync(process.execPath, [CLI, 'check', '--write-baseline', '--format', 'gcc', 'platform'], {
    cwd: files.root,
  });
  const config = `root: true
baseline: .quiesce-baseline.json
rules: { missing-shutdown-pci: off }
overrides:
  - files: [amba/]
    rules: { missing-shutdown: note }
quiesce:
  - { name: writel, level: 4 }
`;
  files.write('.quiesce.yaml', config);
  const said = commandLine(files.root, '.');
  expect(said.length).toBeGreaterThan(1);
  expect(plain.length - said.length).toBeGreaterThan(2);
  await indexed(files.root);
  expect(await workspaceLines()).toEqual(said);
  expect(await openedLines(files.root)).toEqual(said);
});

const tree = process.env.KERNEL_TREE;
test.skipIf(!tree).each(DIRECTORIES)(
  'editor and command line say the same of %s (KERNEL_TREE)',
  async (directory) => {
    const folder = resolve(tree!, directory);
    await indexed(folder);
    const said = commandLine(resolve(tree!), directory);
    expect(said.length).toBeGreaterThan(0);
    expect(await workspaceLines()).toEqual(said);
    expect(await openedLines(folder)).toEqual(said);
  },
  600_000,
);

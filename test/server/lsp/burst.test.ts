import { existsSync, readFileSync, symlinkSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { TestClient, uri, type Workspace, workspace } from './client.ts';
import { PAIR, PAIR_MAIN } from './sources.ts';

const EVENTS = 20_000;
/** Folders that the events are spread over: a build writes many files into each. */
const FOLDERS = 50;
/** Longer than the server waits for a burst to end. */
const QUIET_MS = 1500;

/** What the server asked of the file system, and the threads and processes it started. */
interface Counts {
  readonly lookups: number;
  readonly reads: number;
  readonly started: number;
}

let client: TestClient;
let files: Workspace;
afterEach(async () => {
  await client.stop();
  files.remove();
});

/** A tree with a module in it, an open file that is judged, and a server that counts what it does. */
async function openTree(): Promise<{ main: string; counts: () => Promise<Counts> }> {
  files = workspace({ ...PAIR, 'out/Makefile': 'include ../Makefile\n' });
  symlinkSync(files.root, files.path('out/source'));
  const written = files.path('.lookups.json');
  client = await TestClient.start(
    {
      folders: [files.root],
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
      env: { LOOKUPS: written },
    },
    ['--require', resolve('test/server/lsp/count-lookups.cjs')],
  );
  const main = files.path('pair_main.c');
  await client.open(main, PAIR_MAIN);
  await client.diagnostics(main);
  // The pause in which the tree is asked about kernel facts.
  await pause(QUIET_MS);
  const counts = async (): Promise<Counts> => {
    process.kill(client.process.pid!, 'SIGUSR2');
    await expect.poll(() => existsSync(written), { timeout: 10_000 }).toBe(true);
    const text = readFileSync(written, 'utf8');
    unlinkSync(written);
    return JSON.parse(text);
  };
  return { main, counts };
}

/** Sends events of created files, and resolves when the server did what it does about them and answers again. */
async function burst(main: string, paths: readonly string[]): Promise<void> {
  const changes = paths.map((path) => ({ uri: uri(files.path(path)), type: 1 }));
  await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
  await pause(QUIET_MS);
  const position = { line: 0, character: 0 };
  await client.request('textDocument/hover', { textDocument: { uri: uri(main) }, position });
}

/** Paths of a build's output: `of` makes each from the name of a folder and of a file. */
function output(of: (folder: string, file: string) => string): string[] {
  return Array.from({ length: EVENTS }, (_, i) => of(`drivers/x${i % FOLDERS}`, `file${i}`));
}

test.each([
  ['objects', output((dir, name) => `${dir}/${name}.o`)],
  ['commands', output((dir, name) => `${dir}/.${name}.o.cmd`)],
  ['module sources that modpost writes', output((dir, name) => `${dir}/${name}.mod.c`)],
])('20,000 events of %s inside the tree cause no work', async (_, paths) => {
  const { main, counts } = await openTree();
  const published = client.published.length;
  const before = await counts();
  await burst(main, paths);
  expect(await counts()).toEqual(before);
  expect(client.published.length).toBe(published);
  expect(client.notifications.filter(({ method }) => method === 'quiesce/index')).toEqual([]);
});

test('20,000 events in a folder of `make O=` are looked at by folder, and cause no work', async () => {
  const { main, counts } = await openTree();
  const published = client.published.length;
  const before = await counts();
  await burst(
    main,
    output((dir, name) => `out/${dir}/${name}.c`),
  );
  const after = await counts();
  expect([after.reads, after.started]).toEqual([before.reads, before.started]);
  // Two of each folder above the file, up to `out`, which is none of the sources'.
  expect(after.lookups - before.lookups).toBeLessThanOrEqual(2 * (FOLDERS + 2));
  expect(client.published.length).toBe(published);
  expect(client.notifications.filter(({ method }) => method === 'quiesce/index')).toEqual([]);
});

test('a folder becomes build output when a build is begun in it', async () => {
  const { main, counts } = await openTree();
  files.write('later/drivers/x.c', '');
  await burst(main, ['later/drivers/x.c']);
  files.write('later/Makefile', 'include ../Makefile\n');
  symlinkSync(files.root, files.path('later/source'));
  const before = await counts();
  await burst(
    main,
    output((dir, name) => `later/${dir}/${name}.c`),
  );
  expect((await counts()).reads).toBe(before.reads);
});

test('a source that changes among build output is judged', async () => {
  const { main } = await openTree();
  const changed = PAIR['pair_dma.c'].replace('dma_alloc_coherent', 'kzalloc');
  files.write('pair_dma.c', changed);
  await burst(main, [...output((dir, name) => `${dir}/${name}.mod.c`), 'pair_dma.c']);
  expect(await client.diagnostics(main, 1, (found) => found.length === 0)).toEqual([]);
});

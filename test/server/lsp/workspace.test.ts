import { afterEach, describe, expect, test } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver/node.js';
import { TestClient, uri, type Workspace, workspace } from './client.ts';
import { PAIR, PAIR_DMA, PAIR_MAIN, RING } from './sources.ts';

let client: TestClient;
let files: Workspace;
afterEach(async () => {
  await client.stop();
  files.remove();
});

interface Report {
  readonly items: { readonly uri: string; readonly items: Diagnostic[] }[];
}

async function indexed(): Promise<void> {
  await client.until(() =>
    client.notifications.some(
      ({ method, params }) => method === 'quiesce/index' && (params as { state: string }).state === 'ready',
    ),
  );
}

describe('the index', () => {
  test('is shown as work done, and can be cancelled', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({
      folders: [files.root],
      capabilities: { window: { workDoneProgress: true } },
      initializationOptions: { backgroundIndex: true },
    });
    const created = () => client.requests.find(({ method }) => method === 'window/workDoneProgress/create');
    await client.until(() => created() !== undefined);
    const { token } = created()!.params as { token: string };
    await client.connection.sendNotification('window/workDoneProgress/cancel', { token });
    const states = (): string[] =>
      client.notifications
        .filter(({ method }) => method === 'quiesce/index')
        .map(({ params }) => (params as { state: string }).state);
    await client.until(() => states().some((state) => state === 'cancelled' || state === 'ready'));
    expect(states()).toContain('cancelled');
    expect(states()).not.toContain('ready');
  });

  test('no work in a folder that is no kernel code', async () => {
    files = workspace({ 'a.c': RING, Makefile: 'all:\n\tcc a.c\n' });
    client = await TestClient.start({
      folders: [files.root],
      initializationOptions: { backgroundIndex: true },
    });
    await client.until(() => client.notifications.some(({ method }) => method === 'quiesce/index'));
    const states = client.notifications.filter(({ method }) => method === 'quiesce/index');
    expect(states.map(({ params }) => (params as { state: string }).state)).toEqual(['off']);
  });

  test('partial results come in parts', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({
      folders: [files.root],
      capabilities: { textDocument: { diagnostic: {} } },
      initializationOptions: { backgroundIndex: true },
    });
    await indexed();
    const parts: Report[] = [];
    client.connection.onProgress({ __: [] } as never, 'part', (part: Report) => parts.push(part));
    const answer = await client.request<Report>('workspace/diagnostic', {
      previousResultIds: [],
      partialResultToken: 'part',
    });
    expect(answer.items).toEqual([]);
    expect(parts.flatMap(({ items }) => items.map((item) => item.uri))).toEqual([
      uri(files.path('pair_main.c')),
    ]);
  });
});

describe('changes on disk', () => {
  const watching = { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } };

  test('a checkout is judged anew in the files that are open', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({ folders: [files.root], capabilities: watching });
    const main = files.path('pair_main.c');
    await client.open(main, PAIR_MAIN);
    expect(await client.diagnostics(main)).toHaveLength(1);
    const dma = files.write('pair_dma.c', PAIR_DMA.replace('dma_alloc_coherent', 'kzalloc'));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uri(dma), type: 2 }],
    });
    expect(await client.diagnostics(main, 1, (found) => found.length === 0)).toEqual([]);
  });

  test('a checkout that changes many files is taken in by one run of the index', async () => {
    const many = Array.from({ length: 80 }, (_, i) => `ring${i}`);
    const textOf = (name: string, call: string): string =>
      RING.replaceAll('ring', name).replace('dma_alloc_coherent', call);
    files = workspace({ Makefile: many.map((name) => `obj-m += ${name}.o\n`).join('') });
    const write = (call: string): string[] =>
      many.map((name) => files.write(`${name}.c`, textOf(name, call)));
    write('dma_alloc_coherent');
    client = await TestClient.start({
      folders: [files.root],
      capabilities: { ...watching, textDocument: { diagnostic: {} } },
      initializationOptions: { backgroundIndex: true },
    });
    await indexed();
    const found = async (): Promise<number> => {
      const report = await client.request<Report>('workspace/diagnostic', { previousResultIds: [] });
      return report.items.filter(({ items }) => items.length > 0).length;
    };
    expect(await found()).toBe(80);
    const states = (): string[] =>
      client.notifications
        .filter(({ method }) => method === 'quiesce/index')
        .map(({ params }) => (params as { state: string }).state);
    const changes = write('kzalloc').map((path) => ({ uri: uri(path), type: 2 }));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes });
    await client.until(() => states().length >= 4);
    expect(states()).toEqual(['running', 'ready', 'running', 'ready']);
    expect(await found()).toBe(0);
  });

  test('a header that changed is taken in by the open file that includes it', async () => {
    const call = 'dma_alloc_coherent(ring->dev, 4096, &ring->desc_dma, GFP_KERNEL)';
    const header = (alloc: string): string =>
      `static inline void *ring_alloc(struct ring *ring)\n{\n\treturn ${alloc};\n}\n`;
    const text = RING.replace(call, 'ring_alloc(ring)').replace(
      'static void ring_stop',
      '#include "ring.h"\n\nstatic void ring_stop',
    );
    files = workspace({ Makefile: 'obj-m += ring.o\n', 'ring.c': text, 'ring.h': header(call) });
    client = await TestClient.start({ folders: [files.root], capabilities: watching });
    const path = files.path('ring.c');
    await client.open(path, text);
    expect(await client.diagnostics(path)).toHaveLength(1);
    const changed = files.write('ring.h', header('kzalloc(4096, GFP_KERNEL)'));
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', {
      changes: [{ uri: uri(changed), type: 2 }],
    });
    expect(await client.diagnostics(path, 1, (found) => found.length === 0)).toEqual([]);
  });

  test('a client that can not watch has changes looked for', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({
      folders: [files.root],
      capabilities: watching,
      initializationOptions: { watch: 'poll' },
    });
    const main = files.path('pair_main.c');
    await client.open(main, PAIR_MAIN);
    expect(await client.diagnostics(main)).toHaveLength(1);
    // Looked at once: what it is at the next look is another.
    await new Promise((resolve) => setTimeout(resolve, 4500));
    files.write('pair_dma.c', PAIR_DMA.replace('dma_alloc_coherent', 'kzalloc'));
    expect(await client.diagnostics(main, 1, (found) => found.length === 0)).toEqual([]);
    expect(client.requests.filter(({ method }) => method === 'client/registerCapability')).toEqual([]);
  });

  test('the client is asked to watch C, Kbuild, Makefiles and what configures a run, only', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({ folders: [files.root], capabilities: watching });
    const asked = () => client.requests.find(({ method }) => method === 'client/registerCapability');
    await client.until(() => asked() !== undefined);
    const [registration] = (asked()!.params as { registrations: { registerOptions: unknown }[] })
      .registrations;
    expect(registration!.registerOptions).toEqual({
      watchers: [
        { globPattern: '**/*.[ch]' },
        { globPattern: '**/{Makefile,Kbuild}' },
        { globPattern: '**/.quiesce*' },
      ],
    });
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { rangeOf, TestClient, type Workspace, workspace } from './client.ts';
import { PAIR, PAIR_DMA, PAIR_MAIN, RING } from './sources.ts';

let client: TestClient | undefined;
let files: Workspace | undefined;
afterEach(async () => {
  await client?.stop();
  files?.remove();
  client = undefined;
  files = undefined;
});

async function openRing(options = {}): Promise<string> {
  files = workspace({ Makefile: 'obj-m += ring.o\n', 'ring.c': RING });
  client = await TestClient.start({ folders: [files.root], ...options });
  const path = files.path('ring.c');
  await client.open(path, RING);
  return path;
}

describe('push diagnostics', () => {
  test('an opened driver without a hook has its finding on the instance', async () => {
    const path = await openRing();
    const [finding, ...rest] = await client!.diagnostics(path);
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({
      code: 'missing-shutdown',
      source: 'quiesce',
      severity: 2,
      range: rangeOf(RING, 'ring_driver ='.slice(0, 11)),
      data: { rule: 'missing-shutdown', instance: 'ring_driver' },
    });
    expect(finding!.message).toContain('ring_driver does DMA and has no .shutdown hook');
    expect(finding!.codeDescription?.href).toMatch(/^file:.*docs\/rules\/missing-shutdown\.md$/);
  });

  test('each step of the way to the DMA call is related information', async () => {
    const path = await openRing();
    const [finding] = await client!.diagnostics(path);
    const steps = finding!.relatedInformation!.map(({ message, location }) => [
      message.split(' ')[0],
      location.range.start.line,
    ]);
    const line = (what: string): number => RING.slice(0, RING.indexOf(what)).split('\n').length - 1;
    expect(steps).toEqual([
      ['ring_probe', line('static int ring_probe')],
      ['ring_setup', line('static int ring_setup')],
      ['dma_alloc_coherent:', line('dma_alloc_coherent(')],
    ]);
  });

  test('unsaved text wins over the disk, and the finding goes with its cause', async () => {
    const path = await openRing();
    expect(await client!.diagnostics(path)).toHaveLength(1);
    const call = '\tring->desc = dma_alloc_coherent(ring->dev, 4096, &ring->desc_dma, GFP_KERNEL);\n';
    const without = await client!.change(path, '', rangeOf(RING, call));
    expect(await client!.diagnostics(path, without)).toEqual([]);
    const start = (rangeOf(RING, call) as { start: object }).start;
    const again = await client!.change(path, call, { start, end: start });
    expect(await client!.diagnostics(path, again)).toHaveLength(1);
  });

  test('a hook that stops the engine ends the finding', async () => {
    const path = await openRing();
    await client!.diagnostics(path);
    const hook =
      'static void ring_shutdown(struct platform_device *pdev)\n{\n\tring_stop(platform_get_drvdata(pdev));\n}\n\n';
    const text = RING.replace(
      'static struct platform_driver',
      `${hook}static struct platform_driver`,
    ).replace('\t.remove', '\t.shutdown = ring_shutdown,\n\t.remove');
    const version = await client!.change(path, text);
    expect(await client!.diagnostics(path, version)).toEqual([]);
  });

  test('an edit in one file of a module moves the finding of the other', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({ folders: [files.root] });
    const main = files.path('pair_main.c');
    const dma = files.path('pair_dma.c');
    await client.open(main, PAIR_MAIN);
    expect((await client.diagnostics(main)).map(({ code }) => code)).toEqual(['missing-shutdown']);
    await client.open(dma, PAIR_DMA);
    await client.diagnostics(dma);
    const before = client.published.length;
    await client.change(dma, 'kzalloc', rangeOf(PAIR_DMA, 'dma_alloc_coherent'));
    await client.until(() => client!.published.slice(before).some((one) => one.uri.endsWith('pair_main.c')));
    expect(await client.diagnostics(main, 1, (found) => found.length === 0)).toEqual([]);
    expect(client.published.findLast(({ uri }) => uri.endsWith('pair_main.c'))!.diagnostics).toEqual([]);
  });

  test('a half-typed statement does not make the finding flicker', async () => {
    const path = await openRing();
    await client!.diagnostics(path);
    let text = RING;
    const at = RING.indexOf('\treturn ring_setup(ring);');
    for (const piece of ['\tif (', 'ring', ' && {', ' (', '"x']) {
      text = text.slice(0, at) + piece + text.slice(at);
      const version = await client!.change(path, text);
      const found = await client!.diagnostics(path, version);
      expect(found.map(({ code }) => code)).toEqual(['missing-shutdown']);
    }
    const line = (await client!.diagnostics(path))[0]!.range.start.line;
    const added = await client!.change(
      path,
      text.replace('static void ring_stop', '\n\n\nstatic void ring_stop'),
      undefined,
    );
    expect((await client!.diagnostics(path, added))[0]!.range.start.line).toBeGreaterThanOrEqual(line);
  });

  test('a driver that is typed has its finding soon, though braces are left over elsewhere', async () => {
    files = workspace({ Makefile: 'obj-m += typed.o\n' });
    client = await TestClient.start({ folders: [files.root] });
    const path = files.path('typed.c');
    await client.open(path, '');
    await client.diagnostics(path);
    const typed = performance.now();
    const version = await client.change(path, `${RING}}\n}\n`);
    expect((await client.diagnostics(path, version, (found) => found.length > 0)).length).toBe(1);
    expect(performance.now() - typed).toBeLessThan(5000);
  });

  test('a driver struct that broke keeps its finding over a short pause', async () => {
    const path = await openRing();
    await client!.diagnostics(path);
    const version = await client!.change(path, RING.replace('.probe', '.probe ( {'));
    await client!.diagnostics(path, version);
    await new Promise((resolve) => setTimeout(resolve, 1800));
    expect((await client!.diagnostics(path, version)).map(({ code }) => code)).toEqual(['missing-shutdown']);
  });

  test('a rule that does not exist is told in its suppression', async () => {
    files = workspace({});
    client = await TestClient.start();
    const path = files.path('a.c');
    await client.open(path, '/* quiesce-ignore missing-hook: reset by the parent */\nint a;\n');
    expect(await client.diagnostics(path)).toMatchObject([
      { code: 'unknown-rule', range: { start: { line: 0, character: 18 }, end: { line: 0, character: 30 } } },
    ]);
  });

  test('closing a file takes its findings away', async () => {
    const path = await openRing();
    await client!.diagnostics(path);
    await client!.connection.sendNotification('textDocument/didClose', {
      textDocument: { uri: `file://${path}` },
    });
    await client!.until(() => client!.published.at(-1)!.diagnostics.length === 0);
  });
});

describe('position encodings', () => {
  const text = RING.replace(
    'static struct platform_driver ring',
    '/* é😀 */ static struct platform_driver ring',
  );
  const column = '/* é😀 */ static struct platform_driver '.length;

  test.each([
    ['utf-16', column],
    ['utf-8', column + 3],
    ['utf-32', column - 1],
  ])('%s', async (encoding, expected) => {
    files = workspace({});
    client = await TestClient.start({ capabilities: { general: { positionEncodings: [encoding] } } });
    expect(client.initialized.capabilities.positionEncoding).toBe(encoding);
    const path = files.path('ring.c');
    await client.open(path, text);
    const [finding] = await client.diagnostics(path);
    expect(finding!.range.start.character).toBe(expected);
    // An edit behind the wide characters lands where the client means it.
    const { line } = finding!.range.start;
    const start = { line, character: expected };
    const end = { line, character: expected + 'ring_driver'.length };
    const version = await client.change(path, 'other_driver', { start, end });
    const [after] = await client.diagnostics(path, version);
    expect(after!.message).toContain('other_driver does DMA');
  });
});

describe('life', () => {
  test('shutdown and exit end the server with 0', async () => {
    client = await TestClient.start();
    expect(await client.stop()).toBe(0);
  });

  test('the server ends when its input ends', async () => {
    client = await TestClient.start();
    const ended = new Promise((resolve) => client!.process.once('exit', resolve));
    client.process.stdin!.end();
    await ended;
  });
});

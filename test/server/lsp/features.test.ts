import { afterEach, describe, expect, test } from 'vitest';
import type {
  CodeAction,
  CodeLens,
  CompletionItem,
  Diagnostic,
  Hover,
  TextEdit,
} from 'vscode-languageserver/node.js';
import { positionOf, rangeOf, TestClient, uri, type Workspace, workspace } from './client.ts';
import { PAIR, RING } from './sources.ts';

let client: TestClient;
let files: Workspace;
afterEach(async () => {
  await client.stop();
  files.remove();
});

async function open(text = RING, options = {}): Promise<string> {
  files = workspace({ Makefile: 'obj-m += ring.o\n', 'ring.c': text });
  client = await TestClient.start({ folders: [files.root], ...options });
  const path = files.path('ring.c');
  await client.open(path, text);
  return path;
}

function hoverAt(path: string, what: string, text = RING): Promise<Hover | null> {
  const textDocument = { uri: uri(path) };
  return client.request('textDocument/hover', { textDocument, position: positionOf(text, what) });
}

function markdown(hover: Hover | null): string {
  return (hover?.contents as { value: string } | undefined)?.value ?? '';
}

/** Applies edits whose ranges do not overlap. */
function applied(text: string, edits: readonly TextEdit[]): string {
  const offset = ({ line, character }: { line: number; character: number }): number =>
    text.split('\n').slice(0, line).join('\n').length + (line > 0 ? 1 : 0) + character;
  return [...edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (now, { range, newText }) => now.slice(0, offset(range.start)) + newText + now.slice(offset(range.end)),
      text,
    );
}

async function actions(path: string, diagnostics: Diagnostic[]): Promise<CodeAction[]> {
  return client.request('textDocument/codeAction', {
    textDocument: { uri: uri(path) },
    range: diagnostics[0]!.range,
    context: { diagnostics },
  });
}

describe('hover', () => {
  test('on the driver struct: bus, hook, DMA with its path, who stops it, and the simulator', async () => {
    const path = await open();
    const text = markdown(await hoverAt(path, 'ring_driver = {'));
    expect(text.split('\n').length).toBeLessThanOrEqual(6);
    expect(text).toContain('its core does nothing for the device at kexec');
    expect(text).toContain('Hook: missing');
    expect(text).toMatch(/ring_probe → ring_setup → \[dma_alloc_coherent\]\(file:.*ring\.c#L23\)/);
    expect(text).toMatch(/At kexec: bypass \w+.* · hook (?:safe|\w+)/);
  });

  test('on the DMA call that is evidence, and nowhere else', async () => {
    const path = await open();
    expect(markdown(await hoverAt(path, 'dma_alloc_coherent('))).toContain('ring_driver');
    expect(await hoverAt(path, 'devm_kzalloc')).toBeNull();
    expect(await hoverAt(path, 'ring_setup(struct')).toBeNull();
  });

  test('links to commands only where the client has them', async () => {
    const path = await open(RING, { initializationOptions: { clientCommands: true } });
    expect(markdown(await hoverAt(path, 'ring_driver = {'))).toContain('(command:quiesce.showSimulation?');
  });
});

describe('code lens', () => {
  test('one on each driver struct', async () => {
    const path = await open();
    const lenses: CodeLens[] = await client.request('textDocument/codeLens', {
      textDocument: { uri: uri(path) },
    });
    expect(lenses.map(({ command }) => command!.title)).toEqual([
      'DMA: direct · hook: missing · simulate kexec',
    ]);
    expect(lenses[0]!.range).toEqual(rangeOf(RING, 'ring_driver'));
    const { command, arguments: args } = lenses[0]!.command!;
    const page = await client.request<string>('workspace/executeCommand', { command, arguments: args });
    expect(page).toContain('# kexec with ring_driver');
    expect(page).toMatch(/\| `bypass` \| \*\*\w/);
  });

  test('none where they are switched off', async () => {
    const path = await open(RING, { initializationOptions: { codeLens: false } });
    expect(await client.request('textDocument/codeLens', { textDocument: { uri: uri(path) } })).toEqual([]);
  });
});

describe('code actions', () => {
  test("the hook is built of the module's own stop routine, in the file's style", async () => {
    const path = await open();
    const found = await client.diagnostics(path);
    const insert = (await actions(path, found))[0]!;
    expect(insert.title).toBe('Insert a .shutdown hook for ring_driver (ring_stop())');
    const text = applied(RING, insert.edit!.changes![uri(path)]!);
    expect(text).toContain(
      'static void ring_shutdown(struct platform_device *pdev)\n{\n\tstruct ring *ring = platform_get_drvdata(pdev);\n\n\tring_stop(ring);\n}\n\nstatic struct platform_driver ring_driver = {\n',
    );
    expect(text).toContain('\t.remove\t\t= ring_remove,\n\t.shutdown\t= ring_shutdown,\n');
    const version = await client.change(path, text);
    expect(await client.diagnostics(path, version)).toEqual([]);
  });

  test('is worked out when chosen, where the client can wait for it', async () => {
    const codeAction = { resolveSupport: { properties: ['edit'] } };
    const path = await open(RING, { capabilities: { textDocument: { codeAction } } });
    const insert = (await actions(path, await client.diagnostics(path)))[0]!;
    expect(insert.edit).toBeUndefined();
    const resolved = await client.request<CodeAction>('codeAction/resolve', insert);
    expect(resolved.edit!.changes![uri(path)]).toHaveLength(2);
  });

  test('says TODO where no stop routine is known', async () => {
    const text = RING.replace('\tring_stop(ring);\n', '').replace(/static void ring_stop[^}]*}\n\n/, '');
    const path = await open(text);
    const insert = (await actions(path, await client.diagnostics(path)))[0]!;
    expect(insert.title).toContain('TODO');
    expect(applied(text, insert.edit!.changes![uri(path)]!)).toContain('TODO: stop the DMA');
  });

  test('a suppression with its reason ends the finding', async () => {
    const path = await open();
    const all = await actions(path, await client.diagnostics(path));
    const suppress = all.find(({ title }) => title.startsWith('Suppress'))!;
    const text = applied(RING, suppress.edit!.changes![uri(path)]!);
    expect(text).toContain(
      '/* quiesce-ignore missing-shutdown: say here who stops the device */\nstatic struct platform',
    );
    const version = await client.change(path, text);
    expect(await client.diagnostics(path, version)).toEqual([]);
    const explain = all.find(({ title }) => title.startsWith('Explain'))!.command!;
    const page = await client.request<string>('workspace/executeCommand', explain);
    expect(page).toContain('# missing-shutdown');
  });

  test('nothing is offered as a fix for all', async () => {
    await open();
    const kinds = (client.initialized.capabilities.codeActionProvider as { codeActionKinds: string[] })
      .codeActionKinds;
    expect(kinds.some((kind) => kind.startsWith('source.fixAll'))).toBe(false);
  });
});

describe('completion', () => {
  test('of rules in a suppression only', async () => {
    const text = `/* quiesce-ignore miss */\n${RING}`;
    const path = await open(text);
    const textDocument = { uri: uri(path) };
    const items = await client.request<CompletionItem[]>('textDocument/completion', {
      textDocument,
      position: { line: 0, character: 22 },
    });
    expect(items.map(({ label }) => label)).toContain('missing-shutdown');
    const position = positionOf(text, 'devm_kzalloc');
    expect(await client.request('textDocument/completion', { textDocument, position })).toEqual([]);
  });
});

describe('pull diagnostics', () => {
  const capabilities = {
    textDocument: { diagnostic: {} },
    workspace: { diagnostics: { refreshSupport: true } },
  };

  test('textDocument/diagnostic answers for the text of now, and says when nothing changed', async () => {
    const path = await open(RING, { capabilities });
    expect(client.initialized.capabilities.diagnosticProvider).toMatchObject({ workspaceDiagnostics: true });
    const textDocument = { uri: uri(path) };
    const first = await client.request<{ resultId: string; items: Diagnostic[] }>('textDocument/diagnostic', {
      textDocument,
    });
    expect(first.items.map(({ code }) => code)).toEqual(['missing-shutdown']);
    expect(
      await client.request('textDocument/diagnostic', { textDocument, previousResultId: first.resultId }),
    ).toEqual({ kind: 'unchanged', resultId: first.resultId });
    await client.change(path, RING.replace('dma_alloc_coherent', 'kzalloc'));
    const after = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument });
    expect(after.items).toEqual([]);
    expect(client.published).toEqual([]);
  });

  test('a change in one file of a module asks the client to pull the others again', async () => {
    files = workspace(PAIR);
    client = await TestClient.start({ folders: [files.root], capabilities });
    const [main, dma] = [files.path('pair_main.c'), files.path('pair_dma.c')];
    await client.open(main, PAIR['pair_main.c']);
    await client.open(dma, PAIR['pair_dma.c']);
    const textDocument = { uri: uri(main) };
    await client.request('textDocument/diagnostic', { textDocument });
    await client.request('textDocument/diagnostic', { textDocument: { uri: uri(dma) } });
    const asked = (): number =>
      client.requests.filter(({ method }) => method === 'workspace/diagnostic/refresh').length;
    const before = asked();
    await client.change(dma, PAIR['pair_dma.c'].replace('dma_alloc_coherent', 'kzalloc'));
    await client.until(() => asked() > before);
    const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', { textDocument });
    expect(report.items).toEqual([]);
  });
});

test('C itself is left to a C server: no definition, symbols, references or completion of code is offered', async () => {
  const path = await open();
  const { capabilities } = client.initialized;
  expect(Object.keys(capabilities).sort()).toEqual([
    'codeActionProvider',
    'codeLensProvider',
    'completionProvider',
    'executeCommandProvider',
    'hoverProvider',
    'positionEncoding',
    'textDocumentSync',
    'workspace',
  ]);
  const textDocument = { uri: uri(path) };
  for (const what of ['ring_setup(ring)', 'writel', 'ring_driver = {']) {
    const position = positionOf(RING, what);
    expect(await client.request('textDocument/completion', { textDocument, position })).toEqual([]);
  }
});

import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver/node.js';
import { type TestClient as Client, positionOf, TestClient, type Workspace, workspace } from './client.ts';
import { largeDriver, randomEdit, randomFrom } from './sources.ts';

let client: Client;
let files: Workspace;
afterEach(async () => {
  await client.stop();
  files.remove();
});

const EDITS = 2000;

test('after 2,000 random edits the findings are those of a fresh server, and memory is flat', async () => {
  files = workspace({ Makefile: 'obj-m += ring.o\n' });
  const path = files.path('ring.c');
  const whole = process.env.SOAK_FILE ? readFileSync(process.env.SOAK_FILE, 'utf8') : largeDriver();
  let text = whole;
  client = await TestClient.start({ folders: [files.root] });
  await client.open(path, text);
  await client.diagnostics(path);
  const random = randomFrom(42);
  const memory: number[] = [];
  for (let i = 1; i <= EDITS; i++) {
    const { at, removed, inserted } = randomEdit(text, random);
    const version = await client.change(path, inserted, {
      start: place(text, at),
      end: place(text, at + removed),
    });
    const before = text;
    text = text.slice(0, at) + inserted + text.slice(at + removed);
    // Mostly taken back, as by somebody who types on; the rest piles up for a while.
    if (random(3) > 0) {
      const end = place(text, at + inserted.length);
      await client.change(path, before.slice(at, at + removed), { start: place(text, at), end });
      text = before;
    }
    if (i % 20 === 0) await client.diagnostics(path, version);
    if (i % 100 === 0) {
      memory.push(rss());
      await check();
      await client.change(path, whole);
      text = whole;
    }
  }
  await check();
  // The first quarter warms up.
  const warm = Math.max(...memory.slice(0, memory.length / 4));
  expect(Math.max(...memory.slice(-5))).toBeLessThan(warm * 1.3);

  /** Once the text is taken as it is (a save), the server says what one says that never saw another. */
  async function check(): Promise<void> {
    const version = await client.change(path, ' ', {
      start: { line: 0, character: 0 },
      end: { line: 0, character: 0 },
    });
    text = ` ${text}`;
    await client.save(path);
    await client.diagnostics(path, version);
    const hover = {
      textDocument: { uri: client.published.at(-1)!.uri },
      position: { line: 0, character: 0 },
    };
    await client.request('textDocument/hover', hover);
    const soaked = client.published.at(-1)!.diagnostics;
    const fresh = await TestClient.start({ folders: [files.root] });
    await fresh.open(path, text);
    await fresh.diagnostics(path);
    await fresh.request('textDocument/hover', hover);
    expect(soaked).toEqual(fresh.published.at(-1)!.diagnostics);
    await fresh.stop();
  }
}, 300_000);

test('a statement under way changes no finding elsewhere in the file', async () => {
  files = workspace({ Makefile: 'obj-m += ring.o\n' });
  const path = files.path('ring.c');
  const text = largeDriver();
  client = await TestClient.start({ folders: [files.root] });
  await client.open(path, text);
  const opened = await client.diagnostics(path);
  expect(opened.map(({ message }) => message.split(' ')[0])).toEqual([
    'ring_driver',
    'mid_driver',
    'last_driver',
  ]);
  const { line } = positionOf(text, 'static int mid_setup');
  let character = 0;
  // The line is there when the typing begins: messages name the lines below it.
  let version = await client.change(path, '\n', {
    start: { line: line + 2, character: 0 },
    end: { line: line + 2, character: 0 },
  });
  const before = await client.diagnostics(path, version);
  const seen = client.published.length;
  for (const typed of '\tif (mid->desc && (mid->regs || foo("a{\', b) {') {
    const at = { line: line + 2, character };
    version = await client.change(path, typed, { start: at, end: at });
    character++;
    await client.diagnostics(path, version);
  }
  const all: readonly (readonly Diagnostic[])[] = client.published
    .slice(seen)
    .map(({ diagnostics }) => diagnostics);
  for (const diagnostics of all) {
    expect(diagnostics.map(({ message }) => message)).toEqual(before.map(({ message }) => message));
  }
});

function place(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length - 1, character: offset - start };
}

/** Resident memory of the server, MB; where there is no /proc, a constant. */
function rss(): number {
  try {
    const status = readFileSync(`/proc/${client.process.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  } catch {
    return 1;
  }
}

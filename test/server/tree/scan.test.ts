import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readPieces, readShared } from '../../../server/tree/read-buffer.ts';
import { scanFile, scanText } from '../../../server/tree/scan.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-scan-'));
afterAll(() => rmSync(dir, { recursive: true }));

function fileOf(text: string): string {
  const path = join(dir, 'file.c');
  writeFileSync(path, text, 'latin1');
  return path;
}

/** A register header's way to become big. */
const filler = (lines: number): string =>
  Array.from({ length: lines }, (_, at) => `#define REG_${at} 0x${at.toString(16)}`).join('\n');

describe('scanFile', () => {
  const said = [
    'static struct platform_driver foo_driver = {};',
    '',
    'EXPORT_SYMBOL_GPL(foo_start);',
    '',
    'int foo_probe(struct device *dev)',
    '',
    '#include "foo_core.c"',
    '',
    'static inline void foo(void) {}',
    '',
  ].join('\n');

  test.each([0, 100, 60_000, 150_000])('sees behind %i lines what it sees in the whole text', (lines) => {
    const text = `${filler(lines)}\n\n${said}\n${filler(lines)}\n`;
    expect(scanFile(fileOf(text))).toEqual(scanText(text));
    expect(scanText(text)).toMatchObject({
      driver: true,
      exports: ['foo_start'],
      probes: ['foo_probe'],
      sources: ['foo_core.c'],
    });
  });

  test('looks for calls of libraries also in what came before the first export', () => {
    const text = `void f(void) { snd_dmaengine_pcm_register(0, 0, 0); }\n${filler(100_000)}\n\nEXPORT_SYMBOL(f);\n`;
    const without = text.replace('snd_dmaengine_pcm_register', 'print');
    expect(scanFile(fileOf(text)).dma).toBe(true);
    expect(scanFile(fileOf(without)).dma).toBe(false);
  });

  test('takes a text that can be cut nowhere', () => {
    const text = `${'x'.repeat(3_000_000)} struct foo_driver`;
    expect(scanFile(fileOf(text))).toEqual(scanText(text));
  });
});

describe('reading', () => {
  test.each([0, 1, 262_143, 262_144, 5_000_000])('a file of %i bytes comes back whole', (size) => {
    const bytes = Buffer.alloc(size, 7);
    const path = join(dir, 'bytes');
    writeFileSync(path, bytes);
    expect(readShared(path).equals(bytes)).toBe(true);
  });

  test('a file whose size says nothing comes back whole', () => {
    expect(readShared('/proc/self/status').toString()).toContain('Pid:');
  });

  test('pieces are the text', () => {
    const text = `${filler(120_000)}\n`;
    const pieces = [...readPieces(fileOf(text), (piece) => piece.lastIndexOf('\n') + 1)];
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join('')).toBe(text);
  });

  test('what is not there throws', () => {
    expect(() => readShared(join(dir, 'absent'))).toThrow(/ENOENT/);
    expect(() => scanFile(dir)).toThrow(/EISDIR/);
  });
});

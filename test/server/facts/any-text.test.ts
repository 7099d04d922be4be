import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { read } from './read.ts';

/** Pieces of C that readers of text trip over, whole and broken. */
const PIECES = [
  'static struct platform_driver d = {',
  'struct x {',
  '}',
  '};',
  '{',
  '(',
  ')',
  '[',
  ']',
  ',',
  ';',
  '.shutdown = f,',
  '.driver = { .shutdown = g },',
  '.driver.shutdown =',
  '= {',
  '#if',
  '#ifdef CONFIG_PM\n',
  '#else\n',
  '#elif X\n',
  '#endif\n',
  '#define M(a, b) a##_##b\n',
  '#define D(n) static struct pci_driver n##_driver = { .probe = n }\n',
  'D(x)',
  '#include "',
  '/*',
  '*/',
  '//',
  '"',
  "'",
  '\\',
  '\\\n',
  '\r\n',
  '\n',
  '\0',
  '\xff',
  '\u{1f600}',
  '\ud800',
  'static int f(void)',
  'return g(x, y);',
  'x->shutdown = h;',
  'if (system_state == SYSTEM_POWER_OFF)',
  'MODULE_DEVICE_TABLE(of, ids);',
  'static const struct of_device_id ids[] = { { .compatible = "a,b" }, {} };',
  'EXPORT_SYMBOL_GPL(f)',
  'quiesce-ignore missing-shutdown: x',
  '__attribute__((',
  '??=',
  '<%',
  'case 1 ... 3:',
];

describe('any text', () => {
  it('gives facts without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(() => read(text)).not.toThrow();
      }),
      { numRuns: 150 },
    );
  });

  it('made of pieces of C gives facts, in places that lie in the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...PIECES, 'a', ' ', '1'), { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        const lines = text.split('\n');
        const facts = read(text);
        for (const { line, column } of [...facts.instances, ...facts.functions, ...facts.tables]) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual(lines[line - 1]!.length + 1);
        }
        expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ...PIECES,
    'a ',
    'a',
    '_',
    '__a ',
    '* ',
    'const ',
    'a[ ',
    'a[[',
    '.a=',
    'struct a ',
    'static ',
    '#define a(b) a(b) a(b)\n',
    'EXPORT_SYMBOL(',
    'f(',
    'f(x){',
    'int a = {',
    ' ',
    '\t\n',
    '-',
    '&',
    '(void *)',
    'PTR_IF(',
    '.driver=',
    'x=y=',
    'if(',
    '{\n',
    '\n{',
    '\n}',
    'else ',
  ])('%j over and over does not take for ever', (piece) => {
    for (const head of ['', 'static struct pci_driver d = { ', 'int f(void)\n{\n']) {
      const text = head + piece.repeat(Math.ceil(30_000 / piece.length));
      const start = performance.now();
      read(text);
      expect(performance.now() - start, JSON.stringify(head)).toBeLessThan(4000);
    }
  });
});

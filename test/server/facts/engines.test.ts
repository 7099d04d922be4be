import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openNativeParser } from '../../../grammars/native.ts';
import { openParser } from '../../../grammars/parser.ts';
import { extractFacts } from '../../../server/facts/extract.ts';
import { sourcesBelow } from '../../tools/expectations.ts';

const wasm = await openParser({ engine: 'wasm' });
const native = (() => {
  try {
    return { parser: openNativeParser(), reason: '' };
  } catch (error) {
    return { parser: undefined, reason: error instanceof Error ? error.message : String(error) };
  }
})();
if (!native.parser) process.stderr.write(`SKIPPED, engines.test.ts: ${native.reason}\n`);

/** Every nth C file below a directory. */
function sample(dir: string, every: number): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.c'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .filter((_, index) => index % every === 0);
}

describe.skipIf(!native.parser)('the native engine gives the same facts as the WASM one', () => {
  const same = (text: string): void => {
    expect(extractFacts(native.parser!, text)).toEqual(extractFacts(wasm, text));
  };

  it('on the example drivers and the fixtures', () => {
    for (const file of sourcesBelow('test/fixtures')) same(readFileSync(file, 'latin1'));
  });

  it('on generated text', () => {
    const piece = fc.constantFrom(
      ...'{ } ( ) [ ] ; , = . -> * & # " \' \\ \n'.split(' '),
      'static struct pci_driver d = {',
      '.probe = p',
      'int f(void)',
      '#ifdef A\n',
      '#endif\n',
      'return g(x);',
      '\xe9',
      '\u{1f600}',
      'x',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), (pieces) => same(pieces.join(''))),
      { numRuns: 300 },
    );
  });

  const tree = process.env.KERNEL_TREE;
  it.skipIf(!tree)('on every 200th file of a kernel tree (KERNEL_TREE)', { timeout: 300_000 }, () => {
    for (const dir of ['drivers', 'sound']) {
      for (const file of sample(join(tree!, dir), 200)) {
        const text = readFileSync(file, 'latin1');
        expect(extractFacts(native.parser!, text), file).toEqual(extractFacts(wasm, text));
      }
    }
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutBlanks } from '../../grammars/blanks.ts';
import { maskAndCount } from '../../grammars/mask.ts';
import { type CParser, openParser, parseParts } from '../../grammars/parser.ts';
import { cish, dump, nativeParser } from './trees.ts';

let wasm: CParser;
beforeAll(async () => {
  wasm = await openParser({ engine: 'wasm' });
});
afterAll(() => wasm.dispose());

const native = await nativeParser();

function whole(text: string) {
  return { start: 0, end: text.length, row: 0, column: 0 };
}

/** The nodes below the root: where the root itself begins and ends depends on what blanks there are around the items. */
function items(parser: CParser, text: string, blanks: 'parse' | 'skip'): string {
  const trees: string[] = [];
  for (const tree of parseParts(parser, maskAndCount(text), blanks)) {
    trees.push(dump(tree).split('\n').slice(1).join('\n'));
  }
  return trees.join('\n');
}

/** C with long blanks in it, as masking leaves them. */
const gappy = fc
  .array(
    fc.tuple(
      fc.oneof(
        cish,
        fc.constantFrom('static int f(void)\n{', '}\n', '#define A 1\n', 'struct a b = {', '.c = d,', '};'),
      ),
      fc.tuple(fc.constantFrom(' ', '\n', '\t', '\r\n', ' \n'), fc.nat({ max: 400 })),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.map(([code, [blank, count]]) => code + blank.repeat(count)).join(''));

describe('long blanks', () => {
  it('are left out but for a line end and one blank', () => {
    const text = `int a;\n${' '.repeat(300)}\n${' '.repeat(300)}int b;`;
    const pieces = withoutBlanks(text, whole(text));
    expect(pieces.map(({ start, end }) => text.slice(start, end))).toEqual(['int a;\n', ' int b;']);
    expect(pieces[1]).toMatchObject({ row: 2, column: 299 });
  });

  it('stay where they are short, and a text of nothing else is one piece at least', () => {
    const short = `int a;${' '.repeat(60)}int b;`;
    expect(withoutBlanks(short, whole(short))).toEqual([whole(short)]);
    for (const text of ['', ' ', ' '.repeat(1000), '\n'.repeat(1000)]) {
      const pieces = withoutBlanks(text, whole(text));
      expect(pieces.length).toBeGreaterThan(0);
      expect(pieces.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThan(130);
    }
  });

  it('leave pieces in order, with the row and the column of their starts, and nothing but blanks between', () => {
    fc.assert(
      fc.property(gappy, (text) => {
        let at = 0;
        for (const { start, end, row, column } of withoutBlanks(text, whole(text))) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(text.slice(at, start).trim()).toBe('');
          const before = text.slice(0, start);
          expect([row, column]).toEqual([
            before.split('\n').length - 1,
            start - before.lastIndexOf('\n') - 1,
          ]);
          at = end;
        }
        expect(at).toBe(text.length);
      }),
      { numRuns: 300 },
    );
  });

  it('do not matter for the tree, but for what ends a directive, whichever engine reads it', () => {
    const body = `static int f(void)\n{${' '.repeat(700)}\n\t\n${' '.repeat(200)}\n}\n`;
    const text =
      `#define A ${' '.repeat(300)}1\n${body}#ifdef A${' '.repeat(200)}\r\n${' '.repeat(200)}\r\nint b;\r\n#endif\r\n` +
      `struct s d = {\n\t.a = ${' '.repeat(500)}1,${'\n'.repeat(200)}\t.b = 2,\n};\n${' '.repeat(400)}${body.replace('f', 'g')}`;
    expect(items(wasm, text, 'skip')).toBe(items(wasm, text, 'parse'));
    if (typeof native !== 'string') expect(items(native, text, 'skip')).toBe(items(wasm, text, 'skip'));
  });

  it.skipIf(typeof native === 'string')('give the same trees of any text with both engines', () => {
    fc.assert(
      fc.property(gappy, (text) => {
        expect(items(native as CParser, text, 'skip')).toBe(items(wasm, text, 'skip'));
      }),
      { numRuns: 150 },
    );
  });
});

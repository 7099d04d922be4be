import { describe, expect, test } from 'vitest';
import { piecesOf, reduce, withoutComments } from '../../../server/bundle/reduce.ts';

const FAR = Number.POSITIVE_INFINITY;

describe('a text without comments', () => {
  test('keeps strings, and suppressions without their reasons; what is not ASCII is gone', () => {
    const text =
      '/* Jane D\u00f6e */\nchar *a = "/* no comment */"; // end\n\n\n/* quiesce-ignore missing-shutdown: our secret */\nint b;\n';
    expect(withoutComments(text)).toBe(
      '\nchar *a = "/* no comment */";\n/* quiesce-ignore missing-shutdown: a reason */\nint b;\n',
    );
  });

  test('has no include guard, so that its items can be told apart', () => {
    expect(withoutComments('#ifndef A_H\n#define A_H\nint a;\nint b;\n#endif\n')).toBe('int a;\nint b;\n');
    expect(withoutComments('#ifndef A\nint a;\n#endif\n')).toBe('#ifndef A\nint a;\n#endif\n');
  });
});

describe('the pieces of a text', () => {
  const text =
    'struct a {\n\tint b;\n};\n#define C \\\n\t1\nstatic int f(int x)\n{\n\tint y;\n\tg(x,\n\t  1);\n\tif (x)\n\t\ty = 1;\n\th();\n\treturn y;\n}\n';

  test('are its items at file scope', () => {
    const pieces = piecesOf(text, 'items');
    expect(pieces.join('')).toBe(text);
    expect(pieces.map((piece) => piece.split('\n')[0])).toEqual([
      'struct a {',
      '#define C \\',
      'static int f(int x)',
    ]);
  });

  test('are the plain statements of functions; what an if without braces needs is no piece of its own', () => {
    const pieces = piecesOf(text, 'statements');
    expect(pieces.join('')).toBe(text);
    expect(pieces).toContain('\th();\n');
    expect(pieces).not.toContain('\t\ty = 1;\n');
    expect(pieces.some((piece) => piece.includes('g(x,') && piece.includes('  1);'))).toBe(true);
  });

  test('hold a conditional whole', () => {
    const guarded = '#ifdef A\nint a;\n#else\nint b;\n#endif\nint c;\n';
    expect(piecesOf(guarded, 'items')).toEqual(['#ifdef A\nint a;\n#else\nint b;\n#endif\n', 'int c;\n']);
  });
});

describe('a reduction', () => {
  const all = Array.from({ length: 40 }, (_, at) => `${at}`);

  test('leaves the least that is enough, and what is pinned', async () => {
    const isEnough = async (left: readonly string[]) => left.includes('7') && left.includes('31');
    expect(await reduce(all, isEnough, FAR)).toEqual(['7', '31']);
    expect(await reduce(all, isEnough, FAR, (piece) => piece === '12')).toEqual(['7', '12', '31']);
  });

  test('stops when its time is over', async () => {
    expect(await reduce(all, async () => true, 0)).toEqual(all);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maskAndCount, maskKernelC } from '../../grammars/mask.ts';
import {
  type CParser,
  type CTree,
  errorRanges,
  openParser,
  parseParts,
  walkTop,
} from '../../grammars/parser.ts';
import { anyText, cish, dump, nativeParser } from './trees.ts';

let wasm: CParser;
beforeAll(async () => {
  wasm = await openParser({ engine: 'wasm' });
});
afterAll(() => wasm.dispose());

const native = await nativeParser();
if (typeof native === 'string') process.stderr.write(`the two engines are not compared here: ${native}\n`);

/** A file of some 4 kB with functions, a struct and an initialiser. */
const FILE = Array.from(
  { length: 16 },
  (_, i) =>
    `static int f${i}(struct a *p, unsigned long n)\n{\n\tif (p->x & ${i})\n\t\treturn g(p, n, "text %d\\n");\n` +
    `\tfor (n = 0; n < ARRAY_SIZE(p->t); n++)\n\t\tp->t[n] = readl(p->base + 4 * n);\n\treturn 0;\n}\n\n` +
    `static struct platform_driver d${i} = {\n\t.probe = f${i},\n\t.driver = { .name = "d${i}" },\n};\n\n`,
).join('');

/** `text` as the given parser reads it, dumped. */
function read(parser: CParser, text: string): string {
  const tree = parser.parse(text);
  try {
    return dump(tree);
  } finally {
    tree.delete();
  }
}

describe('the parser', () => {
  it('reads empty text, blanks and bytes that are no C', () => {
    for (const text of [
      '',
      '\n',
      ' \t\r\n',
      '\0\0\0',
      '\u00ff\u00fe\u0000\u0001ELF\u0002',
      '\ud800',
      '\u4e16\u754c',
    ]) {
      const tree = wasm.parse(text);
      expect(tree.root.type).toBe(text.trim() === '' ? 'translation_unit' : tree.root.type);
      expect(tree.root.endIndex).toBeLessThanOrEqual(text.length);
      tree.delete();
    }
  });

  it('counts in UTF-16 units of the string', () => {
    const text = 'char *s = "\u00fc\u4e16\ud83d\ude00";\nint after;\n';
    const tree = wasm.parse(text);
    const names: [string, number, number][] = [];
    walkTop(tree, (cursor) => {
      const { row, column } = cursor.startPosition;
      names.push([text.slice(cursor.startIndex, cursor.endIndex), row, column]);
      return false;
    });
    tree.delete();
    expect(names).toEqual([
      ['char *s = "\u00fc\u4e16\ud83d\ude00";', 0, 0],
      ['int after;', 1, 0],
    ]);
  });

  it('refuses a tree that was deleted and a parser that was disposed, and frees both twice', async () => {
    const parser = await openParser();
    const tree = parser.parse('int a;');
    tree.delete();
    tree.delete();
    expect(() => tree.root).toThrow(/deleted/);
    parser.dispose();
    parser.dispose();
    expect(() => parser.parse('int a;')).toThrow(/disposed/);
  });

  it('opens the same default for auto', async () => {
    const parser = await openParser({ engine: 'auto' });
    expect(parser.engine).toBe('wasm');
    parser.dispose();
  });
});

describe('the two engines', () => {
  it.skipIf(typeof native === 'string')('give the same trees for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(read(native as CParser, text)).toBe(read(wasm, text));
      }),
      { numRuns: 400 },
    );
  });

  it.skipIf(typeof native === 'string')('give the same trees for masked C', () => {
    expect(read(native as CParser, FILE)).toBe(read(wasm, FILE));
    fc.assert(
      fc.property(cish, (text) => {
        const masked = maskKernelC(text);
        expect(read(native as CParser, masked)).toBe(read(wasm, masked));
      }),
      { numRuns: 400 },
    );
  });

  it.skipIf(typeof native === 'string')('give the same nodes', () => {
    const text = '#ifdef A\nint f(void) { return 1 }\n#endif\n';
    const looks = [wasm, native as CParser].map((parser) => {
      const tree = parser.parse(text);
      const { root } = tree;
      const conditional = root.namedChild(0)!;
      const look = {
        errors: errorRanges(tree),
        type: conditional.type,
        name: conditional.childForFieldName('name')?.type,
        none: conditional.childForFieldName('body'),
        beyond: root.child(99),
        parent: root.parent,
        next: root.nextSibling,
        up: conditional.parent?.type,
        end: { row: conditional.endPosition.row, column: conditional.endPosition.column },
        flags: [root.hasError, root.isError, root.isMissing, root.isNamed],
        counts: [root.childCount, root.namedChildCount],
      };
      tree.delete();
      return look;
    });
    expect(looks[1]).toEqual(looks[0]);
    expect(looks[0]!.errors).toEqual([{ start: 31, end: 31, missing: true }]);
  });
});

describe('walkTop', () => {
  it('visits what conditionals and extern "C" hold, and keeps out where told', () => {
    const text = '#ifdef A\nint a;\n#else\nint b;\n#endif\nextern "C" {\nint c;\n}\nint f(void) { int d; }\n';
    const tree = wasm.parse(text);
    const seen: string[] = [];
    walkTop(tree, (cursor, depth) => {
      if (cursor.nodeIsNamed) seen.push(`${depth} ${cursor.nodeType}`);
      return true;
    });
    const outer: string[] = [];
    walkTop(tree, (cursor) => {
      outer.push(cursor.nodeType);
      return false;
    });
    tree.delete();
    expect(seen).toEqual([
      '1 preproc_ifdef',
      '2 identifier',
      '2 declaration',
      '2 preproc_else',
      '3 declaration',
      '1 linkage_specification',
      '2 string_literal',
      '2 declaration_list',
      '3 declaration',
      '1 function_definition',
    ]);
    expect(outer).toEqual(['preproc_ifdef', 'linkage_specification', 'function_definition']);
  });

  it('visits nothing of an empty text', () => {
    const tree = wasm.parse('');
    walkTop(tree, () => expect.unreachable());
    tree.delete();
  });
});

describe('an incremental parse', () => {
  /** A text, and edits of it: where, how much goes, what comes. */
  const edits = fc.array(
    fc.tuple(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat({ max: 12 }),
      fc.oneof(cish, fc.constant('')),
    ),
    { minLength: 1, maxLength: 4 },
  );

  function pointAt(text: string, index: number) {
    const before = text.slice(0, index);
    const row = before.split('\n').length - 1;
    return { row, column: index - (before.lastIndexOf('\n') + 1) };
  }

  /** Replaces `current[start, oldEnd)` by `inserted`, in text and tree alike; the old tree is freed. */
  function change(
    current: string,
    tree: CTree,
    start: number,
    oldEnd: number,
    inserted: string,
  ): [string, CTree] {
    const next = current.slice(0, start) + inserted + current.slice(oldEnd);
    tree.edit({
      startIndex: start,
      oldEndIndex: oldEnd,
      newEndIndex: start + inserted.length,
      startPosition: pointAt(current, start),
      oldEndPosition: pointAt(current, oldEnd),
      newEndPosition: pointAt(next, start + inserted.length),
    });
    const again = wasm.parse(next, tree);
    tree.delete();
    return [next, again];
  }

  it('gives the tree of a fresh one after edits that leave C', () => {
    const pieces = fc.constantFrom(
      'int added(void)\n{\n\treturn 1;\n}\n',
      '',
      'static long v = 3;\n',
      '#define A 1\n',
    );
    const places = fc.array(fc.tuple(fc.nat(), pieces, fc.boolean()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(places, (changes) => {
        let current = FILE;
        let tree = wasm.parse(current);
        for (const [where, piece, replaces] of changes) {
          // Between two items: behind an empty line. What is replaced is the item up to the next one.
          const starts = Array.from(current.matchAll(/\n\n/g), (match) => match.index + 2);
          const start = starts[where % starts.length] ?? 0;
          const end = replaces ? (starts.find((place) => place > start) ?? start) : start;
          [current, tree] = change(current, tree, start, end, piece);
        }
        const fresh = wasm.parse(current);
        const dumps = [dump(tree), dump(fresh)];
        expect(fresh.root.hasError).toBe(false);
        tree.delete();
        fresh.delete();
        expect(dumps[0]).toBe(dumps[1]);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the tree of a fresh one after any edit, wherever the text still parses', () => {
    fc.assert(
      fc.property(fc.constantFrom(FILE, FILE.slice(0, 600), ''), edits, (text, changes) => {
        let current = maskKernelC(text);
        let tree = wasm.parse(current);
        for (const [where, gone, comes] of changes) {
          const start = Math.floor(where * current.length);
          const end = Math.min(current.length, start + gone);
          [current, tree] = change(current, tree, start, end, maskKernelC(comes));
        }
        const fresh = wasm.parse(current);
        const dumps = [dump(tree), dump(fresh)];
        const parses = !fresh.root.hasError && !tree.root.hasError;
        const ends = [tree.root.endIndex, fresh.root.endIndex];
        tree.delete();
        fresh.delete();
        // Where something does not parse, what recovery makes of it may hang on what was reused.
        if (parses) expect(dumps[0]).toBe(dumps[1]);
        else expect(ends[0]).toBe(ends[1]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a long text', () => {
  it('gives in parts what it gives as a whole', () => {
    const text = FILE.repeat(Math.ceil(2_200_000 / FILE.length));
    const masked = maskAndCount(text);
    expect(masked.cuts.length).toBe(1);
    const items = (trees: Iterable<Parameters<typeof walkTop>[0]>) => {
      let count = 0;
      let sum = 0;
      for (const tree of trees) {
        expect(tree.root.hasError).toBe(false);
        walkTop(tree, (cursor) => {
          count++;
          sum += cursor.startIndex + 3 * cursor.endIndex + 7 * cursor.startPosition.row;
          return false;
        });
      }
      return [count, sum];
    };
    const whole = wasm.parse(masked.text);
    const expected = items([whole]);
    whole.delete();
    expect(items(parseParts(wasm, masked))).toEqual(expected);
    if (typeof native !== 'string') expect(items(parseParts(native, masked))).toEqual(expected);
  }, 60_000);

  it('is cut inside the guard of a header', () => {
    const body = '#define A_REGISTER 0x1234\n#ifdef B\nextern int b;\n#endif\n';
    const text = `#ifndef A_H\n#define A_H\n${body.repeat(Math.ceil(4_100_000 / body.length))}#endif /* A_H */\n`;
    const masked = maskAndCount(text);
    expect(masked.cuts.length).toBe(2);
    let conditionals = 0;
    for (const tree of parseParts(wasm, masked)) {
      expect(tree.root.hasError).toBe(false);
      walkTop(tree, (cursor) => {
        if (cursor.nodeType === 'preproc_ifdef') conditionals++;
        return false;
      });
    }
    expect(conditionals).toBe(text.split('#ifdef B').length - 1);
  }, 60_000);

  it('of fifty megabytes is read, in bounded memory', () => {
    const comment = `/*${' nothing here '.repeat(6_000)}*/\n`;
    const unit = comment.repeat(40) + FILE;
    const text = unit.repeat(Math.ceil(50_000_000 / unit.length));
    const before = process.memoryUsage().rss;
    const masked = maskAndCount(text);
    let functions = 0;
    for (const tree of parseParts(wasm, masked)) {
      expect(tree.root.hasError).toBe(false);
      walkTop(tree, (cursor) => {
        if (cursor.nodeType === 'function_definition') functions++;
        return false;
      });
    }
    expect(functions).toBe(text.split('static int f').length - 1);
    expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
  }, 120_000);

  it('that cannot be cut is refused by name, and the parser goes on', () => {
    const masked = maskAndCount(`int a[] = {\n${'1,\n'.repeat(6_000_000)}};\n`);
    expect(() => Array.from(parseParts(wasm, masked))).toThrow(/no room for 180000\d\d characters/);
    expect(read(wasm, 'int a;')).toContain('declaration');
  });
});

describe('memory', () => {
  it('does not grow over 3,000 parses', () => {
    const text = FILE.slice(0, 2_500);
    const run = (times: number) => {
      for (let i = 0; i < times; i++) {
        const tree = wasm.parse(text);
        walkTop(tree, () => false);
        errorRanges(tree);
        tree.delete();
      }
      globalThis.gc?.();
      return process.memoryUsage().rss;
    };
    const warm = run(300);
    expect(run(3_000) - warm).toBeLessThan(50e6);
  }, 120_000);
});

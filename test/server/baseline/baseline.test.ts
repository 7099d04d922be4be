import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BaselineEntry,
  BaselineError,
  entryText,
  formatBaseline,
  parseBaseline,
} from '../../../server/baseline/baseline.ts';
import { compareWithBaseline, parseRenames, type Seen } from '../../../server/baseline/compare.ts';

const entry = (file: string, instance: string, rule = 'missing-shutdown'): BaselineEntry => ({
  file,
  instance,
  rule,
});

describe('a baseline as text', () => {
  it('has an entry a line, sorted, each once', () => {
    const text = formatBaseline({
      commit: null,
      entries: [entry('b.c', 'b'), entry('a.c', 'z'), entry('a.c', 'a'), entry('b.c', 'b')],
    });
    expect(text).toBe(`{
  "version": 1,
  "commit": null,
  "findings": [
    {"file":"a.c","instance":"a","rule":"missing-shutdown"},
    {"file":"a.c","instance":"z","rule":"missing-shutdown"},
    {"file":"b.c","instance":"b","rule":"missing-shutdown"}
  ]
}
`);
  });

  it('reads back what was written, whatever the names', () => {
    const entries = fc.array(fc.record({ file: fc.string(), instance: fc.string(), rule: fc.string() }));
    fc.assert(
      fc.property(entries, (given) => {
        const read = parseBaseline(formatBaseline({ commit: 'a'.repeat(40), entries: given }), 'x');
        expect(read.commit).toBe('a'.repeat(40));
        expect(new Set(read.entries.map(entryText))).toEqual(new Set(given.map(entryText)));
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['no version', '{}'],
    ['another version', '{"version": 2, "findings": []}'],
    ['no findings', '{"version": 1}'],
    ['an entry without its rule', '{"version": 1, "findings": [{"file": "a", "instance": "b"}]}'],
    ['an option in place of a commit', '{"version": 1, "commit": "--output=x", "findings": []}'],
  ])('is refused with %s', (_, text) => {
    expect(() => parseBaseline(text, 'base.json')).toThrow(BaselineError);
    expect(() => parseBaseline(text, 'base.json')).toThrow(/^base\.json: /);
  });
});

describe('a run against a baseline', () => {
  const seen: Seen = {
    covers: (file) => !file.startsWith('other/'),
    hasDriver: (file, instance) => file === 'a.c' && instance === 'fixed',
    renames: new Map([['old.c', 'new.c']]),
  };
  const compared = compareWithBaseline(
    [
      entry('a.c', 'known'),
      entry('a.c', 'known'),
      entry('a.c', 'known', 'empty-shutdown'),
      entry('new.c', 'm'),
    ],
    {
      commit: null,
      entries: [
        entry('a.c', 'known'),
        entry('a.c', 'fixed'),
        entry('a.c', 'gone'),
        entry('old.c', 'm'),
        entry('other/x.c', 'x'),
      ],
    },
    seen,
  );

  it('knows findings by rule, file and driver, as often as they occur, and through a rename', () => {
    expect([...compared.known]).toEqual([0, 1, 3]);
  });

  it('tells what is fixed from what has lost its driver, and keeps what it did not read', () => {
    expect(compared.fixed).toEqual([entry('a.c', 'fixed')]);
    expect(compared.gone).toEqual([entry('a.c', 'gone')]);
    expect(compared.kept).toEqual([entry('a.c', 'known'), entry('new.c', 'm'), entry('other/x.c', 'x')]);
  });

  it('reads renames as git lists them', () => {
    expect(parseRenames('M\0a.c\0R097\0old.c\0new.c\0C100\0b.c\0c.c\0')).toEqual(
      new Map([['old.c', 'new.c']]),
    );
  });
});

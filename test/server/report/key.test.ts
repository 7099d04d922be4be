import { describe, expect, it } from 'vitest';
import { fingerprintOf, keyText } from '../../../server/report/key.ts';

const KEY = { rule: 'missing-shutdown', file: 'drivers/foo/foo.c', instance: 'foo_driver' };

describe("a finding's identity", () => {
  it('is the same string for ever: services keep it between runs', () => {
    expect(fingerprintOf(KEY)).toBe('479d1ca8e889a25392fc6dbdb6964b64');
  });

  it('tells rules, files, instances and occurrences apart', () => {
    const others = [
      KEY,
      { ...KEY, rule: 'empty-shutdown' },
      { ...KEY, file: 'drivers/foo/bar.c' },
      { ...KEY, instance: 'bar_driver' },
      // What one part loses the next does not gain.
      { ...KEY, file: 'drivers/foo/foo.cf', instance: 'oo_driver' },
    ];
    expect(new Set(others.map(keyText)).size).toBe(others.length);
    const prints = [...others.map((key) => fingerprintOf(key)), fingerprintOf(KEY, 1), fingerprintOf(KEY, 2)];
    expect(new Set(prints).size).toBe(prints.length);
    for (const print of prints) expect(print).toMatch(/^[\da-f]{32}$/);
  });
});

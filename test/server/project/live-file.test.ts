import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CParser, openParser } from '../../../grammars/parser.ts';
import { extractFacts } from '../../../server/facts/extract.ts';
import { LiveFile } from '../../../server/project/live-file.ts';
import { RING, randomEdit, randomFrom } from '../lsp/sources.ts';

let parser: CParser;
beforeAll(async () => {
  parser = await openParser();
});
afterAll(() => parser.dispose());

describe('a file under edits', () => {
  const functions = RING.slice(RING.indexOf('static void ring_stop'), RING.indexOf('static struct'));
  const text =
    RING + Array.from({ length: 6 }, (_, i) => functions.replaceAll('ring', `more${i}`)).join('\n');

  test.each([1, 2, 3, 4])('has the facts of a fresh reading whenever it takes the text (%i)', (seed) => {
    const file = new LiveFile('a.c', text, parser);
    const random = randomFrom(seed);
    let now = text;
    let taken = 0;
    for (let i = 0; i < 150; i++) {
      const edit = randomEdit(now, random);
      const before = now;
      now = now.slice(0, edit.at) + edit.inserted + now.slice(edit.at + edit.removed);
      file.update(now, { at: edit.at, removed: edit.removed, inserted: edit.inserted.length });
      if (file.isHeld) {
        now = before;
        file.update(now);
        if (file.isHeld) file.settle();
      } else taken++;
      expect(file.file.facts).toEqual(extractFacts(parser, now));
    }
    expect(taken).toBeGreaterThan(20);
    file.dispose();
  });

  test('keeps the facts of what an edit left alone as they are', () => {
    const file = new LiveFile('a.c', text, parser);
    const before = file.file.facts;
    const at = text.indexOf('writel(0');
    file.update(`${text.slice(0, at)}x${text.slice(at)}`, { at, removed: 0, inserted: 1 });
    const after = file.file.facts;
    const changed = after.functions.filter((fn, i) => fn !== before.functions[i]);
    expect(changed.map(({ name }) => name)).toEqual(['ring_stop']);
    expect(changed[0]!.calls.map(({ name }) => name)).toEqual(['xwritel']);
    file.dispose();
  });

  test('what only a comment changes gives the same facts', () => {
    const file = new LiveFile('a.c', text, parser);
    const before = file.file;
    const at = text.indexOf('writel(0');
    file.update(`${text.slice(0, at)}/* off */ ${text.slice(at)}`, { at, removed: 0, inserted: 10 });
    expect(file.file.facts.functions.map(({ name }) => name)).toEqual(
      before.facts.functions.map(({ name }) => name),
    );
    file.dispose();
  });
});

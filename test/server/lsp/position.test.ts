import { expect, test } from 'vitest';
import { Lines } from '../../../server/lsp/position.ts';
import { randomFrom } from './sources.ts';

test('lines after an edit are those of the text, whatever was edited', () => {
  const random = randomFrom(7);
  const pieces = ['', 'x', '\n', 'ab\ncd', '\r\n', '\n\n', 'é\n', '\tif (a)\n\t\tb();\n'];
  let lines = new Lines('one\ntwo\n\nthree', 'utf-16');
  for (let i = 0; i < 2000; i++) {
    const start = random(lines.text.length + 1);
    const end = start + random(Math.min(12, lines.text.length - start + 1));
    const by = pieces[random(pieces.length)]!;
    const text = lines.text.slice(0, start) + by + lines.text.slice(end);
    lines = lines.edited(start, end, by);
    expect(lines.text).toBe(text);
    const fresh = new Lines(text, 'utf-16');
    const places = Array.from({ length: text.length + 1 }, (_, at) => fresh.positionAt(at));
    expect(places.map((_, at) => lines.positionAt(at))).toEqual(places);
    expect(lines.count).toBe(fresh.count);
    if (text.length > 200) lines = new Lines(text.slice(0, 60), 'utf-16');
  }
});

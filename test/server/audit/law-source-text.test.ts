import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SourceText, withoutComments } from '../../accuracy/source-text.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

function source(text: string): SourceText {
  const dir = mkdtempSync(join(tmpdir(), 'quiesce-text-'));
  dirs.push(dir);
  writeFileSync(join(dir, 'a.c'), text);
  return new SourceText(dir);
}

describe('the second reader of C that evidence is checked with', () => {
  it('blanks comments and strings and keeps the lines', () => {
    expect(withoutComments('a /* b\nc */ d "e f" // g\nh')).toBe('a     \n     d "   "     \nh');
  });

  it('finds bodies, initialisers and macros, and neither calls nor declarations', () => {
    const text = source(
      'int f(int);\n#define M(x) \\\n\tg(x)\nstatic int\nf(int a)\n{\n\treturn g(a);\n}\nstatic const struct o t[] = {\n\t{ f },\n};\nint h(void)\n{\n\treturn f(1);\n}\n',
    );
    expect(text.definitions('a.c', 'f').map(({ line, endLine }) => [line, endLine])).toEqual([[5, 8]]);
    expect(text.definitions('a.c', 'f')[0]!.text).toContain('g(a)');
    expect(text.definitions('a.c', 't').map(({ line, endLine }) => [line, endLine])).toEqual([[9, 11]]);
    expect(text.definitions('a.c', 'M').map(({ line, endLine }) => [line, endLine])).toEqual([[2, 3]]);
    expect(text.definitions('a.c', 'g')).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { bodyInsides } from '../../grammars/bodies.ts';
import { lex } from '../../grammars/mask.ts';
import { openParser } from '../../grammars/parser.ts';
import { scanBody } from '../../server/facts/body.ts';
import { extractFacts } from '../../server/facts/extract.ts';
import { readDirectives } from '../../server/facts/preprocessor.ts';

/** The insides found in a text, blanks taken off. */
function insides(text: string): string[] {
  const { plain, regions } = readDirectives(text, lex(text).code);
  return bodyInsides(plain, regions).map(({ start, end }) => text.slice(start, end).trim());
}

describe('the insides of function bodies', () => {
  test('are found where braces begin their lines', () => {
    expect(insides('int f(void)\n{\n\treturn 1;\n}\n\nint g(void)\n{\n\tif (1) {\n\t}\n}\n')).toEqual([
      'return 1;',
      'if (1) {\n\t}',
    ]);
  });

  test('are left alone where the braces do not balance, or belong to no function', () => {
    expect(insides('int f(void)\n{\n\tif (1) {\n}\n')).toEqual([]);
    expect(insides('struct a\n{\n\tint b;\n};\n')).toEqual([]);
    expect(insides('int a[] =\n{\n\t1,\n};\n')).toEqual([]);
    expect(insides('int f(void)\n{\n')).toEqual([]);
  });

  test('are left alone where a conditional reaches over a brace', () => {
    expect(insides('#ifdef A\nint f(void)\n{\n#else\nint f(int a)\n{\n#endif\n\treturn 1;\n}\n')).toEqual([]);
    expect(insides('int f(void)\n{\n#ifdef A\n\tg();\n#endif\n}\n')).toEqual(['#ifdef A\n\tg();\n#endif']);
  });

  test('do not matter for what is read', async () => {
    const parser = await openParser();
    const text =
      'static struct platform_driver d = { .probe = p };\n' +
      'static int p(struct platform_device *pdev)\n{\n\tstruct device *dev = &pdev->dev;\n' +
      '#ifdef A\n\treturn dma_set_mask(dev, 3);\n#else\n\treturn 0;\n#endif\n}\nmodule_platform_driver(d);\n';
    const parsed = extractFacts(parser, text, scanBody, { bodies: 'parse', blanks: 'parse' });
    expect(extractFacts(parser, text)).toEqual(parsed);
    expect(parsed.functions[0]!.calls.map(({ name }) => name)).toEqual(['dma_set_mask']);
  });
});

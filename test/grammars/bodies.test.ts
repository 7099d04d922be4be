import { describe, expect, test } from 'vitest';
import { bodyInsides, initialiserInsides } from '../../grammars/bodies.ts';
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

/** The insides of initialisers in a text that a reader of heads wants skipped. */
function initialisers(text: string, isWanted: (head: string) => boolean = () => true): string[] {
  const { plain, regions } = readDirectives(text, lex(text).code);
  const found = initialiserInsides(plain, regions, bodyInsides(plain, regions), (open) =>
    isWanted(plain.slice(plain.lastIndexOf('\n', open - 1) + 1, open)),
  );
  return found.map(({ start, end }) => text.slice(start, end).trim());
}

describe('the insides of initialisers', () => {
  test('are found where their first brace ends a line and their last begins one', () => {
    expect(
      initialisers('static const u8 a[] = {\n\t1, 2,\n};\nstruct s b =\n{\n\t.x = { 1 },\n};\n'),
    ).toEqual(['1, 2,', '.x = { 1 },']);
    expect(initialisers('int a[] = { 1, 2 };\nint b[] = { 1,\n2 };\n')).toEqual([]);
  });

  test('are left alone in functions, where braces do not balance and where a conditional reaches over one', () => {
    expect(initialisers('int f(void)\n{\n\tint a[] = {\n\t\t1,\n\t};\n\treturn a[0];\n}\n')).toEqual([]);
    expect(initialisers('int a[] = {\n\t{ 1,\n};\n')).toEqual([]);
    expect(initialisers('#ifdef A\nint a[] = {\n#else\nint b[] = {\n#endif\n\t1,\n};\n')).toEqual([]);
    expect(initialisers('int a[] = {\n#ifdef A\n\t1,\n#endif\n};\n')).toEqual(['#ifdef A\n\t1,\n#endif']);
    expect(initialisers('int a[] = {\n\t1,\n')).toEqual([]);
  });

  test('are read by the parser where that is asked for: a driver struct that does not parse is damaged', async () => {
    const text = 'int a[] = {\n\t1,\n};\nstruct platform_driver d = {\n\t.probe = p,\n};\n';
    expect(initialisers(text, (head) => !head.includes('driver'))).toEqual(['1,']);
    const parser = await openParser();
    const mangled = text.replace('.probe = p,', '.probe = p; }, if (');
    expect(extractFacts(parser, text).instances[0]!.damaged).toBeUndefined();
    expect(extractFacts(parser, mangled).instances.map(({ name, damaged }) => [name, damaged])).toEqual([
      ['d', true],
    ]);
    parser.dispose();
  });
});

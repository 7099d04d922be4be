import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lex } from '../../grammars/mask.ts';
import { anyText } from './trees.ts';

/** Each case: the text, and the code of it. `·` stands for a blank that replaces something. */
function check(text: string, code: string): void {
  expect(lex(text).code).toBe(code.replaceAll('·', ' '));
}

describe('lex', () => {
  it('blanks comments and keeps their line ends', () => {
    check('a /* b\n c */ d // e\nf', 'a ····\n····· d ····\nf');
  });

  it('continues a line comment over a backslash', () => {
    check('a // b \\\n c\nd', 'a ······\n··\nd');
    check('a // b \\\r\n c\r\nd', 'a ······\r\n··\r\nd');
  });

  it('runs an unterminated comment to the end', () => {
    check('a /* b\nc', 'a ····\n·');
    check('a /*/ b', 'a ·····');
  });

  it('blanks the contents of literals, not their quotes', () => {
    check('f("a // b", \'"\', "c \\" d")', 'f("······", \'·\', "······")');
    check("'\\'' + '\\\\' + \"\\\\\"", "'··' + '··' + \"··\"");
  });

  it('continues a literal over a backslash, and ends an unterminated one with its line', () => {
    check('"a\\\nb" c', '"··\n·" c');
    check('x = "a\ny', 'x = "·\ny');
    check("#error don't\ny", "#error don'·\ny");
  });

  it('takes no comment mark in a literal, and no quote in a comment, for one', () => {
    check('"/*" a "*/"', '"··" a "··"');
    check('/* " */ a "b"', '······· a "·"');
    check("/* don't */ a 'b'", "··········· a '·'");
  });

  it('blanks #if 0 with what is in it', () => {
    check(
      'a\n#if 0\nb\n#ifdef C\n#else\n#endif\n#endif\nd',
      'a\n·····\n·\n········\n·····\n······\n······\nd',
    );
    check('#if 0 /* x */\nb\n#endif\nd', '·············\n·\n······\nd');
    check('#if (0)\nb\n#endif\nd', '·······\n·\n······\nd');
    check('  #  if  0\nb\n # endif // x\nd', '··········\n·\n·············\nd');
  });

  it('keeps the live branch of #if 0', () => {
    check(
      '#if 0\na\n#else\nb\n#ifdef C\nc\n#endif\n#endif\nd',
      '·····\n·\n·····\nb\n#ifdef C\nc\n#endif\n······\nd',
    );
    check(
      '#if 0\na\n#elif defined(X)\nb\n#else\nc\n#endif\n',
      '·····\n·\n#if·· defined(X)\nb\n#else\nc\n#endif\n',
    );
  });

  it('keeps what is not #if 0', () => {
    for (const text of [
      '#if 0 || A\na\n#endif\n',
      '#if 01\na\n#endif\n',
      '#ifdef A\na\n#endif\n',
      '#define X 0\n',
    ]) {
      expect(lex(text).code).toBe(text);
    }
  });

  it('takes no # for a directive that does not begin its line', () => {
    check('#define S(a) \\\n\t#a \\\n#if 0\nb\n', '#define S(a) \\\n\t#a \\\n#if 0\nb\n');
    check('a #if 0\nb\n#endif\n', 'a #if 0\nb\n#endif\n');
    check('/* c */ #if 0\nb\n#endif\n', '·············\n·\n······\n');
  });

  it('sees no #endif in a comment of a dead block', () => {
    check('#if 0\n/*\n#endif\n*/\n#endif\na', '·····\n··\n······\n··\n······\na');
  });

  it('keeps length and line ends of any text, and never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { code } = lex(text);
        expect(code.length).toBe(text.length);
        for (let i = 0; i < text.length; i++) {
          const before = text[i] === '\n' || text[i] === '\r';
          expect(code[i] === '\n' || code[i] === '\r' ? code[i] : '').toBe(before ? text[i] : '');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('changes nothing but to blanks, one #elif apart', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(!/#\s*elif/.test(text));
        const { code } = lex(text);
        for (let i = 0; i < text.length; i++) if (code[i] !== text[i]) expect(code[i]).toBe(' ');
      }),
      { numRuns: 2000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKbuild, type Statement } from '../../../../server/tree/kbuild/index.ts';

function assignments(text: string): string[] {
  return parseKbuild(text).statements.map((s) =>
    s.kind === 'assign' ? `${s.name} ${s.operator} ${s.value}` : s.kind,
  );
}

describe('parseKbuild', () => {
  it.each([
    ['obj-m := a.o', 'obj-m := a.o'],
    ['foo-objs:=a.o', 'foo-objs := a.o'],
    ['foo-y+=a.o', 'foo-y += a.o'],
    ['foo-objs = a.o b.o', 'foo-objs = a.o b.o'],
    ['X ?= 1', 'X ?= 1'],
    ['X ::= 1', 'X ::= 1'],
    ['X != pwd', 'X != pwd'],
    ['export X := 1', 'X := 1'],
    ['override X = 1', 'X = 1'],
    ['obj-$(CONFIG_X)\t+= a.o', 'obj-$(CONFIG_X) += a.o'],
    ['obj-$(subst m,y,$(CONFIG_X)) += a.o', 'obj-$(subst m,y,$(CONFIG_X)) += a.o'],
    ['list := $(src:%=a/%)', 'list := $(src:%=a/%)'],
    ['\tobj-m := a.o', 'obj-m := a.o'],
  ])('reads %j', (text, want) => {
    expect(assignments(text)).toEqual([want]);
  });

  it('joins continuations, keeps line numbers and accepts CRLF', () => {
    const file = parseKbuild('foo-y := a.o \\\r\n\tb.o \\\r\n\r\nbar-y := c.o\r\n');
    expect(file.statements).toMatchObject([
      { name: 'foo-y', words: ['a.o', 'b.o'], line: 1 },
      { name: 'bar-y', words: ['c.o'], line: 4 },
    ]);
  });

  it('cuts comments, also one that goes on after a backslash, but not inside a reference', () => {
    expect(assignments('obj-m := a.o # b.o\n')).toEqual(['obj-m := a.o']);
    expect(assignments('# obj-m := a.o \\\n obj-m := b.o\nobj-m := c.o')).toEqual(['obj-m := c.o']);
    expect(assignments('X := $(shell echo # x)\nY := \\#')).toEqual(['X := $(shell echo # x)', 'Y := #']);
  });

  it('skips rules, recipes and target-specific variables', () => {
    const text =
      'all: a b\n\tobj-m := no.o\n\n\techo\n$(obj)/a.o: KBUILD_CFLAGS += -O3\n%.o: %.c ; cc\nobj-m := a.o\n';
    expect(assignments(text)).toEqual(['obj-m := a.o']);
  });

  it('keeps every branch of a conditional, nested and chained', () => {
    const text =
      'ifeq ($(CONFIG_A),y) # why\na := 1\nelse ifneq "$(CONFIG_B)" ""\nb := 1\nifdef CONFIG_C\nc := 1\nendif # C\nelse\nd := 1\nendif\n';
    expect(parseKbuild(text).statements).toMatchObject([
      {
        kind: 'conditional',
        branches: [
          { test: { op: 'ifeq', left: '$(CONFIG_A)', right: 'y' }, body: [{ name: 'a' }] },
          {
            test: { op: 'ifneq', left: '$(CONFIG_B)', right: '' },
            body: [{ name: 'b' }, { branches: [{ test: { op: 'ifdef', left: 'CONFIG_C' } }] }],
          },
          { test: null, body: [{ name: 'd' }] },
        ],
      },
    ]);
    expect([...parseKbuild(text).variables.keys()]).toEqual(['a', 'b', 'c', 'd']);
  });

  it('reads the commas of references in a test', () => {
    const [s] = parseKbuild('ifeq ($(filter y m,$(A) $(B)),)\nendif').statements;
    expect(s).toMatchObject({ branches: [{ test: { left: '$(filter y m,$(A) $(B))', right: '' } }] });
  });

  it('reads includes, defines and bare expressions', () => {
    const text =
      'include $(src)/a/Kbuild\n-include b.mk\nsinclude c.mk\noverride define f\nobj-m += $(1).o # x\nendef\n$(eval $(call f,a))\n';
    const got = parseKbuild(text).statements.map((s: Statement) =>
      s.kind === 'include'
        ? `${s.path} ${s.optional}`
        : s.kind === 'define'
          ? `${s.name}: ${s.body}`
          : s.kind,
    );
    expect(got).toEqual([
      '$(src)/a/Kbuild false',
      'b.mk true',
      'c.mk true',
      'f: obj-m += $(1).o # x',
      'expression',
    ]);
  });

  it('reports what it can not place, and goes on', () => {
    const file = parseKbuild('endif\nwhat is this\nifdef X\nelse\nobj-m := a.o\n');
    expect(file.problems.map((p) => p.line)).toEqual([1, 2, 3]);
    expect(file.variables.get('obj-m')).toEqual(['a.o']);
    expect(parseKbuild('else\ndefine x\n').problems).toHaveLength(2);
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      ...[
        'ifeq (',
        ')',
        ',',
        '$(',
        '${',
        '}',
        'else ',
        'endif\n',
        '\n',
        '\t',
        '\\\n',
        '#',
        ':',
        '=',
        '+=',
        'define ',
      ],
      ...[
        'endef\n',
        'include ',
        'obj-m',
        '"',
        "'",
        '$',
        '$$',
        ' ',
        'a.o',
        'export ',
        'override ',
        '\u0000',
        '\r\n',
      ],
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }), (parts) => {
        const file = parseKbuild(parts.join(''));
        expect(Array.isArray(file.statements)).toBe(true);
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { find, inX, short, shown } from './tree.ts';

/** name, Makefile of drivers/x, files beside it, `module: sources` expected */
const FORMS: [name: string, makefile: string, files: string, want: string[]][] = [
  ['one object', 'obj-$(CONFIG_A) += a.o', 'a.c', ['a: a.c']],
  [
    'several objects',
    'obj-$(CONFIG_A) += a.o b-b.o c.o',
    'a.c b-b.c c.c',
    ['a: a.c', 'b-b: b-b.c', 'c: c.c'],
  ],
  ['obj-m', 'obj-m += a.o', 'a.c', ['a: a.c']],
  ['no space before the operator', 'obj-$(CONFIG_A)+= a.o\na-objs:=b.o c.o', 'b.c c.c', ['a: b.c c.c']],
  ['name-y', 'obj-$(CONFIG_A) += a.o\na-y := b.o\na-y += c.o', 'b.c c.c', ['a: b.c c.c']],
  ['name-objs with =', 'obj-m = a.o\na-objs = b.o', 'b.c', ['a: b.c']],
  ['name-$(CONFIG)', 'obj-m = a.o\na-y = b.o\na-$(CONFIG_D) += d.o', 'b.c d.c', ['a: b.c d.c']],
  ['name-m', 'obj-m = a.o\na-m := b.o', 'a.c b.c', ['a: b.c']],
  [
    'all of them add up',
    'obj-m=a.o\na-y=b.o\na-objs=c.o\na-m=d.o\na-$(C)=e.o',
    'b.c c.c d.c e.c',
    ['a: b.c c.c d.c e.c'],
  ],
  ['the list before the object', 'a-y := b.o\nobj-m := a.o', 'b.c', ['a: b.c']],
  ['a composite does not build its own .c', 'obj-m := a.o\na-y := b.o', 'a.c b.c', ['a: b.c']],
  ['unless listed', 'obj-m := a.o\na-y := a.o b.o', 'a.c b.c', ['a: a.c b.c']],
  ['an option that is off still makes a composite', 'obj-m := a.o\na- := b.o', 'a.c b.c', ['a: ']],
  ['an empty list does not', 'obj-m := a.o\na-y :=\n', 'a.c', ['a: a.c']],
  [
    'one object in two modules',
    'obj-m := a.o b.o\na-y := s.o a1.o\nb-y := s.o',
    'a1.c s.c',
    ['a: a1.c s.c', 'b: s.c'],
  ],
  ['a subdirectory', 'obj-m := a.o\na-y := sub/b.o', 'sub/b.c', ['a: sub/b.c']],
  ['a module in a subdirectory', 'obj-$(CONFIG_A) += sub/a.o', 'sub/a.c', ['sub/a: sub/a.c']],
  ['a composite in a subdirectory', 'obj-m := sub/a.o\nsub/a-y := sub/b.o', 'sub/b.c', ['sub/a: sub/b.c']],
  ['the directory above', 'obj-m := a.o\na-y := b.o ../y/c.o', 'b.c ../y/c.c', ['a: ../y/c.c b.c']],
  [
    'assembler and Rust are no sources',
    'obj-m := a.o b.o\na-y := c.o d.o',
    'c.c d.S b.rs',
    ['a: c.c', 'b: '],
  ],
  ['a comment at the end', 'obj-m := a.o # b.o', 'a.c b.c', ['a: a.c']],
  ['a list in a variable', 'L := b.o c.o\nobj-m := a.o\na-y := $(L) d.o', 'b.c c.c d.c', ['a: b.c c.c d.c']],
  ['a variable filled later', 'obj-m := a.o\na-y = $(L)\nL := b.o', 'b.c', ['a: b.c']],
  [
    'a simple variable is read at once',
    'L := b.o\nobj-m := a.o\na-y := $(L)\nL := c.o',
    'b.c c.c',
    ['a: b.c'],
  ],
  [
    'objects of a list in obj',
    'obj-$(CONFIG_A) += a.o $(more-y)\nmore-$(CONFIG_B) := b.o',
    'a.c b.c',
    ['a: a.c'],
  ],
  [
    'objects of an earlier list in obj',
    'more-$(CONFIG_B) := b.o\nobj-$(CONFIG_A) += a.o $(more-y)',
    'a.c b.c',
    ['a: a.c', 'b: b.c'],
  ],
  [
    'name-objs-$(CONFIG)',
    'obj-m := a.o\na-objs-$(CONFIG_B) += b.o\na-objs := c.o $(a-objs-y)',
    'b.c c.c',
    ['a: b.c c.c'],
  ],
  ['subst in a target', 'obj-$(subst m,y,$(CONFIG_A)) += a.o', 'a.c', ['a: a.c']],
  ['subst of an option', 'obj-$(subst y,$(CONFIG_A),$(CONFIG_B)) += a.o', 'a.c', ['a: a.c']],
  [
    'a suffix replaced in a target',
    'obj-m := a.o\na-y := b.o\na-$(CONFIG_F:m=y) += f.o',
    'b.c f.c',
    ['a: b.c f.c'],
  ],
  [
    'two options in a name',
    'l-$(CONFIG_A)$(CONFIG_B) += b.o\nobj-m += a.o $(l-yy)',
    'a.c b.c',
    ['a: a.c', 'b: b.c'],
  ],
  ['addprefix', 'obj-m := a.o\na-y := $(addprefix sub/, b.o c.o)', 'sub/b.c sub/c.c', ['a: sub/b.c sub/c.c']],
  ['addsuffix', 'obj-m := $(addsuffix .o, a b)', 'a.c b.c', ['a: a.c', 'b: b.c']],
  ['patsubst', 'obj-m := $(patsubst %.c,%.o,a.c b.c)', 'a.c b.c', ['a: a.c', 'b: b.c']],
  ['a suffix replaced', 'S := a.c b.c\nobj-m := $(S:.c=.o)', 'a.c b.c', ['a: a.c', 'b: b.c']],
  ['a pattern replaced', 'S := a b\nobj-m := $(S:%=%.o)', 'a.c b.c', ['a: a.c', 'b: b.c']],
  ['foreach', 'obj-m := $(foreach n,a b,$(n).o)', 'a.c b.c', ['a: a.c', 'b: b.c']],
  ['filter', 'obj-m := $(filter a%,a1.o b1.o)', 'a1.c b1.c', ['a1: a1.c']],
  ['filter-out', 'obj-m := $(filter-out a%,a1.o b1.o)', 'a1.c b1.c', ['b1: b1.c']],
  [
    'wildcard',
    'obj-m := a.o\na-y := $(patsubst $(src)/%.c,%.o,$(wildcard $(src)/b*.c))',
    'b1.c b2.c c.c',
    ['a: b1.c b2.c'],
  ],
  [
    'notdir and basename',
    'obj-m := $(addsuffix .o,$(basename $(notdir p/a.c q/b.c)))',
    'a.c b.c',
    ['a: a.c', 'b: b.c'],
  ],
  [
    'word, firstword, lastword',
    'L := a.o b.o c.o\nobj-m := $(firstword $(L)) $(word 2,$(L))',
    'a.c b.c c.c',
    ['a: a.c', 'b: b.c'],
  ],
  [
    'if on an option',
    'obj-m := a.o $(if $(CONFIG_B),b.o,c.o)',
    'a.c b.c c.c',
    ['a: a.c', 'b: b.c', 'c: c.c'],
  ],
  [
    'or and and',
    'obj-$(or $(CONFIG_A),$(CONFIG_B)) += a.o\nobj-$(and $(CONFIG_A),$(CONFIG_B)) += b.o',
    'a.c b.c',
    ['a: a.c', 'b: b.c'],
  ],
  [
    'a function of its own',
    'two = $(1)1.o $(1)2.o\nobj-m := $(call two,a)',
    'a1.c a2.c',
    ['a1: a1.c', 'a2: a2.c'],
  ],
  ['a compiler test is empty', 'ccflags-y := $(call cc-option,-Wno-x)\nobj-m := a.o', 'a.c', ['a: a.c']],
  [
    'eval of a template',
    'define t\nobj-m += $(1).o\n$(1)-y := $(1)_core.o\nendef\n$(eval $(call t,a))',
    'a_core.c',
    ['a: a_core.c'],
  ],
  ['eval in foreach', '$(foreach n,a b,$(eval obj-m += $(n).o))', 'a.c b.c', ['a: a.c', 'b: b.c']],
  ['a suffix from a variable', 'V := 2\nobj-m := a$(V).o', 'a2.c', ['a2: a2.c']],
  ['a name from a variable', 'N := a\n$(N)-y := b.o\nobj-m := $(N).o', 'b.c', ['a: b.c']],
  ['?= sets only what is unset', 'N ?= a.o\nN ?= b.o\nobj-m := $(N)', 'a.c b.c', ['a: a.c']],
  ['braces', `N := a\nobj-m := $${'{N}'}.o`, 'a.c', ['a: a.c']],
  ['lib-y', 'lib-y += a.o\nlib-$(CONFIG_B) += b.o', 'a.c b.c', ['a: a.c', 'b: b.c']],
  [
    'host programs, extra objects and subdir are none',
    'hostprogs := h\nh-objs := h1.o\nextra-y := e.o\nsubdir-y += s\nalways-y += z.o',
    'h1.c e.c z.c',
    [],
  ],
  [':= resets', 'obj-m := a.o\nobj-m := b.o', 'a.c b.c', ['b: b.c']],
  [
    ':= on an option resets only that',
    'obj-m := a.o\nobj-$(CONFIG_B) := b.o\nobj-$(CONFIG_B) := c.o',
    'a.c b.c c.c',
    ['a: a.c', 'c: c.c'],
  ],
  [
    'both branches',
    'ifeq ($(CONFIG_A),y)\nobj-m += a.o\nelse\nobj-m += b.o\nendif',
    'a.c b.c',
    ['a: a.c', 'b: b.c'],
  ],
  [
    'both branches of :=',
    'ifdef CONFIG_A\nL := a.o\nelse\nL := b.o\nendif\nobj-m := x.o\nx-y := $(L)',
    'a.c b.c',
    ['x: a.c b.c'],
  ],
  [
    'alternatives in a name',
    'ifdef CONFIG_A\nV := 1\nelse\nV := 2\nendif\nobj-m := a$(V).o',
    'a1.c a2.c',
    ['a1: a1.c', 'a2: a2.c'],
  ],
  [
    'a branch sees its own value',
    'V := 0\nifdef CONFIG_A\nV := 1\nobj-m += a$(V).o\nelse\nobj-m += b$(V).o\nendif',
    'a0.c a1.c b0.c b1.c',
    ['a1: a1.c', 'b0: b0.c'],
  ],
  [
    'inside KERNELRELEASE',
    'ifneq ($(KERNELRELEASE),)\nobj-m := a.o\nelse\nobj-m := b.o\nendif',
    'a.c b.c',
    ['a: a.c'],
  ],
  ['ifdef KERNELRELEASE', 'ifndef KERNELRELEASE\nall:\n\tmake\nelse\nobj-m := a.o\nendif', 'a.c', ['a: a.c']],
];

describe('forms of an object list', () => {
  it.each(FORMS)('%s', (_name, makefile, files, want) => {
    expect(shown(inX(makefile, files))).toEqual(want);
  });
});

describe('includes', () => {
  const one = (makefile: string, more: Record<string, string>, sources: string): string[] =>
    shown(inX(makefile, sources, more));

  it('evaluates what is included in the including directory', () => {
    const got = one(
      'obj-m := a.o\na-y :=\ninclude $(src)/core/Kbuild\na-y += $(core-y)',
      {
        'drivers/x/core/Kbuild': 'core-y += core/b.o\ninclude $(src)/core/sub/Kbuild',
        'drivers/x/core/sub/Kbuild': 'core-y += core/sub/c.o',
      },
      'core/b.c core/sub/c.c',
    );
    expect(got).toEqual(['a: core/b.c core/sub/c.c']);
  });

  it('reads a list of files built by functions, from another directory', () => {
    const got = one(
      'TOP = $(src)/..\nREL = ../disp\nLIBS = p q\ninclude $(addsuffix /Makefile,$(addprefix $(TOP)/disp/,$(LIBS)))\nobj-m := a.o\na-y := a1.o $(FILES)',
      {
        'drivers/disp/p/Makefile': 'P = p1.o p2.o\nFILES += $(addprefix $(REL)/p/,$(P))',
        'drivers/disp/q/Makefile': 'FILES += $(REL)/q/q.o',
        'drivers/disp/p/p1.c': '',
        'drivers/disp/p/p2.c': '',
        'drivers/disp/q/q.c': '',
      },
      'a1.c',
    );
    expect(got).toEqual(['a: ../disp/p/p1.c ../disp/p/p2.c ../disp/q/q.c a1.c']);
  });

  it('survives a file that includes itself, and one that is not there', () => {
    expect(one('include $(src)/Makefile\n-include none.mk\nobj-m := a.o', {}, 'a.c')).toEqual(['a: a.c']);
  });

  it('runs an include made by eval', () => {
    const got = one(
      '$(foreach m,one two,$(eval include $(src)/$(m)/$(m).Kbuild))',
      {
        'drivers/x/one/one.Kbuild': 'obj-m += one.o\none-y := one/o.o',
        'drivers/x/two/two.Kbuild': 'obj-m += two.o',
      },
      'one/o.c two.c',
    );
    expect(got).toEqual(['one: one/o.c', 'two: two.c']);
  });
});

describe('what is said of a module', () => {
  it('KBUILD_MODNAME, path, directory and kind', () => {
    const map = inX('obj-$(CONFIG_A) += foo-bar.o\nfoo-bar-y := b.o\nobj-y += c.o', 'b.c c.c');
    expect(find(map, 'foo-bar')).toMatchObject({
      modname: 'foo_bar',
      path: 'drivers/x/foo-bar',
      dir: 'drivers/x',
      composite: true,
      builtinOnly: false,
    });
    expect(find(map, 'c')).toMatchObject({ composite: false, builtinOnly: true });
  });

  it('an object listed as built-in and as a module is both', () => {
    expect(find(inX('obj-y += a.o\nobj-m += a.o', 'a.c'), 'a').builtinOnly).toBe(false);
  });

  it('what can not be a module: lib-y, and an option whose m was turned to y', () => {
    const map = inX('lib-y += a.o\nobj-$(subst m,y,$(CONFIG_B)) += b.o', 'a.c b.c');
    expect(map.modules.map((m) => [m.name, m.builtinOnly])).toEqual(
      expect.arrayContaining([
        ['a', true],
        ['b', true],
      ]),
    );
  });

  it.each([
    ['obj-$(CONFIG_A) += a.o', ['CONFIG_A']],
    ['obj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += a.o', ['CONFIG_A || CONFIG_B']],
    ['obj-$(CONFIG_A) += a.o\nobj-y += a.o', []],
    ['ifdef CONFIG_B\nobj-$(CONFIG_A) += a.o\nendif', ['CONFIG_B', 'CONFIG_A']],
    ['ifeq ($(CONFIG_B),m)\nobj-m += a.o\nendif', ['CONFIG_B=m']],
    ['ifneq ($(CONFIG_B),)\nelse\nobj-m += a.o\nendif', ['!CONFIG_B']],
    ['ifeq ($(CONFIG_B),y)\nelse ifdef CONFIG_C\nobj-m += a.o\nendif', ['CONFIG_B!=y', 'CONFIG_C']],
    ['ifneq ($(CONFIG_A)$(CONFIG_B),)\nobj-m += a.o\nendif', ['CONFIG_A || CONFIG_B']],
    ['ifeq ($(CONFIG_A)$(CONFIG_B),yy)\nobj-m += a.o\nendif', ['CONFIG_A=y', 'CONFIG_B=y']],
    ['ifneq ($(filter y,$(CONFIG_A) $(CONFIG_B)),)\nobj-m += a.o\nendif', ['CONFIG_A=y || CONFIG_B=y']],
    ['obj-$(subst y,$(CONFIG_A),$(CONFIG_B)) += a.o', ['CONFIG_B', 'CONFIG_A']],
    ['l-$(CONFIG_B) := a.o\nobj-$(CONFIG_A) += $(l-y)', ['CONFIG_B=y', 'CONFIG_A']],
    ['l-$(CONFIG_A)$(CONFIG_B) := a.o\nobj-m += $(l-yy)', ['CONFIG_A=y', 'CONFIG_B=y']],
    ['obj-$(or $(CONFIG_A),$(CONFIG_B)) += a.o', ['CONFIG_A || CONFIG_B']],
    ['obj-$(and $(CONFIG_A),$(CONFIG_B)) += a.o', ['CONFIG_A', 'CONFIG_B']],
    ['obj-$(if $(CONFIG_A),m) += a.o', ['CONFIG_A']],
    ['obj-y := a.o\nobj-$(CONFIG_B) := b.o', ['CONFIG_B!=y']],
  ])('conditions of %j', (makefile, want) => {
    expect([...find(inX(makefile, 'a.c b.c'), 'a').configs].sort()).toEqual([...want].sort());
  });

  it('conditions of single sources', () => {
    const map = inX(
      'obj-m := a.o\na-y := b.o\na-$(CONFIG_D) += d.o\nifdef CONFIG_E\na-y += e.o\nendif',
      'b.c d.c e.c',
    );
    expect([...find(map, 'a').sourceConfigs]).toEqual([
      ['drivers/x/e.c', ['CONFIG_E']],
      ['drivers/x/d.c', ['CONFIG_D']],
    ]);
  });

  it('names what it could not evaluate', () => {
    const map = inX('obj-m := a.o $(shell ls).o\na-y := b.o $(EXTRA_OBJS)', 'b.c');
    expect(find(map, 'a').unresolved).toEqual(['$(EXTRA_OBJS)']);
    expect(map.unresolved).toEqual({
      count: 2,
      words: [
        { dir: 'drivers/x', list: 'obj-', word: '$(shell ls).o' },
        { dir: 'drivers/x', list: 'a-', word: '$(EXTRA_OBJS)' },
      ],
    });
  });

  it('header directories from every kind of flag', () => {
    const map = inX(
      [
        'ccflags-y := -I$(src)/inc -I $(srctree)/$(src)/../shared -Wall',
        'ccflags-$(CONFIG_B) += -I$(srctree)/drivers/opt',
        'subdir-ccflags-y += -Idrivers/sub/',
        'EXTRA_CFLAGS += -I"$(obj)/old"',
        'CFLAGS_b.o := -I$(src)/only-b',
        'ccflags-y += -I$(UNKNOWN)/x -I/usr/include',
        'obj-m := a.o c.o',
        'a-y := b.o',
      ].join('\n'),
      'b.c c.c',
    );
    const shared = ['drivers/sub', 'drivers/x/inc', 'drivers/shared', 'drivers/opt', 'drivers/x/old'];
    expect([...find(map, 'c').includeDirs].sort()).toEqual([...shared].sort());
    expect([...find(map, 'a').includeDirs].sort()).toEqual([...shared, 'drivers/x/only-b'].sort());
  });

  it('finds the modules of a file', () => {
    const map = inX('obj-m := a.o b.o\na-y := s.o\nb-y := s.o', 's.c');
    expect(map.modulesOf('drivers/x/s.c').map((m) => short(m.path))).toEqual(['a', 'b']);
    expect(map.modulesOf('drivers/x/none.c')).toEqual([]);
  });
});

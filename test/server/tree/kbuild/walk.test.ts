import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readModules, resolveInclude, withIncludedSources } from '../../../../server/tree/kbuild/index.ts';
import { type Files, find, kernel, memory } from './tree.ts';

const TREE: Files = {
  Makefile: 'VERSION = 6\nPATCHLEVEL = 12\n',
  Kconfig: '',
  Kbuild: 'obj-y += drivers/\nobj-y += arch/$(SRCARCH)/\nobj-$(CONFIG_NET) += net/\n',
  'drivers/Makefile':
    'obj-y += base/\nobj-$(CONFIG_NETDEV) += net/\nobj-$(CONFIG_GPU) += gpu/one/core/ gpu/two/\n',
  'drivers/base/Makefile': 'obj-y += core.o bus.o\n',
  'drivers/base/core.c': '',
  'drivers/base/bus.c': '',
  'drivers/net/Makefile':
    'subdir-ccflags-y := -I$(src)/common\nobj-$(CONFIG_FOO) += foo/\nobj-$(CONFIG_BAR) += bar.o\nbar-y := bar/main.o ../misc/shared.o',
  'drivers/net/bar/main.c': '',
  'drivers/misc/shared.c': '',
  'drivers/net/foo/Makefile': 'ccflags-y := -I$(src)/inc\nobj-m += $(if $(CONFIG_FOO_PCI),foo-pci.o)\n',
  'drivers/net/foo/Kbuild':
    'ccflags-y := -I$(src)/inc\nobj-$(CONFIG_FOO) += foo.o\nobj-$(CONFIG_FOO_PCI) += foo-pci.o\nfoo-y := main.o hw/ring.o\n',
  'drivers/net/foo/main.c': '',
  'drivers/net/foo/foo-pci.c': '',
  'drivers/net/foo/hw/ring.c': '',
  'drivers/gpu/one/core/Makefile': 'obj-$(CONFIG_ONE) += one.o\none-y := one_drv.o ../display/crtc.o',
  'drivers/gpu/one/core/one_drv.c': '',
  'drivers/gpu/one/display/Makefile': 'FILES += ../display/crtc.o',
  'drivers/gpu/one/display/crtc.c': '',
  'drivers/gpu/two/Makefile': 'obj-m := two.o',
  'drivers/gpu/two/two.c': '',
  'arch/arm64/Kbuild': 'obj-y += kernel/',
  'arch/arm64/Makefile': 'libs-y := arch/arm64/lib/ $(libs-y)\ncore-$(CONFIG_PLAT) += arch/arm64/plat/',
  'arch/arm64/kernel/Makefile': 'obj-$(CONFIG_PERF) += perf.o',
  'arch/arm64/kernel/perf.c': '',
  'arch/arm64/lib/Makefile': 'lib-y := csum.o',
  'arch/arm64/lib/csum.c': '',
  'arch/arm64/plat/Makefile': 'obj-y := plat.o',
  'arch/arm64/plat/plat.c': '',
  'arch/riscv/Makefile': 'obj-y := r.o',
  'arch/riscv/r.c': '',
};

describe('readModules in a kernel tree', () => {
  it('descends from the root, with the conditions of the chain', () => {
    const map = readModules(memory(TREE));
    expect(Object.fromEntries(map.modules.map((m) => [m.path, m.configs]))).toEqual({
      'drivers/base/core': [],
      'drivers/base/bus': [],
      'drivers/net/bar': ['CONFIG_NETDEV', 'CONFIG_BAR'],
      'drivers/net/foo/foo': ['CONFIG_NETDEV', 'CONFIG_FOO'],
      'drivers/net/foo/foo-pci': ['CONFIG_NETDEV', 'CONFIG_FOO', 'CONFIG_FOO_PCI'],
      'drivers/gpu/one/core/one': ['CONFIG_GPU', 'CONFIG_ONE'],
      'drivers/gpu/two/two': ['CONFIG_GPU'],
      'arch/arm64/kernel/perf': ['SRCARCH=arm64', 'CONFIG_PERF'],
      'arch/arm64/lib/csum': ['SRCARCH=arm64'],
      'arch/arm64/plat/plat': ['SRCARCH=arm64', 'CONFIG_PLAT'],
      'arch/riscv/r': ['SRCARCH=riscv'],
    });
  });

  it('prefers Kbuild to Makefile', () => {
    const foo = find(readModules(memory(TREE)), 'foo');
    expect(foo.sources).toEqual(['drivers/net/foo/main.c', 'drivers/net/foo/hw/ring.c']);
  });

  it('hands subdir-ccflags down, not ccflags', () => {
    const map = readModules(memory(TREE));
    expect(find(map, 'foo').includeDirs).toEqual(['drivers/net/common', 'drivers/net/foo/inc']);
    expect(find(map, 'bar').includeDirs).toEqual(['drivers/net/common']);
    expect(find(map, 'two').includeDirs).toEqual([]);
  });

  it('asked about a directory, says of its modules what the whole tree says, and reads little', () => {
    const whole = readModules(memory(TREE));
    const options = { ...memory(TREE), dirs: ['drivers/net/foo'] };
    const map = readModules(options);
    expect(map.modules).toEqual(whole.modules.filter((m) => m.dir === 'drivers/net/foo'));
    expect(options.read.sort()).toEqual([
      'Kbuild',
      'Makefile',
      'drivers/Makefile',
      'drivers/net/Makefile',
      'drivers/net/foo/Kbuild',
    ]);
  });

  it('finds the module above that takes a directory without a list of its own', () => {
    for (const [dir, path] of [
      ['drivers/net/foo/hw', 'drivers/net/foo/foo'],
      ['drivers/net/bar', 'drivers/net/bar'],
      ['drivers/gpu/one/display', 'drivers/gpu/one/core/one'],
    ] as const) {
      const map = readModules({ ...memory(TREE), dirs: [dir] });
      expect(map.modules.map((m) => m.path)).toEqual([path]);
    }
  });

  it('descends into a directory without a Makefile by what is listed above', () => {
    const paths = (dir: string): string[] =>
      readModules({ ...memory(TREE), dirs: [dir] })
        .modules.map((m) => m.path)
        .sort();
    expect(paths('arch')).toEqual([
      'arch/arm64/kernel/perf',
      'arch/arm64/lib/csum',
      'arch/arm64/plat/plat',
      'arch/riscv/r',
    ]);
    expect(paths('drivers/gpu')).toEqual(['drivers/gpu/one/core/one', 'drivers/gpu/two/two']);
  });

  it('takes several directories, spelled in any way', () => {
    const map = readModules({
      ...memory(TREE, '/t'),
      root: '/t/',
      dirs: ['./drivers/base/', 'drivers/net/../gpu/two', '../x'],
    });
    expect(map.modules.map((m) => m.name).sort()).toEqual(['bus', 'core', 'two']);
    expect(map.directories).toEqual(['drivers/base', 'drivers/gpu/two']);
  });

  it('merges an object that two Makefiles list', () => {
    const map = kernel({
      'drivers/x/Makefile': 'obj-$(CONFIG_A) += sub/a.o\nobj-y += sub/\nsub/a-y := sub/one.o',
      'drivers/x/sub/Makefile': 'obj-$(CONFIG_B) += a.o\na-y := two.o',
      'drivers/x/sub/one.c': '',
      'drivers/x/sub/two.c': '',
    });
    expect(find(map, 'a')).toMatchObject({ configs: ['CONFIG_A || CONFIG_B'], composite: true });
    expect([...find(map, 'a').sources].sort()).toEqual(['drivers/x/sub/one.c', 'drivers/x/sub/two.c']);
  });

  it('is empty for directories that are not there', () => {
    const map = readModules({ ...memory(TREE), dirs: ['nowhere/at/all'] });
    expect(map.modules).toEqual([]);
    expect(map.directories).toEqual([]);
  });
});

describe('readModules for an external module', () => {
  const IDIOM =
    'ifneq ($(KERNELRELEASE),)\nobj-m := foo.o\nfoo-y := foo_main.o $(extra)\nextra := ring.o\nfoo-y += $(extra)\nccflags-y := -I$(src)/include -I$(M)/gen\nelse\nKDIR ?= /lib/modules/$(shell uname -r)/build\nall:\n\t$(MAKE) -C $(KDIR) M=$(PWD) modules\nendif\n';

  it('reads the idiom with KERNELRELEASE', () => {
    const map = readModules(memory({ Makefile: IDIOM, 'foo_main.c': '', 'ring.c': '', 'foo.c': '' }));
    expect(map.modules).toEqual([
      expect.objectContaining({
        path: 'foo',
        dir: '',
        sources: ['foo_main.c', 'ring.c'],
        includeDirs: ['include', 'gen'],
        configs: [],
        builtinOnly: false,
      }),
    ]);
  });

  it('reads every Makefile below, listed or not, hidden ones aside', () => {
    const map = readModules(
      memory({
        Makefile: 'all:\n\t$(MAKE) -C $(KDIR) M=$(CURDIR)/src modules\n',
        'src/Kbuild': 'obj-m := a.o\nobj-m += deep/',
        'src/a.c': '',
        'src/deep/Makefile': 'obj-m := b.o',
        'src/deep/b.c': '',
        'v1.0/Makefile': 'obj-m := c.o',
        'v1.0/c.c': '',
        '.git/x/Makefile': 'obj-m := d.o',
      }),
    );
    expect(map.modules.map((m) => m.path).sort()).toEqual(['src/a', 'src/deep/b', 'v1.0/c']);
  });

  it('takes an option that the Makefile sets for what it is: a default', () => {
    const map = readModules(
      memory({
        Makefile:
          'CONFIG_RTX ?= m\nCONFIG_EXTRA = n\nNAME = rtx\nifeq ($(CONFIG_EXTRA), y)\nNAME = rtx_extra\nendif\n$(NAME)-y := core.o\n$(NAME)-$(CONFIG_EXTRA) += extra.o\nobj-$(CONFIG_RTX) := $(NAME).o\n',
        'core.c': '',
        'extra.c': '',
      }),
    );
    expect(map.modules.map((m) => [m.path, m.configs])).toEqual([
      ['rtx', ['CONFIG_RTX']],
      ['rtx_extra', ['CONFIG_EXTRA=y', 'CONFIG_RTX']],
    ]);
    expect(find(map, 'rtx').sources).toEqual(['core.c', 'extra.c']);
  });

  it('knows its folder by every name', () => {
    const map = readModules(
      memory({
        Makefile:
          'HERE := $(shell pwd)\nccflags-y := -I$(HERE)/a -I$(PWD)/b -I$(CURDIR)/c -I$(KBUILD_EXTMOD)/d -I$(obj)/e -I$(srctree)/f\nobj-m := x.o\nx-y := $(patsubst $(src)/%.c,%.o,$(wildcard $(src)/*.c))',
        'x1.c': '',
        'x2.c': '',
      }),
    );
    expect(find(map, 'x')).toMatchObject({
      includeDirs: ['a', 'b', 'c', 'd', 'e'],
      sources: ['x1.c', 'x2.c'],
    });
  });

  it('does not take a folder with a VERSION for a kernel', () => {
    const map = readModules(
      memory({
        Makefile: 'VERSION = 1\nPATCHLEVEL = 2\nobj-m := a.o',
        'a.c': '',
        'sub/Makefile': 'obj-m := b.o',
        'sub/b.c': '',
      }),
    );
    expect(map.modules.map((m) => m.path)).toEqual(['a', 'sub/b']);
  });
});

describe('readModules on any Makefile', () => {
  const token = fc.constantFrom(
    ...[
      'obj-m',
      'obj-$(CONFIG_A)',
      'a-y',
      ' := ',
      ' += ',
      ' = ',
      '\n',
      'a.o ',
      'b.o ',
      'sub/ ',
      '../ ',
      '$(L) ',
      'L',
      '$(foreach ',
    ],
    ...[
      'x,',
      ')',
      '$(eval ',
      '$(call ',
      'define f\n',
      'endef\n',
      'ifeq (',
      ',',
      'ifdef ',
      'else\n',
      'endif\n',
      '$(if ',
      '$(patsubst ',
    ],
    ...[
      '%',
      '$(wildcard *',
      '*',
      'include $(src)/Makefile\n',
      '$(word 9,',
      '$(1)',
      '$($(L))',
      '$(subst y,',
      '$(filter ',
      '$(join ',
    ],
  );
  it('never throws and ends', () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), (parts) => {
        const map = readModules(
          memory({ Makefile: parts.join(''), 'a.c': '', 'b.c': '', 'sub/Makefile': 'obj-m := b.o' }),
        );
        for (const m of map.modules) expect(m.path.startsWith('..')).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'lists that double',
      `${Array.from({ length: 60 }, (_, i) => `L${i + 1} = $(L${i}) $(L${i})`).join('\n')}\nL0 = a.o\nobj-m := $(L60)`,
    ],
    [
      'words that double',
      `${Array.from({ length: 60 }, (_, i) => `L${i + 1} := $(L${i})$(L${i})`)
        .join('\n')
        .replace('L1 := $(L0)$(L0)', 'L1 := ab')}\nobj-m := $(L60).o`,
    ],
    ['a function that calls itself', 'f = $(call f,$(1)) $(call f,$(1))\nobj-m := $(call f,a)'],
    [
      'a template that evaluates itself',
      'define f\n$(eval $(call f))\n$(eval $(call f))\nendef\n$(eval $(call f))',
    ],
    [
      'loops in loops',
      `W := ${'a '.repeat(100)}\nobj-m := $(foreach a,$(W),$(foreach b,$(W),$(foreach c,$(W),$(foreach d,$(W),x.o))))`,
    ],
    ['a variable of itself', 'obj-m = $(obj-m) $(x)\nx = $(y)\ny = $(x)'],
    ['directories that list each other', 'obj-y += sub/ ./ sub/../'],
  ])('ends on %s', (_name, makefile) => {
    const start = performance.now();
    readModules(memory({ Makefile: makefile, 'a.c': '', 'sub/Makefile': 'obj-y += ../' }));
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a Makefile too large', () => {
  it('is said to be', () => {
    const doubled = Array.from({ length: 60 }, (_, i) => `L${i + 1} = $(L${i}) $(L${i})`).join('\n');
    const map = readModules(memory({ Makefile: `${doubled}\nL0 = a.o\nobj-m := $(L60)` }));
    expect(map.unresolved.words).toContainEqual({
      dir: '',
      list: 'Makefile',
      word: 'too large, evaluation stopped',
    });
  });
});

describe('withIncludedSources', () => {
  it('adds the .c files that sources include, and theirs', () => {
    const files: Files = {
      Makefile: 'obj-m := one.o two.o\nccflags-y := -I$(src)/lib',
      'one.c': '"card.c"',
      'two.c': '"card.c" "two.h"',
      'two.h': '',
      'card.c': '<engine.c> "card.c"',
      'lib/engine.c': '',
    };
    const map = withIncludedSources(readModules(memory(files)), {
      includesOf: (file) => (files[file] ?? '').split(' ').filter((w) => w !== ''),
      exists: (path) => path in files,
    });
    expect(find(map, 'one').sources).toEqual(['one.c', 'card.c', 'lib/engine.c']);
    expect(map.modulesOf('card.c').map((m) => m.name)).toEqual(['one', 'two']);
    expect(map.modulesOf('two.h')).toEqual([]);
  });
});

describe('resolveInclude', () => {
  const present = new Set([
    'include/linux/pci.h',
    'include/uapi/linux/pci.h',
    'include/uapi/linux/only.h',
    'include/asm-generic/bug.h',
    'include/asm-generic/io.h',
    'arch/arm64/include/asm/io.h',
    'arch/x86/include/asm/io.h',
    'drivers/x/x.h',
    'drivers/x/linux/pci.h',
    'drivers/x/inc/regs.h',
    'drivers/common/regs.h',
  ]);
  const find = (
    name: string,
    from = 'drivers/x/x.c',
    dirs: string[] = ['drivers/x/inc', 'drivers/common'],
  ): string | undefined => resolveInclude(name, from, dirs, (p) => present.has(p));

  it.each([
    ['"x.h"', 'drivers/x/x.h'],
    ['x.h', 'drivers/x/x.h'],
    ['<x.h>', undefined],
    ['<linux/pci.h>', 'include/linux/pci.h'],
    ['"linux/pci.h"', 'drivers/x/linux/pci.h'],
    ['<linux/only.h>', 'include/uapi/linux/only.h'],
    ['"regs.h"', 'drivers/x/inc/regs.h'],
    ['<regs.h>', 'drivers/x/inc/regs.h'],
    ['"../common/regs.h"', 'drivers/common/regs.h'],
    ['<asm/io.h>', 'arch/arm64/include/asm/io.h'],
    ['<asm/bug.h>', 'include/asm-generic/bug.h'],
    ['<generated/autoconf.h>', undefined],
    ['"/etc/passwd"', undefined],
    ['"../../../../x.h"', undefined],
    ['""', undefined],
  ])('%s', (name, want) => {
    expect(find(name)).toBe(want);
  });

  it("uses the headers of the file's own architecture", () => {
    expect(find('<asm/io.h>', 'arch/x86/kernel/a.c')).toBe('arch/x86/include/asm/io.h');
    expect(find('<asm/io.h>', 'arch/riscv/kernel/a.c')).toBe('include/asm-generic/io.h');
  });

  it('takes a module for its directories', () => {
    expect(resolveInclude('regs.h', 'a.c', { includeDirs: ['drivers/common'] }, (p) => present.has(p))).toBe(
      'drivers/common/regs.h',
    );
  });
});

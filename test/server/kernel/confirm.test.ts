import { describe, expect, it } from 'vitest';
import {
  confirmBus,
  confirmDma,
  confirmHandler,
  confirmRegistration,
  confirmSource,
  confirmStatement,
  type TreeReader,
} from '../../../server/kernel/confirm.ts';
import type {
  BusRow,
  DmaRow,
  HandlerRow,
  RegistrationRow,
  SmmuStatementRow,
} from '../../../server/kernel/index.ts';
import { declares, parametersOf, uncommented } from '../../../server/kernel/source-text.ts';

/** A tree of a few small files; any other file may hold what the named one does not. */
function tree(files: Record<string, string>): TreeReader {
  return { version: '6.12', read: (path) => files[path], find: () => Object.keys(files) };
}

const BUS: BusRow = {
  struct: 'toy_driver',
  bus: 'toy',
  own: 'called',
  embedded: ['driver'],
  fate: 'ignored',
  busShutdown: 'toy_shutdown',
  core: 'nothing',
  dma: 'master',
  ids: [{ member: 'id_table', kind: 'other' }],
  source: 'include/linux/toy.h:toy_driver',
  busType: 'drivers/toy/bus.c:toy_bus_type',
};
const HEADER = `struct toy_driver {
	const struct toy_id *id_table;
	void (*shutdown)(struct toy_device *toy);
	struct device_driver driver;
};
`;
const BUS_C = `static void toy_shutdown(struct device *dev)
{
	if (dev->driver)
		to_toy_driver(dev->driver)->shutdown(to_toy(dev));
}
const struct bus_type toy_bus_type = {
	.name = "toy",
	.shutdown = toy_shutdown,
};
`;

describe('confirmBus', () => {
  const files = { 'include/linux/toy.h': HEADER, 'drivers/toy/bus.c': BUS_C };
  const check = (row: BusRow, more: Record<string, string> = {}) =>
    confirmBus(row, tree({ ...files, ...more }));

  it('confirms what the tree says', () => {
    expect(check(BUS)).toEqual({ state: 'confirmed', why: 'as the row says' });
  });

  it.each([
    [
      'the own member is gone',
      { 'include/linux/toy.h': HEADER.replace(/.*shutdown.*\n/, '') },
      /no \.shutdown member/,
    ],
    [
      'the table is gone',
      { 'include/linux/toy.h': HEADER.replace(/.*id_table.*\n/, '') },
      /no pointer id_table/,
    ],
    [
      'the embedded driver has another name',
      { 'include/linux/toy.h': HEADER.replace('driver driver', 'driver drv') },
      /no member driver/,
    ],
    [
      'the bus has no hook',
      { 'drivers/toy/bus.c': BUS_C.replace(/.*\.shutdown =.*\n/, '') },
      /shutdown is not set/,
    ],
    [
      'the bus now does something',
      { 'drivers/toy/bus.c': BUS_C.replace('if (dev->driver)', 'disable_irq(1);') },
      /now disables-irq/,
    ],
  ])('sees that %s', (_, more, why) => {
    const result = check(BUS, more as Record<string, string>);
    expect(result.state).toBe('changed');
    expect(result.why).toMatch(why);
  });

  it('asks the register function of an overwriting bus', () => {
    const row: BusRow = {
      ...BUS,
      busShutdown: null,
      fate: 'overwritten',
      register: 'drivers/toy/bus.c:toy_register',
    };
    const without = BUS_C.replace(/.*\.shutdown =.*\n/, '');
    const register = (body: string) => `${without}int toy_register(struct toy_driver *drv)\n{\n${body}\n}\n`;
    expect(check(row, { 'drivers/toy/bus.c': register('drv->driver.shutdown = toy_shutdown;') }).state).toBe(
      'confirmed',
    );
    expect(check(row, { 'drivers/toy/bus.c': register('return driver_register(&drv->driver);') }).state).toBe(
      'changed',
    );
  });
});

describe('confirmDma', () => {
  const row: DmaRow = {
    name: 'toy_alloc',
    role: 'alloc',
    device: 1,
    size: 2,
    source: 'include/linux/toy.h:toy_alloc',
  };
  const check = (text: string) => confirmDma(row, tree({ 'include/linux/toy.h': text }));

  it('checks the places of the arguments', () => {
    expect(check('void *toy_alloc(const char *name,\n\t\tstruct device *dev, size_t size);\n').state).toBe(
      'confirmed',
    );
    expect(check('void *toy_alloc(struct device *dev, const char *name, size_t size);\n').state).toBe(
      'changed',
    );
    expect(check('void *toy_alloc(const char *name);\n').state).toBe('changed');
    expect(check('#define toy_alloc(n, d, s) other_alloc(d, n, s)\n').state).toBe('confirmed');
    expect(check('#define toy_alloc(n) other_alloc(n)\n').state).toBe('changed');
  });

  it('does not take a comment for a declaration', () => {
    expect(check('/*\nvoid *toy_alloc(int a, struct device *dev, size_t size);\n*/\nint x;\n').state).toBe(
      'changed',
    );
  });
});

describe('confirmSource', () => {
  const row = { source: 'include/linux/toy.h:toy' };

  it('tells moved, gone and missing files apart', () => {
    expect(confirmSource(row, tree({ 'include/linux/new.h': 'int toy(void);\n' }))).toEqual({
      state: 'confirmed',
      why: 'moved to include/linux/new.h',
    });
    expect(confirmSource(row, tree({ 'include/linux/toy.h': 'int other(void);\n' })).state).toBe('changed');
    expect(confirmSource(row, tree({ 'drivers/x.c': 'int other(void);\n' })).state).toBe('could-not-check');
  });
});

describe('the other checks', () => {
  it('read registrations, their macros included', () => {
    const row: RegistrationRow = {
      name: 'MAKE',
      bus: 'toy',
      driver: 0,
      generates: { struct: 'toy_driver', instance: '$1' },
      source: 'a.h:MAKE',
    };
    const direct = '#define MAKE(n) static struct toy_driver n = { }\n';
    const nested = '#define INNER(n) \\\n\tstatic struct toy_driver n = { }\n#define MAKE(n) INNER(n)\n';
    expect(confirmRegistration(row, tree({ 'a.h': direct })).state).toBe('confirmed');
    expect(confirmRegistration(row, tree({ 'a.h': nested })).state).toBe('confirmed');
    expect(confirmRegistration(row, tree({ 'a.h': '#define MAKE(n) int n\n' })).state).toBe('changed');
    const fn: RegistrationRow = { name: 'reg', bus: 'toy', driver: 1, source: 'a.h:reg' };
    expect(
      confirmRegistration(fn, tree({ 'a.h': 'int reg(struct module *m, struct toy_driver *d);\n' })).state,
    ).toBe('confirmed');
    expect(confirmRegistration(fn, tree({ 'a.h': 'int reg(struct module *m, int d);\n' })).state).toBe(
      'changed',
    );
  });

  it('count the arguments of a handler', () => {
    const row: HandlerRow = { name: 'reg', runsAtKexec: true, handler: 1, source: 'a.h:reg' };
    expect(confirmHandler(row, tree({ 'a.h': 'int reg(int a, int (*call)(int, int));\n' })).state).toBe(
      'confirmed',
    );
    expect(confirmHandler(row, tree({ 'a.h': 'int reg(int (*call)(int, int));\n' })).state).toBe('changed');
  });

  it('say whether a tree makes an IOMMU statement', () => {
    const row: SmmuStatementRow = {
      calls: ['w'],
      register: 'CR',
      value: 2,
      matches: '\\bOFF\\b',
      effect: 'bypass',
      says: 'off',
      source: 'a.c:stop',
    };
    const c = (args: string) => `static void stop(void)\n{\n\tw(${args});\n}\n`;
    expect(confirmStatement(row, tree({ 'a.c': c('mmu, CR, OFF') })).why).toBe('as the row says');
    expect(confirmStatement(row, tree({ 'a.c': c('mmu, CR, ON') })).why).toBe(
      'this tree has no such statement',
    );
  });
});

describe('source text', () => {
  it('blanks comments, not strings, and joins lines', () => {
    expect(uncommented('a /* b */ c "/* d */" \\\n e // f')).toBe('a         c "/* d */"   e     ');
  });

  it('finds declarations of functions, variables, structs and macros', () => {
    for (const text of [
      'int f(int a);',
      'const struct ops f = {',
      'struct f {',
      '#define f(x) (x)',
      'static inline struct x *\nf(int a)\n{',
    ]) {
      expect(declares(text, 'f'), text).toBe(true);
    }
    for (const text of ['\tf(1);', 'int g(int f);', 'struct f *g;', 'struct f;'])
      expect(declares(text, 'f'), text).toBe(false);
  });

  it('splits parameters at the outer commas', () => {
    expect(parametersOf('int f(int (*call)(int, int), struct device *dev);\n', 'f')?.list).toEqual([
      'int (*call)(int, int)',
      'struct device *dev',
    ]);
  });
});

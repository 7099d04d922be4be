import { describe, expect, it } from 'vitest';
import { members, only, read } from './read.ts';

describe('a driver struct', () => {
  it('is found with its place, its members and how it was found', () => {
    const instance = only(`#include <linux/platform_device.h>

static struct platform_driver foo_driver = {
	.probe = foo_probe,
	.shutdown = foo_shutdown,
	.driver = {
		.name = "foo",
		.of_match_table = foo_match,
	},
};
module_platform_driver(foo_driver);
`);
    expect(instance).toMatchObject({
      struct: 'platform_driver',
      name: 'foo_driver',
      variable: 'foo_driver',
      isStatic: true,
      found: 'tree',
      line: 3,
      column: 31,
    });
    expect(members(instance)).toMatchObject({
      probe: 'foo_probe',
      shutdown: 'foo_shutdown',
      driver: '{}',
      'driver.of_match_table': 'foo_match',
    });
    expect(instance.members.find(({ path }) => path === 'shutdown')).toMatchObject({ line: 5, column: 2 });
    expect(instance.damaged).toBeUndefined();
  });

  it.each([
    ['not static', 'struct pci_driver d = { .probe = p };', false],
    ['const', 'static const struct pci_driver d = { .probe = p };', true],
    ['an attribute before the name', 'static struct pci_driver __refdata d = { .probe = p };', true],
    ['an attribute behind the name', 'static struct pci_driver d __refdata = { .probe = p };', true],
    [
      'an attribute with arguments',
      'static struct pci_driver d __attribute__((unused)) = { .probe = p };',
      true,
    ],
    ['two attributes', 'static struct pci_driver d __maybe_unused __initdata = { .probe = p };', true],
    ['broken over lines', 'static struct pci_driver\nd\n=\n{\n.probe\n=\np\n}\n;', true],
    ['old designators', 'static struct pci_driver d = { probe: p, name: "d" };', true],
    ['no comma at the end', 'static struct pci_driver d = { .probe = p, .name = "d" };', true],
    [
      'comments everywhere',
      'static /* a */ struct pci_driver /* b */ d /* c */ = { /* d */ .probe /* e */ = p };',
      true,
    ],
    ['a line splice', 'static struct pci_driver d = { \\\n .probe = p \\\n };', true],
    ['static behind the type', 'struct pci_driver static d = { .probe = p };', undefined],
  ] as const)('%s', (_, text, isStatic) => {
    const instance = only(text);
    expect(instance).toMatchObject({ struct: 'pci_driver', name: 'd' });
    expect(members(instance).probe).toBe('p');
    if (isStatic !== undefined) expect(instance.isStatic).toBe(isStatic);
  });

  it.each([
    ['a declaration', 'extern struct platform_driver foo_driver;'],
    ['a type', 'struct platform_driver { int (*probe)(struct platform_device *); };'],
    ['a pointer', 'static struct platform_driver *foo = &bar_driver;'],
    ['an array of pointers', 'static struct platform_driver * const drivers[] = { &a_driver, &b_driver };'],
    ['a comment', '/* static struct platform_driver foo_driver = { .probe = p }; */'],
    ['a line comment', '// static struct platform_driver foo_driver = { .probe = p };'],
    ['a string', 'static const char *s = "static struct platform_driver foo_driver = { .probe = p };";'],
    ['a parameter', 'int reg(struct platform_driver *drv) { return drv->probe != 0; }'],
    ['another struct', 'static struct uart_driver u = { .owner = THIS_MODULE };'],
  ])('is not found in %s', (_, text) => {
    expect(read(text).instances).toEqual([]);
  });

  it('is found in a header, also inside include guards', () => {
    const instance = only(`#ifndef _I8042_X_H
#define _I8042_X_H
static struct pnp_driver kbd_driver = {
	.name = "kbd",
	.probe = kbd_probe,
};
#endif
`);
    expect(instance).toMatchObject({ struct: 'pnp_driver', name: 'kbd_driver', line: 3 });
  });

  it('is found in a function', () => {
    const instance = only(`int __init f(void)
{
	static struct platform_driver local_driver = { .probe = p };

	return platform_driver_register(&local_driver);
}
`);
    expect(instance.name).toBe('local_driver');
  });

  it('is found for every bus of the table', () => {
    for (const struct of [
      'amba',
      'i2c',
      'spi',
      'usb',
      'virtio',
      'sdio',
      'auxiliary',
      'fsl_mc',
      'mdio',
      'hid',
    ]) {
      expect(only(`static struct ${struct}_driver x = { .probe = p };`).struct).toBe(`${struct}_driver`);
    }
  });
});

describe('members', () => {
  const value = (text: string): string | undefined =>
    members(only(`static struct platform_driver d = { .shutdown = ${text}, .probe = p };`)).shutdown;

  it.each([
    ['foo', 'foo'],
    ['&foo', 'foo'],
    ['(foo)', 'foo'],
    ['(void *)foo', 'foo'],
    ['(void (*)(struct platform_device *))foo', 'foo'],
    ['pm_ptr(foo)', 'foo'],
    ['pm_ptr(&foo)', 'foo'],
    ['pm_sleep_ptr(&foo)', 'foo'],
    ['of_match_ptr(foo)', 'foo'],
    ['ACPI_PTR(foo)', 'foo'],
    ['__exit_p(foo)', 'foo'],
    ['PTR_IF(IS_ENABLED(CONFIG_X), foo)', 'foo'],
    ['NULL', 'NULL'],
    ['0', '0'],
  ])('reads `%s` as %s', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it('are flattened: nested braces, dotted designators, both mixed, compound literals', () => {
    const nested = only(
      'static struct sdio_driver d = { .probe = p, .drv = { .shutdown = s, .pm = &ops } };',
    );
    expect(members(nested)).toMatchObject({ 'drv.shutdown': 's', 'drv.pm': 'ops' });
    const dotted = only('static struct usb_driver d = { .driver.shutdown = s, . driver . pm = &ops };');
    expect(members(dotted)).toMatchObject({ 'driver.shutdown': 's', 'driver.pm': 'ops' });
    const deep = only(
      'static struct x_phy_driver d = { 0 }; static struct phy_driver p = { .mdiodrv.driver = { .shutdown = s } };',
    );
    expect(members(deep)).toMatchObject({ 'mdiodrv.driver.shutdown': 's' });
    const literal = only(
      'static struct pci_driver d = { .driver = (struct device_driver){ .shutdown = s } };',
    );
    expect(members(literal)).toMatchObject({ 'driver.shutdown': 's' });
  });

  it('carry the conditions around them, also those of #else and #elif, and no designator is lost', () => {
    const instance = only(`static struct pci_driver d = {
	.name = "d",
#ifdef CONFIG_PM
	.suspend = s,
	.resume = r,
#elif defined(CONFIG_B)
	.suspend = b,
#else
	.suspend = n,
#endif
#if defined(CONFIG_A) && \\
    !defined(CONFIG_C)
	.shutdown = h,
#endif
	.probe = p,
};
`);
    const conditions = instance.members.map(({ path, conditions: c }) => [path, c]);
    expect(conditions).toEqual([
      ['name', undefined],
      ['suspend', ['defined(CONFIG_PM)']],
      ['resume', ['defined(CONFIG_PM)']],
      ['suspend', ['!defined(CONFIG_PM)&&defined(CONFIG_B)']],
      ['suspend', ['!defined(CONFIG_PM)&&!defined(CONFIG_B)']],
      ['shutdown', ['defined(CONFIG_A)&&!defined(CONFIG_C)']],
      ['probe', undefined],
    ]);
  });

  it('carry nested conditions outermost first; a condition around the whole struct stands on the instance', () => {
    const instance = only(`#ifdef CONFIG_OUTER
static struct pci_driver d = {
#ifdef CONFIG_A
#ifndef CONFIG_B
	.shutdown = h,
#endif
#endif
	.probe = p,
};
#endif
`);
    expect(instance.conditions).toEqual(['defined(CONFIG_OUTER)']);
    expect(instance.members.map(({ path, conditions }) => [path, conditions])).toEqual([
      ['shutdown', ['defined(CONFIG_A)', '!defined(CONFIG_B)']],
      ['probe', undefined],
    ]);
  });

  it('are those of the right struct when one initialiser holds functions of its own', () => {
    const instance = only(`static struct pci_driver d = {
	.err_handler = &(const struct pci_error_handlers){ .reset_done = r },
	.id_table = ids,
	.probe = PROBE(a, b),
};
`);
    expect(members(instance)).toMatchObject({ id_table: 'ids' });
    expect(Object.keys(members(instance))).toContain('probe');
  });
});

describe('arrays', () => {
  it('give one instance an element, with its own line', () => {
    const { instances } = read(`static struct platform_driver drivers[] = {
	{
		.probe = a_probe,
		.shutdown = a_shutdown,
	},
	{ .probe = b_probe },
	[5] = { .probe = c_probe, .driver = { .name = "c" } },
	{ .probe = d_probe },
};
`);
    expect(instances.map(({ name, variable, line }) => [name, variable, line])).toEqual([
      ['drivers[0]', 'drivers', 2],
      ['drivers[1]', 'drivers', 6],
      ['drivers[5]', 'drivers', 7],
      ['drivers[6]', 'drivers', 8],
    ]);
    expect(members(instances[0]!)).toEqual({ probe: 'a_probe', shutdown: 'a_shutdown' });
    expect(members(instances[2]!)).toMatchObject({ probe: 'c_probe', 'driver.name': '"c"' });
  });

  it('with symbolic indices and a size', () => {
    const { instances } = read(`static struct usb_driver drv[N_DRV] = {
	[FIRST] = { .probe = a },
	[SECOND] = { .probe = b },
};
`);
    expect(instances.map(({ name }) => name)).toEqual(['drv[FIRST]', 'drv[SECOND]']);
  });

  it('of elements that a macro gives keep the plain ones', () => {
    const { instances } = read(`static struct phy_driver phys[] = {
	MAKE_PHY(1, "one"),
	{ .phy_id = 2, .probe = p },
};
`);
    expect(instances.map(({ name }) => name)).toContain('phys[1]');
  });
});

describe('wrappers', () => {
  it('a struct with a driver struct in it is a fact, its variables are objects with the nested members', () => {
    const facts = read(`struct ex_driver {
	int kind;
	struct auxiliary_driver adrv;
	struct platform_driver *link;
};

static struct ex_driver ex = {
	.kind = 1,
	.adrv = { .name = "x", .probe = ex_probe, .shutdown = ex_shutdown },
};
`);
    expect(facts.structs).toEqual([
      {
        name: 'ex_driver',
        members: [
          { name: 'adrv', struct: 'auxiliary_driver', pointer: false },
          { name: 'link', struct: 'platform_driver', pointer: true },
        ],
      },
    ]);
    const [object] = facts.objects;
    expect(object).toMatchObject({ name: 'ex', struct: 'ex_driver', line: 7 });
    expect(object!.members.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['adrv.probe', 'adrv.shutdown']),
    );
  });
});

describe('a broken neighbourhood', () => {
  it('does not lose the struct: a macro table that no grammar reads stands before it', () => {
    const noise = Array.from({ length: 50 }, (_, i) => `CCU_ROW(${i}, struct ccu, [${i}] = { , };`).join(
      '\n',
    );
    const instance = only(`${noise}
static struct platform_driver ccu_driver = {
	.probe = ccu_probe,
	.shutdown = ccu_shutdown,
};
`);
    expect(members(instance)).toMatchObject({ probe: 'ccu_probe', shutdown: 'ccu_shutdown' });
  });

  it('an initialiser that does not end is said to be damaged, not dropped', () => {
    const { instances } = read(
      'static struct platform_driver d = {\n\t.probe = p,\n\t.driver = { .name = \n',
    );
    expect(instances.map(({ name }) => name)).toEqual(['d']);
    expect(instances[0]!.damaged).toBe(true);
  });

  it('says how many bytes lie under ERROR', () => {
    const { damage } = read('int a;\n)))) @@ ((((\nint b;\n');
    expect(damage.length).toBeGreaterThan(0);
    expect(damage[0]!.bytes).toBeGreaterThan(0);
    expect(damage[0]!.line).toBe(2);
  });
});

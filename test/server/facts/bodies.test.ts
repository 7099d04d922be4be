import { describe, expect, it } from 'vitest';
import type { FunctionFact } from '../../../server/facts/types.ts';
import { read } from './read.ts';

function fn(text: string, name = 'f'): FunctionFact {
  const found = read(text).functions.filter((one) => one.name === name && !one.isMacro);
  if (found.length !== 1) throw new Error(`${found.length} functions ${name}`);
  return found[0]!;
}
const calls = (text: string): string[] => fn(text).calls.map(({ name }) => name);

describe('functions', () => {
  it.each([
    'static int f(struct pci_dev *pdev, int n) { return 0; }',
    'static int __init f(struct pci_dev *pdev, int n) { return 0; }',
    'static int\nf(struct pci_dev *pdev, int n)\n{\n\treturn 0;\n}\n',
    'static __always_inline noinline int f(struct pci_dev *pdev, int n)\n{\n}\n',
    'static int f(struct pci_dev *pdev __maybe_unused, int n) __releases(lock)\n{\n}\n',
    'static struct foo __iomem *f(struct pci_dev *pdev, int n)\n{\n}\n',
    'asmlinkage static __must_check int f(struct pci_dev *pdev, int n)\n{\n}\n',
    'SOME_MACRO(x)\nstatic int f(struct pci_dev *pdev, int n)\n{\n}\n',
    'EXPORT_SYMBOL(other)\nstatic int f(struct pci_dev *pdev, int n)\n{\n}\n',
  ])('is found with its parameters: %j', (text) => {
    const found = fn(text);
    expect(found.isStatic).toBe(true);
    expect(found.params.map(({ name }) => name)).toEqual(['pdev', 'n']);
    expect(found.params[0]!.type).toBe('pci_dev*');
  });

  it('has its place and its end', () => {
    expect(fn('\n\nint f(void)\n{\n\tg();\n}\n')).toMatchObject({
      line: 3,
      column: 5,
      endLine: 6,
      isStatic: false,
      params: [],
    });
  });

  it('both of an #ifdef are there, with their conditions', () => {
    const { functions } = read(
      '#ifdef CONFIG_PM\nint f(void)\n{\n\tg();\n}\n#else\nint f(void)\n{\n}\n#endif\n',
    );
    expect(functions.map(({ name, conditions }) => [name, conditions])).toEqual([
      ['f', ['defined(CONFIG_PM)']],
      ['f', ['!defined(CONFIG_PM)']],
    ]);
  });

  it('of K&R times do not disturb their neighbours', () => {
    const { functions, instances } = read(`int old(a, b)
	int a;
	char *b;
{
	return use(a, b);
}

static int probe(struct pci_dev *pdev)
{
	return 0;
}

static struct pci_driver d = { .probe = probe };
`);
    expect(functions.map(({ name }) => name)).toContain('probe');
    expect(instances.map(({ name }) => name)).toEqual(['d']);
  });
});

describe('calls', () => {
  it('are those of the code: not in comments, strings, directives or sizeof', () => {
    expect(
      calls(`int f(void)
{
	/* no1(); */ // no2();
	const char *s = "no3()";
#if 0
#define no4() no5()
#endif
	return one(two(3), sizeof(x)) + (*ptr)(4);
}
`),
    ).toEqual(['one', 'two']);
  });

  it('through a pointer in a struct carry the member', () => {
    expect(calls('int f(void) { x->ops->start(x); y.stop(y); return 0; }')).toEqual(['->start', '->stop']);
  });

  it('have their arguments, their place and what they are stored in', () => {
    const [call] = fn(
      'int f(struct x *x)\n{\n\tx->buf = dma_alloc_coherent(&x->pdev->dev, SIZE * 2, &x->dma, GFP_KERNEL | __GFP_ZERO);\n}\n',
    ).calls;
    expect(call).toMatchObject({
      name: 'dma_alloc_coherent',
      args: ['&x->pdev->dev', 'SIZE*2', '&x->dma', 'GFP_KERNEL|__GFP_ZERO'],
      into: 'x->buf',
      line: 3,
      column: 11,
    });
  });

  it('under #ifdef carry the condition; under SYSTEM_POWER_OFF are marked', () => {
    const { calls: found } = fn(`void f(void)
{
	always();
#ifdef CONFIG_PM
	sometimes();
#endif
	if (system_state == SYSTEM_POWER_OFF) {
		never();
	}
	if (system_state == SYSTEM_POWER_OFF)
		neither();
	again();
}
`);
    expect(
      found.map(({ name, conditions, powerOffOnly }) => [
        name,
        conditions?.join() ?? '',
        powerOffOnly ?? false,
      ]),
    ).toEqual([
      ['always', '', false],
      ['sometimes', 'defined(CONFIG_PM)', false],
      ['never', '', true],
      ['neither', '', true],
      ['again', '', false],
    ]);
  });

  it('that free DMA memory are marked where nothing but an early return can keep them from running', () => {
    const { calls: found } = fn(`int f(struct device *dev)
{
	if (!a)
		return -ENOMEM;
	if (b) {
		dma_free_coherent(dev, 1, a, b);
		return -EIO;
	}
	if (c)
		dma_free_coherent(dev, 2, a, b);
	dma_free_coherent(dev, 3, a, b);
	return 0;
undo:
	dma_free_coherent(dev, 4, a, b);
	return -EIO;
}
`);
    expect(found.map(({ args, always }) => [args[1], always ?? false])).toEqual([
      ['1', false],
      ['2', false],
      ['3', true],
      ['4', false],
    ]);
  });

  it('in loops and odd statements of the kernel are seen', () => {
    expect(
      calls(`int f(void)
{
	for_each_child_of_node(np, child) {
		in_loop(child);
	}
	list_for_each_entry(a, &list, node)
		per_entry(a);
	scoped_guard(mutex, &lock) {
		guarded();
	}
	switch (x) {
	case 1 ... 3:
		in_case();
		fallthrough;
	default:
		break;
	}
	typeof(*p) *q = made(p);
	return ({ int y = inner(); y; });
}
`),
    ).toEqual(expect.arrayContaining(['in_loop', 'per_entry', 'guarded', 'in_case', 'made', 'inner']));
  });
});

describe('what else a body says', () => {
  it('run-time assignments of a hook, direct and through a pointer', () => {
    const { hookAssignments } = read(`static struct platform_driver d = { .probe = p };
int reg(struct pci_driver *drv)
{
	d.shutdown = one;
	drv->shutdown = two;
	drv->driver.shutdown = &three;
	if (drv->shutdown == four)
		return 1;
	return 0;
}
`);
    expect(
      hookAssignments.map(({ left, value, function: fn, struct, line }) => [left, value, fn, struct, line]),
    ).toEqual([
      ['d.shutdown', 'one', 'reg', '', 4],
      ['drv->shutdown', 'two', 'reg', 'pci_driver', 5],
      ['drv->driver.shutdown', 'three', 'reg', 'pci_driver', 6],
    ]);
  });

  it('registration calls with the struct: platform_driver_probe and arrays of pointers', () => {
    const facts = read(`static struct platform_driver d = { .remove = r };
static struct platform_driver * const drivers[] = { &d, &elsewhere_driver };
static int __init f(void)
{
	platform_register_drivers(drivers, 2);
	return platform_driver_probe(&d, d_probe);
}
module_init(f);
`);
    expect(facts.instances.map(({ name }) => name)).toEqual(['d']);
    expect(fn(`int f(void) { return platform_driver_probe(&d, d_probe); }`).calls).toMatchObject([
      { name: 'platform_driver_probe', args: ['&d', 'd_probe'] },
    ]);
    expect(facts.objects.find(({ name }) => name === 'drivers')?.refs).toEqual(['elsewhere_driver']);
    expect(facts.macroUses).toMatchObject([{ name: 'module_init', args: ['f'] }]);
  });

  it('ops tables and assignments of callbacks are references', () => {
    const facts = read(`static const struct net_device_ops ops = { .ndo_open = my_open, .ndo_stop = my_stop };
int f(struct x *x)
{
	x->callback = my_callback;
	INIT_WORK(&x->work, my_work);
	return 0;
}
`);
    expect(facts.objects).toMatchObject([
      { name: 'ops', struct: 'net_device_ops', refs: ['my_open', 'my_stop', 'ops'].slice(0, 2) },
    ]);
    const refs = facts.functions.find(({ name }) => name === 'f')!.refs.map(({ name }) => name);
    expect(refs).toEqual(expect.arrayContaining(['my_callback', 'my_work']));
    expect(refs).not.toContain('x');
  });

  it('stores: whether it does anything', () => {
    expect(fn('void f(void) { }').stores).toBe(0);
    expect(fn('void f(struct x *x) { int i = 3; i = 4; }').stores).toBe(0);
    expect(fn('void f(struct x *x) { x->stop = true; *x->p = 1; x->n |= 2; }').stores).toBeGreaterThanOrEqual(
      3,
    );
    expect(fn('void f(struct x *x) { dev_info(x->dev, "bye"); pr_debug("x"); }').calls).toEqual([]);
  });

  it('includes, exports, suppressions, constants', () => {
    const facts = read(`#include <linux/dma-mapping.h>
#include "own.h"
# include "ring.c"
#define NONE NULL
/* quiesce-ignore missing-shutdown: the parent resets it */
// quiesce-ignore empty-shutdown
static const char *s = "quiesce-ignore x: y";
EXPORT_SYMBOL_GPL(a);
EXPORT_SYMBOL_NS_GPL(b, NS);
`);
    expect(facts.includes).toEqual([
      { name: 'linux/dma-mapping.h', system: true },
      { name: 'own.h', system: false },
      { name: 'ring.c', system: false },
    ]);
    expect(facts.exports).toEqual(['a', 'b']);
    expect(facts.constants).toMatchObject({ NONE: 'NULL' });
    expect(facts.suppressions).toMatchObject([
      { rule: 'missing-shutdown', reason: 'the parent resets it', line: 5, endLine: 5 },
      { rule: 'empty-shutdown', reason: '', line: 6 },
    ]);
  });
});

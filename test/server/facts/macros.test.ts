import { describe, expect, it } from 'vitest';
import { instancesOf } from '../../../server/audit/instances.ts';
import type { ModuleFiles } from '../../../server/audit/module.ts';
import { expandUse } from '../../../server/facts/expand.ts';
import { members, read } from './read.ts';

/** Instances of one file, or of a file and a header that it includes. */
function made(source: string, header = ''): ReturnType<typeof instancesOf>[number]['instance'][] {
  const files: ModuleFiles = {
    name: 'm',
    sources: [{ path: 'm.c', facts: read(source) }],
    headers: header ? [{ path: 'm.h', facts: read(header) }] : [],
    includedBy: new Map(),
  };
  return instancesOf(files).map(({ instance }) => instance);
}

const MAKER = `#define EX_DRIVER(_name, _probe)				\\
static struct platform_driver ex_##_name##_driver = {		\\
	.probe = _probe,					\\
	.driver = {						\\
		.name = "ex-" #_name,				\\
	},							\\
};								\\
module_platform_driver(ex_##_name##_driver)
`;

describe('a driver struct made by a macro', () => {
  it('is no instance where the macro is defined, but is where it is used', () => {
    const facts = read(`${MAKER}\nEX_DRIVER(one, one_probe);\n`);
    expect(facts.instances).toEqual([]);
    expect(facts.macros.map(({ name, params }) => [name, params])).toEqual([
      ['EX_DRIVER', ['_name', '_probe']],
    ]);
    expect(facts.macroUses).toMatchObject([{ name: 'EX_DRIVER', args: ['one', 'one_probe'], line: 10 }]);
  });

  it('has the pasted name, the members with the arguments in them, and the place of the use', () => {
    const [one, two] = made(`${MAKER}\nEX_DRIVER(one, one_probe);\nEX_DRIVER(two, two_probe);\n`);
    expect(one).toMatchObject({
      name: 'ex_one_driver',
      struct: 'platform_driver',
      found: 'macro',
      macro: 'EX_DRIVER',
      line: 10,
    });
    expect(members(one!).probe).toBe('one_probe');
    expect(two).toMatchObject({ name: 'ex_two_driver', line: 11 });
  });

  it('is found when the macro stands in a header', () => {
    expect(made('#include "m.h"\nEX_DRIVER(here, here_probe);\n', MAKER).map(({ name }) => name)).toEqual([
      'ex_here_driver',
    ]);
  });

  it('is found through a macro that uses a macro', () => {
    const outer = `${MAKER}#define EX_BOTH(n) EX_DRIVER(n##_a, n##_probe) EX_DRIVER(n##_b, n##_probe)\n`;
    expect(made(`${outer}EX_BOTH(q)\n`).map(({ name }) => name)).toEqual(['ex_q_a_driver', 'ex_q_b_driver']);
  });

  it('is found without a semicolon, on several lines, with a hook from an argument', () => {
    const maker = `#define FB(_n, _sd) \\
static struct spi_driver fb_##_n = { .probe = fb_probe, .shutdown = _sd }; \\
static struct platform_driver fbp_##_n = { .probe = fb_probe }
`;
    const all = made(`${maker}FB(lcd,\n   lcd_shutdown)\n`);
    expect(all.map(({ name, struct }) => [name, struct])).toEqual([
      ['fb_lcd', 'spi_driver'],
      ['fbp_lcd', 'platform_driver'],
    ]);
    expect(members(all[0]!).shutdown).toBe('lcd_shutdown');
  });

  it("is known from the kernel's own macros without seeing them", () => {
    const [instance] = made(
      'IRQCHIP_PLATFORM_DRIVER_BEGIN(mtk_pdc)\nIRQCHIP_MATCH("a,b", f)\nIRQCHIP_PLATFORM_DRIVER_END(mtk_pdc)\n',
    );
    expect(instance).toMatchObject({ struct: 'platform_driver', found: 'macro', line: 3 });
    expect(instance!.name).toContain('mtk_pdc');
  });

  it('that calls itself, or whose arguments are missing, ends', () => {
    const lookup = (name: string) =>
      name === 'A' || name === 'B'
        ? {
            name,
            params: ['x'],
            body: ` ${name === 'A' ? 'B' : 'A'}(x) static struct pci_driver x##_d = { .name = x }; A(x)`,
            line: 1,
            column: 1,
          }
        : undefined;
    const found = expandUse({ name: 'A', args: [], line: 3, column: 1 }, lookup);
    expect(found.length).toBeGreaterThanOrEqual(1);
  });

  it('a registration macro alone makes none', () => {
    expect(
      made('module_platform_driver(foo_driver);\nmodule_pci_driver(bar);\nbuiltin_platform_driver(baz);\n'),
    ).toEqual([]);
  });
});

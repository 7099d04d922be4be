import type { InstanceFact } from '../facts/types.ts';
import { type BusRow, childRow, type Kernel, nameMacro } from '../kernel/index.ts';
import { PROBE_NEEDS } from '../kernel/probe-needs.ts';
import type { Reach } from './reach.ts';
import type { ModuleScope } from './scope.ts';

/** An id with its macros replaced: the module's own name, strings of its files, macros of the kernel's headers. */
export function expandName(scope: ModuleScope, id: string, kernel?: Kernel): string {
  return id.replace(/\$\{(\w+)\}/g, (whole, macro: string) => {
    if (macro === 'KBUILD_MODNAME') return modnameOf(scope) ?? whole;
    const files = [...scope.module.sources, ...scope.module.headers];
    const own = files.find(({ facts }) => facts.strings[macro] !== undefined);
    return own?.facts.strings[macro] ?? nameMacro(macro, kernel) ?? whole;
  });
}

/** The name under which an instance registers: its embedded driver's, or its own where registering copies it. */
export function driverName(
  scope: ModuleScope,
  instance: InstanceFact,
  bus: BusRow,
  kernel?: Kernel,
): string | null {
  const paths = [`${bus.embedded.join('.')}.name`, 'name'];
  const value = paths
    .map((path) => instance.members.find((member) => member.path === path)?.value)
    .find((text) => text);
  return value ? textOf(scope, value, kernel) : null;
}

/** Names of the platform devices that reached functions make. */
export function createdDevices(scope: ModuleScope, reached: Reach, kernel?: Kernel): string[] {
  const names = new Set<string>();
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    for (const call of node.fact.calls) {
      const device = childRow(call.name, kernel)?.device;
      const name = typeof device === 'number' ? textOf(scope, call.args[device] ?? '', kernel) : device;
      if (name) names.add(name);
    }
  }
  return [...names].sort();
}

/** Device tree properties that reached functions cannot do without. */
export function neededProperties(reached: Reach): string[] {
  const called = new Set(
    reached.steps.flatMap(({ node }) =>
      node.kind === 'function' ? node.fact.calls.map((call) => call.name) : [],
    ),
  );
  return PROBE_NEEDS.filter(({ name }) => called.has(name)).map(({ property }) => property);
}

/** The text of a literal or of a macro that stands for one; null for anything else. */
function textOf(scope: ModuleScope, value: string, kernel?: Kernel): string | null {
  if (/^"[^"]*"$/.test(value)) return value.slice(1, -1);
  if (!/^\w+$/.test(value)) return null;
  const text = expandName(scope, `\${${value}}`, kernel);
  return text.startsWith('${') ? null : text;
}

/** KBUILD_MODNAME (scripts/Makefile.lib:name-fix-token). */
function modnameOf(scope: ModuleScope): string | undefined {
  return scope.module.name?.replace(/^.*\//, '').replace(/[-,]/g, '_');
}

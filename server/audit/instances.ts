import { byElement } from '../facts/elements.ts';
import { expandUse } from '../facts/expand.ts';
import type { DamageFact, InstanceFact, MacroFact, ObjectFact } from '../facts/types.ts';
import { WRAPPERS } from '../kernel/buses.ts';
import { busOf, type Kernel, registrationRow } from '../kernel/index.ts';
import { viewOf } from '../kernel/view.ts';
import type { ModuleFiles, SourceFile } from './module.ts';

/** A driver instance and the file that it is reported in. */
export interface Placed {
  readonly instance: InstanceFact;
  readonly file: SourceFile;
}

/**
 * Every driver instance of a module: those written out, those inside a wrapper struct's variable, those that a macro
 * makes. In the order of files and lines.
 */
export function instancesOf(module: ModuleFiles, kernel?: Kernel): Placed[] {
  const placed: Placed[] = [];
  const macros = macrosOf(module);
  const wrappers = wrappersOf(module, kernel);
  for (const file of [...module.sources, ...module.headers]) {
    for (const instance of file.facts.instances) placed.push({ instance, file });
    for (const object of file.facts.objects) {
      for (const instance of unwrapObject(object, wrappers)) placed.push({ instance, file });
    }
    for (const use of file.facts.macroUses) {
      const lookup = (name: string): MacroFact | undefined => macros.get(name);
      if (macros.has(use.name)) {
        for (const instance of expandUse(use, lookup, kernel)) placed.push({ instance, file });
        continue;
      }
      const made = registrationRow(use.name)?.generates;
      if (!made) continue;
      const name = made.instance.replace('$1', use.args[0] ?? '');
      placed.push({
        file,
        instance: {
          struct: made.struct,
          name,
          variable: name,
          isStatic: true,
          members: [],
          found: 'macro',
          macro: use.name,
          line: use.line,
          column: use.column,
        },
      });
    }
  }
  return placed;
}

/**
 * The module with the driver structs of buses that a project adds among its instances. Facts know nothing of projects:
 * there such a struct is an object like any other.
 */
export function withOwnBuses(module: ModuleFiles, kernel: Kernel | undefined): ModuleFiles {
  const own = viewOf(kernel)?.buses;
  if (!own || own.size === 0) return module;
  const convert = (file: SourceFile): SourceFile => {
    const drivers = file.facts.objects.filter((object) => own.has(object.struct));
    if (drivers.length === 0) return file;
    const made = drivers.flatMap((object) => instancesIn(object, file.facts.damage));
    const instances = [...file.facts.instances, ...made].sort(
      (a, b) => a.line - b.line || a.column - b.column,
    );
    const objects = file.facts.objects.filter((object) => !drivers.includes(object));
    return { ...file, facts: { ...file.facts, instances, objects } };
  };
  return { ...module, sources: module.sources.map(convert), headers: module.headers.map(convert) };
}

/** The drivers that an object holds: itself, or the elements of an array. */
function instancesIn(object: ObjectFact, damage: readonly DamageFact[]): InstanceFact[] {
  const { name, refs: _, isArray, ...fact } = object;
  const isDamaged = damage.some(({ line, endLine }) => line <= fact.line && fact.line <= endLine);
  const base = {
    ...fact,
    name,
    variable: name,
    found: 'tree' as const,
    ...(isDamaged ? { damaged: true } : {}),
  };
  if (!isArray) return [base];
  return [...byElement(fact.members)].map(([element, members]) => ({
    ...base,
    line: members[0]!.line,
    column: members[0]!.column,
    name: `${name}${element}`,
    members,
  }));
}

function macrosOf(module: ModuleFiles): Map<string, MacroFact> {
  const macros = new Map<string, MacroFact>();
  for (const file of [...module.headers, ...module.sources]) {
    for (const macro of file.facts.macros) macros.set(macro.name, macro);
  }
  return macros;
}

/** Structs of the module that hold a driver struct: tag to members. */
function wrappersOf(
  module: ModuleFiles,
  kernel: Kernel | undefined,
): Map<string, { name: string; struct: string }[]> {
  const wrappers = new Map<string, { name: string; struct: string }[]>(
    WRAPPERS.map((row) => [row.struct, [{ name: row.member.join('.'), struct: row.wraps }]]),
  );
  for (const file of [...module.headers, ...module.sources]) {
    for (const struct of file.facts.structs) {
      const members = struct.members.filter((member) => !member.pointer && busOf(member.struct, kernel));
      if (members.length > 0 && !busOf(struct.name, kernel)) wrappers.set(struct.name, members);
    }
  }
  return wrappers;
}

/** The driver structs inside a wrapper's variable: `X.adrv`. */
function unwrapObject(
  object: ObjectFact,
  wrappers: ReadonlyMap<string, readonly { name: string; struct: string }[]>,
): InstanceFact[] {
  if (object.isArray) return [];
  const found: InstanceFact[] = [];
  for (const { name, struct } of wrappers.get(object.struct) ?? []) {
    const prefix = `${name}.`;
    const members = object.members
      .filter((member) => member.path.startsWith(prefix))
      .map((member) => ({ ...member, path: member.path.slice(prefix.length) }));
    if (members.length === 0) continue;
    found.push({
      struct,
      name: `${object.name}.${name}`,
      variable: object.name,
      isStatic: object.isStatic,
      members,
      found: 'tree',
      line: object.line,
      column: object.column,
      ...(object.conditions ? { conditions: object.conditions } : {}),
    });
  }
  return found;
}

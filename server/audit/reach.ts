import type { CallFact, InstanceFact } from '../facts/types.ts';
import { type SubsystemRow, subsystemOf } from '../kernel/subsystems.ts';
import type { SourcePlace } from './model.ts';
import type { FunctionNode, Node, SourceFile } from './module.ts';
import type { ModuleScope } from './scope.ts';

/** A node reached, and the way there. */
export interface Step {
  readonly node: Node;
  readonly from: Step | null;
  /** Line in `from`'s file at which it calls or mentions this node. */
  readonly line: number;
  /** An entry that other modules call, not the driver core. */
  readonly isService?: true;
}

/** A call of a function of the module, seen from the function called. */
export interface Caller {
  readonly function: FunctionNode;
  readonly call: CallFact;
}

/** What a set of entries reaches in its module. */
export interface Reach {
  /** In breadth-first order: the shortest way to each node comes first. */
  readonly steps: readonly Step[];
  readonly has: (node: Node) => boolean;
  /** Calls within the reached part, by function called. */
  readonly callers: (target: FunctionNode) => readonly Caller[];
  /** Names of all functions called, in the module or elsewhere. */
  readonly called: () => ReadonlySet<string>;
}

/** Members through which a driver struct starts its device, before those that run later. */
const ENTRY_ORDER = [
  'probe',
  'probe_new',
  'bind',
  'add',
  'attach',
  'connect',
  'id_table',
  'driver.of_match_table',
];
/** Members whose functions never start DMA that lives on: they run when the device goes. */
const EXIT_MEMBERS = /(?:^|\.)(?:shutdown|remove|remove_new|disconnect|unbind|suspend|freeze|poweroff)$/;

/** The nodes from which a driver instance starts its device: probe first, then its tables and other members. */
export function entriesOf(scope: ModuleScope, instance: InstanceFact, file: SourceFile): Step[] {
  const rank = (path: string): number => {
    const at = ENTRY_ORDER.indexOf(path);
    return at < 0 ? ENTRY_ORDER.length : at;
  };
  const members = instance.members
    .filter((member) => member.value && member.value !== '{}' && !EXIT_MEMBERS.test(member.path))
    .sort((a, b) => rank(a.path) - rank(b.path));
  const steps: Step[] = [];
  for (const member of members) {
    for (const node of scope.resolve(member.value, file)) {
      if (node.kind !== 'instance') steps.push({ node, from: null, line: member.line });
    }
  }
  if (instance.macro) {
    // What a macro generates beside the struct stands in the macro's own body.
    for (const node of scope.resolve(instance.macro, file))
      steps.push({ node, from: null, line: instance.line });
  }
  steps.push(...registeredWith(scope, instance));
  return steps;
}

/** Functions that the module exports: other modules call them on this module's device. */
export function servicesOf(scope: ModuleScope): Step[] {
  const steps: Step[] = [];
  for (const file of scope.module.sources) {
    for (const name of file.facts.exports) {
      for (const node of scope.functions(name, file)) {
        steps.push({ node, from: null, line: node.fact.line, isService: true });
      }
    }
  }
  return steps;
}

/** A module's init functions: what they start belongs to its only driver. */
export function initEntries(scope: ModuleScope): Step[] {
  const steps: Step[] = [];
  for (const file of scope.module.sources) {
    for (const use of file.facts.macroUses) {
      if (!/^(?:module_init|\w*_initcall(?:_sync)?)$/.test(use.name)) continue;
      for (const node of scope.functions(use.args[0] ?? '', file)) {
        steps.push({ node, from: null, line: use.line });
      }
    }
  }
  return steps;
}

/** The instance's own members name functions of other modules too: `.probe = rtw_pci_probe`. Adds them as a last step. */
export function withMembers(reached: Reach, instance: InstanceFact, file: SourceFile): Reach {
  const refs = instance.members
    .filter((member) => member.value && !EXIT_MEMBERS.test(member.path))
    .map((member) => ({ name: member.value, line: member.line }));
  const fact = {
    name: instance.name,
    isStatic: true,
    endLine: instance.line,
    line: instance.line,
    column: instance.column,
    params: [],
    locals: {},
    calls: [],
    refs,
    flows: [],
    stores: 0,
  };
  const step = { node: { kind: 'function' as const, file, fact }, from: null, line: instance.line };
  return { ...reached, steps: [...reached.steps, step] };
}

/** Functions handed over beside the driver struct: `platform_driver_probe(&foo_driver, foo_probe)`. */
function registeredWith(scope: ModuleScope, instance: InstanceFact): Step[] {
  const steps: Step[] = [];
  for (const { file, args, line } of scope.usesOf(instance.variable)) {
    for (const arg of args) {
      for (const node of scope.functions(arg, file)) steps.push({ node, from: null, line });
    }
  }
  return steps;
}

/** What a function does by calls alone: nothing that it only registers to run later. */
export function reachCalls(scope: ModuleScope, from: FunctionNode): Reach {
  return walk(scope, [{ node: from, from: null, line: from.fact.line }], false);
}

/** Walks calls and mentions from the entries; other driver structs are borders. */
export function reach(scope: ModuleScope, entries: readonly Step[]): Reach {
  return walk(scope, entries, true);
}

function walk(scope: ModuleScope, entries: readonly Step[], mentions: boolean): Reach {
  const seen = new Set<object>();
  const steps: Step[] = [];
  const callers = new Map<object, Caller[]>();
  let called: ReadonlySet<string> | undefined;
  for (const step of entries) visit(step);
  for (let i = 0; i < steps.length; i++) expand(steps[i]!);
  return {
    steps,
    has: (node) => seen.has(node.fact),
    callers: (target) => callers.get(target.fact) ?? [],
    called: () => {
      called ??= calledIn(steps);
      return called;
    },
  };

  function visit(step: Step): void {
    if (step.node.kind === 'instance' || seen.has(step.node.fact)) return;
    seen.add(step.node.fact);
    steps.push(step);
  }

  function expand(step: Step): void {
    const { node } = step;
    if (node.kind === 'function') {
      for (const call of node.fact.calls) {
        if (call.name.startsWith('->')) continue;
        for (const target of scope.resolve(call.name, node.file)) {
          if (target.kind === 'function') {
            const list = callers.get(target.fact);
            if (list) list.push({ function: node, call });
            else callers.set(target.fact, [{ function: node, call }]);
          }
          visit({ node: target, from: step, line: call.line });
        }
      }
      if (mentions) for (const ref of node.fact.refs) mention(step, ref.name, ref.line);
      return;
    }
    if (node.kind === 'instance') return;
    for (const name of node.fact.refs) mention(step, name, lineOfRef(node, name));
  }

  function mention(step: Step, name: string, line: number): void {
    for (const target of scope.resolve(name, step.node.file)) visit({ node: target, from: step, line });
  }
}

function calledIn(steps: readonly Step[]): Set<string> {
  const called = new Set<string>();
  for (const { node } of steps) {
    if (node.kind === 'function') for (const call of node.fact.calls) called.add(call.name);
  }
  return called;
}

/** The framework that reached code registers with. */
export function subsystemReached(reached: Reach): SubsystemRow | undefined {
  for (const name of reached.called()) {
    const row = subsystemOf(name);
    if (row) return row;
  }
  return undefined;
}

/** The line on which an initialiser mentions a name; its own first line where that is not known. */
export function lineOfRef(node: Node, name: string): number {
  const members = node.kind === 'object' ? node.fact.members : [];
  return members.find((member) => member.value === name)?.line ?? node.fact.line;
}

/** The names on the way to a step, from the entry on. */
export function pathOf(step: Step): string[] {
  const path: string[] = [];
  for (let at: Step | null = step; at; at = at.from) path.push(nameOf(at.node));
  return path.reverse();
}

/** Where each of `pathOf` is defined. */
export function placesOf(step: Step): SourcePlace[] {
  const places: SourcePlace[] = [];
  for (let at: Step | null = step; at; at = at.from)
    places.push({ file: at.node.file.path, line: at.node.fact.line });
  return places.reverse();
}

export function nameOf(node: Node): string {
  return node.kind === 'instance' ? node.fact.name : node.fact.name;
}

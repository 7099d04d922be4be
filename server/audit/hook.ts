import type { HookAssignment, InstanceFact, Member } from '../facts/types.ts';
import { configMatters } from '../kernel/config.ts';
import type { BusRow } from '../kernel/index.ts';
import type { Hook, HookState, HookVia } from './model.ts';
import type { FunctionNode, SourceFile } from './module.ts';
import type { ModuleScope } from './scope.ts';
import { areStandIns, isEmpty, STOPS_AT, type StopReader } from './stop.ts';

/** A hook before its body was judged. */
export interface HookSite {
  readonly function: string | null;
  readonly via: HookVia | null;
  readonly line: number | null;
  /** Set in the source but never called: why. */
  readonly ignored: boolean;
  /** CONFIG conditions under which alone the hook is there. */
  readonly conditions: readonly string[];
}

const NOTHING: HookSite = { function: null, via: null, line: null, ignored: false, conditions: [] };

/**
 * Finds a driver's hook by the rule of `drivers/base/core.c:device_shutdown`: the bus's own method wins; the embedded
 * `device_driver.shutdown` counts only where the bus has none and its register function leaves it alone.
 */
export function findHook(
  scope: ModuleScope,
  instance: InstanceFact,
  file: SourceFile,
  bus: BusRow,
): HookSite {
  const own = memberAt(instance, 'shutdown');
  const embeddedPath = [...bus.embedded, 'shutdown'].join('.');
  const embedded = embeddedPath === 'shutdown' ? undefined : memberAt(instance, embeddedPath);
  if (own && bus.own !== 'none') {
    return site(own, own.value, instance.macro ? 'macro' : 'member', bus.own === 'never-called', instance);
  }
  if (own && bus.own === 'none') return site(own, own.value, 'member', bus.fate === 'ignored', instance);
  const run = runTime(scope, instance, file);
  if (run && (run.left.endsWith('.driver.shutdown') ? bus.fate === 'honoured' : bus.own === 'called')) {
    return {
      function: run.value,
      via: 'run-time',
      line: run.line,
      ignored: false,
      conditions: matters(run.conditions),
    };
  }
  if (embedded) return site(embedded, embedded.value, 'driver-member', !isHonoured(bus), instance);
  return NOTHING;
}

/** The hook's functions in the module: several where `#ifdef` gives alternatives, none where it lives elsewhere. */
export function hookFunctions(scope: ModuleScope, site: HookSite, file: SourceFile): FunctionNode[] {
  return site.function ? scope.functions(site.function, file) : [];
}

/** A hook with its body read. */
export interface ReadHook {
  readonly hook: Hook;
  /** CONFIG conditions without which there is no hook, or none that stops anything. */
  readonly conditions: readonly string[];
  /** The call that stops the device, where one was found. */
  readonly stopsBy: string | null;
}

/** Judges a hook by its body. */
export function readHook(scope: ModuleScope, site: HookSite, file: SourceFile, reader: StopReader): ReadHook {
  const base = { function: site.function, via: site.via, line: site.line };
  const as = (
    state: HookState,
    conditions: readonly string[] = [],
    stopsBy: string | null = null,
  ): ReadHook => ({
    hook: { state, ...base },
    conditions,
    stopsBy,
  });
  if (!site.function) return as('missing');
  if (site.ignored) return as('ignored');
  const functions = hookFunctions(scope, site, file);
  if (functions.length > 0 && functions.every(isEmpty) && !areStandIns(functions)) return as('empty');
  const stop = reader.ofName(site.function, null, file);
  // A function of another module that no table knows is given the benefit of the doubt.
  if (stop.level < STOPS_AT && (functions.length > 0 || stop.by)) {
    return as(functions.length === 0 && stop.level === 0 ? 'empty' : 'ineffective', [], stop.by);
  }
  const conditions = [
    ...new Set([...site.conditions, ...absentUnder(functions, scope, file), ...stop.conditions]),
  ];
  return as(conditions.length > 0 ? 'conditional' : 'present', conditions, stop.by);
}

/** The options under which alone a hook exists that is `#define`d to NULL elsewhere in the file. */
function absentUnder(functions: readonly FunctionNode[], scope: ModuleScope, file: SourceFile): string[] {
  const isNull = (name: string): boolean =>
    [file, ...scope.module.headers].some(({ facts }) => /^(?:NULL|0)$/.test(facts.constants[name] ?? ''));
  return functions
    .filter((fn) => isNull(fn.fact.name))
    .flatMap((fn) => fn.fact.conditions ?? [])
    .filter(configMatters);
}

function memberAt(instance: InstanceFact, path: string): Member | undefined {
  // The last designator wins, as in C; NULL is no hook.
  return instance.members
    .filter((member) => member.path === path && member.value !== 'NULL' && member.value !== '0')
    .at(-1);
}

function site(
  member: Member,
  value: string,
  via: HookVia,
  ignored: boolean,
  instance: InstanceFact,
): HookSite {
  const around = new Set(instance.conditions ?? []);
  const conditions = matters(member.conditions).filter((condition) => !around.has(condition));
  return { function: value || null, via, line: member.line, ignored, conditions };
}

function isHonoured(bus: BusRow): boolean {
  return bus.fate === 'honoured' || bus.fate === 'overwritten-if-own';
}

/** `foo_driver.shutdown = f`, or `drv->shutdown = f` in a function that is handed this instance. */
function runTime(scope: ModuleScope, instance: InstanceFact, file: SourceFile): HookAssignment | undefined {
  for (const source of [...scope.module.sources, ...scope.module.headers]) {
    for (const assignment of source.facts.hookAssignments) {
      const root = /^\w+/.exec(assignment.left)?.[0];
      if (!/^\w+(?:->|\.)(?:driver\.)?shutdown$/.test(assignment.left)) continue;
      if (root === instance.variable && (source === file || !instance.isStatic)) return assignment;
      if (assignment.struct === instance.struct && passes(scope, assignment.function, instance.variable))
        return assignment;
    }
  }
  return undefined;
}

/** True when some function of the module calls `callee` with the instance among its arguments. */
function passes(scope: ModuleScope, callee: string, variable: string): boolean {
  for (const node of scope.nodes()) {
    if (node.kind !== 'function') continue;
    if (
      node.fact.calls.some((call) => call.name === callee && call.args.some((arg) => arg === `&${variable}`))
    )
      return true;
  }
  return false;
}

function matters(conditions: readonly string[] | undefined): string[] {
  return (conditions ?? []).filter((condition) => configMatters(condition));
}

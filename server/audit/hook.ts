import type { HookAssignment, InstanceFact, Member } from '../facts/types.ts';
import { configMatters } from '../kernel/config.ts';
import { type BusRow, busOf } from '../kernel/index.ts';
import type { Hook, HookVia } from './model.ts';
import type { FunctionNode, ModuleScope, SourceFile } from './scope.ts';

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
  version?: string,
): HookSite {
  const bus = busOf(instance.struct, version) ?? busOf(instance.struct);
  if (!bus) return NOTHING;
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

/** The state of a hook whose body was read. */
export function hookState(
  scope: ModuleScope,
  site: HookSite,
  file: SourceFile,
  isEffective: (fn: FunctionNode) => boolean,
): Hook {
  const base = { function: site.function, via: site.via, line: site.line };
  if (!site.function) return { state: 'missing', ...base };
  if (site.ignored) return { state: 'ignored', ...base };
  const functions = hookFunctions(scope, site, file);
  if (functions.length === 0) {
    return { state: site.conditions.length > 0 ? 'conditional' : 'present', ...base };
  }
  const full = functions.filter((fn) => !isEmpty(fn));
  if (full.length === 0) return { state: 'empty', ...base };
  if (!full.some(isEffective)) return { state: 'ineffective', ...base };
  const guarded =
    full.every((fn) => matters(fn.fact.conditions).length > 0) && full.length < functions.length;
  if (guarded || site.conditions.length > 0) return { state: 'conditional', ...base };
  return { state: 'present', ...base };
}

/** A body that calls nothing (but for logging) and stores nothing. */
export function isEmpty(fn: FunctionNode): boolean {
  return fn.fact.calls.length === 0 && fn.fact.stores === 0;
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

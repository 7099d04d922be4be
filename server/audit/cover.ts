import type { FunctionFact, ObjectFact } from '../facts/types.ts';
import { type BusRow, type DmaRow, handlerRow } from '../kernel/index.ts';
import { PRESERVERS, type SubsystemRow } from '../kernel/subsystems.ts';
import type { Quiescer } from './model.ts';
import type { SourceFile } from './module.ts';
import type { Reach } from './reach.ts';
import type { ModuleScope } from './scope.ts';
import { STOPS_AT, type StopReader } from './stop.ts';

/** A driver of this or another module whose effective hook stops the devices that belong to it. */
export interface Aggregate {
  readonly instance: string;
  readonly file: string;
  readonly line: number;
}

/** What the rest of the tree offers to a driver, by directory and by module name. */
export interface Surroundings {
  /** Component masters with an effective hook, by directory of their files. */
  readonly aggregates: ReadonlyMap<string, Aggregate>;
  /** Drivers with an effective hook, by KBUILD_MODNAME: the parents of auxiliary devices `modname.name`. */
  readonly parents: ReadonlyMap<string, Aggregate>;
}

export const NO_SURROUNDINGS: Surroundings = {
  aggregates: new Map(),
  parents: new Map(),
};

/** What the finding of quiescers needs to know of one driver. */
export interface CoverQuestion {
  readonly scope: ModuleScope;
  readonly reached: Reach;
  readonly file: SourceFile;
  readonly bus: BusRow;
  readonly library: NonNullable<DmaRow['quiescedBy']> | null;
  readonly subsystem: SubsystemRow | undefined;
  readonly reader: StopReader;
}

/** What besides its hook stops a driver's device on the way to an ordinary kexec, as far as its own module tells. */
export function quiescersOf(question: CoverQuestion): Quiescer[] {
  const { bus, library, subsystem } = question;
  const quiescers: Quiescer[] = [];
  const source = { file: bus.source.split(':')[0] ?? null, line: null };
  if (bus.core === 'resets-device' || bus.core === 'removes-device' || bus.core === 'suspends-device') {
    quiescers.push({ kind: 'bus', by: bus.busShutdown ?? bus.bus, ...source });
  }
  if (bus.core === 'parent-removes') quiescers.push({ kind: 'parent', by: bus.note ?? bus.bus, ...source });
  if (library) quiescers.push({ kind: library.kind, by: library.by, file: null, line: null });
  else if (subsystem?.upper) {
    quiescers.push({
      kind: subsystem.upper.kind,
      by: subsystem.upper.by,
      file: subsystem.source.split(':')[0]!,
      line: null,
    });
  }
  quiescers.push(...fromNotifier(question), ...fromClass(question), ...preserved(question));
  return quiescers;
}

/**
 * True when somebody else stops the device for sure, so that there is nothing to report. A subsystem's notifier (MTD's)
 * only keeps new work out; the driver's own, whose call was found, counts.
 */
export function isCovered(quiescers: readonly Quiescer[]): boolean {
  return quiescers.some((by) => by.kind !== 'notifier' || by.line !== null);
}

/** Calls of the driver that assembles components. */
export const MASTER =
  /^(?:component_master_add_with_match|drm_of_component_probe|host1x_driver_register(?:_full)?)$/;

/** The driver's own reboot notifier, when what it calls stops the device. Restart and sys-off handlers do not run. */
function fromNotifier({ scope, reached, reader }: CoverQuestion): Quiescer[] {
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    for (const call of node.fact.calls) {
      const row = handlerRow(call.name);
      if (!row?.runsAtKexec || !row.member) continue;
      const name = lastName(call.args[row.handler] ?? '');
      const handlers = [
        ...scope
          .resolve(name, node.file)
          .flatMap((object) =>
            object.kind === 'object'
              ? object.fact.members
                  .filter((member) => member.path === row.member)
                  .map((member) => member.value)
              : [],
          ),
        // `priv->nb.notifier_call = foo_reboot`.
        ...scope
          .flowsTo(row.member)
          .filter(({ flow }) => flow.left.includes(name))
          .map(({ flow }) => flow.right),
      ];
      for (const handler of handlers) {
        if (reader.ofName(handler, null, node.file).level < STOPS_AT) continue;
        return [{ kind: 'notifier', by: handler, file: node.file.path, line: call.line }];
      }
    }
  }
  return [];
}

/**
 * A class of the module whose `shutdown_pre` stops the device: `drivers/base/core.c:device_shutdown` calls it before
 * any hook, for the devices that the driver puts into that class.
 */
function fromClass({ scope, reached, reader }: CoverQuestion): Quiescer[] {
  for (const source of scope.module.sources) {
    for (const { name, struct, members, line } of source.facts.objects) {
      const hook = members.find(({ path }) => path === 'shutdown_pre')?.value;
      if (struct !== 'class' || !hook) continue;
      const isUsed = reached.steps.some(
        ({ node }) => (node.kind === 'function' || node.kind === 'object') && mentions(node.fact, name),
      );
      if (!isUsed || reader.ofName(hook, null, source).level < STOPS_AT) continue;
      return [{ kind: 'class-hook', by: hook, file: source.path, line }];
    }
  }
  return [];
}

function mentions(fact: FunctionFact | ObjectFact, name: string): boolean {
  return fact.refs.some((ref) => (typeof ref === 'string' ? ref : ref.name) === name);
}

/** Devices that a live update keeps running on purpose. */
function preserved({ reached }: CoverQuestion): Quiescer[] {
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    const call = node.fact.calls.find(({ name }) => PRESERVERS.some((row) => row.name === name));
    if (call) return [{ kind: 'preserved', by: call.name, file: node.file.path, line: call.line }];
  }
  return [];
}

export function callsAny(reached: Reach, matches: (name: string) => boolean): boolean {
  for (const name of reached.called()) if (matches(name)) return true;
  return false;
}

export function dirOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function lastName(expression: string): string {
  return /(\w+)$/.exec(expression)?.[1] ?? '';
}

import { dmaRow, type Kernel, libraryRow, notDmaRow } from '../kernel/index.ts';
import { type DeviceContext, originOf } from './device.ts';
import type { DerivedLibraries } from './evidence.ts';
import { type Reach, reachCalls } from './reach.ts';
import { type FunctionNode, type ModuleFiles, ModuleScope, type Node } from './scope.ts';
import { StopReader } from './stop.ts';

/** An exported name that does DMA on what it is handed. */
export interface LibraryEntry {
  /** Index of the argument that leads to the device; -1 for an ops table, whose functions get their object later. */
  readonly device: number;
  readonly file: string;
}

/**
 * The exported functions of a module that call their way to a DMA primitive on a device behind one of their arguments,
 * and its exported ops tables whose functions do. Only calls count, no registrations: what a function merely sets up
 * to run later is not done on its behalf.
 * @param known entry points found so far, in other modules
 */
export function deriveLibraries(
  module: ModuleFiles,
  known: DerivedLibraries,
  kernel?: Kernel,
): Map<string, LibraryEntry> {
  const found = new Map<string, LibraryEntry>();
  const scope = new ModuleScope(module);
  if (!usesAny(scope, known, kernel)) return found;
  for (const file of module.sources) {
    for (const name of file.facts.exports) {
      if (dmaRow(name, kernel) || libraryRow(name, kernel) || notDmaRow(name, kernel)) continue;
      for (const node of scope.resolve(name, file)) {
        const device = deviceArgument(scope, node, known, kernel);
        if (device !== undefined) found.set(name, { device, file: file.path });
      }
    }
  }
  return found;
}

/** How far a module's exported functions that could serve as a hook, or be called from one, stop a device. */
export function deriveStops(module: ModuleFiles, kernel?: Kernel): Map<string, number> {
  const scope = new ModuleScope(module);
  const reader = new StopReader(scope, kernel);
  const found = new Map<string, number>();
  for (const file of module.sources) {
    for (const name of file.facts.exports) {
      if (!/shutdown|remove|suspend|stop|halt|quiesce|reset|disable/i.test(name)) continue;
      for (const node of scope.functions(name, file)) found.set(name, reader.ofFunction(node).level);
    }
  }
  return found;
}

/** True when any function of the module calls something that could make an entry point. */
function usesAny(scope: ModuleScope, known: DerivedLibraries, kernel?: Kernel): boolean {
  for (const node of scope.nodes()) {
    if (node.kind === 'function' && node.fact.calls.some((call) => isDma(call.name, known, kernel)))
      return true;
  }
  return false;
}

function isDma(name: string, known: DerivedLibraries, kernel?: Kernel): boolean {
  const row = dmaRow(name, kernel) ?? libraryRow(name, kernel);
  return row ? row.role === 'alloc' || row.role === 'map' || row.role === 'library' : known.has(name);
}

function deviceArgument(
  scope: ModuleScope,
  node: Node,
  known: DerivedLibraries,
  kernel?: Kernel,
): number | undefined {
  if (node.kind === 'object') {
    const members = node.fact.refs.flatMap((ref) => scope.functions(ref, node.file));
    for (const member of members) if (deviceArgument(scope, member, known, kernel) !== undefined) return -1;
    return undefined;
  }
  if (node.kind !== 'function' || node.fact.isMacro) return undefined;
  const reached = reachCalls(scope, node);
  const context: DeviceContext = {
    scope,
    struct: '',
    isProvider: false,
    callers: reached.callers,
    entry: node,
    isOwnMember: (fields) => storesOwnDevice(scope, fields),
  };
  return firstArgument(reached, context, known, kernel);
}

/**
 * True when a driver of this very module stores its device in such a member: an object that callers hand back to a
 * service (`fw->cl.dev`), whose DMA is the service's.
 */
function storesOwnDevice(scope: ModuleScope, fields: readonly string[]): boolean {
  const instance = scope.module.sources.flatMap((file) => file.facts.instances)[0];
  if (!instance) return false;
  const suffix = `.${fields.join('.')}`;
  const context: DeviceContext = { scope, struct: instance.struct, isProvider: false, callers: () => [] };
  return scope
    .flowsTo(fields.at(-1)!)
    .some(
      ({ flow, function: fn }) =>
        `.${flow.left.replace(/->/g, '.')}`.endsWith(suffix) && originOf(context, flow.right, fn) === 'own',
    );
}

function firstArgument(
  reached: Reach,
  context: DeviceContext,
  known: DerivedLibraries,
  kernel?: Kernel,
): number | undefined {
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    for (const call of node.fact.calls) {
      if (!isDma(call.name, known, kernel) || isOwnFunction(context.scope, call.name, node)) continue;
      const row = dmaRow(call.name, kernel) ?? libraryRow(call.name, kernel);
      if (row?.when && !new RegExp(row.when.matches).test(call.args[row.when.arg] ?? '')) continue;
      const index = row ? row.device : (known.get(call.name)?.device ?? null);
      if (index === null || index < 0) continue;
      const origin = originOf(context, call.args[index] ?? '', node);
      if (origin.startsWith('argument')) return Number(origin.slice('argument '.length));
    }
  }
  return undefined;
}

function isOwnFunction(scope: ModuleScope, name: string, from: FunctionNode): boolean {
  return scope.functions(name, from.file).some((fn) => !fn.fact.isMacro);
}

import type { CallFact } from '../facts/types.ts';
import { type DmaRow, dmaRow, type Kernel, libraryRow, notDmaRow } from '../kernel/index.ts';
import { subsystemOf } from '../kernel/subsystems.ts';
import { type DeviceContext, type Origin, originOf } from './device.ts';
import { isTransient, storedOrigin, takesBusAddress } from './evidence.ts';
import type { DerivedLibraries, LibraryEntry } from './library-entry.ts';
import { type FunctionNode, isStandIn, type ModuleFiles, type Node } from './module.ts';
import { type Reach, reach, reachCalls, subsystemReached } from './reach.ts';
import { ModuleScope } from './scope.ts';
import { StopReader } from './stop.ts';

/**
 * The exported functions of a module that do DMA on a device behind one of their arguments, and its exported ops tables
 * whose functions do. A function does what it calls; when it registers with a framework, also what it registers.
 * @param known entry points found so far, in other modules
 */
export function deriveLibraries(
  module: ModuleFiles,
  known: DerivedLibraries,
  kernel?: Kernel,
): Map<string, LibraryEntry> {
  const found = new Map<string, LibraryEntry>();
  const scope = new ModuleScope(module);
  const asks: Asks = { known, ...(kernel === undefined ? {} : { kernel }) };
  if (!usesAny(scope, asks)) return found;
  for (const file of module.sources) {
    for (const name of file.facts.exports) {
      if (dmaRow(name, kernel) || libraryRow(name, kernel) || notDmaRow(name, kernel)) continue;
      for (const node of scope.resolve(name, file)) {
        const entry = entryOf(scope, node, asks);
        if (entry) found.set(name, { ...entry, file: file.path });
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

/** What is known outside of the module. */
interface Asks {
  readonly known: DerivedLibraries;
  readonly kernel?: Kernel;
}

/** True when any function of the module calls or mentions something that could make an entry point. */
function usesAny(scope: ModuleScope, asks: Asks): boolean {
  for (const node of scope.nodes()) {
    if (node.kind !== 'function') continue;
    if (node.fact.calls.some(({ name }) => isDma(name, asks) || isClient(name, asks))) return true;
    if (node.fact.refs.some(({ name }) => opsRow(name, asks))) return true;
  }
  return false;
}

const MASTER_ROLES: readonly DmaRow['role'][] = ['alloc', 'map', 'library', 'provider'];

function isDma(name: string, { known, kernel }: Asks): boolean {
  const row = dmaRow(name, kernel) ?? libraryRow(name, kernel);
  return row ? MASTER_ROLES.includes(row.role) : (known.get(name)?.device ?? null) !== null;
}

function isClient(name: string, { known, kernel }: Asks): boolean {
  const row = dmaRow(name, kernel) ?? libraryRow(name, kernel);
  return row ? row.role === 'client' : known.get(name)?.client === true;
}

/** A framework's ops or kind of buffer whose mention alone tells: `vb2_dma_contig_memops`. */
function opsRow(name: string, { kernel }: Asks): DmaRow | undefined {
  const row = libraryRow(name, kernel);
  return row?.role === 'library' && row.device === null && !row.when ? row : undefined;
}

/** What an entry point does DMA on, and whether that goes on by itself. */
type Found = Pick<LibraryEntry, 'kind'> & { readonly device: number };

function entryOf(scope: ModuleScope, node: Node, asks: Asks): Omit<LibraryEntry, 'file'> | undefined {
  if (node.kind === 'object') {
    for (const member of node.fact.refs.flatMap((ref) => scope.functions(ref, node.file))) {
      const reached = reachCalls(scope, member);
      const found =
        firstArgument(reached, contextOf(scope, member, reached), asks) ?? mentionedOps(reached, asks);
      if (found) return { ...found, device: -1 };
    }
    return undefined;
  }
  if (node.kind !== 'function' || node.fact.isMacro) return undefined;
  const reached = reachCalls(scope, node);
  const found = deviceArgument(scope, node, reached, asks);
  const client = callsOf(reached).some(
    ({ call, fn }) => isClient(call.name, asks) && !isOwnFunction(scope, call.name, fn),
  );
  if (!found && !client) return undefined;
  return { device: null, ...found, ...(client ? { client } : {}) };
}

function deviceArgument(
  scope: ModuleScope,
  node: FunctionNode,
  reached: Reach,
  asks: Asks,
): Found | undefined {
  const context = contextOf(scope, node, reached);
  const subsystem = subsystemReached(reached);
  let found = firstArgument(reached, context, asks);
  if (!found && subsystem) {
    const all = reach(scope, [{ node, from: null, line: node.fact.line }]);
    found =
      firstArgument(all, contextOf(scope, node, all), asks) ??
      registeredTable(scope, context, callsOf(reached), asks);
  }
  return found && { ...(subsystem ? { kind: subsystem.kind } : {}), ...found };
}

/** The device with which a function registers a table of its module whose functions do DMA on what they are handed. */
function registeredTable(
  scope: ModuleScope,
  context: DeviceContext,
  calls: readonly CallOf[],
  asks: Asks,
): Found | undefined {
  for (const { call, fn } of calls) {
    if (!subsystemOf(call.name)) continue;
    const tables = call.args
      .flatMap((arg) => scope.resolve(arg.replace(/^&/, ''), fn.file))
      .filter((node) => node.kind === 'object');
    if (tables.length === 0) continue;
    const device = call.args
      .map((arg) => argumentOf(originOf(context, arg, fn), context))
      .find((index) => index !== undefined);
    if (device === undefined) continue;
    const steps = tables.map((node) => ({ node, from: null, line: call.line }));
    const all = reach(scope, steps);
    // The device is what the framework hands to the table's functions: no argument of the entry's.
    const { entry: _, ...inside } = { ...context, callers: all.callers };
    const isMaster = callsOf(all).some(
      (one) =>
        isMasterCall(one, asks, scope) &&
        // A sound buffer of whose bus address nobody asks: the CPU copies from it.
        (!/^snd_/.test(one.call.name) || takesBusAddress(scope)) &&
        deviceOf(one, asks, inside) !== 'foreign',
    );
    if (isMaster || mentionedOps(all, asks)) return { device };
  }
  return undefined;
}

function contextOf(scope: ModuleScope, entry: FunctionNode, { callers }: Reach): DeviceContext {
  return {
    scope,
    struct: '',
    isProvider: false,
    callers,
    entry,
    isOwnMember: (fields) => storesOwnDevice(scope, fields),
  };
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

/** A call in a function that was reached. */
interface CallOf {
  readonly call: CallFact;
  readonly fn: FunctionNode;
}

function callsOf(reached: Reach): CallOf[] {
  return reached.steps.flatMap(({ node }) =>
    node.kind === 'function' ? node.fact.calls.map((call) => ({ call, fn: node })) : [],
  );
}

/** The argument of the entry whose device the reached code does DMA on. */
function firstArgument(reached: Reach, context: DeviceContext, asks: Asks): Found | undefined {
  for (const one of callsOf(reached)) {
    if (!isMasterCall(one, asks, context.scope)) continue;
    const device = argumentOf(deviceOf(one, asks, context), context);
    if (device !== undefined) return { device, ...kindOf(one.call.name, asks) };
  }
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    for (const { name } of node.fact.refs) {
      const row = opsRow(name, asks);
      if (!row?.storedIn) continue;
      const device = argumentOf(storedOrigin(context, name, row.storedIn, node), context);
      if (device !== undefined) return { device, ...kindOf(name, asks) };
    }
  }
  return undefined;
}

/** A mention of ops that do DMA on whatever object they are handed. */
function mentionedOps(reached: Reach, asks: Asks): Found | undefined {
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    const name = node.fact.refs.find((ref) => opsRow(ref.name, asks))?.name;
    if (name) return { device: -1, ...kindOf(name, asks) };
  }
  return undefined;
}

function kindOf(name: string, { known, kernel }: Asks): Pick<LibraryEntry, 'kind'> {
  const row = dmaRow(name, kernel) ?? libraryRow(name, kernel);
  const kind = row ? row.kind : known.get(name)?.kind;
  return kind ? { kind } : {};
}

/** True for a call that does DMA which lasts: not of a buffer that the function itself frees again. */
function isMasterCall({ call, fn }: CallOf, asks: Asks, scope: ModuleScope): boolean {
  if (!isDma(call.name, asks) || isOwnFunction(scope, call.name, fn)) return false;
  const row = dmaRow(call.name, asks.kernel) ?? libraryRow(call.name, asks.kernel);
  if (row?.when && !new RegExp(row.when.matches).test(call.args[row.when.arg] ?? '')) return false;
  if (row?.when && /^snd_/.test(row.name) && asksEngine(scope, asks)) return false;
  return row?.role !== 'alloc' || !isTransient(call, fn);
}

/** True when a module's streams run on channels of a DMA engine: its buffers are the engine's then. */
function asksEngine(scope: ModuleScope, asks: Asks): boolean {
  for (const node of scope.nodes()) {
    if (node.kind === 'function' && node.fact.calls.some(({ name }) => isClient(name, asks))) return true;
  }
  return false;
}

function deviceOf({ call, fn }: CallOf, asks: Asks, context: DeviceContext): Origin {
  const row = dmaRow(call.name, asks.kernel) ?? libraryRow(call.name, asks.kernel);
  // A provider's and a library's first argument is the object that leads to the device.
  const implied = row && (row.role === 'provider' || row.role === 'library') ? 0 : null;
  const index = (row ? row.device : asks.known.get(call.name)?.device) ?? implied;
  return index === null || index < 0 ? 'unknown' : originOf(context, call.args[index] ?? '', fn);
}

/** The index in an origin, where the entry's argument is a pointer: a number leads to somebody else's device. */
function argumentOf(origin: Origin, { entry }: DeviceContext): number | undefined {
  if (!origin.startsWith('argument')) return undefined;
  const index = Number(origin.slice('argument '.length));
  return entry?.fact.params[index]?.type.endsWith('*') ? index : undefined;
}

function isOwnFunction(scope: ModuleScope, name: string, from: FunctionNode): boolean {
  return scope.functions(name, from.file).some((fn) => !fn.fact.isMacro && !isStandIn(fn));
}

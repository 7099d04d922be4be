import { type BusRow, busOf, dmaRow, IOMMU_REGISTRATIONS, type Kernel, libraryRow } from '../kernel/index.ts';
import { viewOf } from '../kernel/view.ts';
import {
  type Aggregate,
  callsAny,
  dirOf,
  MASTER,
  NO_SURROUNDINGS,
  quiescersOf,
  type Surroundings,
} from './cover.ts';
import type { DeviceContext } from './device.ts';
import { collectUses, judgeUses, shareUses, type Use } from './evidence.ts';
import type { Examined } from './examined.ts';
import { findHook, readHook } from './hook.ts';
import { instancesOf, type Placed, withOwnBuses } from './instances.ts';
import { iommuOpening } from './iommu.ts';
import type { DerivedLibraries } from './library-entry.ts';
import { matchOf } from './match.ts';
import type { Driver } from './model.ts';
import type { FunctionNode, ModuleFiles } from './module.ts';
import { createdDevices, driverName, expandName, neededProperties } from './names.ts';
import {
  entriesOf,
  initEntries,
  type Reach,
  reach,
  servicesOf,
  subsystemReached,
  withMembers,
} from './reach.ts';
import { reportDrivers } from './report.ts';
import { ModuleScope } from './scope.ts';
import { isDriven, sharesAnother, siblingThatStops, switchesDisplaysOff } from './siblings.ts';
import { StopReader } from './stop.ts';

/** What a judgement rests on besides the module itself. */
export interface JudgeContext {
  /** Its version, and what a project adds; undefined when unknown: facts that hold everywhere. */
  readonly kernel?: Kernel;
  readonly libraries: DerivedLibraries;
  /** Bus rows that the tree itself corrects: its bus_type has or lacks a `.shutdown`. */
  readonly buses?: ReadonlyMap<string, BusRow>;
  /** How far exported functions of other modules stop a device, where the tree was read (see `StopReader`). */
  readonly stops?: ReadonlyMap<string, number>;
  /** Names that other files of the tree define for use elsewhere: a probe among them that is no library does no DMA. */
  readonly exported?: ReadonlySet<string>;
}

/** Judges every driver instance of a module. Pure: the same files and context give the same drivers. */
export function judgeModule(module: ModuleFiles, context: JudgeContext, around = NO_SURROUNDINGS): Driver[] {
  const examined = examineModule(module, context);
  return reportDrivers(examined, joinSurroundings(around, surroundingsOf(examined)));
}

/** Reads every driver instance of a module: all but what other modules decide, and without findings. */
export function examineModule(module: ModuleFiles, context: JudgeContext): Examined[] {
  const own = withOwnBuses(module, context.kernel);
  const placed = instancesOf(own, context.kernel);
  if (placed.length === 0) return [];
  const scope = new ModuleScope(own);
  const reader = new StopReader(scope, context.kernel, context.stops);
  const reaches = placed.map((one) => reachOf(scope, one, placed.length));
  const devices = placed.map((_, index) => deviceOf(scope, placed, reaches, index, context));
  const uses = placed.map(({ instance, file }, index) => {
    const reached = withMembers(reaches[index]!, instance, file);
    return collectUses(reached, devices[index]!, context.libraries, context.kernel);
  });
  shareUses(new Map(placed.map((one, index) => [keyOf(one), uses[index]!])));
  const examined = placed.map((one, index) => {
    const seen = { reached: reaches[index]!, device: devices[index]!, uses: uses[index]! };
    return examineInstance(scope, reader, one, seen, context);
  });
  return examined.map((one) => ({
    ...one,
    twin: twinOf(one, examined),
    sibling: siblingThatStops(one, examined),
  }));
}

/** What tells the instances of a module apart: two of its files may use one name. */
function keyOf({ instance, file }: Placed): string {
  return `${file.path}:${instance.line}:${instance.name}`;
}

function reachOf(scope: ModuleScope, { instance, file }: Placed, instances: number): Reach {
  const entries = entriesOf(scope, instance, file);
  if (instances === 1) entries.push(...initEntries(scope), ...servicesOf(scope));
  return reach(scope, entries);
}

/** What tells the device of the instance at `index` from others'. */
function deviceOf(
  scope: ModuleScope,
  placed: readonly Placed[],
  reaches: readonly Reach[],
  index: number,
  { kernel }: JudgeContext,
): DeviceContext {
  const reached = reaches[index]!;
  const siblingOf = (fn: FunctionNode): string | null => {
    if (reached.has(fn)) return null;
    const other = reaches.findIndex((one) => one.has(fn));
    return other < 0 ? null : keyOf(placed[other]!);
  };
  const isProvider =
    placed.length === 1
      ? registersEngine(scope, kernel)
      : callsAny(reached, (name) => dmaRow(name, kernel)?.role === 'provider');
  return {
    scope,
    struct: placed[index]!.instance.struct,
    isProvider,
    callers: reached.callers,
    ...(placed.length > 1 ? { siblingOf } : {}),
    ...(kernel ? { kernel } : {}),
  };
}

/** What an instance reaches, and what that says of DMA. */
interface Seen {
  readonly reached: Reach;
  readonly device: DeviceContext;
  readonly uses: readonly Use[];
}

/** What examined drivers offer to others: component masters and parents with an effective hook. */
export function surroundingsOf(examined: readonly Examined[]): Surroundings {
  const aggregates = new Map<string, Aggregate>();
  const parents = new Map<string, Aggregate>();
  for (const { driver, isAggregate } of examined) {
    if (driver.hook.state !== 'present') continue;
    const one = { instance: driver.instance, file: driver.file, line: driver.line };
    if (isAggregate) aggregates.set(dirOf(driver.file), one);
    if (driver.bus === 'auxiliary') continue;
    for (const module of driver.modules)
      parents.set(module.slice(module.lastIndexOf('/') + 1).replace(/-/g, '_'), one);
  }
  return { aggregates, parents };
}

export function joinSurroundings(a: Surroundings, b: Surroundings): Surroundings {
  return {
    aggregates: new Map([...a.aggregates, ...b.aggregates]),
    parents: new Map([...a.parents, ...b.parents]),
  };
}

function examineInstance(
  scope: ModuleScope,
  reader: StopReader,
  { instance, file }: Placed,
  { reached, device, uses }: Seen,
  context: JudgeContext,
): Examined {
  const { kernel } = context;
  const arch = /^arch\/(\w+)\//.exec(file.path)?.[1];
  // A struct that this version should not have is judged by what is known of it.
  const known = (busOf(instance.struct, kernel, arch) ?? busOf(instance.struct))!;
  const bus = viewOf(kernel)?.buses.get(instance.struct) ?? context.buses?.get(instance.struct) ?? known;
  const name = driverName(scope, instance, bus, kernel);
  const verdict = judgeUses(uses);
  const subsystem = subsystemReached(reached);
  const site = findHook(scope, instance, file, bus);
  const read = readHook(scope, site, file, reader);
  const needs = neededProperties(reached);
  const dma =
    verdict.dma.kind === 'unknown' && subsystem ? { ...verdict.dma, kind: subsystem.kind } : verdict.dma;
  const isBlind =
    instance.damaged || (dma.class === 'none' && probeIsElsewhere(scope, { instance, file }, context));
  const isIommu = callsAny(reached, (name) => IOMMU_REGISTRATIONS.includes(name));
  return {
    driver: {
      file: file.path,
      line: instance.line,
      column: instance.column,
      bus: bus.bus,
      struct: instance.struct,
      instance: instance.name,
      modules: scope.module.name ? [scope.module.name] : [],
      match: matchOf(scope, instance, file, bus, name),
      name,
      configs: [...(scope.module.configs ?? []), ...(scope.module.sourceConfigs?.get(file.path) ?? [])],
      creates: createdDevices(scope, reached, kernel),
      ...(needs.length > 0 ? { needs } : {}),
      hook: read.hook,
      dma,
      quiescedBy: quiescersOf({ scope, reached, file, bus, library: verdict.quiescedBy, subsystem, reader }),
      confidence: isBlind ? 'not-judged' : verdict.confidence,
    },
    bus,
    subsystem,
    hookConditions: read.conditions,
    isComponent: callsAny(reached, (name) => COMPONENT.test(name)) && isDriven(scope, reached, file, reader),
    isAggregate:
      callsAny(reached, (name) => MASTER.test(name)) ||
      scope.usesOf(instance.variable).some((use) => MASTER.test(use.name)),
    populates: callsAny(reached, (name) => POPULATES.test(name)),
    switchesDisplaysOff: switchesDisplaysOff(read.stopsBy),
    sharesAnother: sharesAnother(reached, device),
    isIommu,
    usesEngine: verdict.usesEngine,
    isVirtual: isVirtual(dma, reached),
    leavesNothing: verdict.isTransient || isHostBridge(dma, reached),
    iommu: isIommu ? iommuOpening(scope, site, file) : null,
    parentModules: bus.bus === 'auxiliary' ? auxiliaryParents(scope, { instance, file }, kernel) : [],
    twin: null,
    sibling: null,
    suppressions: file.facts.suppressions,
    firstDefinition: firstDefinition(file),
  };
}

/** Calls that make a driver a component of an aggregate device. */
const COMPONENT = /^(?:component_add(?:_typed)?|(?:__)?host1x_client_register)$/;

/** Calls that make the child devices to which a module's other drivers bind. */
const POPULATES = /^(?:devm_)?(?:of_platform_populate|mfd_add_devices|mfd_add_hotplug_devices)$/;
/** Another instance of the module with an effective hook and the same DMA code. */
function twinOf(one: Examined, all: readonly Examined[]): Examined['twin'] {
  if (one.driver.hook.state !== 'missing') return null;
  const mine = new Set(one.driver.dma.evidence.map(({ file, line }) => `${file}:${line}`));
  const twin = all.find(
    ({ driver }) =>
      driver.hook.state === 'present' &&
      driver.bus !== one.driver.bus &&
      driver.dma.evidence.some(({ file, line }) => mine.has(`${file}:${line}`)),
  );
  return twin
    ? { instance: twin.driver.instance, file: twin.driver.file, hook: twin.driver.hook.function! }
    : null;
}

/** Calls with which a driver gets at hardware: registers, interrupts, clocks, a parent's regmap, firmware nodes. */
const HARDWARE =
  /ioremap|^(?:__raw_)?(?:read|write)[bwlq]|^io(?:read|write)|regmap|request(?:_threaded)?_irq|_get_irq|get_resource|^(?:devm_)?(?:clk|reset_control|of|fwnode|device_property|pci|pcim|usb)_/;

/**
 * True for a software device: its only evidence is the kind of buffer that it asks a media or sound framework for, and
 * nothing that it runs touches hardware.
 */
function isVirtual(dma: Driver['dma'], reached: Reach): boolean {
  if (dma.evidence.length === 0 || !dma.evidence.every(({ api }) => /^(?:vb2_|snd_)/.test(api))) return false;
  return !callsAny(reached, (name) => HARDWARE.test(name));
}

/** Calls that register the host bridge of a PCI bus. Source: `drivers/pci/probe.c:pci_host_probe`. */
const HOST_BRIDGE = /^(?:pci_host_probe|(?:devm_)?pci_alloc_host_bridge)$/;

/** True for a PCI host bridge without an engine: memory that it holds only lends its address as the target of MSIs. */
function isHostBridge(dma: Driver['dma'], reached: Reach): boolean {
  return (
    dma.class === 'direct' &&
    dma.evidence.every(({ api }) => dmaRow(api)?.role === 'alloc') &&
    callsAny(reached, (name) => HOST_BRIDGE.test(name))
  );
}

/** True when the probe is a function that neither the module defines nor any table knows: nothing can be said. */
function probeIsElsewhere(scope: ModuleScope, { instance, file }: Placed, context: JudgeContext): boolean {
  const probe = instance.members.find((member) => /^probe(?:_new)?$/.test(member.path))?.value;
  if (!probe || !/^\w+$/.test(probe) || probe === 'NULL' || probe === '0') return false;
  if (scope.resolve(probe, file).length > 0) return false;
  if (instance.macro && scope.resolve(instance.macro, file).length > 0) return false;
  return !libraryRow(probe, context.kernel) && !context.libraries.has(probe) && !context.exported?.has(probe);
}

function auxiliaryParents(scope: ModuleScope, { instance, file }: Placed, kernel?: Kernel): string[] {
  return instance.members
    .flatMap((member) => (member.value ? scope.resolve(member.value, file) : []))
    .flatMap((node) => (node.kind === 'table' ? node.fact.ids : []))
    .map((id) => expandName(scope, id, kernel).split('.')[0]!);
}

function registersEngine(scope: ModuleScope, kernel?: Kernel): boolean {
  return scope.callsAny((name) => dmaRow(name, kernel)?.role === 'provider');
}

/** The first line on which something is defined: what stands before is the file's head. */
function firstDefinition(file: Placed['file']): number {
  const { functions, objects, tables, instances } = file.facts;
  return [...functions, ...objects, ...tables, ...instances].reduce(
    (first, fact) => Math.min(first, fact.line),
    Number.MAX_SAFE_INTEGER,
  );
}

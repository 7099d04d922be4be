import { type BusRow, busOf, dmaRow } from '../kernel/index.ts';
import { type SubsystemRow, subsystemOf } from '../kernel/subsystems.ts';
import { type DerivedLibraries, judgeDma } from './evidence.ts';
import { findHook, hookState } from './hook.ts';
import { instancesOf, type Placed } from './instances.ts';
import { matchOf } from './match.ts';
import type { Driver, Finding, Quiescer } from './model.ts';
import { entriesOf, type Reach, reach, servicesOf } from './reach.ts';
import { isMaster, type Subject } from './rule.ts';
import { RULES } from './rules/index.ts';
import { type ModuleFiles, ModuleScope } from './scope.ts';

/** What a judgement rests on besides the module itself. */
export interface JudgeContext {
  /** Kernel version as `major.minor`, undefined when unknown: facts that hold everywhere. */
  readonly version?: string;
  readonly libraries: DerivedLibraries;
}

/** Judges every driver instance of a module. Pure: the same files and context give the same drivers. */
export function judgeModule(module: ModuleFiles, context: JudgeContext): Driver[] {
  const placed = instancesOf(module);
  if (placed.length === 0) return [];
  const scope = new ModuleScope(module);
  const isProvider = registersEngine(scope);
  return placed.map((one) => judgeInstance(scope, one, placed, isProvider, context));
}

function judgeInstance(
  scope: ModuleScope,
  { instance, file }: Placed,
  all: readonly Placed[],
  isProvider: boolean,
  context: JudgeContext,
): Driver {
  const { version } = context;
  // A struct that this version should not have is judged by what is known of it.
  const bus = (busOf(instance.struct, version) ?? busOf(instance.struct))!;
  const entries = entriesOf(scope, instance, file);
  if (all.length === 1) entries.push(...initEntries(scope), ...servicesOf(scope));
  const reached = reach(scope, entries);
  const device = { scope, struct: instance.struct, isProvider, callers: reached.callers };
  const verdict = judgeDma(withMembers(reached, instance, file), device, context.libraries, version);
  const subsystem = subsystemReached(reached);
  const hookSite = findHook(scope, instance, file, version);
  const hook = hookState(scope, hookSite, file, () => true);
  const dma =
    verdict.dma.kind === 'unknown' && subsystem ? { ...verdict.dma, kind: subsystem.kind } : verdict.dma;
  const driver = {
    file: file.path,
    line: instance.line,
    column: instance.column,
    bus: bus.bus,
    struct: instance.struct,
    instance: instance.name,
    modules: scope.module.name ? [scope.module.name] : [],
    match: matchOf(scope, instance, file, version),
    hook,
    dma,
    quiescedBy: quiescersOf(bus, verdict.quiescedBy, subsystem),
    confidence: instance.damaged ? ('not-judged' as const) : verdict.confidence,
  };
  const subject: Subject = {
    driver,
    bus,
    ...dangerOf(driver, bus, subsystem),
    hookConditions: hookSite.conditions,
    twin: null,
    advice:
      subsystem?.advice ??
      'Stop the engine in a .shutdown hook, as the driver does in its remove or suspend routine.',
  };
  return { ...driver, findings: report(subject) };
}

function report(subject: Subject): Finding[] {
  const findings: Finding[] = [];
  const { driver } = subject;
  // Covered by somebody else, or not to be judged: named in the driver, no finding.
  if (driver.quiescedBy.some((by) => by.kind !== 'notifier') || driver.confidence === 'not-judged')
    return findings;
  for (const rule of RULES) {
    const finding = rule.check(subject);
    if (finding) findings.push({ rule: rule.id, ...finding });
  }
  return findings;
}

/** The instance's own members name functions too: `.probe = rtw_pci_probe` of another module. */
function withMembers(reached: Reach, instance: Placed['instance'], file: Placed['file']): Reach {
  const calls = instance.members
    .filter((member) => member.value && !/(?:shutdown|remove|suspend|disconnect)$/.test(member.path))
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
    refs: calls,
    flows: [],
    stores: 0,
  };
  const step = { node: { kind: 'function' as const, file, fact }, from: null, line: instance.line };
  return { ...reached, steps: [...reached.steps, step] };
}

function initEntries(scope: ModuleScope): ReturnType<typeof entriesOf> {
  const steps: ReturnType<typeof entriesOf> = [];
  for (const file of scope.module.sources) {
    for (const use of file.facts.macroUses) {
      if (!/^(?:module_init|\w*_initcall(?:_sync)?)$/.test(use.name)) continue;
      for (const node of scope.functions(use.args[0] ?? '', file))
        steps.push({ node, from: null, line: use.line });
    }
  }
  return steps;
}

function registersEngine(scope: ModuleScope): boolean {
  for (const node of scope.nodes()) {
    if (node.kind !== 'function') continue;
    if (node.fact.calls.some((call) => dmaRow(call.name)?.role === 'provider')) return true;
  }
  return false;
}

function subsystemReached(reached: Reach): SubsystemRow | undefined {
  for (const { node } of reached.steps) {
    if (node.kind !== 'function') continue;
    for (const call of node.fact.calls) {
      const row = subsystemOf(call.name);
      if (row) return row;
    }
  }
  return undefined;
}

function quiescersOf(
  bus: BusRow,
  library: { kind: 'core' | 'class-hook' | 'notifier' | 'bus'; by: string } | null,
  subsystem: SubsystemRow | undefined,
): Quiescer[] {
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
  return quiescers;
}

/** The two axes: does the device go on by itself, and does anything on its bus hold it back. */
function dangerOf(
  driver: Omit<Driver, 'findings'>,
  bus: BusRow,
  subsystem: SubsystemRow | undefined,
): Pick<Subject, 'danger' | 'because'> {
  const where = subsystem ? `${subsystem.subsystem} device` : 'device';
  if (!isMaster(driver)) return { danger: 'low', because: 'it only declares a DMA mask' };
  if (bus.bus === 'pci') return { danger: 'low', because: 'the PCI core clears Bus Master' };
  if (bus.dma === 'client' || bus.dma === 'none') {
    return { danger: 'low', because: `a ${bus.bus} device is no bus master itself` };
  }
  if (driver.confidence === 'weak')
    return { danger: 'low', because: 'whose device does the DMA could not be told' };
  if (driver.dma.kind === 'autonomous') {
    return {
      danger: 'high',
      because: `an autonomous ${where} on the ${bus.bus} bus, whose core does nothing for it`,
    };
  }
  const rings = driver.dma.buffers.some((buffer) => /alloc|pool/.test(buffer.api));
  if (driver.dma.kind === 'unknown' && rings) {
    return {
      danger: 'high',
      because: `it holds long-lived DMA memory on the ${bus.bus} bus, whose core does nothing for it`,
    };
  }
  return { danger: 'medium', because: `a ${where} that works on request, on the ${bus.bus} bus` };
}

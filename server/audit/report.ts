import { dirOf, isCovered, type Surroundings } from './cover.ts';
import type { Examined } from './examined.ts';
import type { Confidence, Driver, Finding, JudgedDriver, Quiescer } from './model.ts';
import { isMaster, type Subject } from './rule.ts';
import { RULES } from './rules/index.ts';
import { applySuppressions } from './suppress.ts';

/** Kernel facts that the tree at hand contradicts: name of the row to why. */
export type Doubted = ReadonlyMap<string, string>;

const NO_ADVICE = 'Stop the engine in a .shutdown hook, as the driver does in its remove or suspend routine.';

/** Turns examined drivers into reported ones: who else quiesces them, the rules' findings, the suppressions. */
export function reportDrivers(
  examined: readonly Examined[],
  around: Surroundings,
  doubted: Doubted = new Map(),
  ignoreSuppressions = false,
): Driver[] {
  const byFile = new Map<string, { one: Examined; driver: Driver }[]>();
  for (const one of examined) {
    const driver = reportOne(one, around, doubted);
    const list = byFile.get(driver.file);
    if (list) list.push({ one, driver });
    else byFile.set(driver.file, [{ one, driver }]);
  }
  return [...byFile.values()].flatMap((list) => {
    const drivers = list.map(({ driver }) => driver).sort((a, b) => a.line - b.line);
    if (ignoreSuppressions) return drivers;
    const { suppressions, firstDefinition } = list[0]!.one;
    return applySuppressions(drivers, suppressions, firstDefinition);
  });
}

function reportOne(one: Examined, around: Surroundings, doubted: Doubted): Driver {
  const quiescedBy = [...one.driver.quiescedBy, ...fromOthers(one, around)];
  const doubt = doubtOf(one, doubted);
  const confidence = doubt ? LOWER[one.driver.confidence] : one.driver.confidence;
  const driver = { ...one.driver, quiescedBy, confidence };
  return { ...driver, findings: findingsOf(one, driver, doubt), suppressed: [] };
}

function findingsOf(one: Examined, driver: JudgedDriver, doubt: string | null): Finding[] {
  // Not judged is a state of its own, counted in the totals.
  if (driver.confidence === 'not-judged') return [];
  const subject: Subject = {
    driver,
    bus: one.bus,
    ...dangerOf(driver, one),
    hookConditions: one.hookConditions,
    twin: one.twin,
    isIommu: one.isIommu,
    iommu: one.iommu,
    advice: one.subsystem?.advice ?? NO_ADVICE,
  };
  const findings: Finding[] = [];
  for (const rule of RULES) {
    // Nothing left to stop, or covered by somebody else: named in the driver, no finding about the hook.
    if ((one.leavesNothing || isCovered(driver.quiescedBy)) && rule.aboutHook) continue;
    const finding = rule.check(subject);
    if (!finding) continue;
    const message = doubt ? `${finding.message}\n${doubt}` : finding.message;
    findings.push({ rule: rule.id, ...finding, message });
  }
  return findings;
}

const LOWER: Readonly<Record<Confidence, Confidence>> = {
  direct: 'library',
  library: 'weak',
  weak: 'weak',
  'not-judged': 'not-judged',
};

/** Said of a driver whose verdict rests on a kernel fact that this tree contradicts; its confidence drops a tier. */
function doubtOf(one: Examined, doubted: Doubted): string | null {
  if (doubted.size === 0) return null;
  for (const name of [one.driver.struct, one.driver.dma.evidence[0]?.api ?? '']) {
    const why = doubted.get(name);
    if (why)
      return `This rests on what is known of ${name}, which this tree contradicts: ${why} (see quiesce doctor).`;
  }
  return null;
}

/** Component masters and auxiliary parents, in this module or another. */
function fromOthers(one: Examined, around: Surroundings): Quiescer[] {
  const quiescers: Quiescer[] = [];
  const aggregate = one.isComponent ? around.aggregates.get(dirOf(one.driver.file)) : undefined;
  if (aggregate && aggregate.instance !== one.driver.instance) {
    quiescers.push({ kind: 'aggregate', by: aggregate.instance, file: aggregate.file, line: aggregate.line });
  }
  if (one.sibling && one.sibling.by !== aggregate?.instance) quiescers.push(one.sibling);
  for (const module of one.parentModules) {
    const parent = around.parents.get(module);
    if (!parent) continue;
    quiescers.push({ kind: 'parent', by: parent.instance, file: parent.file, line: parent.line });
    break;
  }
  return quiescers;
}

/** The two axes: does the device go on by itself, and does anything on its bus hold it back. */
function dangerOf(
  driver: JudgedDriver,
  { bus, subsystem, usesEngine, isVirtual }: Examined,
): Pick<Subject, 'danger' | 'because'> {
  const where = subsystem ? `${subsystem.subsystem} device` : 'device';
  if (!isMaster(driver)) return { danger: 'low', because: 'it only declares a DMA mask' };
  if (bus.core === 'clears-bus-master') return { danger: 'low', because: 'the PCI core clears Bus Master' };
  if (bus.dma === 'via-parent') {
    return { danger: 'low', because: `it does DMA through its parent, whose hook is what counts` };
  }
  if (bus.dma === 'isa') {
    return { danger: 'low', because: 'the ISA DMA controller, which no driver stops, moves its data' };
  }
  if (bus.dma === 'client' || bus.dma === 'none') {
    return { danger: 'low', because: `a ${bus.bus} device is no bus master itself` };
  }
  if (driver.confidence === 'weak') {
    return { danger: 'low', because: 'whose device does the DMA could not be told' };
  }
  if (isVirtual) return { danger: 'low', because: 'nothing in it touches hardware' };
  if (usesEngine) {
    return {
      danger: 'medium',
      because: 'it asks a DMA engine for channels, which may be what moves its data',
    };
  }
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

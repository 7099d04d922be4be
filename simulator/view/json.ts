/** A simulation as plain JSON (`docs/schema/simulate.schema.json`): addresses as hex strings, times in microseconds. */

import type { Clock } from '../kexec/clock.ts';
import type { PolicyFrequency, SimulationResult } from '../kexec/engine.ts';
import type { FirstHit, OwnerHits, PolicyOutcome, TimelineEntry } from '../kexec/outcome-types.ts';
import type { Scenario } from '../kexec/scenario-types.ts';
import { hex, type Span } from '../machine/address.ts';
import type { DeviceSpec } from '../machine/device-types.ts';
import type { ExplainStep } from '../smmu/types.ts';

/** What to put in beside the outcomes. */
export interface JsonOptions {
  /** Every transaction and the drivers' steps, where the run kept them. */
  readonly trace?: boolean;
  readonly frequencies?: readonly PolicyFrequency[];
}

function range(span: Span) {
  return { start: hex(span.start), size: span.end - span.start };
}

function first(hit: FirstHit) {
  return { timeUs: hit.t, phase: hit.phase, iova: hex(hit.iova), pa: hex(hit.pa) };
}

function hits(list: readonly OwnerHits[]) {
  return list.map((h) => ({
    owner: h.owner,
    side: h.side,
    kind: h.kind,
    bytes: h.bytes,
    transactions: h.transactions,
    first: first(h.first),
    lowest: hex(h.lowest),
    highest: hex(h.highest),
    secondOrder: h.secondOrder,
  }));
}

function explainStep(step: ExplainStep) {
  return 'pa' in step ? { ...step, pa: hex(step.pa) } : step;
}

/** One transaction. */
export function traceEntry(e: TimelineEntry) {
  return {
    timeUs: e.t,
    phase: e.phase,
    dir: e.dir,
    purpose: e.purpose,
    iova: hex(e.iova),
    len: e.len,
    response: e.response,
    faults: e.faults,
    landed: e.pieces.map((p) => ({ pa: hex(p.pa), len: p.len, owner: p.owner.label })),
    ...(e.secondOrder ? { secondOrder: true } : {}),
    ...(e.decision?.explain ? { explain: e.decision.explain.map(explainStep) } : {}),
  };
}

function outcome(o: PolicyOutcome, trace: boolean) {
  return {
    policy: o.policy,
    row: o.row,
    applicable: o.applicable,
    verdict: o.verdict,
    effects: o.effects,
    reason: o.reason,
    unknowns: o.unknowns,
    notes: o.notes,
    bytesOverwritten: o.bytesOverwritten,
    bytesLeaked: o.bytesLeaked,
    firstCorruption: o.firstCorruption ? first(o.firstCorruption) : null,
    overwritten: hits(o.overwritten),
    leaked: hits(o.leaked),
    intoFree: hits(o.intoFree),
    harmless: hits(o.harmless),
    selfAlias: hits(o.selfAlias),
    smmuWrites: hits(o.smmuWrites),
    purgatoryHang: o.purgatoryHang,
    transactions: o.transactions,
    blocked: o.blocked,
    faults: o.faults,
    unrecordedFaults: o.unrecordedFaults,
    interrupts: o.interrupts,
    deviceErrors: o.deviceErrors,
    deviceState: o.deviceState,
    targetDma: o.targetDma,
    phases: o.phases,
    ...(trace
      ? { trace: o.timeline.map(traceEntry), steps: o.steps.map(({ t, ...s }) => ({ timeUs: t, ...s })) }
      : {}),
  };
}

function device(d: DeviceSpec) {
  return { ...d, streamId: hex(d.streamId) };
}

function scenario(s: Scenario, clock: Clock) {
  const { board } = s;
  return {
    name: s.name,
    board: {
      name: board.name,
      title: board.title,
      ram: board.ram.map((r) => ({ ...range(r), name: r.name, source: r.source })),
      reserved: board.reserved.map((r) => ({
        ...range(r),
        name: r.name,
        use: r.use,
        noMap: r.noMap,
        source: r.source,
      })),
      smmu: board.smmu && {
        version: board.smmu.version,
        model: board.smmu.model,
        qcom: board.smmu.qcom,
        source: board.smmu.source,
      },
    },
    device: device(s.device),
    kernel: { ...s.kernel, crashkernel: s.kernel.crashkernel.bytes },
    iommu: s.iommu,
    target: s.target,
    kdump: s.kdump,
    seed: s.seed,
    phasesUs: { P0: 0, P1: clock.jump, P2: clock.p2, P3: clock.p3, P4: clock.p4, end: clock.end },
  };
}

/** The whole result. The values are JSON types only. */
export function simulationJson(result: SimulationResult, options: JsonOptions = {}) {
  return {
    schema: 1,
    scenario: scenario(result.scenario, result.clock),
    assumptions: result.scenario.assumptions,
    landing: result.landing,
    iovas: result.iovas.map(range),
    fixedMemory: result.fixedHits.map((h) => ({
      table: h.table.name,
      by: h.table.by,
      start: hex(h.pa),
      size: h.len,
      owner: h.owner.label,
      live: h.owner.live,
      text: h.text,
    })),
    outcomes: result.outcomes.map((o) => outcome(o, options.trace ?? false)),
    ...(options.frequencies ? { frequencies: options.frequencies } : {}),
  };
}

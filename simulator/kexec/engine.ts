/** The simulator's door: a scenario in, an outcome per policy out. Deterministic: same scenario, same result. */
import { hex, MIB, type Span } from '../machine/address.ts';
import { type Board, mappedRam } from '../machine/board.ts';
import type { DeviceSpec } from '../machine/device-types.ts';
import { createRandom, type Random } from '../machine/random.ts';
import type { Policy } from '../smmu/types.ts';
import { type Clock, PHASES } from './clock.ts';
import { type Frequency, wilson } from './frequency.ts';
import { judge } from './judge.ts';
import type { Effect, PolicyOutcome, Verdict } from './outcome-types.ts';
import { POLICIES } from './policies.ts';
import { Run, type RunOptions, type RunPolicy } from './run.ts';
import type { PolicyChoice, Scenario } from './scenario-types.ts';
import type { Stage } from './stage.ts';
import { bypassLanding, iovaSpans, pageSpans, reachLimit } from './traffic.ts';
import { type FixedHit, oldKernelOf, type World } from './world.ts';

/** A stretch of the memory map for a picture: who had it from when to when. */
export interface MapRegion extends Span {
  readonly label: string;
  readonly side: string;
  readonly kind: string;
  readonly live: boolean;
  readonly from: number;
  readonly until: number;
}

/** The page allocator's frontier inside a stretch of free memory: when the byte at `pa` is taken. */
export interface Frontier extends Span {
  readonly points: readonly { readonly pa: number; readonly t: number }[];
}

/** Memory over time, for one policy. */
export interface MemoryMap {
  readonly regions: readonly MapRegion[];
  readonly frontiers: readonly Frontier[];
}

/** Everything that a simulation says. */
export interface SimulationResult {
  readonly scenario: Scenario;
  /** Of the first policy that applies. */
  readonly clock: Clock;
  readonly outcomes: readonly PolicyOutcome[];
  /** Where the device's IOVAs lie, and what they are as physical addresses. */
  readonly landing: string;
  readonly iovas: readonly Span[];
  /** The old buffers' physical pages. */
  readonly oldBuffers: readonly Span[];
  /** Tables that hardware goes on using and that lie in the next kernel's memory. */
  readonly fixedHits: readonly FixedHit[];
  /** Memory over time, for each policy that applies. */
  readonly maps: Readonly<Partial<Record<PolicyChoice, MemoryMap>>>;
  /** Moments of each policy that applies: a crash is quicker. */
  readonly clocks: Readonly<Partial<Record<PolicyChoice, Clock>>>;
}

export interface SimulateOptions extends RunOptions {
  readonly policies?: readonly PolicyChoice[];
}

/** The policy behind a choice: `hook` is today's policy with a device that its driver stops. */
export function runPolicy(choice: PolicyChoice): RunPolicy {
  return choice === 'hook'
    ? { choice, policy: POLICIES.bypass, hook: true }
    : { choice, policy: POLICIES[choice], hook: false };
}

/** GBPA.ABORT at the old kernel's shutdown: its reset value, or what its own probe made of it. */
function gbpaAborts(scenario: Scenario): boolean {
  return scenario.iommu.gbpaAbort || scenario.iommu.foundEnabled;
}

/** Row of table 7.9 that a policy stands for on this machine. */
export function rowOf(scenario: Scenario, choice: PolicyChoice): string {
  if (choice === 'hook') return '-';
  if (choice === 'none' || !scenario.board.smmu) return 'N';
  if (scenario.kdump) return 'K';
  const policy: Policy = POLICIES[choice];
  if (scenario.board.smmu.version !== 3) return policy.rows.v2;
  if (choice === 'bypass') return gbpaAborts(scenario) ? "F'" : 'F';
  return policy.rows.v3;
}

/** Why a policy means nothing here; `undefined`: it does. */
function inapplicable(scenario: Scenario, choice: PolicyChoice): string | undefined {
  if (choice === 'hook') return undefined;
  const { board, device } = scenario;
  const { identity, hasSmmu } = POLICIES[choice];
  if (hasSmmu && !board.smmu) return 'this machine has no Arm SMMU: see policy none';
  if (hasSmmu && !device.behindSmmu) return 'the device does not pass the SMMU: see policy none';
  // kernel/dma/direct.c:dma_direct_supported; behind an SMMU the mask limits IOVAs, not memory.
  if ((identity || !hasSmmu) && board.smmu && device.behindSmmu && !reachesMemory(board, device))
    return `without translation a ${device.maskBits} bit DMA mask reaches no memory of this board, so the driver cannot set it`;
  return undefined;
}

/** Whether any memory lies below the device's mask. */
function reachesMemory(board: Board, device: DeviceSpec): boolean {
  return mappedRam(board).some(({ start }) => start < reachLimit(device));
}

const NO_COUNTS = { transactions: 0, landed: 0, stopped: 0, faults: 0 };

function emptyOutcome(scenario: Scenario, choice: PolicyChoice, reason: string): PolicyOutcome {
  return {
    policy: choice,
    row: '-',
    applicable: false,
    verdict: 'unknown',
    effects: [],
    reason,
    unknowns: [],
    notes: [],
    target: scenario.target,
    overwritten: [],
    leaked: [],
    intoFree: [],
    harmless: [],
    selfAlias: [],
    bytesOverwritten: 0,
    bytesLeaked: 0,
    transactions: 0,
    blocked: 0,
    faults: {},
    unrecordedFaults: 0,
    interrupts: { beforeHandler: 0, handled: 0, pendingAtEntry: false },
    deviceErrors: 0,
    deviceState: '',
    targetDma: {
      tried: 0,
      failed: 0,
      misdirected: 0,
      by: scenario.target === 'linux' ? 'mapping' : 'physical',
    },
    smmuWrites: [],
    phases: { P0: NO_COUNTS, P1: NO_COUNTS, P2: NO_COUNTS, P3: NO_COUNTS, P4: NO_COUNTS },
    firstCorruption: null,
    purgatoryHang: false,
    timeline: [],
    steps: [],
  };
}

/** What the model cannot decide for this run. */
function unknownsOf(scenario: Scenario, run: Run): string[] {
  const out: string[] = [];
  if (run.pendingAtEntry && scenario.target === 'not-smmu-aware') {
    out.push(
      'a fault interrupt is pending when the target starts: one that unmasks interrupts without resetting the GIC distributor loops in it',
    );
  }
  return out;
}

function notesOf(scenario: Scenario, run: Run, choice: PolicyChoice): string[] {
  const out: string[] = [];
  if (run.kdump) {
    out.push('a crash runs no hook: neither the device nor the SMMU is touched by the old kernel');
    if (choice === 'hook')
      out.push("the driver's hook is not called in a crash; a missing one is irrelevant to kdump");
  }
  if (run.pendingAtEntry && scenario.target !== 'not-smmu-aware') {
    out.push(
      'a fault interrupt is pending at the hand-over; Linux disables all SPIs before it unmasks interrupts (irq-gic-common.c:gic_dist_config)',
    );
  }
  return out;
}

/** Plays one policy. Throws InputError when the machine cannot hold both kernels. */
export function simulatePolicy(
  scenario: Scenario,
  choice: PolicyChoice,
  options: RunOptions = {},
  stages?: Map<string, Stage>,
): { outcome: PolicyOutcome; run: Run | undefined } {
  const why = inapplicable(scenario, choice);
  if (why !== undefined) return { outcome: emptyOutcome(scenario, choice, why), run: undefined };
  // One policy of many: a machine without room for a crash kernel is a fact about it. Asked for, it is an error.
  if (choice === 'kdump' && !scenario.kdump && oldKernelOf(scenario).crashKernel.length === 0) {
    const none = 'no crash kernel is reserved on this machine';
    return { outcome: emptyOutcome(scenario, choice, none), run: undefined };
  }
  const run = new Run(scenario, runPolicy(choice), options, stages);
  run.play();
  const { tally, side } = run;
  const interrupts = {
    beforeHandler: side?.beforeHandler ?? 0,
    handled: side?.handled ?? 0,
    pendingAtEntry: run.pendingAtEntry,
  };
  const targetDma = run.targetDma;
  const { device } = run;
  const judgement = judge({
    tally,
    targetDma,
    interrupts,
    deviceErrors: device.errors,
    unrecordedFaults: run.unrecorded,
    deviceState: run.stateBeforeReset,
    serror: device.serror,
    quiescedBy: run.quiescedBy,
    unknowns: unknownsOf(scenario, run),
  });
  const overwritten = tally.overwritten.list();
  const leaked = tally.leaked.list();
  const bytes = (hits: readonly { bytes: number }[]) => hits.reduce((sum, h) => sum + h.bytes, 0);
  const smmuWrites = tally.smmuWrites.list();
  const outcome: PolicyOutcome = {
    policy: choice,
    row: rowOf(scenario, choice),
    applicable: true,
    ...judgement,
    notes: notesOf(scenario, run, choice),
    target: scenario.target,
    overwritten,
    leaked,
    intoFree: tally.intoFree.list(),
    harmless: tally.harmless.list(),
    selfAlias: tally.selfAlias.list(),
    bytesOverwritten: bytes(overwritten) + bytes(smmuWrites),
    bytesLeaked: bytes(leaked),
    transactions: tally.transactions,
    blocked: tally.blocked,
    faults: tally.faults,
    unrecordedFaults: run.unrecorded,
    interrupts,
    deviceErrors: device.errors,
    deviceState: run.stateBeforeReset,
    targetDma,
    smmuWrites,
    phases: tally.phases(),
    firstCorruption: tally.firstCorruption,
    purgatoryHang: tally.purgatoryHang,
    timeline: run.timeline,
    steps: side?.steps ?? [],
  };
  return { outcome, run };
}

function mapOf(world: World, clock: Clock): MemoryMap {
  const regions: MapRegion[] = [];
  const frontiers: Frontier[] = [];
  for (const claim of world.ownership.list()) {
    if ('owner' in claim) {
      const { label, side, kind, live } = claim.owner;
      const from = Math.max(0, claim.from);
      const until = Math.min(clock.end, claim.until);
      if (until > from)
        regions.push({ start: claim.start, end: claim.end, label, side, kind, live, from, until });
      continue;
    }
    const bytes = claim.end - claim.start;
    const points: { pa: number; t: number }[] = [];
    // Denser at the start, where the boot's own needs are.
    for (let offset = 0, step = MIB; ; offset += step, step *= 1.5) {
      const pa = Math.floor(claim.start + Math.min(offset, bytes - 1));
      const t = claim.takenAt(pa);
      if (Number.isFinite(t)) points.push({ pa, t: Math.round(t) });
      if (offset >= bytes) break;
    }
    frontiers.push({ start: claim.start, end: claim.end, points });
  }
  return { regions, frontiers };
}

/** What one policy gives to the result. */
export interface PlayedPolicy {
  readonly outcome: PolicyOutcome;
  /** Absent where the policy does not apply. */
  readonly map?: MemoryMap;
  readonly clock?: Clock;
}

/** A simulation that is played policy by policy: for who wants to show the first before the last is done. */
export class Simulation {
  readonly scenario: Scenario;
  private readonly options: RunOptions;
  private readonly stages = new Map<string, Stage>();
  private readonly played = new Map<PolicyChoice, PlayedPolicy>();
  private first: Run | undefined;

  constructor(scenario: Scenario, options: RunOptions = {}) {
    this.scenario = scenario;
    this.options = options;
  }

  /** Plays one policy, or gives again what it came to. @throws InputError as `simulate` does */
  play(choice: PolicyChoice): PlayedPolicy {
    const known = this.played.get(choice);
    if (known) return known;
    const { outcome, run } = simulatePolicy(this.scenario, choice, this.options, this.stages);
    this.first ??= run;
    const fresh = run ? { outcome, map: mapOf(run.world, run.clock), clock: run.clock } : { outcome };
    this.played.set(choice, fresh);
    return fresh;
  }

  /** What is known after the policies played so far; outcomes in the order of `policies`. */
  result(policies: readonly PolicyChoice[] = this.scenario.policies): SimulationResult {
    const outcomes: PolicyOutcome[] = [];
    const maps: Partial<Record<PolicyChoice, MemoryMap>> = {};
    const clocks: Partial<Record<PolicyChoice, Clock>> = {};
    for (const choice of policies) {
      const one = this.played.get(choice);
      if (!one) continue;
      outcomes.push(one.outcome);
      if (one.map) maps[choice] = one.map;
      if (one.clock) clocks[choice] = one.clock;
    }
    const { scenario } = this;
    this.first ??= new Run(scenario, runPolicy('none'), this.options);
    const { first } = this;
    const iovas = iovaSpans(first.buffers);
    return {
      scenario,
      clock: first.clock,
      outcomes,
      landing: bypassLanding(scenario.board, scenario.device, iovas),
      iovas,
      oldBuffers: pageSpans(first.buffers),
      fixedHits: first.world.fixedHits,
      maps,
      clocks,
    };
  }
}

/**
 * Plays a scenario under each of its policies.
 * @throws InputError when the machine cannot hold what the scenario puts into it
 */
export function simulate(scenario: Scenario, options: SimulateOptions = {}): SimulationResult {
  const simulation = new Simulation(scenario, options);
  const policies = options.policies ?? scenario.policies;
  for (const choice of policies) simulation.play(choice);
  return simulation.result(policies);
}

/** How often each verdict and effect came out for one policy. */
export interface PolicyFrequency {
  readonly policy: PolicyChoice;
  readonly applicable: boolean;
  readonly verdicts: Readonly<Partial<Record<Verdict, Frequency>>>;
  readonly effects: Readonly<Partial<Record<Effect, Frequency>>>;
  /** Quartiles of bytes overwritten. */
  readonly bytesOverwritten: readonly [number, number, number];
}

/** Factor between `low` and `high`, as likely to shorten as to lengthen. */
function factor(random: Random, low: number, high: number): number {
  return low * (high / low) ** random.next();
}

/** A scenario as it might have been: other lengths of the phases, another load, other places. */
export function varyScenario(
  scenario: Scenario,
  random: Random,
): { scenario: Scenario; options: RunOptions } {
  const t = scenario.timing;
  const us = (value: number, low: number, high: number) => Math.round(value * factor(random, low, high));
  const varied: Scenario = {
    ...scenario,
    timing: {
      p0: us(t.p0, 0.3, 3),
      relocation: us(t.relocation, 0.5, 2),
      purgatory: us(t.purgatory, 0.3, 3),
      boot: us(t.boot, 0.4, 4),
      p2: us(t.p2, 0.3, 4),
      p3: us(t.p3, 0.3, 3),
      p4: t.p4,
      mapsAt: random.next(),
    },
    kernel: {
      ...scenario.kernel,
      initrdBytes: us(scenario.kernel.initrdBytes, 0.5, 2),
      growthStartBytes: us(scenario.kernel.growthStartBytes, 0.5, 2),
      growthPerSecond: us(scenario.kernel.growthPerSecond, 0.3, 5),
    },
  };
  return {
    scenario: varied,
    options: {
      seed: random.u32(),
      spread: factor(random, 0.5, 12),
      offsetUs: random.below(scenario.device.periodUs),
    },
  };
}

/**
 * Plays a scenario `runs` times with placement and timing as they vary in life.
 * @throws RangeError when `runs` is not a positive whole number
 */
export function simulateRuns(scenario: Scenario, runs: number, seed: number): PolicyFrequency[] {
  if (!Number.isInteger(runs) || runs < 1) throw new RangeError(`${runs} is no number of runs`);
  const rows = scenario.policies.map((policy) => ({
    policy,
    applicable: inapplicable(scenario, policy) === undefined,
    verdicts: new Map<Verdict, number>(),
    effects: new Map<Effect, number>(),
    bytes: [] as number[],
  }));
  for (let i = 0; i < runs; i++) {
    // The same variation for every policy of a run, so that policies are compared and not chances.
    const varied = varyScenario(scenario, createRandom(seed).fork(`run ${i}`));
    const stages = new Map<string, Stage>();
    for (const row of rows) {
      if (!row.applicable) continue;
      const { outcome } = simulatePolicy(varied.scenario, row.policy, varied.options, stages);
      row.verdicts.set(outcome.verdict, (row.verdicts.get(outcome.verdict) ?? 0) + 1);
      for (const effect of outcome.effects) row.effects.set(effect, (row.effects.get(effect) ?? 0) + 1);
      row.bytes.push(outcome.bytesOverwritten);
    }
  }
  return rows.map((row) => {
    const bytes = row.bytes.sort((a, b) => a - b);
    const at = (q: number) => bytes[Math.min(bytes.length - 1, Math.floor(q * bytes.length))] ?? 0;
    const table = <K extends string>(map: Map<K, number>) =>
      Object.fromEntries([...map].map(([key, count]) => [key, wilson(count, runs)])) as Partial<
        Record<K, Frequency>
      >;
    return {
      policy: row.policy,
      applicable: row.applicable,
      verdicts: table(row.verdicts),
      effects: table(row.effects),
      bytesOverwritten: [at(0.25), at(0.5), at(0.75)],
    };
  });
}

/** For messages: `P1 12/12 landed`. */
export function phaseSummary(outcome: PolicyOutcome): string {
  return PHASES.filter((p) => outcome.phases[p].transactions > 0)
    .map((p) => `${p} ${outcome.phases[p].landed}/${outcome.phases[p].transactions}`)
    .join(', ');
}

/** `0xfff00000-0xffffffff` for the device's IOVAs. */
export function iovaRange(result: SimulationResult): string {
  return `${hex(result.iovas[0]!.start)}-${hex(result.iovas.at(-1)!.end - 1)}`;
}

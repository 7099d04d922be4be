/** One SMMU through a kexec: the drivers of both kernels at work on it, their handlers, and what they wrote. */
import { hex } from '../machine/address.ts';
import { streamIdBits } from '../machine/board.ts';
import { createSmmu } from '../smmu/create.ts';
import type {
  AllocationKind,
  Decision,
  Domain,
  DriverContext,
  InterruptLine,
  IommuDriver,
  PhysicalMemory,
  ProbeOptions,
  Sequence,
  Smmu,
  SmmuOptions,
  Step,
  Transaction,
} from '../smmu/types.ts';
import { runSequence } from './linux-steps.ts';
import type { AppliedStep } from './outcome-types.ts';
import { linuxDriver } from './policies.ts';
import type { Scenario } from './scenario-types.ts';

/** Memory that a driver of one kernel took for its tables and queues. */
export interface TableArea {
  readonly start: number;
  readonly end: number;
  readonly kind: AllocationKind;
  readonly by: 'old' | 'next';
}

/** "What if the driver did not do this?": replaces, drops or adds steps; who does them is given. */
export type StepChange = (step: Step, who: 'old' | 'next', stage: string) => readonly Step[];

/** From an interrupt to its handler's acknowledgement: microseconds on an idle CPU. */
const HANDLER_LATENCY = 20;

/** The GIC merges what happens until the handler has run; more often than this per transaction it cannot fire. */
const MAX_HANDLERS_PER_SERVICE = 8;

export class SmmuRun {
  readonly smmu: Smmu;
  readonly areas: TableArea[] = [];
  readonly steps: AppliedStep[] = [];
  beforeHandler = 0;
  handled = 0;
  private readonly memory: PhysicalMemory;
  private readonly scenario: Scenario;
  private readonly change: StepChange | undefined;
  private readonly keepSteps: boolean;
  private readonly families = new Map<string, { index: number; count: number }>();
  private handlers = new Set<string>();
  private driver: IommuDriver | undefined;
  private raisedSoFar = 0;
  private dueAt = Infinity;
  private quiet = true;

  constructor(
    scenario: Scenario,
    memory: PhysicalMemory,
    options: { change?: StepChange | undefined; keepSteps: boolean; smmu?: Smmu },
  ) {
    this.scenario = scenario;
    this.memory = memory;
    this.change = options.change;
    this.keepSteps = options.keepSteps;
    this.smmu = options.smmu ?? createSmmu(smmuOptions(scenario), memory);
  }

  /** The same SMMU and drivers, to go on with independently on a copy of the memory. */
  fork(memory: PhysicalMemory): SmmuRun {
    const { scenario, change, keepSteps } = this;
    const copy = new SmmuRun(scenario, memory, { change, keepSteps, smmu: this.smmu.clone(memory) });
    copy.areas.push(...this.areas);
    copy.steps.push(...this.steps);
    for (const [key, family] of this.families) copy.families.set(key, { ...family });
    copy.handlers = new Set(this.handlers);
    copy.raisedSoFar = this.raisedSoFar;
    // A handler only reads registers and writes them back: a driver without history does.
    if (this.driver) copy.driver = linuxDriver(copy.context('old', refuse), copy.probeOptions(false));
    return copy;
  }

  /** Options of a probe. `kdump`: the probing kernel is a crash kernel. */
  probeOptions(kdump: boolean): ProbeOptions {
    const { board, kernel, iommu } = this.scenario;
    return {
      kernel: kernel.version,
      disableBypass: iommu.disableBypass,
      kdump,
      qcom: board.smmu!.qcom,
      mmu500: /mmu-?500/.test(board.smmu!.model),
      rmrStreams: iommu.rmrStreams,
    };
  }

  /** What a driver of that kernel needs; its allocations are remembered as areas. */
  context(by: 'old' | 'next', take: (bytes: number) => number): DriverContext {
    return {
      smmu: this.smmu,
      memory: this.memory,
      alloc: (bytes, kind) => {
        const start = take(bytes);
        this.memory.fill(start, bytes, 0);
        this.areas.push({ start, end: start + Math.max(bytes, 4096), kind, by });
        return start;
      },
      free: () => undefined,
    };
  }

  /** Runs a driver's work at time `t`. */
  run<T>(t: number, who: 'old' | 'next', stage: string, sequence: Sequence<T>): T {
    const { change } = this;
    const result = runSequence(
      sequence,
      { smmu: this.smmu, memory: this.memory },
      (step) => this.note(t, who, step),
      change && ((step) => change(step, who, stage)),
    );
    this.quiet = false;
    this.service(t, false);
    return result;
  }

  attach(
    t: number,
    who: 'old' | 'next',
    driver: IommuDriver,
    streams: readonly number[],
    identity: boolean,
  ): Domain {
    return this.run(t, who, 'attach', driver.attach(streams, identity));
  }

  /** Probes the SMMU driver of a kernel that runs already. */
  boot(who: 'old' | 'next', context: DriverContext, kdump: boolean): IommuDriver {
    const driver = linuxDriver(context, this.probeOptions(kdump));
    this.run(0, who, 'probe', driver.probe());
    this.listen(0, driver);
    return driver;
  }

  /** From `t` on the handlers of this driver run; an interrupt that waits is handled at once. */
  listen(t: number, driver: IommuDriver): void {
    this.driver = driver;
    this.quiet = false;
    this.service(t, false);
  }

  /** The running kernel is gone and with it every handler. */
  dropHandlers(): void {
    this.handlers = new Set();
    this.driver = undefined;
    this.dueAt = Infinity;
  }

  translate(t: number, transaction: Transaction, explain: boolean): Decision {
    this.serviceDue(t);
    const decision = explain ? this.smmu.explain(transaction) : this.smmu.translate(transaction);
    if (decision.faults.length > 0) {
      this.quiet = false;
      this.service(t, true);
    }
    return decision;
  }

  /** A level line stands asserted with nobody to clear it. */
  pending(): boolean {
    return this.smmu.interrupts().some((line) => line.level && line.pending && line.enabled);
  }

  /** Runs handlers whose interrupt came in before `t`. */
  serviceDue(t: number): void {
    if (t < this.dueAt || !this.driver) return;
    this.dueAt = Infinity;
    for (let i = 0; i < MAX_HANDLERS_PER_SERVICE; i++) {
      const line = this.smmu.interrupts().find((l) => l.pending && l.enabled && this.listens(l));
      if (!line) break;
      this.handled++;
      runSequence(this.driver.handle(line), { smmu: this.smmu, memory: this.memory });
    }
    this.countRaised(false);
  }

  private listens(line: InterruptLine): boolean {
    return this.handlers.has(`${line.line}:${line.bank}`) || this.handlers.has(`${line.line}:-1`);
  }

  /** Looks at the lines after something happened: who hears it, and when. */
  private service(t: number, byFault: boolean): void {
    if (this.quiet) return;
    this.quiet = true;
    const heard = this.countRaised(byFault);
    if (heard && this.driver && this.dueAt === Infinity) this.dueAt = t + HANDLER_LATENCY;
  }

  /** Counts new edges; returns whether a line is up that somebody listens to. */
  private countRaised(byFault: boolean): boolean {
    let raised = 0;
    let heard = false;
    let unheard = false;
    for (const line of this.smmu.interrupts()) {
      raised += line.raised;
      if (!line.enabled || !line.pending) continue;
      if (this.driver && this.listens(line)) heard = true;
      else unheard = true;
    }
    const fresh = raised - this.raisedSoFar;
    this.raisedSoFar = raised;
    if (byFault && unheard && !heard) this.beforeHandler += Math.max(0, fresh);
    return heard;
  }

  private note(t: number, who: 'old' | 'next', step: Step): void {
    if (step.kind === 'irq-handler') this.handlers.add(`${step.line}:${step.bank}`);
    if (!this.keepSteps) return;
    const text = describe(step);
    const family = `${who}|${text.replace(/(?<=[A-Za-z])\d+/g, 'n')}|${step.source}`;
    const known = this.families.get(family);
    if (!known) {
      this.families.set(family, { index: this.steps.length, count: 1 });
      this.steps.push({ t, who, text, source: step.source });
      return;
    }
    known.count++;
    const first = this.steps[known.index]!;
    this.steps[known.index] = {
      ...first,
      text: `${text.replace(/(?<=[A-Za-z])\d+/g, 'n')} (${known.count} times)`,
    };
  }
}

function refuse(): never {
  throw new RangeError('nothing is allocated here');
}

function smmuOptions(scenario: Scenario): SmmuOptions {
  const facts = scenario.board.smmu!;
  return {
    version: facts.version,
    clocksOff: scenario.iommu.clocksOff,
    gbpaAbort: scenario.iommu.gbpaAbort ? 1 : 0,
    ...(facts.streamMappingGroups ? { streamMappingGroups: facts.streamMappingGroups } : {}),
    ...(facts.outputBits ? { outputBits: facts.outputBits } : {}),
    ...(facts.version === 3 ? { streamIdBits: streamIdBits(facts) } : {}),
  };
}

function describe(step: Step): string {
  const note = 'note' in step && step.note ? ` - ${step.note}` : '';
  switch (step.kind) {
    case 'write':
      return `${step.register} = ${hex(step.value)}${note}`;
    case 'memory':
      // Tables are many and at other addresses in each run: the kind of store is what matters.
      return `memory ${hex(step.pa)} = ${hex(step.value)}${note}`;
    case 'clocks':
      return `clocks ${step.on ? 'on' : 'off'}${note}`;
    case 'irq-handler':
      return `request_irq ${step.line}${step.bank >= 0 ? ` of bank ${step.bank}` : ''}`;
    case 'log':
      return `log: ${step.text}`;
  }
}

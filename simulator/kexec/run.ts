/** One kexec under one policy, from the device's hook slot to the new driver's reset of the device. */
import { PAGE, type Span } from '../machine/address.ts';
import { createDevice, readsMemory } from '../machine/device.ts';
import type { Access, AccessResult, DeviceModel, MappedBuffer } from '../machine/device-types.ts';
import type { PageSource } from '../machine/growth.ts';
import { type Owner, owner } from '../machine/ownership.ts';
import { createRandom } from '../machine/random.ts';
import type { SparseMemory } from '../smmu/memory.ts';
import type { Decision, Domain, Fault, IommuDriver, Policy, Transaction } from '../smmu/types.ts';
import { type Clock, clockOf, phaseAt } from './clock.ts';
import { Contents, KEPT } from './contents.ts';
import type { TargetDma, TimelineEntry } from './outcome-types.ts';
import type { PolicyChoice, Scenario } from './scenario-types.ts';
import type { SmmuRun } from './smmu-run.ts';
import {
  freshBuffers,
  growthAt,
  pageSource,
  prepareStage,
  type Stage,
  type StageOptions,
  takeFrom,
} from './stage.ts';
import { Tally } from './tally.ts';
import { direct, Target } from './target.ts';
import { mapInto, pageSpans } from './traffic.ts';
import { buildWorld, nextKernelOf, type World } from './world.ts';

/** How a run is watched and varied. */
export interface RunOptions extends StageOptions {
  /** Asks the SMMU for its reasons at every transaction; they are kept with the timeline. */
  readonly explain?: boolean;
  /** Microseconds until the device's first work after its hook slot. */
  readonly offsetUs?: number;
}

/** The policy as the run needs it: one of `policies.ts`, or today's with a stopped device. */
export interface RunPolicy {
  readonly choice: PolicyChoice;
  readonly policy: Policy;
  readonly hook: boolean;
}

/** The new driver's other allocations come before its buffers. */
const FRESH_GAP = 2 ** 20;
const DUMPED = owner('old', 'dma-buffer', 'DMA buffers, to be dumped', false);
const DUMPED_TABLES = owner('old', 'smmu-tables', 'SMMU tables, to be dumped', false);

function faultName(fault: Fault): string {
  const where = fault.kind === 'context' ? `CB${fault.bank} ` : fault.kind === 'global' ? 'sGFSR ' : '';
  return `${where}${fault.name}`;
}

function isRecorded(fault: Fault): boolean {
  return fault.kind === 'global' ? true : fault.recorded;
}

export class Run {
  readonly clock: Clock;
  readonly world: World;
  readonly tally: Tally;
  readonly device: DeviceModel;
  readonly buffers: readonly MappedBuffer[];
  readonly timeline: TimelineEntry[] = [];
  readonly kdump: boolean;
  readonly side: SmmuRun | undefined;
  /** Why the device was stopped before the hand-over; empty: nobody did. */
  quiescedBy = '';
  pendingAtEntry = false;
  unrecorded = 0;
  stateBeforeReset = 'running';
  private fresh: readonly MappedBuffer[] = [];
  private domain: Domain | undefined;
  private nextDriver: IommuDriver | undefined;
  private readonly scenario: Scenario;
  private readonly policy: RunPolicy;
  private readonly options: RunOptions;
  private readonly memory: SparseMemory;
  private readonly seed: number;
  private readonly stage: Stage;
  private readonly nextTables: PageSource;
  private target: Target | undefined;
  private readonly contents: Contents;

  /** @param stages stages of this scenario that were made already; new ones are added */
  constructor(
    scenario: Scenario,
    policy: RunPolicy,
    options: RunOptions = {},
    stages = new Map<string, Stage>(),
  ) {
    this.scenario = scenario;
    this.policy = policy;
    this.options = options;
    this.seed = options.seed ?? scenario.seed;
    this.kdump = scenario.kdump || !policy.policy.runsHooks;
    this.clock = clockOf(scenario, this.kdump);
    this.tally = new Tally(this.clock);
    const stage = this.stageOf(stages);
    this.stage = stage;
    this.memory = stage.memory.clone();
    this.side = stage.side?.fork(this.memory);
    this.buffers = stage.buffers;
    const { old } = stage;
    const bufferSpans = pageSpans(this.buffers);
    const tables = this.side?.areas ?? [];
    const kept: Span[] = policy.policy.reservesOldMemory ? [...bufferSpans, ...tables] : [];
    const next = nextKernelOf(scenario, old, this.kdump, this.kdump ? [] : kept);
    this.world = buildWorld(scenario, this.clock, this.kdump, old, next, createRandom(this.seed));
    this.claimOld(bufferSpans, tables, kept);
    this.nextTables = pageSource(next.order, growthAt(scenario, this.clock, this.clock.p2));
    this.device = createDevice(scenario.device, this.buffers);
    this.contents = new Contents(this.memory, this.world.ownership, this.seed, readsMemory(scenario.device));
    this.watchRings();
  }

  private stageOf(stages: Map<string, Stage>): Stage {
    const { policy } = this.policy;
    const { board, device } = this.scenario;
    const inPath = policy.hasSmmu && device.behindSmmu && board.smmu !== null;
    const key = `${inPath} ${policy.identity}`;
    const known = stages.get(key);
    if (known) return known;
    const stage = prepareStage(this.scenario, inPath, policy.identity, this.options);
    stages.set(key, stage);
    return stage;
  }

  /** Puts the old kernel's device memory on top of the layers. */
  private claimOld(buffers: readonly Span[], tables: readonly Span[], kept: readonly Span[]): void {
    const { ownership } = this.world;
    const until = this.clock.jump;
    for (const span of buffers) {
      if (this.kdump) ownership.add(span, DUMPED);
      else ownership.add(span, owner('old', 'dma-buffer'), -Infinity, until);
    }
    for (const span of tables) {
      if (this.kdump) ownership.add(span, DUMPED_TABLES);
      else ownership.add(span, owner('old', 'smmu-tables'), -Infinity, until);
    }
    if (this.kdump) return;
    for (const span of kept) ownership.add(span, KEPT, until);
  }

  private watchRings(): void {
    for (const buffer of readsMemory(this.scenario.device) ? this.buffers : []) {
      if (buffer.purpose === 'buffer' || buffer.purpose === 'frame-buffer') continue;
      for (const page of buffer.pages) this.contents.watch({ start: page, end: page + PAGE });
    }
    for (const area of this.side?.areas ?? []) this.contents.watch(area);
  }

  /** How the target's own DMA fared. */
  get targetDma(): TargetDma {
    return this.target?.result() ?? { tried: 0, failed: 0, misdirected: 0, by: 'mapping' };
  }

  /** Plays everything in order of time. */
  play(): void {
    const { clock, device } = this;
    const events = this.events();
    if (this.policy.hook && !this.kdump) this.stop("the driver's own hook stops it");
    else if (this.scenario.device.quiescedBy && !this.kdump) this.stop(this.scenario.device.quiescedBy);
    let nextWork = this.options.offsetUs ?? 0;
    let at = 0;
    for (;;) {
      const working = device.state === 'running' && nextWork < clock.end;
      const event = events[at];
      if (event && (!working || event.t <= nextWork)) {
        at++;
        this.side?.serviceDue(event.t);
        event.run(event.t);
        continue;
      }
      if (!working) break;
      const t = nextWork;
      device.step((access) => this.access(t, access));
      nextWork += this.scenario.device.periodUs;
    }
    this.side?.serviceDue(clock.end);
  }

  private stop(why: string): void {
    this.quiescedBy = why;
    this.device.quiesce();
  }

  private events(): { t: number; run: (t: number) => void }[] {
    const { clock, scenario } = this;
    const list: { t: number; run: (t: number) => void }[] = [
      { t: clock.jump, run: (t) => this.handOver(t) },
      {
        t: clock.entry,
        run: () => {
          this.pendingAtEntry = this.side?.pending() ?? false;
        },
      },
    ];
    if (scenario.target === 'linux') {
      list.push(
        { t: clock.p2, run: (t) => this.takeOver(t) },
        { t: clock.p3, run: (t) => this.attachNext(t) },
        { t: clock.mapped, run: () => this.mapNext() },
      );
    }
    list.push({ t: clock.p4, run: () => this.resetDevice() });
    this.target = new Target(scenario, clock, this.world, this.side, this.options.explain ?? false);
    list.push(...this.target.tries(() => this.fresh));
    for (const { t, page } of this.contents.reuses(clock.jump, clock.end)) {
      list.push({ t, run: (now) => this.contents.materialise(page, now) });
    }
    // Stable: of two events at one moment the one listed first goes first.
    return list.sort((a, b) => a.t - b.t);
  }

  /** The old kernel's last act. In a crash there is none, and the GIC is masked (machine_crash_shutdown). */
  private handOver(t: number): void {
    const { side } = this;
    if (side && !this.kdump) {
      const context = side.context('old', () => {
        throw new RangeError('the old kernel allocates nothing at shutdown');
      });
      side.run(t, 'old', 'hand-over', this.policy.policy.handOver(context, side.probeOptions(false)));
    }
    side?.dropHandlers();
  }

  private takeOver(t: number): void {
    const { side } = this;
    if (!side) return;
    const context = side.context('next', takeFrom(this.nextTables));
    const before = side.areas.length;
    this.nextDriver = side.run(
      t,
      'next',
      'take-over',
      this.policy.policy.takeOver(context, side.probeOptions(this.kdump)),
    );
    this.claimNext(side.areas.slice(before), t);
    side.listen(t, this.nextDriver);
  }

  private claimNext(areas: readonly Span[], t: number): void {
    for (const area of areas) {
      this.world.ownership.add(area, owner('next', 'smmu-tables'), t);
      this.contents.watch(area);
    }
  }

  private attachNext(t: number): void {
    const { side, nextDriver } = this;
    if (!side || !nextDriver || this.policy.policy.reservesOldMemory) return;
    this.attachFresh(t, side, nextDriver);
  }

  private attachFresh(t: number, side: SmmuRun, driver: IommuDriver): void {
    const before = side.areas.length;
    this.domain = side.attach(
      t,
      'next',
      driver,
      [this.scenario.device.streamId],
      this.policy.policy.identity,
    );
    this.claimNext(side.areas.slice(before), t);
  }

  /** The new driver maps its own buffers; without an IOMMU, or in identity, they are simply allocated. */
  private mapNext(): void {
    if (this.fresh.length > 0) return;
    if (this.side && !this.domain && this.policy.policy.reservesOldMemory) return;
    const { clock, scenario } = this;
    this.fresh = freshBuffers(
      this.stage,
      scenario,
      this.world.next.order,
      growthAt(scenario, clock, clock.mapped) + FRESH_GAP,
      this.seed,
      this.domain?.iovaBits,
    );
    for (const span of pageSpans(this.fresh)) {
      this.world.ownership.add(span, owner('next', 'dma-buffer'), clock.mapped);
    }
    if (!this.side || !this.domain || this.domain.identity) return;
    const before = this.side.areas.length;
    mapInto(this.domain, this.fresh);
    this.claimNext(this.side.areas.slice(before), clock.mapped);
  }

  /** The new driver resets the device; an adopting kernel gives it a domain of its own only now. */
  private resetDevice(): void {
    this.stateBeforeReset = this.device.state;
    if (this.device.state !== 'quiesced') this.device.quiesce();
    if (this.scenario.target !== 'linux') return;
    if (this.side && this.nextDriver && !this.domain)
      this.attachFresh(this.clock.p4, this.side, this.nextDriver);
    this.mapNext();
  }

  /** One access of the device's: through the SMMU, into memory, into the books. */
  private access(t: number, access: Access): AccessResult {
    const transaction: Transaction = {
      iova: access.iova,
      len: access.len,
      dir: access.dir,
      streamId: this.scenario.device.streamId,
    };
    const decision = this.side
      ? this.side.translate(t, transaction, this.options.explain ?? false)
      : direct(this.memory, transaction);
    const recorded = decision.faults.filter(isRecorded).map(faultName);
    this.unrecorded += t >= this.clock.jump ? decision.faults.length - recorded.length : 0;
    const landed = decision.segments.length + decision.undecoded.length > 0;
    this.tally.count(t, landed, decision.aborted, recorded);
    const pieces: { pa: number; len: number; owner: Owner }[] = [];
    let offset = 0;
    for (const segment of decision.segments) {
      for (const piece of this.world.ownership.split(segment.pa, segment.len, t)) {
        const iova = segment.iova + (piece.pa - segment.pa);
        this.tally.land(t, piece.owner, piece.pa, piece.len, iova, access.dir, access.secondOrder);
        pieces.push(piece);
      }
      if (access.dir === 'write') {
        const data = access.data?.subarray(offset, offset + segment.len);
        this.contents.store(t, segment.pa, segment.len, data);
      }
      offset += segment.len;
    }
    for (const lost of decision.undecoded) {
      const who = this.world.ownership.at(lost.pa, t);
      if (who.kind === 'mmio') this.tally.register(t, who.label, access.dir === 'write');
    }
    this.ownWrites(t);
    if (this.options.timeline) this.note(t, access, decision, pieces);
    if (!access.wantsData) return { response: decision.response };
    return {
      response: decision.response,
      data: this.contents.load(t, access.len, access.iova, decision.segments),
    };
  }

  /** Event records and MSIs that the SMMU wrote: an old queue in reused memory is a corruption of its own. */
  private ownWrites(t: number): void {
    for (const write of this.side?.smmu.takeOwnWrites() ?? []) {
      if (!write.landed) continue;
      for (const piece of this.world.ownership.split(write.pa, write.len, t)) {
        this.tally.smmuWrite(t, piece.owner, piece.pa, piece.len);
      }
    }
  }

  private note(
    t: number,
    access: Access,
    decision: Decision,
    pieces: readonly { pa: number; len: number; owner: Owner }[],
  ): void {
    const faults = decision.faults.map((f) => faultName(f) + (isRecorded(f) ? '' : ' (not recorded)'));
    this.timeline.push({
      t,
      phase: phaseAt(this.clock, t),
      iova: access.iova,
      len: access.len,
      dir: access.dir,
      purpose: access.purpose,
      secondOrder: access.secondOrder,
      response: decision.response,
      faults,
      pieces,
      ...(this.side ? { decision } : {}),
    });
  }
}

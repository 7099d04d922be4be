/** The DMA that the target itself needs, and whether it works (domain reference 7.10). */
import { PAGE } from '../machine/address.ts';
import type { MappedBuffer } from '../machine/device-types.ts';
import { addressAt } from '../machine/growth.ts';
import type { Decision, PhysicalMemory, Transaction } from '../smmu/types.ts';
import type { Clock } from './clock.ts';
import type { TargetDma } from './outcome-types.ts';
import type { Scenario } from './scenario-types.ts';
import type { SmmuRun } from './smmu-run.ts';
import { growthAt } from './stage.ts';
import type { World } from './world.ts';

/** How many of its own accesses the target tries, and how large they are. */
const TRIES = 8;
const BYTES = 512;

/** Something that happens at a moment. */
export interface TimedEvent {
  readonly t: number;
  readonly run: (t: number) => void;
}

export class Target {
  private readonly scenario: Scenario;
  private readonly clock: Clock;
  private readonly world: World;
  private readonly side: SmmuRun | undefined;
  private readonly explain: boolean;
  private tried = 0;
  private failed = 0;
  private misdirected = 0;

  constructor(scenario: Scenario, clock: Clock, world: World, side: SmmuRun | undefined, explain: boolean) {
    this.scenario = scenario;
    this.clock = clock;
    this.world = world;
    this.side = side;
    this.explain = explain;
  }

  /** When it tries what. `fresh`: the buffers of the new driver, known once it has mapped them. */
  tries(fresh: () => readonly MappedBuffer[]): TimedEvent[] {
    return Array.from({ length: TRIES }, (_, i) =>
      this.scenario.target === 'linux' ? this.throughMapping(i, fresh) : this.physical(i),
    );
  }

  result(): TargetDma {
    const { tried, failed, misdirected } = this;
    return { tried, failed, misdirected, by: this.scenario.target === 'linux' ? 'mapping' : 'physical' };
  }

  /** Linux with the driver: the device works on its new mapping after its reset. */
  private throughMapping(index: number, fresh: () => readonly MappedBuffer[]): TimedEvent {
    const { clock } = this;
    const t = clock.p4 + Math.round(((clock.end - clock.p4) * (index + 1)) / (TRIES + 1));
    const run = (now: number) => {
      const buffers = fresh();
      const buffer = buffers[index % Math.max(1, buffers.length)];
      if (!buffer) return;
      const read = buffer.access !== 'write';
      this.try(now, buffer.iova, buffer.pages[0]!, this.scenario.device.streamId, read, buffer.bytes);
    };
    return { t, run };
  }

  /** Anything else: a disk behind the same SMMU while it boots, the device itself once its driver has reset it. */
  private physical(index: number): TimedEvent {
    const { clock, scenario } = this;
    const { device, board } = scenario;
    const half = TRIES / 2;
    const late = index >= half;
    const [from, until] = late ? [clock.p4, clock.end] : [clock.p2, clock.p4];
    const t = from + Math.round(((until - from) * ((index % half) + 1)) / (half + 1));
    const other = board.streams.find((s) => s.streamId !== device.streamId)?.streamId ?? device.streamId ^ 1;
    const run = (now: number) => {
      const pa = this.ownPage(now, index);
      if (pa !== undefined) this.try(now, pa, pa, late ? device.streamId : other, false, BYTES);
    };
    return { t, run };
  }

  /** A page that the target has allocated at `t`. */
  private ownPage(t: number, index: number): number | undefined {
    const taken = Math.min(growthAt(this.scenario, this.clock, t), 4 * 2 ** 20);
    return addressAt(this.world.next.order, taken / 2 + index * PAGE);
  }

  private try(
    t: number,
    iova: number,
    expected: number,
    streamId: number,
    read: boolean,
    bytes: number,
  ): void {
    this.tried++;
    if (!this.side) return;
    const transaction: Transaction = {
      iova,
      len: Math.min(BYTES, bytes),
      dir: read ? 'read' : 'write',
      streamId,
    };
    const decision = this.side.translate(t, transaction, this.explain);
    const [segment] = decision.segments;
    if (decision.aborted || decision.response !== 'ok' || segment?.pa !== expected) this.failed++;
    if (segment && segment.pa !== expected) this.misdirected++;
  }
}

/** Without an SMMU in the path: the address is physical. */
export function direct(memory: PhysicalMemory, transaction: Transaction): Decision {
  const { iova, len } = transaction;
  const inside = memory.ramLength(iova, len);
  const rest = { iova: iova + inside, pa: iova + inside, len: len - inside };
  return {
    segments: inside > 0 ? [{ iova, pa: iova, len: inside }] : [],
    undecoded: rest.len > 0 ? [rest] : [],
    aborted: rest.len > 0,
    response: rest.len > 0 ? 'bus-error' : 'ok',
    faults: [],
  };
}

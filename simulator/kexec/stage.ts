/** The machine at the moment when the old kernel comes to the device's hook slot: what all policies start from. */
import { InputError, MIB, subtractSpans } from '../machine/address.ts';
import { initialContents, readsMemory } from '../machine/device.ts';
import type { MappedBuffer } from '../machine/device-types.ts';
import { PageSource, type ZoneOrder } from '../machine/growth.ts';
import { createRandom } from '../machine/random.ts';
import { SparseMemory } from '../smmu/memory.ts';
import type { Domain } from '../smmu/types.ts';
import type { Clock } from './clock.ts';
import type { Scenario } from './scenario-types.ts';
import { SmmuRun, type StepChange } from './smmu-run.ts';
import { type Addressing, mapBuffers, mapInto, reachLimit } from './traffic.ts';
import { type OldKernel, oldKernelOf } from './world.ts';

/** How a run is varied. */
export interface StageOptions {
  /** Where the old kernel's allocations lie: factor on the position in its zones (1: as at its own boot). */
  readonly spread?: number;
  readonly seed?: number;
  /** Keeps the drivers' steps. */
  readonly timeline?: boolean;
  readonly change?: StepChange;
}

/** Not to be changed: every run works on copies. */
export interface Stage {
  readonly old: OldKernel;
  readonly memory: SparseMemory;
  /** Absent: no SMMU in the device's path. */
  readonly side: SmmuRun | undefined;
  readonly addressing: Addressing;
  readonly buffers: readonly MappedBuffer[];
  /** What the new driver maps, by where it does: the same for most policies. */
  readonly fresh: Map<string, readonly MappedBuffer[]>;
}

/** Bytes that a kernel's page allocator has given out at `t`, counted from the start of its zones. */
export function growthAt(scenario: Scenario, clock: Clock, t: number): number {
  const { growthStartBytes, growthPerSecond } = scenario.kernel;
  return growthStartBytes + (Math.max(0, t - clock.buddy) / 1_000_000) * growthPerSecond;
}

/**
 * How far the old kernel's allocator was, in bytes from the start of its zones, when its SMMU driver came up: the same
 * growth as in the next kernel's default boot, a second or so after its start. The device's driver comes later.
 */
const OLD_TABLES_AT = 80 * MIB;

/** Room that is left at the end of a zone for what a driver allocates. */
const RESERVE = 2 ** 24;

/** Pages from `offset` bytes into the zones on; `reach`: below what the device can address. */
export function pageSource(order: ZoneOrder, offset: number, reach = Infinity): PageSource {
  // Without an IOMMU a narrow mask means GFP_DMA: the walk begins in the zone that the device can reach.
  const first = order.spans.findIndex((s) => s.start < reach);
  const skipped = reach === Infinity || first <= 0 ? 0 : order.before[first]!;
  return new PageSource(
    order,
    Math.min(offset, Math.max(0, order.total - skipped - RESERVE)) + skipped,
    reach,
  );
}

/** A driver's allocator on `pages`. Throws InputError when they are used up. */
export function takeFrom(pages: PageSource): (bytes: number) => number {
  return (bytes) => {
    const span = pages.take(bytes);
    if (!span) throw new InputError(`no memory for a table of ${bytes} bytes`, 'SMMU driver', 'more RAM');
    return span.start;
  };
}

/** What limits the device's memory: nothing behind an SMMU, its mask without one. */
export function reachOf(scenario: Scenario, addressing: Addressing): number {
  return addressing === 'identity' ? reachLimit(scenario.device) : Infinity;
}

/** Boots the old kernel's SMMU driver, attaches the device and maps its buffers. */
export function prepareStage(
  scenario: Scenario,
  inPath: boolean,
  identity: boolean,
  options: StageOptions = {},
): Stage {
  const { board } = scenario;
  const memory = new SparseMemory(
    subtractSpans(board.ram, board.secure).map((s) => ({ base: s.start, size: s.end - s.start })),
  );
  const addressing: Addressing = inPath && !identity ? 'translated' : 'identity';
  const old = oldKernelOf(scenario);
  const spread = options.spread ?? 1;
  const random = createRandom(options.seed ?? scenario.seed).fork('old buffers');
  const pages = pageSource(old.order, scenario.device.buffersAt * spread, reachOf(scenario, addressing));
  const fresh = new Map<string, readonly MappedBuffer[]>();
  if (!inPath) {
    const buffers = mapBuffers(scenario, pages, addressing, random);
    prefill(scenario, memory, buffers);
    return { old, memory, side: undefined, addressing, buffers, fresh };
  }
  const side = new SmmuRun(scenario, memory, {
    change: options.change,
    keepSteps: options.timeline ?? false,
  });
  // A boot loader that used the SMMU leaves it enabled (domain reference 7.5).
  if (scenario.iommu.foundEnabled && side.smmu.version === 3) side.smmu.write('CR0', 1);
  const tables = pageSource(old.order, OLD_TABLES_AT * spread);
  const driver = side.boot('old', side.context('old', takeFrom(tables)), false);
  const domain: Domain = side.attach(0, 'old', driver, [scenario.device.streamId], identity);
  const buffers = mapBuffers(scenario, pages, addressing, random, domain.iovaBits);
  mapInto(domain, buffers);
  prefill(scenario, memory, buffers);
  return { old, memory, side, addressing, buffers, fresh };
}

/** What the driver wrote into its rings, where the device reads them. */
function prefill(scenario: Scenario, memory: SparseMemory, buffers: readonly MappedBuffer[]): void {
  if (!readsMemory(scenario.device)) return;
  for (const { pa, bytes } of initialContents(scenario.device, buffers)) memory.writeBytes(pa, bytes);
}

/** The buffers of the new driver: pages from `offset` into the next kernel's zones on, IOVAs from a fresh domain. */
export function freshBuffers(
  stage: Stage,
  scenario: Scenario,
  order: ZoneOrder,
  offset: number,
  seed: number,
  iovaBits: number | undefined,
): readonly MappedBuffer[] {
  const key = `${order.spans.map((s) => `${s.start}-${s.end}`).join()} ${offset} ${seed} ${iovaBits}`;
  const known = stage.fresh.get(key);
  if (known) return known;
  const pages = pageSource(order, offset, reachOf(scenario, stage.addressing));
  const random = createRandom(seed).fork('next buffers');
  const buffers = mapBuffers(scenario, pages, stage.addressing, random, iovaBits);
  stage.fresh.set(key, buffers);
  return buffers;
}

/** Who wrote there: the devices of one machine that can have overwritten a physical address at a kexec. Pure. */

import type { Phase } from '../../../simulator/kexec/clock.ts';
import type { PolicyChoice } from '../../../simulator/kexec/scenario-types.ts';
import type { Today } from '../../../simulator/kexec/today.ts';
import type { Landings, Way } from '../../../simulator/kexec/ways.ts';
import { InputError, type Span } from '../../../simulator/machine/address.ts';
import type { Accusation } from '../accuse.ts';
import { todayFor } from '../advice/advice.ts';
import { isUnquiesced } from '../filter.ts';
import type { Device, JoinedMachine, Row, Smmu } from '../model.ts';
import { masterOf, smmuOf } from '../through.ts';
import { LandingPlayer } from './landings.ts';
import { weigh } from './weigh.ts';

/** A device that can have written to the address. */
export interface Suspect {
  readonly row: Row;
  /** As whom it does its DMA: itself, or the node above it. */
  readonly master: Device;
  readonly smmu: Smmu | null;
  readonly policy: PolicyChoice;
  /** Simulated kexecs in which it wrote to the very page, and all of them. */
  readonly hits: number;
  readonly runs: number;
  /** Bytes from the address to its nearest write in any of them; 0 with `hits`. */
  readonly nearest: number;
  /** 0 to 1: how well its writes cover the address. */
  readonly weight: number;
  /** Of the writes that hit, else of the nearest. */
  readonly phases: readonly Phase[];
  readonly way: Way;
  /** Microseconds from its hook slot to the earliest of them. */
  readonly first: number;
  readonly secondOrder: boolean;
  /** What a log says of it. */
  readonly accused: Accusation | null;
}

/** A device that cannot have been it, and why. */
export interface Cleared {
  readonly row: Row;
  readonly reason: string;
}

/** What is said of an address for one policy. */
export interface Lineup {
  /** null: what the machine's kernel does today. */
  readonly policy: PolicyChoice | null;
  /** The likeliest first. */
  readonly suspects: readonly Suspect[];
  readonly cleared: readonly Cleared[];
}

export interface SuspectsOptions {
  readonly address: Span;
  /** What the tree's own SMMU drivers do. */
  readonly today: Today;
  /** null: today's. */
  readonly policies: readonly (PolicyChoice | null)[];
  /** Kexecs that are played for each device and policy. */
  readonly runs: number;
  readonly seed: number;
  /** Faults of a log, where there is one. */
  readonly accusations?: readonly Accusation[];
  /** Only writes of this phase count. */
  readonly phase?: Phase;
  /** What was played of this machine already, with the same `runs` and `seed`. */
  readonly player?: LandingPlayer;
  /** Called before each device: gives the thread away, shows progress. */
  readonly breathe?: (done: number, total: number) => Promise<void>;
}

/**
 * Ranks the devices of a machine by how well their writes after a kexec cover an address.
 * @throws InputError where the machine has no memory map
 */
export async function suspectsOf(joined: JoinedMachine, options: SuspectsOptions): Promise<Lineup[]> {
  const { machine } = joined;
  if (!machine.memory)
    throw new InputError(
      'the files do not say where memory lies',
      'memory map',
      'give /proc/iomem or a snapshot that root took',
    );
  const player = options.player ?? new LandingPlayer(machine, machine.memory, options);
  const moving = joined.rows.filter(({ driver }) => !['none', 'mask-only'].includes(driver.dma.class));
  const total = moving.length * options.policies.length;
  let done = 0;
  const lineups: Lineup[] = [];
  for (const policy of options.policies) {
    const suspects: Suspect[] = [];
    const cleared: Cleared[] = [];
    for (const row of moving) {
      await options.breathe?.(done++, total);
      const found = examine(joined, row, policy, player, options);
      if ('reason' in found) cleared.push(found);
      else suspects.push(found);
    }
    suspects.sort(
      (a, b) =>
        Number(b.accused !== null) - Number(a.accused !== null) ||
        b.weight - a.weight ||
        a.nearest - b.nearest ||
        (a.row.device.id < b.row.device.id ? -1 : 1),
    );
    lineups.push({ policy, suspects, cleared });
  }
  return lineups;
}

function examine(
  { machine }: JoinedMachine,
  row: Row,
  choice: PolicyChoice | null,
  player: LandingPlayer,
  options: SuspectsOptions,
): Suspect | Cleared {
  const { driver, device } = row;
  const accused = accusationOf(device, options.accusations ?? []);
  if (!isUnquiesced(driver) && !accused) return { row, reason: whoStops(row) };
  const master = masterOf(machine, device);
  const smmu = smmuOf(machine, master) ?? null;
  const policy = policyFor(master, smmu, choice, options.today);
  const landings = player.play(accused ? running(row) : row, policy);
  if (typeof landings === 'string') return { row, reason: landings };
  const { weight, hits, nearest, page } = weigh(landings, options.address, placedBy(policy), options.phase);
  if (!page || (weight === 0 && !accused)) {
    const reason = whyNot(landings, options, nearest);
    return { row, reason: accused ? `the log accuses it, but ${reason}` : reason };
  }
  return {
    ...{ row, master, smmu, policy, hits, nearest, weight, accused },
    runs: landings.runs.length,
    phases: [...page.phases].sort(),
    way: page.way,
    first: page.first,
    secondOrder: page.secondOrder,
  };
}

/** Translated or its own, an address is one of a page; taken for a physical one it is the IOVA allocator's. */
function placedBy(policy: PolicyChoice): 'page' | 'iova' {
  return policy === 'bypass' || policy === 'abort' || policy === 'abort-quiet' || policy === 'reset'
    ? 'iova'
    : 'page';
}

/** A device that a log saw at work after its driver's hook: whatever the audit says of it, nothing stopped it. */
function running(row: Row): Row {
  const { driver } = row;
  return { ...row, driver: { ...driver, hook: { ...driver.hook, state: 'missing' }, quiescedBy: [] } };
}

/** A device that passes no SMMU, or one to one, meets no policy but its own. */
function policyFor(
  master: Device,
  smmu: Smmu | null,
  choice: PolicyChoice | null,
  today: Today,
): PolicyChoice {
  const now = todayFor(master, smmu, today).policy;
  if (choice === null || now === 'none') return now;
  return choice === 'bypass' && now === 'passthrough' ? now : choice;
}

function accusationOf(device: Device, accusations: readonly Accusation[]): Accusation | null {
  return accusations.find(({ accused }) => accused.some((one) => one.device.id === device.id)) ?? null;
}

function whoStops({ driver }: Row): string {
  if (driver.hook.state === 'present')
    return `its hook ${driver.hook.function ?? '.shutdown'} stops it (${driver.file}:${driver.hook.line ?? driver.line})`;
  const others = driver.quiescedBy.map(({ by }) => by);
  if (others.length > 0) return `stopped by ${others.join(', ')}`;
  if (driver.dma.class === 'client') return "a DMA engine's device moves its data, not its own";
  return 'no rule finds it running at kexec';
}

function whyNot({ runs, inapplicable }: Landings, { phase }: SuspectsOptions, nearest: number): string {
  if (inapplicable !== null) return inapplicable;
  const pages = runs.flatMap((run) => run.pages).filter((one) => !phase || one.phases.has(phase));
  if (pages.length > 0) {
    const low = pages.reduce((least, one) => Math.min(least, one.page), Infinity);
    const high = pages.reduce((most, one) => Math.max(most, one.page + 4095), 0);
    return `its writes lie in 0x${low.toString(16)}-0x${high.toString(16)}, ${Math.round(nearest / 2 ** 20)} MiB away at the least`;
  }
  const when = phase ? ` in ${phase}` : '';
  if (runs.some((run) => run.stopped > 0)) return `nothing of it arrived${when}: blocked, or no memory there`;
  return `it wrote nothing${when}: it reads memory, or falls silent by itself`;
}

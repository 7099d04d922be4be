/** Which SMMU policy a machine's kernel should carry: what it does today, what each policy comes to, what each costs. */
import { type Today, type TodaysPolicy, todayOn } from '../../../simulator/kexec/today.ts';
import { isUnquiesced } from '../filter.ts';
import type { Device, JoinedMachine, Machine, Row, Smmu } from '../model.ts';
import { masterOf, smmuOf } from '../through.ts';
import { type Played, Player } from './play.ts';
import { type DriverAdvice, driverAdvice } from './recommend.ts';

/** A device that does DMA and that no effective hook stops. */
export interface AdviceRow {
  readonly row: Row;
  /** As whom it does its DMA: itself, or the node above it. */
  readonly master: Device;
  /** The SMMU in its path; null: none. */
  readonly smmu: Smmu | null;
  /** Its scenario and the outcomes; null with `notPlayed`. */
  readonly played: Played | null;
  /** Why it was not played. */
  readonly notPlayed: string | null;
  /** What the kernel does today for this device. */
  readonly today: TodaysPolicy;
  /** Machines of the type that have this device with this outcome. */
  readonly hosts: number;
}

/** Advice for one machine, or for one type of them. */
export interface Advice {
  /** Of several: that of the first, with what differs put together. */
  readonly joined: JoinedMachine;
  readonly hosts: number;
  readonly rows: readonly AdviceRow[];
  /** Of the SMMU drivers that have an enabled SMMU here. */
  readonly drivers: readonly DriverAdvice[];
}

/**
 * Advises on one machine.
 * @param today what the tree's own SMMU drivers do
 * @param breathe called between two simulations, so that an interrupt is heard
 */
export async function advise(
  joined: JoinedMachine,
  today: Today,
  breathe: () => Promise<void>,
): Promise<Advice> {
  const { machine } = joined;
  const player = new Player();
  const rows: AdviceRow[] = [];
  for (const row of joined.rows.filter(({ driver }) => isUnquiesced(driver))) {
    await breathe();
    const played = player.play(machine, row);
    const isPlayed = typeof played !== 'string';
    const master = masterOf(machine, row.device);
    const smmu = smmuOf(machine, master) ?? null;
    rows.push({
      ...{ row, master, smmu },
      played: isPlayed ? played : null,
      notPlayed: isPlayed ? null : played,
      today: todayFor(master, smmu, today),
      hosts: 1,
    });
  }
  return { joined, hosts: 1, rows, drivers: driversOf(machine, rows, today) };
}

/** What the kernel does today for a device: with its SMMU, or without one in its path. */
export function todayFor(device: Device, smmu: Smmu | null, today: Today): TodaysPolicy {
  const said = todayOn(today, { board: { smmu }, device: { behindSmmu: true }, kdump: false });
  if (!smmu) return { policy: 'none', says: device.domainBy };
  const isIdentity = device.domain === 'identity' && said.policy === 'bypass';
  return isIdentity ? { ...said, policy: 'passthrough', says: device.domainBy } : said;
}

/** Advice for each SMMU driver that has an enabled SMMU on a machine. */
export function driversOf({ smmus }: Machine, rows: readonly AdviceRow[], today: Today): DriverAdvice[] {
  const enabled = smmus.filter((smmu) => smmu.enabled);
  return (['v2', 'v3'] as const).flatMap((driver) => {
    const own = enabled.filter(({ version }) => (version === 3) === (driver === 'v3'));
    if (own.length === 0) return [];
    const behind = rows.filter(({ smmu }) => own.some(({ id }) => id === smmu?.id));
    return [driverAdvice(driver, own, behind, today[driver])];
  });
}

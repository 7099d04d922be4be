/** Compares a join with the links that sysfs has: who is bound to what. Pure. */
import type { Driver } from '../../../server/audit/model.ts';
import type { JoinedMachine } from '../../../server/board/model.ts';

/** One device of a bus in sysfs; null where no driver is bound, or the driver is no module's. */
export interface Link {
  readonly bus: string;
  readonly device: string;
  readonly driver: string | null;
  readonly module: string | null;
}

/** A device for which the join and sysfs do not say the same. */
export interface Difference {
  readonly device: string;
  /** Name of the bound driver, `-` for none. */
  readonly sysfs: string;
  readonly joined: string;
}

/** How far a join and sysfs agree. */
export interface Agreement {
  /** Devices to which sysfs or the join says that a driver is bound. */
  readonly devices: number;
  readonly differing: readonly Difference[];
}

/**
 * A bus of the kernel's own: what the serial core makes of each port, bound by plain `struct device_driver`s. There is
 * no device behind it, and none of its drivers is in an inventory.
 */
export const SOFTWARE_BUSES: ReadonlySet<string> = new Set(['serial-base']);

/** Reads `bus device driver module` lines; a driver's name may have spaces. */
export function readLinks(text: string): Link[] {
  return text.split('\n').flatMap((line) => {
    const [, bus, device, driver, module] = /^(\S+) (\S+) (.+) (\S+)$/.exec(line) ?? [];
    if (bus === undefined) return [];
    const known = (name: string): string | null => (name === '-' ? null : name);
    return [{ bus, device: device!, driver: known(driver!), module: known(module!) }];
  });
}

/** Holds the rows of a join against the links of the same devices. */
export function agreementOf({ rows }: Pick<JoinedMachine, 'rows'>, links: readonly Link[]): Agreement {
  const joined = new Map(rows.map(({ device, driver }) => [device.sysfs ?? device.node, driver]));
  const bound = links.filter(({ device, driver }) => driver !== null || joined.has(device));
  const differing = bound
    .filter((link) => !isSame(link, joined.get(link.device)))
    .map((link) => ({
      device: `${link.bus} ${link.device}`,
      sysfs: link.driver ?? '-',
      joined: joined.get(link.device)?.instance ?? '-',
    }));
  return { devices: bound.length, differing };
}

/** By name; by module where the source gives the driver's name in a variable. */
function isSame(link: Link, driver: Driver | undefined): boolean {
  if (!driver || link.driver === null) return false;
  if (driver.name !== null) return driver.name === link.driver;
  const modules = driver.modules.map((path) => path.replace(/^.*\//, '').replace(/[-,]/g, '_'));
  return modules.includes((link.module ?? link.driver).replace(/-/g, '_'));
}

import type { Driver } from '../audit/model.ts';
import { DEFAULT_DRIVERS } from '../kernel/default-drivers.ts';
import { TAKEN_NODES } from '../kernel/taken-nodes.ts';
import { pciIdFits, virtioIdFits } from './device-ids.ts';
import { builtState, type Holds, modname } from './kernel.ts';
import type { Candidate, Device, JoinedMachine, Machine, MatchedBy, ModuleAlias, Row } from './model.ts';

/** How deep children of children are followed: a glue driver, its core, the core's host. */
const MAX_DEPTH = 4;
/** An amba_id's mask leaves the revision out (drivers/amba/bus.c:amba_lookup). */
const PERIPHERAL = 0xfffff;
const TAKEN = new Map(TAKEN_NODES.map(({ compatible, when }) => [compatible, when]));
/** A driver under one id of its table. */
interface Numbered {
  readonly id: string;
  readonly driver: Driver;
}

/** An id of a table that names no vendor or class by a macro. */
const NUMBERED = /^(?:class:)?0x[\da-f]+(?::|$)/;
/** Node names below which a child is on that bus (a compatible that drivers of several buses share). */
const CHILD_BUS: readonly (readonly [RegExp, string])[] = [
  [/^i2c/, 'i2c'],
  [/^spi@/, 'spi'],
];

/** Joins the devices of a machine with the drivers that bind them. Pure: the same inputs give the same rows. */
export function joinMachine(machine: Machine, drivers: readonly Driver[], holds: Holds): JoinedMachine {
  const index = new DriverIndex(drivers, machine, holds);
  const rows: Row[] = [];
  const disabled: Row[] = [];
  const unmatched: Device[] = [];
  const pending = machine.devices.map((device) => ({ device, depth: 0 }));
  // A snapshot lists children itself.
  const isRunning = machine.devices.some(({ sysfs }) => sysfs !== null);
  for (const { device, depth } of pending) {
    const row = index.rowOf(device);
    if (!row) {
      if (device.bound !== null) unmatched.push(device);
      continue;
    }
    (row.built === 'off' ? disabled : rows).push(row);
    if (row.built === 'off' || isRunning || depth >= MAX_DEPTH) continue;
    for (const child of index.childrenOf(row)) pending.push({ device: child, depth: depth + 1 });
  }
  return { machine, rows, disabled, unmatched };
}

/** The drivers of an inventory by what they bind to. */
class DriverIndex {
  private readonly machine: Machine;
  private readonly holds: Holds;
  private readonly of = new Map<string, Driver[]>();
  private readonly amba = new Map<number, Driver[]>();
  private readonly platform = new Map<string, Driver[]>();
  private readonly byName = new Map<string, Driver[]>();
  private readonly byModule = new Map<string, Driver[]>();
  private readonly defaults = new Map<string, Driver[]>();
  private readonly pci: Numbered[] = [];
  private readonly virtio: Numbered[] = [];
  private readonly aliases = new Map<string, { pattern: RegExp; alias: ModuleAlias }[]>();

  constructor(drivers: readonly Driver[], machine: Machine, holds: Holds) {
    this.machine = machine;
    this.holds = holds;
    for (const driver of drivers) {
      for (const id of driver.match.of) add(this.of, id, driver);
      for (const id of driver.match.amba) add(this.amba, Number(id) & PERIPHERAL, driver);
      if (driver.bus === 'platform') for (const id of driver.match.platform) add(this.platform, id, driver);
      if (driver.name) add(this.byName, `${driver.bus} ${driver.name}`, driver);
      for (const id of driver.match.pci) if (NUMBERED.test(id)) this.pci.push({ id, driver });
      for (const id of driver.match.virtio ?? []) if (NUMBERED.test(id)) this.virtio.push({ id, driver });
      const { bus, file } = driver;
      if (DEFAULT_DRIVERS.some((row) => row.bus === bus && file.endsWith(row.file)))
        add(this.defaults, bus, driver);
      for (const path of driver.modules) add(this.byModule, `${driver.bus} ${modname(path)}`, driver);
    }
    for (const alias of machine.kernel.aliases) {
      add(this.aliases, alias.pattern.split(':')[0]!, { pattern: globOf(alias.pattern), alias });
    }
  }

  /** Who drives a device; the best candidate's state says whether it is in the kernel. */
  rowOf(device: Device): Row | undefined {
    if (device.bound === null) return undefined;
    const named = device.bound ? this.boundTo(device) : [];
    // A driver whose name the inventory does not know is found by what it binds to.
    const found =
      named.length > 0 ? named : this.candidatesOf(device).filter((one) => this.probes(device, one));
    const unique = found.filter(
      ({ driver }, at) => found.findIndex((other) => other.driver === driver) === at,
    );
    // Who is not in the kernel comes last; else the order of the node's compatibles decides.
    const [first, ...others] = [
      ...unique.filter(({ built }) => built !== 'off'),
      ...unique.filter(({ built }) => built === 'off'),
    ];
    return first && { device, ...first, others };
  }

  /** The devices that a row's driver makes in code; they do their DMA as their parent (`sysdev`). */
  childrenOf({ device, driver }: Row): Device[] {
    return driver.creates
      .filter((name) => this.platform.has(name) && driver.name !== name)
      .map((name) => ({
        ...device,
        id: `${device.id}/${name}`,
        bus: 'platform',
        node: null,
        compatible: [],
        modalias: `platform:${name}`,
        parent: device.id,
      }));
  }

  /** False where the probe declines for want of a property; what is bound has been probed. */
  private probes({ bound }: Device, { driver }: Candidate): boolean {
    return bound !== undefined || !driver.needs?.some((property) => this.machine.lacks.includes(property));
  }

  private boundTo({ bus, bound }: Device): Candidate[] {
    const { name, module } = bound!;
    const named = this.byName.get(`${bus} ${name}`) ?? [];
    const ofModule = this.byModule.get(`${bus} ${module ?? modname(name)}`) ?? [];
    const both = named.filter((driver) => ofModule.includes(driver));
    const best = both.length > 0 ? both : named.length > 0 ? named : ofModule;
    return best.map((driver) => ({ ...this.candidate(driver, 'bound', name), built: 'loaded' as const }));
  }

  private candidatesOf(device: Device): Candidate[] {
    const found: Candidate[] = [];
    const isAmba = device.bus === 'amba';
    const fits = (driver: Driver): boolean => isAmba === (driver.bus === 'amba') && onBus(device, driver);
    const id = isAmba ? device.peripheral : null;
    if (id !== null) {
      for (const driver of this.amba.get(id & PERIPHERAL) ?? [])
        found.push(this.candidate(driver, 'amba', `0x${id.toString(16)}`));
    }
    for (const [at, name] of device.compatible.entries()) {
      const taken = TAKEN.get(name);
      if (taken === 'always' || (taken === 'not-first' && at > 0)) continue;
      for (const driver of this.of.get(name) ?? [])
        if (fits(driver)) found.push(this.candidate(driver, 'of', name));
    }
    // A device made in code binds by its name (drivers/base/platform.c:platform_match).
    const name = /^platform:(.+)$/.exec(device.modalias ?? '')?.[1] ?? '';
    const by = device.parent === null ? 'platform' : 'created';
    for (const driver of this.platform.get(name) ?? []) found.push(this.candidate(driver, by, name));
    if (found.length > 0) return found;
    if (device.modalias) return [...this.aliased(device, device.modalias), ...this.numbered(device.modalias)];
    for (const driver of this.defaults.get(device.bus) ?? [])
      found.push(this.candidate(driver, 'default', device.bus));
    return found;
  }

  private aliased({ bus }: Device, modalias: string): Candidate[] {
    return (this.aliases.get(modalias.split(':')[0]!) ?? [])
      .filter(({ pattern }) => pattern.test(modalias))
      .flatMap(({ alias }) => withTables(this.byModule.get(`${bus} ${alias.module}`) ?? []))
      .map((driver) => this.candidate(driver, 'alias', modalias));
  }

  /** Drivers whose tables hold the device's numbers: a built-in driver has no alias in a kernel's lists. */
  private numbered(modalias: string): Candidate[] {
    return [
      ...this.pci.filter(({ id }) => pciIdFits(id, modalias)),
      ...this.virtio.filter(({ id }) => virtioIdFits(id, modalias)),
    ].map(({ id, driver }) => this.candidate(driver, driver.bus === 'pci' ? 'pci' : 'virtio', id));
  }

  private candidate(driver: Driver, by: MatchedBy, id: string): Candidate {
    return { driver, by, id, built: builtState(driver, this.machine.kernel, this.holds) };
  }
}

/** The drivers of a module and bus that can be meant by its alias: of several USB drivers those that have a table. */
function withTables(drivers: readonly Driver[]): readonly Driver[] {
  const listed = drivers.filter(({ match }) => match.usb);
  return listed.length > 0 ? listed : drivers;
}

/** False for a driver of another bus than that of the node above: i2c, spi. */
function onBus({ node }: Device, driver: Driver): boolean {
  const above = node?.split('/').at(-2) ?? '';
  const bus = CHILD_BUS.find(([name]) => name.test(above))?.[1];
  return bus === undefined
    ? driver.bus !== 'i2c' && driver.bus !== 'spi'
    : driver.bus === bus || driver.bus === 'platform';
}

function globOf(pattern: string): RegExp {
  const text = pattern.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${text.replace(/\?/g, '.')}$`);
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

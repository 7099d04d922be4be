/** Whose StreamID a fault names: the devices of one machine, with their drivers. Pure. */
import type { Driver } from '../audit/model.ts';
import type { Fault } from './fault-log.ts';
import type { Device, JoinedMachine, Smmu, Stream } from './model.ts';

/** A device that has the StreamID of a fault, and its driver; null: the inventory has none that the kernel binds. */
export interface Accused {
  readonly device: Device;
  readonly driver: Driver | null;
}

/** Faults of one kind and reason that one StreamID caused at one SMMU. */
export interface Accusation {
  /** Name of the SMMU's device in the log. */
  readonly smmu: string;
  readonly stream: number | null;
  readonly kind: Fault['kind'];
  readonly reason: string;
  /** In the order of the log; at least one. */
  readonly faults: readonly Fault[];
  /** Several where devices share the StreamID (a group), none where no device of the machine has it. */
  readonly accused: readonly Accused[];
}

/** Groups faults and names whose they are; those with the most lines first. */
export function accuse(faults: readonly Fault[], joined: JoinedMachine): Accusation[] {
  const groups = new Map<string, Fault[]>();
  for (const fault of faults) {
    const group = groups.get(keyOf(fault));
    if (group) group.push(fault);
    else groups.set(keyOf(fault), [fault]);
  }
  return [...groups.values()]
    .map((group) => {
      const { smmu, stream, kind, reason } = group[0]!;
      return { smmu, stream, kind, reason, faults: group, accused: ownersOf(group[0]!, joined) };
    })
    .sort((a, b) => b.faults.length - a.faults.length || a.faults[0]!.line - b.faults[0]!.line);
}

function keyOf({ smmu, stream, kind, reason }: Fault): string {
  return [smmu, stream, kind, reason].join('\0');
}

function ownersOf(fault: Fault, { machine, rows }: JoinedMachine): Accused[] {
  if (fault.stream === null) return [];
  const smmus = new Set(smmusNamed(fault.smmu, machine.smmus).map(({ id }) => id));
  const drivers = new Map(rows.map(({ device, driver }) => [device.id, driver]));
  return machine.devices
    .filter(({ streams }) => streams.some((stream) => smmus.has(stream.smmu) && isOf(stream, fault.stream!)))
    .map((device) => ({ device, driver: drivers.get(device.id) ?? null }));
}

/**
 * The SMMU that a name in a log means: by its id, or by the address that a platform device of a node is named after
 * (drivers/of/platform.c:of_device_make_bus_id). An ACPI name (`arm-smmu-v3.0.auto`) tells none apart: all are meant.
 */
function smmusNamed(name: string, smmus: readonly Smmu[]): readonly Smmu[] {
  const address = /^([\da-f]+)\./.exec(name)?.[1];
  const named = smmus.filter(
    ({ id, address: start }) =>
      id === name || (address !== undefined && start === Number.parseInt(address, 16)),
  );
  return named.length > 0 || address !== undefined ? named : smmus;
}

/** Whether a stream matches as the SMMU's stream mapping does: bits of the mask are ignored. */
function isOf({ id, mask }: Stream, stream: number): boolean {
  return ((id ^ stream) & ~mask & 0xffffffff) === 0;
}

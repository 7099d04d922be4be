/** Sums up the advice for several machines by their type. */
import type { Today } from '../../../simulator/kexec/today.ts';
import type { Machine } from '../model.ts';
import { type Advice, type AdviceRow, driversOf } from './advice.ts';

/** One advice for each model of machine, in the order of their first; devices with the same outcome are counted once. */
export function byType(all: readonly Advice[], today: Today): Advice[] {
  const types = new Map<string, Advice[]>();
  for (const advice of all) {
    const { title, compatible } = advice.joined.machine;
    const key = JSON.stringify([title, compatible[0]]);
    types.set(key, [...(types.get(key) ?? []), advice]);
  }
  return [...types.values()].map((own) => (own.length === 1 ? own[0]! : together(own, today)));
}

function together(all: readonly Advice[], today: Today): Advice {
  const rows = new Map<string, AdviceRow>();
  for (const row of all.flatMap((advice) => advice.rows)) {
    const key = keyOf(row);
    const hosts = rows.get(key)?.hosts ?? 0;
    rows.set(key, { ...(rows.get(key) ?? row), hosts: hosts + 1 });
  }
  const { joined } = all[0]!;
  const machines = all.map((advice) => advice.joined.machine);
  const machine: Machine = {
    ...joined.machine,
    sources: each(machines, ({ sources }) => sources),
    notes: each(machines, ({ notes }) => notes),
    kernel: {
      ...joined.machine.kernel,
      release: each(machines, ({ kernel }) => kernel.release ?? []).join(', ') || null,
    },
  };
  const list = [...rows.values()];
  return {
    joined: { ...joined, machine },
    hosts: all.length,
    rows: list,
    drivers: driversOf(machine, list, today),
  };
}

/** What makes a device of two machines the same row: who it is, and what each policy comes to. */
function keyOf({ row: { device, driver }, smmu, played, notPlayed, today }: AdviceRow): string {
  const who = [device.id, driver.file, driver.instance, smmu?.id, today.policy, notPlayed];
  return JSON.stringify([who, played?.cells, played?.bare]);
}

function each(machines: readonly Machine[], of: (machine: Machine) => string | readonly string[]): string[] {
  return [...new Set(machines.flatMap(of))];
}

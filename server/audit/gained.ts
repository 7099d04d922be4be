/** Hooks that one tree has and another lacks: the list of what to carry back. Pure. */
import { basename } from 'node:path';
import type { Driver } from './model.ts';
import { isMaster } from './rule.ts';

/** A driver in both trees. */
export interface DriverPair {
  readonly before: Driver;
  readonly after: Driver;
}

/** What the newer tree has. */
export interface Gained {
  /** Drivers that do DMA and got an effective hook. */
  readonly effective: readonly DriverPair[];
  /** Drivers that got one that is judged conditional, empty or ineffective. */
  readonly others: readonly DriverPair[];
}

/** Pairs by file and instance; a file that is gone is followed by the instance's name, its bus and an id of its. */
export function pairTrees(older: readonly Driver[], newer: readonly Driver[]): DriverPair[] {
  const keyOf = ({ file, instance }: Driver): string => `${file}\0${instance}`;
  const byKey = new Map(older.map((driver) => [keyOf(driver), driver]));
  const files = new Set(newer.map(({ file }) => file));
  const moved = older.filter(({ file }) => !files.has(file));
  return newer.flatMap((driver) => {
    const same = byKey.get(keyOf(driver));
    if (same) return [{ before: same, after: driver }];
    const old = moved.filter((one) => one.struct === driver.struct && isRename(one, driver));
    return old.length === 1 ? [{ before: old[0]!, after: driver }] : [];
  });
}

/** The drivers among the pairs that lacked a hook and have one. */
export function gainedHooks(pairs: readonly DriverPair[]): Gained {
  const gained = pairs.filter(
    ({ before, after }) =>
      after.hook.function !== null &&
      after.hook.state !== 'ignored' &&
      lacks(before) &&
      (isMaster(before) || isMaster(after)),
  );
  return {
    effective: gained.filter(({ after }) => after.hook.state === 'present'),
    others: gained.filter(
      ({ before, after }) => after.hook.state !== 'present' && before.hook.function === null,
    ),
  };
}

function isRename(a: Driver, b: Driver): boolean {
  if (a.instance !== b.instance && basename(a.file) !== basename(b.file)) return false;
  const ids = new Set([...b.match.of, ...b.match.pci, ...b.match.acpi, ...b.match.amba]);
  return [...a.match.of, ...a.match.pci, ...a.match.acpi, ...a.match.amba].some((id) => ids.has(id));
}

/** No hook, or one that does nothing. */
function lacks({ hook }: Driver): boolean {
  return ['missing', 'empty', 'ignored', 'ineffective'].includes(hook.state);
}

import type { Driver } from '../../audit/model.ts';
import { isMaster } from '../../audit/rule.ts';
import type { Grouping, GroupRow } from './data.ts';

/** Drivers that do DMA or have a finding, parted by subsystem, by bus and by class of DMA; the worst group first. */
export function groupings(drivers: readonly Driver[], subsystemOf: (file: string) => string): Grouping[] {
  const counted = drivers.filter((driver) => isMaster(driver) || driver.findings.length > 0);
  return [
    { by: 'subsystem', rows: rowsBy(counted, ({ file }) => subsystemOf(file)) },
    { by: 'bus', rows: rowsBy(counted, ({ bus }) => bus) },
    { by: 'class', rows: rowsBy(counted, ({ dma }) => dma.class) },
  ];
}

/**
 * Names a file's subsystem: the first two directories of its path, or one more than all files share.
 * @param files paths of all that is shown
 */
export function subsystems(files: readonly string[]): (file: string) => string {
  const [first, ...rest] = files.map((file) => file.split('/').slice(0, -1));
  let shared = first?.length ?? 0;
  for (const dirs of rest) {
    const parts = dirs.findIndex((dir, at) => dir !== first![at]);
    shared = Math.min(shared, parts < 0 ? dirs.length : parts);
  }
  const depth = Math.max(2, shared + 1);
  return (file) => file.split('/').slice(0, -1).slice(0, depth).join('/') || '.';
}

type Counts = { -readonly [K in keyof GroupRow]: GroupRow[K] };

function rowsBy(drivers: readonly Driver[], nameOf: (driver: Driver) => string): GroupRow[] {
  const rows = new Map<string, Counts>();
  for (const driver of drivers) {
    const name = nameOf(driver);
    const row = rows.get(name) ?? { name, warning: 0, note: 0, hook: 0, other: 0 };
    rows.set(name, row);
    row[stateOf(driver)]++;
  }
  const worse = (a: GroupRow, b: GroupRow): number =>
    b.warning - a.warning ||
    b.note - a.note ||
    b.hook + b.other - a.hook - a.other ||
    (a.name < b.name ? -1 : 1);
  return [...rows.values()].sort(worse);
}

function stateOf({ findings, hook }: Driver): 'warning' | 'note' | 'hook' | 'other' {
  if (findings.some(({ severity }) => severity === 'warning')) return 'warning';
  if (findings.length > 0) return 'note';
  return hook.state === 'present' ? 'hook' : 'other';
}

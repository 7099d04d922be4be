import { join } from 'node:path';
import { BUSES, type BusRow, busOf } from '../kernel/index.ts';
import { DISK, type TreeFiles } from '../tree/files.ts';
import { unpackFacts } from '../tree/packed.ts';
import type { FactPool } from '../tree/pool.ts';

/** Structs that kernels have many drivers of: their bus_type is read from the tree at hand. */
const READ = BUSES.filter((row) => row.busType && row.dma !== 'none');

/**
 * Bus rows as the tree itself has them: where its bus_type has a `.shutdown` that the table does not know of, or lacks
 * the one that the table names (`drivers/base/core.c:device_shutdown` goes by that member alone).
 */
export async function busesOfTree(
  root: string,
  pool: Pick<FactPool, 'run'>,
  version?: string,
  disk: TreeFiles = DISK,
): Promise<Map<string, BusRow>> {
  const rows = [...new Set(READ.map((row) => row.struct))]
    .map((struct) => busOf(struct, version))
    .filter(
      (row): row is BusRow => row?.busType !== undefined && disk.text(join(root, fileOf(row))) !== undefined,
    );
  const corrected = new Map<string, BusRow>();
  const byFile = groupBy(rows, fileOf);
  const pieces = [...byFile.keys()].map((file) => ({ file, size: 1 }));
  await pool.run('facts', root, pieces, (result) => {
    if (!('facts' in result)) return;
    const { objects } = unpackFacts(result.facts);
    for (const row of byFile.get(result.file) ?? []) {
      const variable = row.busType!.slice(row.busType!.indexOf(':') + 1);
      const type = objects.find((object) => object.name === variable && object.struct === 'bus_type');
      if (!type) continue;
      const own = type.members.find((member) => member.path === 'shutdown')?.value ?? null;
      const fixed = correct(row, own === 'NULL' ? null : own);
      if (fixed) corrected.set(row.struct, fixed);
    }
  });
  return corrected;
}

/** The row with the tree's own bus method, or null where the table agrees. */
function correct(row: BusRow, own: string | null): BusRow | null {
  if ((own === null) === (row.busShutdown === null))
    return own === row.busShutdown || own === null ? null : { ...row, busShutdown: own };
  if (own === null) {
    // Without a bus method the embedded hook is called, and the core does nothing of its own.
    return { ...row, busShutdown: null, fate: 'honoured', core: 'nothing' };
  }
  return { ...row, busShutdown: own, fate: 'ignored' };
}

function fileOf(row: BusRow): string {
  return row.busType!.slice(0, row.busType!.indexOf(':'));
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

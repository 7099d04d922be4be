import { join } from 'node:path';
import { readVariable } from '../facts/variable.ts';
import { BUSES, type BusRow, busOf } from '../kernel/index.ts';
import { DISK, type TreeFiles } from '../tree/files.ts';
import { Breath } from './breath.ts';

/** Structs that kernels have many drivers of: their bus_type is read from the tree at hand. */
const READ = BUSES.filter((row) => row.busType && row.dma !== 'none');

/**
 * Bus rows as the tree itself has them: where its bus_type has a `.shutdown` that the table does not know of, or lacks
 * the one that the table names (`drivers/base/core.c:device_shutdown` goes by that member alone).
 */
export async function busesOfTree(
  root: string,
  version?: string,
  disk: TreeFiles = DISK,
  breath: Breath = new Breath(),
): Promise<ReadonlyMap<string, BusRow>> {
  const corrected = new Map<string, BusRow>();
  for (const struct of new Set(READ.map((row) => row.struct))) {
    const row = busOf(struct, version);
    if (!row?.busType) continue;
    await breath.take();
    const [file, variable] = row.busType.split(':') as [string, string];
    const text = disk.text(join(root, file));
    const members = text === undefined ? undefined : readVariable(text, 'bus_type', variable);
    if (!members) continue;
    const own = members.find((member) => member.path === 'shutdown')?.value ?? null;
    const fixed = correct(row, own === 'NULL' ? null : own);
    if (fixed) corrected.set(struct, fixed);
  }
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

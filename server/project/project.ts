import { resolve } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { filesUnder } from '../tree/files.ts';
import { FactPool } from '../tree/pool.ts';
import { walkPaths } from '../tree/walk.ts';
import { sortDrivers } from './merge.ts';
import { Reads } from './reads.ts';
import { Recall } from './recall.ts';
import type { Audit, AuditOptions } from './types.ts';
import { UnitRun } from './unit-run.ts';
import { unitsOf } from './units.ts';

/**
 * Audits files and directories: every driver in them, judged within its module.
 * @throws UnreadablePath, NoKernelTree
 */
export async function auditPaths(options: AuditOptions): Promise<Audit> {
  const recall = Recall.of(options);
  return (await recall?.recall()) ?? (await auditAnew(options, recall));
}

async function auditAnew(options: AuditOptions, recall: Recall | undefined): Promise<Audit> {
  const began = Date.now();
  const reads = recall && new Reads();
  const { files, skipped, dirs } = walkPaths(options.paths, options.overlay);
  const plain = filesUnder(options.overlay);
  const disk = reads?.watch(plain) ?? plain;
  for (const dir of dirs) reads?.dirs.add(dir);
  const pool = new FactPool({
    ...(options.jobs ? { jobs: options.jobs } : {}),
    ...(options.engine ? { engine: options.engine } : {}),
    ...(options.cache ? { cache: options.cache } : {}),
    disk: plain,
  });
  const drivers: Driver[] = [];
  const totals = { files: files.length, parsedFiles: 0, parsedBytes: 0, loose: 0 };
  const roots = new Map<string, string>();
  const kernels = new Set<string>();
  try {
    const units = unitsOf(files, options.tree, disk);
    for (const unit of units) {
      const named = options.fromRoot ? { ...unit, display: (file: string) => file, from: unit.root } : unit;
      const run = new UnitRun(named, pool, disk, options, skipped, totals);
      try {
        const found = await run.audit();
        for (const { file } of found) if (!roots.has(file)) roots.set(file, named.from);
        if (unit.kernel) kernels.add(unit.kernel.full);
        drivers.push(...found);
        if (reads && !options.shard && units.length === 1 && unit.kernel?.root === unit.root)
          recall.keep(run.trace(reads, totals, began), { skipped, totals });
      } finally {
        run.close();
      }
    }
  } finally {
    await pool.close();
    // Also of a run that was interrupted: what it read need not be read again.
    options.cache?.flush();
  }
  const named = options.paths.map((path) => resolve(path));
  return { drivers: sortDrivers(drivers), skipped, totals, named, roots, kernels: [...kernels] };
}

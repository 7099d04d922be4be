import type { Examined } from '../audit/examined.ts';
import { FACT_TABLES, type FactTable } from '../kernel/confirm-tables.ts';
import { confirmTree } from '../tree/fact-reader.ts';
import { DISK, type TreeFiles } from '../tree/files.ts';
import type { KernelRoot } from '../tree/root.ts';

/**
 * The kernel facts that the drivers at hand rest on and that this tree contradicts: name of the row (a bus struct, a
 * DMA function) to why. Only rows in use are read, so that a run over a few files stays quick.
 */
export function doubtedRows(
  kernel: KernelRoot,
  examined: readonly Examined[],
  disk: TreeFiles = DISK,
): Map<string, string> {
  const used = new Set<string>();
  for (const { driver } of examined) {
    used.add(driver.struct);
    for (const { api } of driver.dma.evidence) used.add(api);
  }
  const why = new Map<string, string>();
  for (const { rows } of confirmTree(
    kernel,
    'near',
    FACT_TABLES.map((table) => only(table, used)),
    disk,
  )) {
    for (const row of rows) if (row.state === 'changed') why.set(row.name, row.why);
  }
  return why;
}

function only(table: FactTable, used: ReadonlySet<string>): FactTable {
  return { ...table, rows: table.rows.filter((row) => used.has(table.nameOf(row))) };
}

/**
 * Reads every row of `server/kernel/` again in kernel trees, as `quiesce doctor` does, and prints what is confirmed,
 * changed or could not be checked. Exit 1 when a row changed. With VERBOSE in the environment also the rows that are
 * there although they are for other versions: where the end of a range may be wrong.
 *
 *     node test/run.js test/tools/check-kernel-facts.ts TREE…
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { applies, confirmSource, type TreeReader } from '../../server/kernel/confirm.ts';
import { FACT_TABLES } from '../../server/kernel/confirm-tables.ts';
import { confirmTree } from '../../server/tree/fact-reader.ts';
import { type KernelRoot, kernelRootAt } from '../../server/tree/root.ts';

function main(trees: readonly string[]): number {
  if (trees.length === 0) {
    console.error('check-kernel-facts: name at least one kernel tree');
    return 2;
  }
  let bad = 0;
  for (const dir of trees) {
    const kernel = kernelRootAt(resolve(dir));
    if (!kernel) {
      console.error(`check-kernel-facts: ${dir} is no kernel tree`);
      return 2;
    }
    console.log(`${kernel.full}:`);
    for (const { table, rows, otherVersions } of confirmTree(kernel)) {
      const count = (state: string): number => rows.filter((row) => row.state === state).length;
      for (const row of rows) {
        if (row.state !== 'confirmed' || row.why !== 'as the row says')
          console.log(`  ${table}: ${row.source}: ${row.state}: ${row.why}`);
      }
      bad += count('changed');
      console.log(
        `  ${table}: ${rows.length} rows, ${count('confirmed')} confirmed, ${count('changed')} changed, ` +
          `${count('could-not-check')} could not be checked, ${otherVersions} for other versions`,
      );
    }
    if (process.env.VERBOSE !== undefined) outOfRange(kernel);
  }
  return bad > 0 ? 1 : 0;
}

function outOfRange(kernel: KernelRoot): void {
  const tree: TreeReader = {
    version: kernel.version,
    read(path) {
      const full = join(kernel.root, path);
      return existsSync(full) ? readFileSync(full, 'latin1') : undefined;
    },
    find: () => [],
  };
  for (const { table, rows } of FACT_TABLES) {
    for (const row of rows) {
      if (!applies(row, tree) && confirmSource(row, tree).state === 'confirmed')
        console.log(`  ${table}: ${row.source}: is there although the row is for other versions`);
    }
  }
}

process.exitCode = main(process.argv.slice(2));

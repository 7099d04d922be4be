/**
 * Times quiesce beside its limits and its peers, in one run, and writes docs/performance.md from all that was measured.
 *
 *     npm run bench -- --tree DIR [--runs N] [--only NAME]…
 *
 * Peers: `rg` reading the same files, a bare tree-sitter parse of the files that quiesce itself parsed, by as many
 * processes as there are processors, and Coccinelle's `spatch` with the same-file rule of docs/coccinelle. Wall and CPU
 * seconds are of whole processes and the peak is the largest resident set (time(1)); medians of N runs (5), with the
 * least and the most; fewer runs where they take minutes. What `--only` leaves out stays as it was measured before (docs/performance.json).
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kernelRootAt } from '../../server/tree/root.ts';
import { CASES } from './cases.ts';
import { pageOf } from './page.ts';
import { countShown, listParsed, parseBare } from './peers.ts';
import { plotOf } from './plot.ts';
import type { Measured } from './timed.ts';

const DATA = 'docs/performance.json';

if (process.argv[2] === '--parse') await parseBare();
else if (process.argv[2] === '--shown') await countShown();
else if (process.argv[2] === '--list') await listParsed(process.argv.slice(3));
else await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tree: { type: 'string' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string', multiple: true },
    },
  });
  const kernel = values.tree === undefined ? undefined : kernelRootAt(resolve(values.tree));
  const unknown = values.only?.filter((name) => !CASES.some((one) => one.name === name)) ?? [];
  if (!kernel || unknown.length > 0) {
    process.stderr.write(
      'usage: npm run bench -- --tree KERNEL [--runs N] [--only NAME]…\nNAME is one of:\n',
    );
    for (const { name, what } of CASES) process.stderr.write(`  ${name.padEnd(10)} ${what}\n`);
    process.exit(2);
  }
  const known: Measured[] = existsSync(DATA) ? JSON.parse(readFileSync(DATA, 'utf8')) : [];
  const rows = new Map(known.map((row) => [row.id, row]));
  const machine = `${availableParallelism()} processors (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  for (const one of CASES) {
    if (values.only && !values.only.includes(one.name)) continue;
    const began = performance.now();
    process.stderr.write(`${one.name}: ${one.what}\n`);
    for (const row of await one.run({ root: kernel.root, runs: Number(values.runs) })) {
      rows.set(row.id, { ...row, tree: `Linux ${kernel.full}`, machine });
      process.stderr.write(`  ${row.what}: ${row.wall.map((s) => s.toFixed(2)).join(' ')} s\n`);
    }
    process.stderr.write(`  ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
    // After each part: a run that is broken off has not been for nothing.
    const all = [...rows.values()];
    writeFileSync(DATA, `${JSON.stringify(all, null, 1)}\n`);
    writeFileSync('docs/performance.svg', plotOf(all));
    writeFileSync('docs/performance.md', pageOf(all, readFileSync('test/bench/notes.md', 'utf8')));
  }
}

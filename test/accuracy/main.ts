/**
 * Scores an inventory of a kernel tree against truth files.
 *
 * Use: npm run accuracy -- --tree DIR --truth FILE… [--dirs drivers,sound,net,arch] [--inventory FILE.jsonl]
 *        [--write docs/accuracy.md] [--floor found=99.5,hook=99.8,recall=…,precision=…]
 * Prints the figures and every disagreement; exits 1 when a floor is not reached.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver } from '../../server/audit/model.ts';
import { auditPaths } from '../../server/project/project.ts';
import { kernelRootAt } from '../../server/tree/root.ts';
import { type Disagreement, ratio, type Score, score } from './score.ts';
import { readTruth } from './truth.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tree: { type: 'string' },
    truth: { type: 'string', multiple: true },
    dirs: { type: 'string', default: 'drivers,sound,net,arch' },
    inventory: { type: 'string' },
    write: { type: 'string' },
    floor: { type: 'string' },
    reasons: { type: 'string' },
  },
});
const truthFiles = [...(values.truth ?? []), ...positionals];
if (!values.tree || truthFiles.length === 0) {
  process.stderr.write('accuracy: give --tree DIR and --truth FILE…\n');
  process.exit(2);
}
const kernel = kernelRootAt(values.tree);
if (!kernel) {
  process.stderr.write(`accuracy: ${values.tree}: no kernel tree\n`);
  process.exit(2);
}
const drivers = values.inventory
  ? readFileSync(values.inventory, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Driver)
  : (await auditPaths({ paths: values.dirs.split(',').map((dir) => join(kernel.root, dir)) })).drivers;
const result = score(drivers, readTruth(truthFiles));
const figures = {
  found: 100 * ratio(result.found, result.rows),
  hook: 100 * ratio(result.hookRight, result.found),
  recall: 100 * ratio(result.dma.truePositive, result.dma.truePositive + result.dma.falseNegative),
  precision: 100 * ratio(result.dma.truePositive, result.dma.truePositive + result.dma.falsePositive),
};
const reasons = new Map<string, string>();
if (values.reasons) {
  for (const line of readFileSync(values.reasons, 'utf8').trim().split('\n')) {
    const [file, instance, ...reason] = line.split('\t');
    reasons.set(`${file}\0${instance}`, reason.join(' '));
  }
}
const text = report(kernel.full, result, figures, reasons);
process.stdout.write(text);
if (values.write) writeFileSync(values.write, text);
let failed = 0;
for (const floor of (values.floor ?? '').split(',').filter(Boolean)) {
  const [name, value] = floor.split('=');
  const got = figures[name as keyof typeof figures];
  const ok = got >= Number(value);
  if (!ok) failed++;
  process.stderr.write(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${got?.toFixed(2)} % (floor ${value} %)\n`);
}
process.exit(failed > 0 ? 1 : 0);

function report(
  version: string,
  result: Score,
  figures: Record<string, number>,
  reasons: ReadonlyMap<string, string>,
): string {
  const { dma } = result;
  const lines = [
    `# Accuracy against the compiled drivers of Linux ${version}`,
    '',
    'Made by `npm run accuracy -- --tree DIR --truth FILE… --write docs/accuracy.md`. The truth was read off compiled',
    'arm64 modules: hooks from relocations, DMA from imported symbols. Left out of the DMA score: rows that it calls',
    'ambiguous, `mask-only`, `card` and `parent`.',
    '',
    '| figure | value |',
    '|---|---|',
    `| instances found | ${result.found} of ${result.rows} (${figures.found!.toFixed(2)} %) |`,
    `| hook present or absent, right | ${result.hookRight} of ${result.found} (${figures.hook!.toFixed(2)} %) |`,
    `| does DMA itself: recall | ${dma.truePositive} of ${dma.truePositive + dma.falseNegative} (${figures.recall!.toFixed(2)} %) |`,
    `| does DMA itself: precision | ${dma.truePositive} of ${dma.truePositive + dma.falsePositive} (${figures.precision!.toFixed(2)} %) |`,
    '',
    '## Classes (rows: truth, columns: ours)',
    '',
  ];
  const names = ['provider', 'direct', 'library', 'client', 'mask-only', 'none'];
  lines.push(`| | ${names.join(' | ')} |`, `|---|${names.map(() => '---|').join('')}`);
  for (const name of names) {
    const row = result.classes[name];
    if (row) lines.push(`| ${name} | ${names.map((column) => row[column] ?? 0).join(' | ')} |`);
  }
  lines.push('', '## By confidence', '', '| tier | right | wrong | precision |', '|---|---|---|---|');
  for (const [tier, { right, wrong }] of Object.entries(result.tiers).sort()) {
    lines.push(`| ${tier} | ${right} | ${wrong} | ${(100 * ratio(right, right + wrong)).toFixed(1)} % |`);
  }
  const kinds: Disagreement['kind'][] = ['not found', 'hook', 'missed DMA', 'false DMA'];
  for (const kind of kinds) {
    const rows = result.disagreements.filter((row) => row.kind === kind);
    lines.push('', `## Disagreements: ${kind} (${rows.length})`, '');
    for (const row of rows) {
      const reason = reasons.get(`${row.file}\0${row.instance}`);
      lines.push(
        `- \`${row.file}\` \`${row.instance}\` (${row.bus}): truth ${row.truth}; ours ${row.ours}${reason ? `. ${reason}` : ''}`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

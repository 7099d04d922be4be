/**
 * Checks that the paths of evidence are real, against the source text by a second simple method (source-text.ts): each
 * name's body or initialiser mentions the next one, and the last one's body holds the API call at the line given.
 *
 * Use: node test/run.js test/accuracy/paths.ts --tree DIR --seed N --count 200 [--inventory FILE.jsonl] [--floor 100]
 * Lists every path that fails; exits 1 when fewer than `--floor` percent hold.
 */
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver, Evidence } from '../../server/audit/model.ts';
import { draw, driversOf } from './draw.ts';
import { type Definition, SourceText } from './source-text.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '200' },
    inventory: { type: 'string' },
    floor: { type: 'string', default: '0' },
  },
});
if (!values.tree) {
  process.stderr.write('paths: give --tree DIR\n');
  process.exit(2);
}
const source = new SourceText(values.tree);
const drivers = await driversOf(values.tree, values.inventory);
const all = drivers.flatMap((driver) => driver.dma.evidence.map((evidence) => ({ driver, evidence })));
const drawn = draw(all, Number(values.count), Number(values.seed));
let good = 0;
let steps = 0;
for (const { driver, evidence } of drawn) {
  const faults = faultsOf(driver, evidence);
  steps += evidence.path.length;
  if (faults.length === 0) good++;
  else {
    process.stdout.write(
      `${driver.file} ${driver.instance}: ${[...evidence.path, evidence.api].join(' -> ')} (${evidence.file}:${evidence.line})\n` +
        faults.map((fault) => `  ${fault}\n`).join(''),
    );
  }
}
const rate = (100 * good) / Math.max(1, drawn.length);
process.stdout.write(
  `${good} of ${drawn.length} paths hold (${rate.toFixed(1)} %), ${steps} steps, seed ${values.seed}, of ${all.length} paths\n`,
);
process.exit(rate < Number(values.floor) ? 1 : 0);

function faultsOf(driver: Driver, evidence: Evidence): string[] {
  const faults: string[] = [];
  const names = evidence.path.map((name) => name.replace(/[.[].*$/, ''));
  for (let i = 0; i + 1 < names.length; i++) {
    const [name, next] = [names[i]!, names[i + 1]!];
    const bodies = definitionsOf(name, driver, evidence);
    if (bodies.length === 0) faults.push(`${name}: no definition found`);
    else if (!bodies.some((body) => mentions(body.text, next))) {
      faults.push(
        `${name} (${bodies.map(({ file, line }) => `${file}:${line}`).join(', ')}) does not mention ${next}`,
      );
    }
  }
  const last = names.at(-1);
  const lines = source.text(evidence.file).split('\n');
  // A statement may go over several lines.
  if (!mentions(lines.slice(evidence.line - 1, evidence.line + 3).join('\n'), evidence.api)) {
    faults.push(`${evidence.file}:${evidence.line} does not mention ${evidence.api}`);
  }
  if (last) {
    const holds = source
      .definitions(evidence.file, last)
      .some(({ line, endLine }) => line <= evidence.line && evidence.line <= endLine);
    if (!holds) faults.push(`${evidence.file}:${evidence.line} is not in the body of ${last}`);
  }
  return faults;
}

/** Definitions near the driver and the evidence: their folders and those below, the folder above, headers included. */
function definitionsOf(name: string, driver: Driver, evidence: Evidence): Definition[] {
  const folders = new Set([dirname(driver.file), dirname(evidence.file), ...driver.modules.map(dirname)]);
  const near = [...folders].flatMap((folder) => source.filesBelow(folder));
  const found = near.flatMap((file) => source.definitions(file, name));
  if (found.length > 0) return found;
  const above = [...folders].flatMap((folder) => source.filesBelow(dirname(folder)));
  const wider = above.flatMap((file) => source.definitions(file, name));
  if (wider.length > 0) return wider;
  const headers = new Set(
    [driver.file, evidence.file].flatMap((file) => source.headersOf(file, [...folders])),
  );
  return [...headers].flatMap((file) => source.definitions(file, name));
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text);
}

/**
 * Draws drivers at random for reading by hand.
 *
 * Use: node test/run.js test/accuracy/sample.ts --tree DIR --seed N --what warnings|unflagged --count 100
 *        [--inventory FILE.jsonl] [--dirs drivers,sound,net,arch]
 * `warnings`: drivers with a finding at `warning`. `unflagged`: drivers without any finding that do DMA (class
 * provider, direct or library), and those of class client or none whose own file names the DMA API.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Driver } from '../../server/audit/model.ts';
import { isMaster } from '../../server/audit/rule.ts';
import { draw, driversOf } from './draw.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    seed: { type: 'string', default: '1' },
    what: { type: 'string', default: 'warnings' },
    count: { type: 'string', default: '100' },
    inventory: { type: 'string' },
    dirs: { type: 'string' },
  },
});
if (!values.tree || !['warnings', 'unflagged'].includes(values.what)) {
  process.stderr.write('sample: give --tree DIR and --what warnings|unflagged\n');
  process.exit(2);
}
const tree = values.tree;
/** Words that a driver with DMA of its own mentions; the reader decides whether they count. */
const DMA_WORDS =
  /\bdmam?_(?:alloc|map|pool|set_mask|set_coherent)\w*|\bdma_async_device_register|DMA_BIT_MASK/;

const all = await driversOf(tree, values.inventory, values.dirs);
const population = all.filter(values.what === 'warnings' ? warned : unflagged);
process.stdout.write(`${population.length} ${values.what} of ${all.length} drivers, seed ${values.seed}\n`);
for (const [index, driver] of draw(population, Number(values.count), Number(values.seed)).entries()) {
  const { dma, hook } = driver;
  const [first] = dma.evidence;
  const way = first
    ? `${[...first.path, first.api].join(' -> ')} (${first.file}:${first.line})`
    : 'no evidence';
  const by = driver.quiescedBy.map(({ kind, by }) => `${kind} ${by}`).join('; ');
  const says = driver.findings.map(
    ({ rule, severity, message }) => `${severity} ${rule}: ${message.split('\n')[0]}`,
  );
  process.stdout.write(
    [
      `${index + 1}. ${driver.file}:${driver.line} ${driver.instance} (${driver.bus})`,
      `   ${dma.class}, ${dma.kind}, ${driver.confidence}; hook ${hook.state}${hook.function ? ` ${hook.function}` : ''}${by ? `; by ${by}` : ''}`,
      `   ${way}`,
      ...says.map((line) => `   ${line}`),
      '',
    ].join('\n'),
  );
}

function warned(driver: Driver): boolean {
  return driver.findings.some(({ severity }) => severity === 'warning');
}

function unflagged(driver: Driver): boolean {
  if (driver.findings.length > 0 || driver.confidence === 'not-judged') return false;
  return isMaster(driver) || DMA_WORDS.test(readFileSync(join(tree, driver.file), 'utf8'));
}

/**
 * Sends every `.c` file of a tree through the facts and says whether any made them throw.
 *
 *     npm run facts-all -- TREE
 *
 * Prints files, bytes and failures; exits 1 when there is one. Kernel trees hold 34,000 files.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { unpackFacts } from '../../server/tree/packed.ts';
import { FactPool } from '../../server/tree/pool.ts';
import { fromRoot, walkPaths } from '../../server/tree/walk.ts';

const root = process.argv[2];
if (!root) {
  process.stderr.write('facts-all: name a tree\n');
  process.exit(2);
}
const files = walkPaths([root])
  .files.filter((file) => file.endsWith('.c'))
  .map((file) => fromRoot(root, file));
const pieces = files.map((file) => ({ file, size: statSync(join(root, file)).size }));
const pool = new FactPool({});
let read = 0;
let bytes = 0;
let instances = 0;
const failures: string[] = [];
try {
  await pool.run('facts', root, pieces, (result) => {
    if ('error' in result) failures.push(`${result.file}: ${result.error}`);
    if (!('facts' in result)) return;
    read++;
    bytes += result.bytes;
    instances += unpackFacts(result.facts).instances.length;
  });
} catch (error) {
  failures.push(`a worker failed: ${error instanceof Error ? error.stack : String(error)}`);
} finally {
  await pool.close();
}
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.stdout.write(
  `${read} of ${files.length} .c files, ${(bytes / 1e6).toFixed(1)} MB, ${instances} driver structs, ${failures.length} failures\n`,
);
process.exit(failures.length > 0 || read !== files.length ? 1 : 0);

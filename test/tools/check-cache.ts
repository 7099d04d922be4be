/**
 * Audits directories without a cache, with a fresh one, with what that left, by two runs at once, and with a damaged
 * one; what is printed must be the same byte for byte. Prints wall seconds and the cache's size. Exit 1 on a difference.
 * Needs `npm run build` for the workers.
 *
 *     node test/run.js test/tools/check-cache.ts PATH…
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditPaths } from '../../server/project/project.ts';
import { json, jsonLines } from '../../server/report/json.ts';
import { FactCache, keyOf } from '../../server/tree/cache/index.ts';
import { reportOf } from './report-of.ts';

const CODE = '0123456789abcdef';

/** Key of all that a run prints: findings, drivers, totals. */
async function run(paths: readonly string[], folder?: string, jobs?: number): Promise<string> {
  const cache = folder === undefined ? undefined : new FactCache({ folder, code: CODE });
  try {
    const audit = await auditPaths({
      paths,
      ...(cache ? { cache } : {}),
      ...(jobs ? { jobs } : {}),
    });
    if (cache?.problem !== undefined) throw new Error(`cache: ${cache.problem}`);
    const findings = json.render(reportOf(audit), { color: false });
    const text = `${findings}${jsonLines(audit.drivers)}${JSON.stringify(audit.totals)}`;
    return `${Buffer.from(keyOf(Buffer.from(text)), 'latin1').toString('hex')} ${text.length} bytes`;
  } finally {
    cache?.close();
  }
}

async function main(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) {
    console.error('check-cache: name at least one file or directory');
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'quiesce-check-cache-'));
  const facts = join(folder, CODE, 'facts');
  const timed = async (name: string, work: () => Promise<string>): Promise<string> => {
    const start = process.hrtime.bigint();
    const result = await work();
    console.log(
      `${name.padEnd(22)} ${(Number(process.hrtime.bigint() - start) / 1e9).toFixed(2)} s  ${result}`,
    );
    return result;
  };
  try {
    const expected = await timed('no cache', () => run(paths));
    const rest = [
      await timed('cold', () => run(paths, folder)),
      await timed('warm', () => run(paths, folder)),
      await timed('warm, one thread', () => run(paths, folder, 1)),
    ];
    const packs = readdirSync(facts).map((name) => join(facts, name));
    console.log(
      `${packs.length} pack, ${packs.reduce((sum, path) => sum + readFileSync(path).length, 0)} bytes`,
    );
    for (const path of packs) {
      const bytes = readFileSync(path);
      for (let at = 1000; at < bytes.length * 0.9; at += 65_536) bytes[at]! ^= 0xff;
      writeFileSync(path, bytes);
    }
    rest.push(await timed('damaged', () => run(paths, folder)));
    rmSync(folder, { recursive: true });
    rest.push(
      ...(await Promise.all([1, 2].map((n) => timed(`cold, two at once: ${n}`, () => run(paths, folder))))),
      await timed('warm after these', () => run(paths, folder)),
    );
    const same = rest.every((one) => one === expected);
    console.log(same ? 'all the same' : 'DIFFERENT');
    return same ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main(process.argv.slice(2));

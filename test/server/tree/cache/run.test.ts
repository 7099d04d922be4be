import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { auditPaths } from '../../../../server/project/project.ts';
import { json, jsonLines } from '../../../../server/report/json.ts';
import { FactCache, runCached, type Spread } from '../../../../server/tree/cache/index.ts';
import runTask, { type Result } from '../../../../server/tree/task.ts';
import { sourcesBelow } from '../../../tools/expectations.ts';
import { reportOf } from '../../../tools/report-of.ts';

const EXAMPLES = 'test/fixtures/examples';
let folder: string;
let root: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quiesce-run-'));
  root = join(folder, 'tree');
  cpSync(EXAMPLES, root, { recursive: true });
  // Ten seconds on, or the files are too young to be remembered.
  const { now } = Date;
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 10_000);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

function withCache<T>(work: (cache: FactCache) => Promise<T>): Promise<T> {
  const cache = new FactCache({ folder: join(folder, 'cache'), code: '0123456789abcdef' });
  return work(cache).finally(() => cache.close());
}

/** Everything that is printed of an audit, and in full. */
async function printed(cache?: FactCache): Promise<string> {
  const audit = await auditPaths({
    paths: [root],
    jobs: 1,
    ...(cache ? { cache } : {}),
  });
  const text = json.render(reportOf(audit), { color: false });
  return `${text}${jsonLines(audit.drivers)}${JSON.stringify(audit.totals)}`;
}

describe('an audit with a cache', () => {
  it('says byte for byte what one without says: cold, warm, after an edit and back', async () => {
    const plain = await printed();
    expect(JSON.parse(plain.split('\n}\n')[0]!.concat('\n}')).findings.length).toBeGreaterThan(3);
    expect(await withCache(printed)).toBe(plain);
    expect(await withCache(printed)).toBe(plain);

    const file = join(root, 'platform', sourcesBelow(join(root, 'platform'))[0]!.split('/').pop()!);
    const text = readFileSync(file, 'utf8');
    const edited = text.replace(/\.shutdown\s*=/g, '.unrelated =').replace(/\bprobe\b/g, 'prode');
    expect(edited).not.toBe(text);
    writeFileSync(file, edited);
    const changed = await printed();
    expect(changed).not.toBe(plain);
    expect(await withCache(printed)).toBe(changed);
    expect(await withCache(printed)).toBe(changed);

    writeFileSync(file, text);
    expect(await withCache(printed)).toBe(plain);
  });

  it('is right when the cache is damaged between two runs', async () => {
    const plain = await printed();
    await withCache(printed);
    for (const name of ['facts', 'roots']) {
      const dir = join(folder, 'cache/0123456789abcdef', name);
      for (const path of sourcesOf(dir)) writeFileSync(path, readFileSync(path).subarray(0, 100));
    }
    expect(await withCache(printed)).toBe(plain);
    expect(await withCache(printed)).toBe(plain);
  });
});

function sourcesOf(dir: string): string[] {
  return readdirSync(dir).map((name) => join(dir, name));
}

/** A result without the difference between two kinds of byte array. */
function plain(result: Result): unknown {
  return 'facts' in result ? { ...result, facts: Buffer.from(result.facts).toString('hex') } : result;
}

describe('runCached', () => {
  /** Runs over the example drivers and says which files each kind of task read, and the results by file. */
  async function run(kind: 'scan' | 'facts', base = root) {
    const files = sourcesBelow(base).map((path) => path.slice(base.length + 1));
    const read: Record<string, string[]> = { scan: [], hash: [], facts: [] };
    const results = new Map<string, Result>();
    const spread: Spread = async (step, pieces, take) => {
      const names = pieces.map(({ file }) => file);
      read[step]!.push(...names);
      const task = { root: base, files: names };
      const made =
        step === 'facts'
          ? await runTask({ kind: step, ...task, engine: 'auto', keyed: true })
          : await runTask({ kind: step, ...task });
      for (const one of made) take(one);
    };
    await withCache(async (cache) => {
      const pieces = files.map((file) => ({ file, size: 1 }));
      await runCached(cache, kind, base, pieces, (result) => results.set(result.file, result), spread);
      cache.flush();
      expect(cache.problem).toBeUndefined();
    });
    return { files, read, results };
  }

  it.each(['scan', 'facts'] as const)('reads nothing again for %s, and gives the same', async (kind) => {
    const cold = await run(kind);
    expect(cold.read[kind]!.sort()).toEqual([...cold.files].sort());
    const warm = await run(kind);
    expect(warm.read).toEqual({ scan: [], hash: [], facts: [] });
    expect(warm.results.size).toBe(cold.files.length);
    for (const [file, result] of warm.results) expect(plain(result)).toEqual(plain(cold.results.get(file)!));
  });

  it('reads what changed, parses only new content', async () => {
    const { files } = await run('facts');
    const [touched, edited] = files;
    utimesSync(join(root, touched!), 1000, 1000);
    writeFileSync(join(root, edited!), `${readFileSync(join(root, edited!), 'utf8')}\nint more;\n`);
    const again = await run('facts');
    expect(again.read.hash!.sort()).toEqual([touched, edited].sort());
    expect(again.read.facts).toEqual([edited]);
    expect((await run('facts')).read).toEqual({ scan: [], hash: [], facts: [] });
  });

  it('knows the content of another tree', async () => {
    await run('facts');
    const other = join(folder, 'other');
    cpSync(root, other, { recursive: true });
    const { read, files } = await run('facts', other);
    expect(read.hash!.length).toBe(files.length);
    expect(read.facts).toEqual([]);
  });

  it('does not remember a file that is younger than the clock can tell', async () => {
    vi.restoreAllMocks();
    await run('facts');
    const { read, files } = await run('facts');
    expect(read.hash!.length).toBe(files.length);
    expect(read.facts).toEqual([]);
    expect((await run('scan')).read.scan!.length).toBe(files.length);
    expect((await run('scan')).read.scan!.length).toBe(files.length);
  });

  it('says why a file can not be read, each time', async () => {
    const { files } = await run('facts');
    rmSync(join(root, files[0]!));
    const results: Result[] = [];
    await withCache((cache) =>
      runCached(
        cache,
        'facts',
        root,
        [{ file: files[0]!, size: 1 }],
        (result) => results.push(result),
        async (step, pieces, take) => {
          const task = { root, files: pieces.map(({ file }) => file) };
          const made =
            step === 'facts'
              ? await runTask({ kind: step, ...task, engine: 'auto', keyed: true })
              : await runTask({ kind: step, ...task });
          for (const one of made) take(one);
        },
      ),
    );
    expect(results).toEqual([{ file: files[0], error: 'no such file or directory' }]);
  });
});

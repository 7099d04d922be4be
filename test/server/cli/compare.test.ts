import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { jsonLines } from '../../../server/report/json.ts';
import { driverOf, findingOf } from '../report/inputs.ts';
import { quiesce } from './run.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-compare-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const hook = { state: 'present', function: 'mac_shutdown', via: 'member', line: 9 } as const;
const older = join(dir, 'older.jsonl');
const newer = join(dir, 'newer.jsonl');
writeFileSync(
  older,
  jsonLines([
    driverOf('mac', { file: 'mac.c', findings: [findingOf('mac')] }),
    driverOf('dma'),
    driverOf('gone'),
  ]),
);
writeFileSync(
  newer,
  jsonLines([driverOf('mac', { file: 'mac.c', hook }), driverOf('dma'), driverOf('fresh', { hook })]),
);

describe('quiesce compare', () => {
  it('lists the drivers in both whose hook is new, and holds its schema', async () => {
    const { code, stdout } = await quiesce(['compare', older, newer, '--format', 'json']);
    expect(code).toBe(0);
    const schema = JSON.parse(readFileSync('docs/schema/compare.schema.json', 'utf8'));
    const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
    const report = JSON.parse(stdout);
    expect(validate(report), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(report).toMatchObject({ paired: 2, gained: [{ instance: 'mac_driver', commit: null }] });
    expect(report.gained).toHaveLength(1);
  });

  it('names the commit that brought the hook, where the history reaches so far', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
        cwd: dir,
        encoding: 'utf8',
      });
    git('init', '-q');
    for (const [text, subject] of [
      ['int x;\n', 'Add the driver'],
      ['void mac_shutdown(void) {}\n', 'mac: stop the engine at shutdown'],
      ['void mac_shutdown(void) {}\nint y;\n', 'Something else'],
    ] as const) {
      writeFileSync(join(dir, 'mac.c'), text);
      git('add', 'mac.c');
      git('commit', '-q', '-m', subject);
    }
    const { stdout } = await quiesce(['compare', older, newer, '--history', dir]);
    expect(stdout).toContain(git('rev-parse', 'HEAD~1').slice(0, 12));
    expect(stdout).toContain('mac: stop the engine at shutdown');
  });

  it('names a side that is not there', async () => {
    expect(await quiesce(['compare', older, join(dir, 'none')])).toMatchObject({ code: 2 });
  });
});

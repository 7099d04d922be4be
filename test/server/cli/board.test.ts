import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce } from './run.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-board-'));
const tree = join(dir, 'toy.dts');
const inventory = join(dir, 'inventory.jsonl');
let node: string;

beforeAll(async () => {
  const { stdout } = await quiesce([
    'inventory',
    '--format',
    'jsonl',
    '--no-cache',
    'test/fixtures/examples',
  ]);
  writeFileSync(inventory, stdout);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const flagged = lines.find(({ bus, match, findings }) => bus === 'platform' && match.of[0] && findings[0]);
  node = flagged.match.of[0];
  writeFileSync(tree, `/dts-v1/;\n/ { model = "Toy"; mac@1 { compatible = "${node}"; }; };\n`);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('quiesce board', () => {
  it('holds its schema, and finds the device that is left running', async () => {
    const { code, stdout } = await quiesce(['board', tree, '--inventory', inventory, '--format', 'json']);
    expect(code).toBe(0);
    const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
      JSON.parse(readFileSync('docs/schema/board.schema.json', 'utf8')),
    );
    const report = JSON.parse(stdout);
    expect(validate(report), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(report.rows).toMatchObject([{ device: '/mac@1', id: node, by: 'of', unquiesced: true }]);
  });

  it('says first that a configuration has no kexec', async () => {
    const config = join(dir, 'config');
    writeFileSync(config, 'CONFIG_ARM_SMMU=y\n# CONFIG_KEXEC is not set\n');
    const { stdout } = await quiesce(['board', tree, config, '--inventory', inventory]);
    expect(stdout.split('\n')[0]).toMatch(/^No kexec in this configuration/);
  });

  it('is the filter of check', async () => {
    const all = await quiesce(['check', '--format', 'jsonl', '--no-cache', 'test/fixtures/examples']);
    const some = await quiesce([
      ...['check', '--format', 'jsonl', '--no-cache', '--board', tree, 'test/fixtures/examples'],
    ]);
    const count = (text: string) => text.trimEnd().split('\n').length;
    expect(count(some.stdout)).toBeLessThan(count(all.stdout));
    expect(some.stdout).not.toBe('');
  });

  it('does not pass over what it cannot filter', async () => {
    const shard = ['--shard', '1/2', '-o', join(dir, 'part.json')];
    const { code, stderr } = await quiesce(['check', '--board', tree, ...shard, 'test/fixtures/examples']);
    expect(code).toBe(2);
    expect(stderr).toContain('--board: a shard holds every driver');
  });

  it('names a file that says nothing of a machine, and asks for drivers', async () => {
    const other = join(dir, 'letter.txt');
    writeFileSync(other, 'Dear reader,\n');
    expect(await quiesce(['board', other, '--inventory', inventory])).toMatchObject({ code: 2 });
    const { code, stderr } = await quiesce(['board', tree]);
    expect(code).toBe(2);
    expect(stderr).toContain('--inventory');
  });
});

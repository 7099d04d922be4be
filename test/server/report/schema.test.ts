import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../server/audit/rules/index.ts';
import { quiesce } from '../cli/run.ts';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const schema = (name: string): object => JSON.parse(readFileSync(`docs/schema/${name}.schema.json`, 'utf8'));
const inventory = ajv.compile(schema('inventory'));
const check = ajv.compile(schema('check'));

/** The members of a line, in the order that the interface names them. */
const LINE = [
  'file',
  'line',
  'column',
  'bus',
  'struct',
  'instance',
  'modules',
  'match',
  'name',
  'configs',
  'creates',
  'hook',
  'dma',
  'quiescedBy',
  'confidence',
  'findings',
];

async function lines(paths: readonly string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout } = await quiesce(['inventory', '--format', 'jsonl', '--no-cache', ...paths]);
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function holds(validate: typeof check, value: unknown): void {
  expect(validate(value), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
}

describe('inventory --format jsonl', () => {
  it('holds its schema, line by line, with the members in their order', async () => {
    const drivers = await lines(['test/fixtures']);
    expect(drivers.length).toBeGreaterThan(40);
    for (const driver of drivers) {
      holds(inventory, driver);
      expect(Object.keys(driver)).toEqual(LINE);
    }
  });

  it('has one line for each file and instance, sorted by place', async () => {
    const drivers = await lines(['test/fixtures/examples']);
    const keys = drivers.map(({ file, instance }) => `${file} ${instance}`);
    expect(new Set(keys).size).toBe(keys.length);
    const places = drivers.map(({ file, line }) => `${file}:${String(line).padStart(6, '0')}`);
    expect(places).toEqual([...places].sort());
  });

  const tree = process.env.KERNEL_TREE;
  it.skipIf(!tree)(
    'holds its schema over a directory of a kernel tree (KERNEL_TREE)',
    { timeout: 300_000 },
    async () => {
      const drivers = await lines([
        join(tree!, 'drivers/dma'),
        join(tree!, 'drivers/iommu'),
        join(tree!, 'sound/soc/intel'),
      ]);
      expect(drivers.length).toBeGreaterThan(100);
      for (const driver of drivers) holds(inventory, driver);
    },
  );
});

describe('check --format json', () => {
  it('holds its schema, and says what the inventory says', async () => {
    const { code, stdout } = await quiesce([
      'check',
      '--format',
      'json',
      '--no-cache',
      'test/fixtures/examples',
    ]);
    expect(code).toBe(1);
    const document = JSON.parse(stdout);
    holds(check, document);
    const drivers = (await lines(['test/fixtures/examples'])) as {
      file: string;
      instance: string;
      findings: { rule: string }[];
    }[];
    const told = drivers.flatMap(({ file, instance, findings }) =>
      findings.map(({ rule }) => `${file} ${instance} ${rule}`),
    );
    const found = document.findings.map(
      (one: { file: string; instance: string; rule: string }) => `${one.file} ${one.instance} ${one.rule}`,
    );
    expect(found).toEqual(told);
    expect(document.totals.warnings + document.totals.notes).toBe(found.length);
    expect(document.totals.drivers).toBe(drivers.length);
  });

  it('holds its schema with nothing to say, and with something skipped', async () => {
    const { stdout } = await quiesce(['check', '--format', 'json', 'test/fixtures/examples/i2c']);
    const document = JSON.parse(stdout);
    holds(check, document);
    expect(document.findings).toEqual([]);
    holds(check, { ...document, skipped: [{ path: 'a', reason: 'b' }] });
  });
});

describe('the schemas', () => {
  it('refuse what they do not name', async () => {
    const [driver] = await lines(['test/fixtures/examples/camera']);
    expect(inventory({ ...driver, more: 1 })).toBe(false);
    expect(inventory({ ...driver, line: 0 })).toBe(false);
    expect(inventory({ ...driver, hook: { ...(driver!.hook as object), state: 'good' } })).toBe(false);
    const { findings: _, ...less } = driver!;
    expect(inventory(less)).toBe(false);
  });

  it("accept every rule's id", async () => {
    const [driver] = await lines(['test/fixtures/examples/camera']);
    for (const { id, ceiling } of RULES) {
      holds(inventory, { ...driver, findings: [{ rule: id, severity: ceiling, message: 'a\nb\nc' }] });
    }
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatSize } from '../../../simulator/machine/address.ts';
import { writeSmmuTree } from '../fix/policy/drivers.ts';
import { quiesce } from './run.ts';

const dir = mkdtempSync(join(tmpdir(), 'quiesce-advice-'));
const tree = join(dir, 'toy.dts');
const inventory = join(dir, 'inventory.jsonl');
const EXAMPLES = 'test/fixtures/examples';

/** RAM up to 4 GiB, where 32 bit IOVAs begin; an SMMU of each architecture, devices behind each and behind none. */
writeFileSync(
  tree,
  `/dts-v1/;
/ {
  model = "Toy board"; compatible = "toy,board"; #address-cells = <2>; #size-cells = <2>;
  memory@80000000 { device_type = "memory"; reg = <0x0 0x80000000 0x0 0x80000000>; };
  old: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0x0 0x5000000 0x0 0x1000>; #iommu-cells = <1>; };
  new: iommu@6000000 { compatible = "arm,smmu-v3"; reg = <0x0 0x6000000 0x0 0x1000>; #iommu-cells = <1>; };
  dma@1000 { compatible = "example,camera-v1"; reg = <0x0 0x1000 0x0 0x1000>; iommus = <&old 0x12>; };
  dma@2000 { compatible = "example,recorder"; reg = <0x0 0x2000 0x0 0x1000>; iommus = <&new 0x34>; };
  dma@3000 { compatible = "example,recorder"; reg = <0x0 0x3000 0x0 0x1000>; };
};
`,
);

beforeAll(async () => {
  const { stdout } = await quiesce(['inventory', '--format', 'jsonl', '--no-cache', EXAMPLES]);
  writeFileSync(inventory, stdout);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A device tree without memory. */
function bareMachine(): string {
  const bare = join(dir, 'bare.dts');
  writeFileSync(bare, '/dts-v1/;\n/ { model = "Bare"; dma@1 { compatible = "example,recorder"; }; };\n');
  return bare;
}

const advice = (...args: string[]) => quiesce(['advice', tree, '--inventory', inventory, ...args]);

interface Outcome {
  readonly policy: string;
  readonly applicable: boolean;
}

async function simulated<T extends Outcome>(...args: string[]): Promise<T[]> {
  const { code, stdout, stderr } = await quiesce(['simulate', ...args, '--format', 'json']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout).outcomes;
}

/** Every member that advice gives of an outcome but the cell's text, which no JSON of `simulate` has. */
function holdsAll(cells: readonly (Outcome & { text?: string })[], outcomes: readonly Outcome[]): void {
  expect(cells.map(({ policy }) => policy)).toEqual(outcomes.map(({ policy }) => policy));
  for (const [at, { text: _, ...cell }] of cells.entries()) expect(outcomes[at]).toMatchObject(cell);
}

const schema = (name: string) => JSON.parse(readFileSync(`docs/schema/${name}.schema.json`, 'utf8'));
const holdsSchema = new Ajv({
  ...{ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true },
  schemas: [schema('scenario'), schema('simulate')],
}).compile(schema('advice'));

/** The document that advice prints, which holds the published schema. */
async function held(files: readonly string[], ...args: string[]) {
  const { code, stdout } = await quiesce([
    ...['advice', ...files, '--inventory', inventory, '--format', 'json', ...args],
  ]);
  expect(code).toBe(0);
  const document = JSON.parse(stdout);
  expect(holdsSchema(document), JSON.stringify(holdsSchema.errors?.slice(0, 3))).toBe(true);
  return document;
}

/** What of an outcome stands in a cell. */
interface Shown extends Outcome {
  readonly verdict: string;
  readonly bytesOverwritten: number;
  readonly bytesLeaked: number;
  readonly intoFree: readonly { readonly bytes: number }[];
  readonly blocked: number;
  readonly unknowns: readonly string[];
}

/** A verdict with the number that the outcome has for it. */
function numbered({ verdict, bytesOverwritten, bytesLeaked, intoFree, blocked, unknowns }: Shown): string {
  const free = intoFree.reduce((sum, { bytes }) => sum + bytes, 0);
  const numbers: Record<string, string> = {
    corrupts: formatSize(bytesOverwritten),
    leaks: formatSize(bytesLeaked),
    unknown: free > 0 ? formatSize(free) : `${unknowns.length} open`,
    blocked: `${blocked}`,
  };
  return [verdict, numbers[verdict] ?? []].flat().join(' ');
}

/** The cells of a page's tables of devices and policies. */
function cellsOf(page: string): { device: string; driver: string; policy: string; shown: string }[] {
  const tables = page.split(/\n(?=\| Device \|)/).slice(1);
  return tables.flatMap((table) => {
    const [head, , ...lines] = table.slice(0, table.indexOf('\n\n')).split('\n').map(split);
    const policies = head!.slice(2);
    return lines.flatMap(([device, driver, ...cells]) =>
      policies.map((policy, at) => ({ device: device!, driver: driver!, policy, shown: cells[at]! })),
    );
  });
}

/** The cells of a line, without Markdown's marks. */
function split(line: string): string[] {
  return line
    .slice(2, -2)
    .split(' | ')
    .map((cell) => cell.replace(/[`*]/g, ''));
}

describe('quiesce advice', () => {
  it('holds its schema: one machine, its tree, and one of which little is known', async () => {
    const kernel = join(dir, 'linux');
    writeSmmuTree(kernel);
    const { machines, patches } = await held([tree], '--tree', kernel);
    expect(machines).toHaveLength(1);
    expect(patches).toHaveLength(6);
    expect(machines[0].rows[0].today).toMatchObject({ policy: 'bypass', line: expect.any(Number) });
    expect(machines[0].rows[0].scenario).toBe(0);
    expect((await held([bareMachine()])).machines[0].rows[0].scenario).toBeNull();
  });

  it('holds its schema: several machines', async () => {
    const other = join(dir, 'another.dts');
    writeFileSync(other, readFileSync(tree, 'utf8').replace('Toy board', 'Another board'));
    const { machines } = await held([tree, other, tree]);
    expect(machines.map(({ hosts }: { hosts: number }) => hosts)).toEqual([2, 1]);
  });

  it('gives the cells that simulate prints for the same scenario', async () => {
    const [machine] = JSON.parse((await advice('--format', 'json')).stdout).machines;
    expect(machine.rows.map(({ device }: { device: string }) => device)).toEqual([
      '/dma@1000',
      '/dma@2000',
      '/dma@3000',
    ]);
    expect(machine.scenarios).toHaveLength(3);
    for (const [at, { input, outcomes, withoutDriver }] of machine.scenarios.entries()) {
      const file = join(dir, `${at}.json`);
      writeFileSync(file, JSON.stringify(input));
      holdsAll(outcomes, await simulated('--scenario', file));
      const chosen = withoutDriver.map(({ policy }: Outcome) => policy).join(',');
      const bare = ['--target', 'linux-no-smmu', '--policy', chosen];
      holdsAll(withoutDriver, await simulated('--scenario', file, ...bare));
    }
    const verdicts = machine.scenarios[0].outcomes.map(({ verdict }: { verdict: string }) => verdict);
    expect(new Set(verdicts).size).toBeGreaterThan(2);
  });

  it('gives what simulate prints for the driver and the device in the tree', async () => {
    const [{ rows, scenarios }] = JSON.parse((await advice('--format', 'json')).stdout).machines;
    for (const { device, driver, scenario } of rows) {
      const argument = `${driver.file}:${driver.instance}`;
      const outcomes = await simulated(argument, '--dtb', tree, '--device', device.slice(1));
      for (const cell of scenarios[scenario].outcomes.filter(({ applicable }: Outcome) => applicable)) {
        const { text: _, ...members } = cell;
        expect(outcomes.find(({ policy }) => policy === cell.policy)).toMatchObject(members);
      }
    }
  });

  it('shows in each cell of its page what simulate prints', async () => {
    const cells = cellsOf((await advice()).stdout);
    expect(new Set(cells.map(({ device, policy }) => `${device} ${policy}`)).size).toBe(2 * 10 + 2);
    const files: Record<string, string> = {
      camera_driver: 'camera/camera_main.c',
      recorder_driver: 'platform/recorder.c',
    };
    const known = new Map<string, Shown[]>();
    for (const { device, driver, policy, shown } of cells) {
      if (!known.has(device)) {
        const argument = `${EXAMPLES}/${files[driver]}:${driver}`;
        known.set(device, await simulated(argument, '--dtb', tree, '--device', device.slice(1)));
      }
      const outcome = known.get(device)!.find((one) => one.policy === policy)!;
      const expected = outcome.applicable ? numbered(outcome) : '–';
      expect(`${device} ${policy}: ${shown}`).toBe(`${device} ${policy}: ${expected}`);
    }
  });

  it('recommends by architecture, and gives the price', async () => {
    const [{ drivers, rows }] = JSON.parse((await advice('--format', 'json')).stdout).machines;
    expect(drivers.map(({ driver, recommended }: Record<string, string>) => [driver, recommended])).toEqual([
      ['v2', 'abort-quiet'],
      ['v3', 'abort'],
    ]);
    expect(rows.map(({ today }: { today: { policy: string } }) => today.policy)).toEqual([
      'bypass',
      'bypass',
      'none',
    ]);
    for (const { policies } of drivers) {
      const of = (name: string) => policies.find(({ policy }: Outcome) => policy === name);
      expect(of('bypass')).toMatchObject({ breaksBare: 0 });
      expect(of('abort')).toMatchObject({ breaksBare: 1 });
      expect(of('abort').prices.length).toBeGreaterThan(1);
    }
  });

  it('writes one page in Markdown', async () => {
    const { code, stdout } = await advice();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^# Toy board: SMMU policy at kexec\n/);
    expect(stdout).toContain('**3 of 3 devices** with a driver are left running');
    expect(stdout).toContain('**arm-smmu: abort-quiet instead of bypass**');
    expect(stdout).toMatch(
      /\| `\/dma@1000` \| `camera_driver` \| \*\*corrupts [\d.]+ \w+\*\* \| blocked \d+ \|/,
    );
    const widths = stdout.split('\n').filter((line) => line.startsWith('|'));
    expect(widths.length).toBeGreaterThan(10);
  });

  it('writes the same page in HTML, which loads and runs nothing', async () => {
    const { stdout } = await advice('--format', 'html');
    expect(stdout).toContain('<h1>Toy board: SMMU policy at kexec</h1>');
    expect(stdout).toMatch(
      /<td class="cell cell-corrupts today-cell"><strong>corrupts [\d.]+ \w+<\/strong><\/td>/,
    );
    expect(stdout).toContain("default-src 'none'; style-src 'sha256-");
    expect(stdout).not.toMatch(/<script|<link|<img|url\(/);
  });

  it('sums several machines up by their type', async () => {
    const text = readFileSync(tree, 'utf8');
    const other = join(dir, 'other.dts');
    const twin = join(dir, 'twin.dts');
    writeFileSync(other, text.replace('Toy board', 'Other board'));
    // The same model with its RAM elsewhere: 32 bit IOVAs hit nothing there.
    writeFileSync(twin, text.replace('<0x0 0x80000000 0x0 0x80000000>', '<0x8 0x80000000 0x0 0x80000000>'));
    const files = [other, twin, tree];
    const run = (format: string) =>
      quiesce(['advice', ...files, tree, '--inventory', inventory, '--format', format]);
    const { machines } = JSON.parse((await run('json')).stdout);
    expect(machines.map(({ title, hosts }: { title: string; hosts: number }) => [title, hosts])).toEqual([
      ['Other board', 1],
      ['Toy board', 3],
    ]);
    const counts = machines[1].rows.map(({ device, hosts }: Record<string, unknown>) => `${device} ${hosts}`);
    expect(counts.filter((row: string) => row.startsWith('/dma@1000')).sort()).toEqual([
      '/dma@1000 1',
      '/dma@1000 2',
    ]);
    const { stdout } = await run('markdown');
    expect(stdout).toContain('# 4 machines of 2 types: SMMU policy at kexec');
    expect(stdout).toContain('`camera_driver` (2 of 3 machines)');
  });

  it('says why a device is not played', async () => {
    const { stdout } = await quiesce(['advice', bareMachine(), '--inventory', inventory]);
    expect(stdout).toContain('1 device (`recorder_driver`): no memory map');
  });

  it('honours an identity domain and the configuration', async () => {
    const config = join(dir, 'config');
    const options = ['CONFIG_ARM_SMMU=y', 'CONFIG_ARM_SMMU_V3=y', 'CONFIG_IOMMU_DEFAULT_PASSTHROUGH=y'];
    writeFileSync(config, `${options.join('\n')}\n`);
    const { stdout } = await quiesce(['advice', tree, config, '--inventory', inventory, '--format', 'json']);
    const [{ rows, scenarios, lacksKexec }] = JSON.parse(stdout).machines;
    expect(lacksKexec).toBe(true);
    expect(rows[0].today.policy).toBe('passthrough');
    expect(scenarios[rows[0].scenario].input.iommu.disableBypass).toBe(false);
  });
});

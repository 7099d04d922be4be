import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const advice = (...args: string[]) => quiesce(['advice', tree, '--inventory', inventory, ...args]);

interface Outcome {
  readonly policy: string;
  readonly applicable: boolean;
}

async function simulated(...args: string[]): Promise<Outcome[]> {
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

describe('quiesce advice', () => {
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
    const bare = join(dir, 'bare.dts');
    writeFileSync(bare, '/dts-v1/;\n/ { model = "Bare"; dma@1 { compatible = "example,recorder"; }; };\n');
    const { stdout } = await quiesce(['advice', bare, '--inventory', inventory]);
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

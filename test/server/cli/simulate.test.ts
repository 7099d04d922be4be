import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../../server/audit/model.ts';
import { runSimulate, type SimulateFlags, simulateCommand } from '../../../server/cli/simulate.ts';
import { splitArgument } from '../../../server/cli/simulate-machine.ts';

const fixture = (path: string) => new URL(`../../fixtures/${path}`, import.meta.url).pathname;
const schema = JSON.parse(
  readFileSync(new URL('../../../docs/schema/simulate.schema.json', import.meta.url), 'utf8'),
);

function driver(instance: string, change: Partial<Driver> = {}): Driver {
  return {
    file: 'drivers/net/toy.c',
    line: 10,
    column: 1,
    bus: 'platform',
    struct: 'platform_driver',
    instance,
    modules: [],
    match: { of: ['vendor,mac'], pci: [], amba: [], acpi: [], platform: [] },
    name: 'toy',
    configs: [],
    creates: [],
    hook: { state: 'missing', function: null, via: null, line: null },
    dma: {
      class: 'direct',
      kind: 'autonomous',
      mask: 32,
      directions: ['from-device'],
      buffers: [],
      evidence: [],
    },
    quiescedBy: [],
    confidence: 'direct',
    findings: [],
    suppressed: [],
    ...change,
  };
}

const load = async (path: string): Promise<readonly Driver[]> => {
  if (path.endsWith('empty.c')) return [];
  if (path.endsWith('two.c')) return [driver('toy_driver'), driver('toy_pci_driver', { bus: 'pci' })];
  return [driver('toy_driver')];
};

const run = (argument: string | undefined, flags: Partial<SimulateFlags> = {}) =>
  runSimulate(argument, { format: 'pretty', ...flags }, load, false);

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'quiesce-simulate-'));
});
afterAll(() => rmSync(dir, { recursive: true }));
const file = (name: string, text: string | Uint8Array) => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};

describe('quiesce simulate', () => {
  it('prints a table of all policies', async () => {
    const { text, code } = await run(undefined);
    expect(code).toBe(0);
    for (const policy of [
      'bypass',
      'abort',
      'abort-quiet',
      'reset',
      'retain',
      'adopt',
      'kdump',
      'none',
      'passthrough',
      'hook',
    ]) {
      expect(text).toMatch(new RegExp(`^${policy} `, 'm'));
    }
  });

  it('colours a terminal only', async () => {
    const flags = { format: 'pretty', policy: 'bypass' };
    expect((await runSimulate(undefined, flags, load, true)).text).toContain('\u001b[');
    expect((await runSimulate(undefined, flags, load, false)).text).not.toContain('\u001b[');
  });

  it('takes FILE and FILE:INSTANCE', async () => {
    expect((await run('toy.c', { policy: 'bypass' })).text).toContain('drivers/net/toy.c:toy_driver');
    const pci = await run('two.c:toy_pci_driver', { policy: 'bypass' });
    expect(pci.text).toContain('Bus Master');
    expect(splitArgument('a/b.c:x.adrv')).toEqual({ file: 'a/b.c', instance: 'x.adrv' });
    const odd = file('with:colon.c', '');
    expect(splitArgument(odd)).toEqual({ file: odd, instance: undefined });
  });

  it('prints JSON that fits its schema', async () => {
    const { text } = await run('toy.c', {
      format: 'json',
      trace: true,
      runs: '2',
      seed: '7',
      policy: 'bypass,abort',
    });
    const json = JSON.parse(text);
    const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
    expect(validate(json), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    expect(json.scenario.seed).toBe(7);
    expect(json.outcomes.map((o: { policy: string }) => o.policy)).toEqual(['bypass', 'abort']);
    expect(json.frequencies[0].verdicts.corrupts.runs).toBe(2);
  });

  it('draws a picture', async () => {
    const { text } = await run(undefined, { format: 'svg', policy: 'bypass' });
    expect(text).toMatch(/^<svg xmlns/);
  });

  it('reads a scenario, and options go before it', async () => {
    const scenario = file(
      's.json',
      JSON.stringify({ board: 'juno', target: 'linux', device: { kind: 'scanout' }, policies: ['bypass'] }),
    );
    expect((await run(undefined, { scenario })).text).toContain('Arm Juno');
    const json = JSON.parse(
      (
        await run(undefined, {
          scenario,
          target: 'not-smmu-aware',
          board: 'rpi4',
          smmu: 'v3',
          format: 'json',
        })
      ).text,
    );
    expect(json.scenario).toMatchObject({
      target: 'not-smmu-aware',
      board: { name: 'rpi4', smmu: { version: 3 } },
      device: { kind: 'scanout' },
    });
  });

  it('reads /proc/iomem and a device tree', async () => {
    const iomem = await run(undefined, {
      iomem: fixture('machines/qemu-virt-kdump-first.iomem'),
      kdump: true,
      policy: 'kdump',
    });
    expect(iomem.text).toContain('SMMUv3 (9050000.smmuv3)');
    for (const tree of ['dts/v2-board.dtb', 'dts/v2-board.dts']) {
      const json = JSON.parse(
        (await run('toy.c', { dtb: fixture(tree), policy: 'bypass', format: 'json' })).text,
      );
      // The node that the driver's match table names gives the StreamID.
      expect(json.scenario.device.streamId).toBe('0x12');
      expect(json.scenario.iommu.rmrStreams).toEqual([0x20, 0x21]);
    }
  });

  it('finds GIC tables in a log that stands in the iomem file', async () => {
    const both =
      readFileSync(fixture('machines/qemu-virt-gicv3-first.iomem'), 'utf8') +
      readFileSync(fixture('machines/qemu-virt-gicv3.log'), 'utf8');
    const scenario = file('k.json', JSON.stringify({ kernel: { initrdSize: 0x2cc000, dtbSize: 0x3000 } }));
    const { text } = await run(undefined, { iomem: file('gic.txt', both), scenario, policy: 'bypass' });
    expect(text).toContain('Memory that stays in use across the kexec');
    expect(text).toMatch(/GIC LPI property table \[0x431e0000-0x431effff\]/);
  });
});

describe('bad input: a clear error, exit 2', () => {
  const cases: [string, string | undefined, () => Partial<SimulateFlags>, RegExp][] = [
    ['unknown board', undefined, () => ({ board: 'junno' }), /unknown board 'junno', did you mean 'juno'/],
    [
      'unknown policy',
      undefined,
      () => ({ policy: 'bypas' }),
      /unknown policy 'bypas'\. Did you mean 'bypass'/,
    ],
    ['unknown format', undefined, () => ({ format: 'jsn' }), /unknown format 'jsn'\. Did you mean 'json'/],
    ['unknown target', undefined, () => ({ target: 'linx' }), /unknown target 'linx'/],
    ['unknown SMMU', undefined, () => ({ smmu: 'v4' }), /unknown SMMU 'v4'/],
    [
      'two machines',
      undefined,
      () => ({ board: 'juno', iomem: 'x' }),
      /--board and --iomem both describe the machine/,
    ],
    ['no such file', undefined, () => ({ iomem: join(dir, 'nope') }), /--iomem .*nope/],
    [
      'iomem without root',
      undefined,
      () => ({ iomem: file('z', '00000000-00000000 : System RAM\n') }),
      /without root/,
    ],
    [
      'truncated dtb',
      undefined,
      () => ({ dtb: file('t.dtb', readFileSync(fixture('dts/v2-board.dtb')).subarray(0, 500)) }),
      /t\.dtb: truncated/,
    ],
    [
      'overlapping RAM',
      undefined,
      () => ({ iomem: file('o', '0000-1fff : System RAM\n1000-2fff : System RAM\n') }),
      /RAM overlaps/,
    ],
    [
      'StreamID out of range',
      undefined,
      () => ({ scenario: file('sid.json', '{"device":{"streamId":"0xfffff"}}') }),
      /StreamID 0xfffff is out of range/,
    ],
    ['scenario not JSON', undefined, () => ({ scenario: file('b.json', '{') }), /not JSON/],
    ['scenario no object', undefined, () => ({ scenario: file('c.json', '[]') }), /not a JSON object/],
    [
      'scenario with an unknown key',
      undefined,
      () => ({ scenario: file('d.json', '{"targt":"linux"}') }),
      /unknown key 'targt', did you mean 'target'/,
    ],
    ['runs no number', undefined, () => ({ runs: '0' }), /--runs: '0' is no whole number from 1 on/],
    ['seed no number', undefined, () => ({ seed: 'x' }), /--seed/],
    ['frequencies as a picture', undefined, () => ({ runs: '2', format: 'svg' }), /--runs has no picture/],
    ['a file without drivers', 'empty.c', () => ({}), /empty\.c: no driver struct found/],
    [
      'several drivers, none named',
      'two.c',
      () => ({}),
      /two\.c has 2 drivers: toy_driver, toy_pci_driver\. Name one/,
    ],
    [
      'an unknown instance',
      'two.c:toy_drver',
      () => ({}),
      /unknown instance in two\.c 'toy_drver'\. Did you mean 'toy_driver'/,
    ],
    ['--transaction with more', undefined, () => ({ transaction: 'x', board: 'juno' }), /takes no --board/],
  ];
  it.each(cases)('%s', async (_name, argument, flags, message) => {
    const error = await run(argument, flags()).then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error?.name).toBe('UsageError');
    expect(error?.message).toMatch(message);
  });

  it('the command itself knows its options', async () => {
    const command = simulateCommand(load)
      .exitOverride()
      .configureOutput({ writeErr: () => {}, outputError: () => {} });
    await expect(command.parseAsync(['--polcy', 'x'], { from: 'user' })).rejects.toThrow(
      /unknown option '--polcy'/,
    );
  });
});

describe('--transaction', () => {
  const good = (id: string) =>
    JSON.stringify({
      id,
      smmu: { version: 2, regs: { sCR0: 1 } },
      cb: {},
      mem: [],
      dma: { iova: '0x40800000', len: 16, dir: 'write', streamid: 1 },
    });

  it('prints one object a line, in input order; a bad line gives its error, the rest runs, exit 2', async () => {
    const path = file('t.jsonl', `${good('a')}\nnot json\n\n{"id":"c"}\n${good('d')}\n`);
    const { text, code } = await run(undefined, { transaction: path });
    const lines = text
      .trimEnd()
      .split('\n')
      .map((l) => JSON.parse(l));
    expect(lines.map((l) => l.id)).toEqual(['a', null, 'c', 'd']);
    expect(lines.map((l) => 'error' in l)).toEqual([false, true, true, false]);
    expect(code).toBe(2);
    expect(Object.keys(lines[0])).toEqual(['id', 'segments', 'aborted', 'response', 'gfsr', 'context_banks']);
  });

  it('exits 0 when all lines are good, prints nothing for an empty file', async () => {
    expect((await run(undefined, { transaction: file('g.jsonl', good('x')) })).code).toBe(0);
    expect(await run(undefined, { transaction: file('e.jsonl', '') })).toEqual({ text: '', code: 0 });
  });
});

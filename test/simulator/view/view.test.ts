import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { simulate, simulateRuns } from '../../../simulator/kexec/engine.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { boardFromIomem } from '../../../simulator/machine/iomem.ts';
import { simulationJson } from '../../../simulator/view/json.ts';
import { simulationSvg } from '../../../simulator/view/svg.ts';
import { type Paint, simulationSummary, simulationTable, wrap } from '../../../simulator/view/table.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/schema/simulate.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
const run = (input: ScenarioInput = {}, options: Parameters<typeof simulate>[1] = {}) =>
  simulate(resolveScenario(input), options);
const ESC = '\u001b';

describe('JSON', () => {
  const check = (value: unknown) => {
    const plain = JSON.parse(JSON.stringify(value));
    expect(validate(plain), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
    // Nothing is lost on the way: the object holds JSON types only.
    expect(plain).toEqual(value);
    return plain;
  };

  it.each([
    ['default', {}],
    ['v3', { board: 'thunderx2' }],
    ['no SMMU', { board: 'rpi4' }],
    ['another target', { target: 'not-smmu-aware' }],
    ['kdump', { kdump: true, device: { kind: 'usb-schedule' } }],
    ['reads', { device: { kind: 'scanout' } }],
  ] as [string, ScenarioInput][])('fits its schema: %s', (_name, input) => {
    check(simulationJson(run(input)));
  });

  it('with trace and frequencies', () => {
    const scenario = resolveScenario({
      policies: ['bypass', 'retain'],
      device: { kind: 'descriptor-engine' },
    });
    const result = simulate(scenario, { timeline: true, explain: true });
    const json = check(simulationJson(result, { trace: true, frequencies: simulateRuns(scenario, 3, 1) }));
    expect(json.outcomes[0].trace.length).toBeGreaterThan(50);
    expect(json.outcomes[0].trace[0].explain.map((s: { kind: string }) => s.kind)).toContain('smr');
    expect(json.outcomes[0].steps.length).toBeGreaterThan(10);
  });

  it('with a hit on fixed memory', () => {
    const text = (name: string) =>
      readFileSync(new URL(`../../fixtures/machines/${name}`, import.meta.url), 'utf8');
    const board = boardFromIomem(text('qemu-virt-gicv3-first.iomem'), { log: text('qemu-virt-gicv3.log') });
    const kernel = { initrdSize: 0x2cc000, dtbSize: 0x3000 };
    const json = check(
      simulationJson(simulate(resolveScenario({ kernel, policies: ['bypass'] }, { board }))),
    );
    expect(json.fixedMemory[0]).toMatchObject({ start: '0x431e0000', size: 65536, live: true });
  });

  it('holds the verdict, the owners and the addresses', () => {
    const json = check(simulationJson(run({ policies: ['bypass'] })));
    expect(json.outcomes[0]).toMatchObject({ policy: 'bypass', row: 'A', verdict: 'corrupts' });
    expect(json.outcomes[0].overwritten[0].owner).toBe('next kernel: page tables');
    expect(json.outcomes[0].firstCorruption.pa).toMatch(/^0xfff/);
  });
});

describe('the table', () => {
  it('has a row for each policy, the reason, the phases and what was assumed', () => {
    const text = simulationTable(run());
    for (const word of [
      'bypass',
      'abort-quiet',
      'corrupts',
      'safe',
      'P1 from',
      'Assumed',
      'device.maskBits=32',
    ]) {
      expect(text).toContain(word);
    }
    expect(text).not.toContain(ESC);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('is no wider than 110 columns, and aligned', () => {
    const lines = simulationTable(run()).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(112);
    const head = lines.findIndex((l) => l.startsWith('policy '));
    const column = lines[head]!.indexOf('verdict');
    for (let i = head + 1; lines[i] !== ''; i++) expect(lines[i]![column - 1]).toBe(' ');
  });

  it('paints the verdicts, and the paint takes no width', () => {
    const paint = new Proxy({} as Paint, { get: () => (text: string) => `${ESC}[1m${text}${ESC}[0m` });
    const result = run({ policies: ['bypass', 'abort'] });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is taken out
    const bare = simulationTable(result, { paint }).replace(/\u001b\[\dm/g, '');
    const trim = (text: string) =>
      text
        .split('\n')
        .map((l) => l.trimEnd())
        .join('\n');
    expect(trim(bare)).toBe(trim(simulationTable(result)));
  });

  it('traces every access', () => {
    const result = run({ policies: ['bypass'] }, { timeline: true });
    const text = simulationTable(result, { trace: true });
    expect(text).toMatch(/P1 write payload 0x\w+\+1514 -> ok: 0x\w+\+1514 next kernel: page tables/);
    expect(text).toMatch(/sCR0 = 0x1 .*arm_smmu_device_shutdown/);
  });

  it('shows frequencies', () => {
    const scenario = resolveScenario({ policies: ['bypass', 'hook'] });
    const text = simulationTable(simulate(scenario), { frequencies: simulateRuns(scenario, 4, 1) });
    expect(text).toMatch(/bypass +corrupts 100 % \(51-100 %\)/);
  });

  it('wraps at blanks with the given indent', () => {
    expect(wrap('  aaa bbb ccc', 9, '    ')).toEqual(['  aaa bbb', '    ccc']);
  });

  it('is short enough for a commit message', () => {
    const text = simulationSummary(run({ policies: ['bypass', 'hook'] }));
    expect(text.split('\n').every((l) => l.length <= 76)).toBe(true);
    expect(text).toMatch(/^Simulated kexec of/);
  });
});

describe('the picture', () => {
  const svg = simulationSvg(run({ policies: ['bypass', 'abort', 'hook'] }, { timeline: true }));

  it('is well-formed XML with a panel for each policy', () => {
    const open: string[] = [];
    for (const [tag, close, name, self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (self) continue;
      if (close) expect(open.pop(), tag).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
    for (const policy of ['bypass', 'abort', 'hook']) expect(svg).toContain(`id="policy-${policy}"`);
  });

  it('names the memory that was hit, the verdicts and the phases', () => {
    expect(svg).toContain('page tables');
    expect(svg).toContain('CORRUPTS');
    expect(svg).toContain('BLOCKED');
    expect(svg).toMatch(/class="mark s-bad"/);
    expect(svg).toMatch(/aria-label="bypass: corrupts\./);
  });

  it('does no red in a policy that overwrites nothing', () => {
    const part = svg.slice(svg.indexOf('id="policy-abort"'), svg.indexOf('id="policy-hook"'));
    expect(part).not.toContain('s-bad');
    expect(part).toContain('s-stop');
  });

  it('follows the colour scheme, or keeps to one', () => {
    expect(svg).toContain('prefers-color-scheme:dark');
    const dark = simulationSvg(run({ policies: ['bypass'] }, { timeline: true }), { theme: 'dark' });
    expect(dark).not.toContain('prefers-color-scheme');
    expect(dark).toContain('#14181d');
  });

  it('escapes what comes from outside, and has no script', () => {
    const evil = simulationSvg(
      run({ name: '<script>alert(1)</script>', policies: ['bypass'] }, { timeline: true }),
    );
    expect(evil).not.toContain('<script');
    expect(evil).toContain('&lt;script&gt;');
  });

  it('stays small with ten thousand accesses', () => {
    const busy = run(
      { policies: ['bypass'], device: { kind: 'cyclic-audio', periodMs: 0.1 } },
      { timeline: true },
    );
    expect(busy.outcomes[0]!.timeline.length).toBeGreaterThan(10_000);
    expect(simulationSvg(busy).length).toBeLessThan(80_000);
  });
});

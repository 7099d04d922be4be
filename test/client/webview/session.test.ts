import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { FromSimulator, ToSimulator } from '../../../client/webview/sim/protocol.ts';
import { SimulatorSession } from '../../../client/webview/sim/session.ts';
import { simulate } from '../../../simulator/kexec/engine.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import { simulationJson } from '../../../simulator/view/json.ts';

function session(breathe = async () => undefined) {
  const heard: FromSimulator[] = [];
  const one = new SimulatorSession((message) => heard.push(message), breathe);
  const of = <T extends FromSimulator['type']>(type: T) =>
    heard.filter((m): m is Extract<FromSimulator, { type: T }> => m.type === type);
  return { one, heard, of, say: (message: ToSimulator) => one.handle(message) };
}

const INPUT = { policies: ['bypass', 'abort', 'hook'] } as const;
const play = (run: number, first: ('bypass' | 'abort' | 'hook')[] = []): ToSimulator => ({
  type: 'play',
  run,
  input: INPUT,
  assumptions: [],
  first,
});

it('plays the policies on the screen first, then the others, and ends', async () => {
  const { say, of, heard } = session();
  await say(play(1, ['hook']));
  expect(of('played').map((m) => m.played.outcome.policy)).toEqual(['hook', 'bypass', 'abort']);
  expect(heard.at(-1)).toMatchObject({ type: 'done', run: 1 });
  const whole = simulate(resolveScenario(INPUT));
  const bypass = of('played').find((m) => m.played.outcome.policy === 'bypass')!.played.outcome;
  expect({ ...bypass, steps: [] }).toEqual({ ...whole.outcomes[0]!, steps: [] });
});

it('stops an old scenario when a newer one comes', async () => {
  const all = session(async () => {
    if (all.of('played').length === 1) await all.say(play(2));
  });
  await all.say(play(1));
  expect(all.of('played').map((m) => m.run)).toEqual([1, 2, 2, 2]);
  expect(all.of('done').map((m) => m.run)).toEqual([2]);
});

it('gives one access with its reasons, and the same text as the command line', async () => {
  const { say, of } = session();
  await say(play(1));
  await say({ type: 'entry', run: 1, policy: 'bypass', index: 0 });
  await say({ type: 'entry', run: 0, policy: 'bypass', index: 0 });
  expect(of('entry')).toHaveLength(1);
  expect(of('entry')[0]!.entry.decision?.explain?.map((s) => s.kind)).toContain('walk');
  await say({ type: 'export', run: 1, format: 'json', policies: ['abort'], theme: 'light' });
  expect(JSON.parse(of('export')[0]!.text)).toEqual(
    JSON.parse(JSON.stringify(simulationJson(simulate(resolveScenario(INPUT))))),
  );
  await say({ type: 'export', run: 1, format: 'svg', policies: ['abort'], theme: 'light' });
  expect(of('export')[1]!.text).toContain('policy-abort');
  expect(of('export')[1]!.text).not.toContain('policy-bypass');
});

it('says what is wrong with a scenario', async () => {
  const { say, of } = session();
  await say({ type: 'play', run: 4, input: { device: { maskBits: 3 } }, assumptions: [], first: [] });
  expect(of('failed')).toEqual([
    { type: 'failed', run: 4, message: 'scenario: device.maskBits: 3 is no DMA mask (20 to 64 bits)' },
  ]);
});

it('reads a machine from /proc/iomem and from a device tree', async () => {
  const { say, of } = session();
  const text = readFileSync('test/fixtures/machines/qemu-virt-clean-first.iomem', 'utf8');
  await say({ type: 'machine', file: { kind: 'iomem', name: 'iomem', text }, compatibles: [] });
  expect(of('machine')[0]!.machine.board.running).toBeDefined();
  const dts = `/dts-v1/;
/ { #address-cells = <2>; #size-cells = <2>;
  memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x80000000>; };
  smmu: iommu@5000000 { compatible = "arm,mmu-500"; reg = <0 0x5000000 0 0x800000>; #iommu-cells = <1>; };
  dma@1000 { compatible = "acme,ring"; reg = <0 0x1000 0 0x1000>; iommus = <&smmu 0x42>; };
};`;
  const base64 = Buffer.from(dts).toString('base64');
  await say({ type: 'machine', file: { kind: 'dtb', name: 'x.dts', base64 }, compatibles: ['acme,ring'] });
  expect(of('machine')[1]!.machine.input.device?.streamId).toBe(0x42);
  await say({ type: 'machine', file: { kind: 'iomem', name: 'empty', text: '' }, compatibles: [] });
  expect(of('failed')[0]!.message).toMatch(/^empty: /);
});

import { describe, expect, it } from 'vitest';
import { GROUPS, parsedValue, textOf } from '../../../client/webview/fields.ts';
import type { Subject } from '../../../client/webview/messages.ts';
import { fileName, inputOf, originOf, playOf, valueAt, withValue } from '../../../client/webview/scenario.ts';
import {
  at,
  changed,
  chosen,
  compared,
  findMark,
  opened,
  restored,
  settled,
  stepped,
  UNSET,
} from '../../../client/webview/state.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import { todayOn } from '../../../simulator/kexec/today.ts';
import type { TimelineColumns } from '../../../simulator/view/columns.ts';
import { termOf } from '../../../simulator/view/glossary.ts';

const SUBJECT: Subject = {
  root: '/tree',
  driver: {
    instance: 'ring_driver',
    file: 'ring.c',
    line: 9,
    dma: 'DMA direct',
    hook: 'missing',
    compatibles: [],
  },
  input: { name: 'ring', device: { kind: 'ring-receiver', maskBits: 32 }, iommu: { forcedac: true } },
  assumptions: [
    { field: 'device.kind', value: 'ring-receiver', because: 'a ring', file: 'ring.c', line: 4 },
    { field: 'device.maskBits', value: '32', because: 'the mask', file: 'ring.c', line: 5 },
  ],
  today: { v2: { policy: 'retain', says: 'no hook' }, v3: { policy: 'bypass', says: 'CR0=0' } },
};

const columns = (t: number[], mark: number[] = []) =>
  ({ count: t.length, t: Float64Array.from(t), mark: Uint8Array.from(mark) }) as unknown as TimelineColumns;

describe('the scenario of the controls', () => {
  it('lays changes over what the driver says, without touching it', () => {
    const input = inputOf(SUBJECT, null, { 'device.periodMs': 2, target: 'linux-no-smmu' });
    expect(input.device).toEqual({ kind: 'ring-receiver', maskBits: 32, periodMs: 2 });
    expect(input.target).toBe('linux-no-smmu');
    expect(SUBJECT.input.device).toEqual({ kind: 'ring-receiver', maskBits: 32 });
  });

  it("takes a person's machine between the two", () => {
    const board = resolveScenario({}).board;
    const machine = { name: 'my.dtb', board, input: { device: { streamId: 7 }, iommu: { rmrStreams: [3] } } };
    const input = inputOf({ ...SUBJECT, input: { ...SUBJECT.input, board: 'juno' } }, machine, {
      'device.streamId': '0x9',
    });
    expect(input.board).toBeUndefined();
    expect(input.device?.streamId).toBe('0x9');
    expect(input.iommu).toEqual({ forcedac: true, rmrStreams: [3] });
    expect(playOf(SUBJECT, machine, {}, []).board).toBe(board);
  });

  it('drops the assumption about a value that was changed, and says where each comes from', () => {
    const changes = { 'device.kind': 'scanout' };
    const play = playOf(SUBJECT, null, changes, []);
    expect(play.assumptions.map((a) => a.field)).toEqual(['device.maskBits']);
    const scenario = resolveScenario(play.input, { assumptions: play.assumptions });
    expect(originOf(scenario, changes, 'device.kind').kind).toBe('changed');
    expect(originOf(scenario, changes, 'device.maskBits')).toEqual({
      kind: 'driver',
      text: 'the mask',
      file: 'ring.c',
      line: 5,
    });
    expect(originOf(scenario, changes, 'kernel.cpus').kind).toBe('assumed');
    expect(originOf(scenario, changes, 'target', 'the usual').text).toBe('the usual');
  });

  it('knows whose policy is today’s on which machine', () => {
    const on = (input: Parameters<typeof resolveScenario>[0]) =>
      todayOn(SUBJECT.today, resolveScenario(input)).policy;
    expect([on({}), on({ smmu: 'v3' }), on({ smmu: 'none' }), on({ kdump: true })]).toEqual([
      'retain',
      'bypass',
      'none',
      'kdump',
    ]);
    expect(on({ device: { behindSmmu: false } })).toBe('none');
  });

  it('reads and writes values by their path', () => {
    expect(withValue({ a: { b: 1, c: 2 } }, 'a.b', 5)).toEqual({ a: { b: 5, c: 2 } });
    expect(withValue({}, 'x.y', 1)).toEqual({ x: { y: 1 } });
    expect(valueAt({ a: { b: 1 } }, 'a.b')).toBe(1);
    expect(valueAt({ a: null }, 'a.b')).toBeUndefined();
    expect(fileName(SUBJECT, 'svg')).toBe('ring_driver-kexec.svg');
  });
});

describe('the controls', () => {
  const scenario = resolveScenario({ smmu: 'v2' });
  const fields = GROUPS.flatMap((group) => group.fields);

  it.each(fields.map((field) => [field.path, field] as const))(
    '%s: what it shows, put back in, gives the same scenario',
    (path, field) => {
      const shown = valueAt(scenario, field.shown);
      const value = field.kind === 'check' ? shown : parsedValue(field, textOf(field, shown));
      const again = resolveScenario(withValue({ smmu: 'v2' as const }, path, value));
      const { assumptions: _, name: __, ...rest } = again;
      const { assumptions: ___, name: ____, ...before } = scenario;
      // The board says that its SMMU was exchanged only where it was.
      expect({ ...rest, board: { ...rest.board, assumptions: [] } }).toEqual({
        ...before,
        board: { ...before.board, assumptions: [] },
      });
    },
  );

  it.each(fields.flatMap((f) => (f.term ? [f.term] : [])))('the word %s is in the glossary', (term) => {
    expect(termOf(term)).toBeDefined();
  });

  it('an empty text is the way back to the default', () => {
    expect(parsedValue(fields.find((f) => f.path === 'device.burst')!, '  ')).toBeUndefined();
  });
});

describe('the playhead', () => {
  const kept = opened(SUBJECT);

  it('goes to a moment, and on by accesses, and stays inside', () => {
    const three = columns([0, 10, 10]);
    expect(at(kept, three, 9)).toMatchObject({ t: 9, index: 0 });
    expect(stepped({ ...kept, t: 0, index: 0 }, three, 1)).toMatchObject({ t: 10, index: 1 });
    expect(stepped({ ...kept, t: 10, index: 2 }, three, 5)).toMatchObject({ t: 10, index: 2 });
    expect(stepped({ ...kept, t: 0, index: 0 }, three, -1e9)).toMatchObject({ t: 0, index: 0 });
    expect(stepped(kept, columns([]), 1)).toBe(kept);
  });

  it('opens on the worst that happens, once', () => {
    const outcome = { overwritten: [{}], leaked: [], intoFree: [], blocked: 3 } as never;
    const played = { outcome, columns: columns([0, 5, 7], [4, 5, 0]) };
    expect(settled(kept, played)).toMatchObject({ t: 7, index: 2 });
    const moved = { ...kept, t: 3, index: 0 };
    expect(settled(moved, played)).toBe(moved);
    const quiet = { overwritten: [], leaked: [], intoFree: [], blocked: 0 } as never;
    expect(settled(kept, { outcome: quiet, columns: columns([1]) })).toMatchObject({ t: 0, index: -1 });
  });

  it('finds the first access of a kind', () => {
    expect(findMark(columns([0, 1, 2], [4, 0, 0]), [0])).toBe(1);
    expect(findMark(columns([0, 1, 2], [4, 0, 0]), [2])).toBe(-1);
  });
});

describe('what is kept', () => {
  const kept = opened(SUBJECT);

  it('a change, and its way back', () => {
    const one = changed(kept, 'device.kind', 'scanout');
    expect(one.changes).toEqual({ 'device.kind': 'scanout' });
    expect(changed(one, 'device.kind', undefined).changes).toEqual({});
  });

  it('a comparison ends by choosing the same policy again, or by looking at it alone', () => {
    const two = compared(kept, 'abort', 'bypass');
    expect(two.other).toBe('abort');
    expect(compared(two, 'abort', 'bypass').other).toBeNull();
    expect(chosen(two, 'abort', undefined)).toMatchObject({ policy: 'abort', other: null });
  });

  it('comes back whole from JSON, and nothing else does', () => {
    const state = { ...kept, t: 5, index: 1, policy: 'abort' as const };
    expect(restored(JSON.parse(JSON.stringify(state)))).toEqual(state);
    expect(restored(null)).toBeUndefined();
    expect(restored({ version: 2, subject: SUBJECT })).toBeUndefined();
    expect(restored({ version: 1, subject: SUBJECT })?.t).toBe(UNSET);
  });
});

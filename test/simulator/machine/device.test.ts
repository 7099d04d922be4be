import { describe, expect, it } from 'vitest';
import { bufferPlans, createDevice, initialContents } from '../../../simulator/machine/device.ts';
import type {
  Access,
  AccessResult,
  DeviceKind,
  DeviceSpec,
  MappedBuffer,
} from '../../../simulator/machine/device-types.ts';
import type { Response } from '../../../simulator/smmu/types.ts';

const SPEC: DeviceSpec = {
  name: 'toy',
  kind: 'ring-receiver',
  bus: 'platform',
  maskBits: 32,
  direction: 'write',
  buffers: 4,
  bufferBytes: 2048,
  burstBytes: 1514,
  periodUs: 1000,
  wraps: false,
  onAbort: 'retry',
  streamId: 1,
  buffersAt: 0x6800000,
  behindSmmu: true,
  quiescedBy: '',
};

/** A device on an identity-mapped memory of its own, and a log of what it did. */
function bench(change: Partial<DeviceSpec>, answer: (access: Access) => Response = () => 'ok') {
  const spec = { ...SPEC, ...change };
  let next = 0x1000;
  const mapped: MappedBuffer[] = bufferPlans(spec).map((plan) => {
    const pages = Array.from({ length: Math.ceil(plan.bytes / 4096) }, (_, i) => next + i * 4096);
    const iova = next;
    next += pages.length * 4096;
    return { ...plan, iova, pages };
  });
  const memory = new Uint8Array(next + 0x100000);
  for (const { pa, bytes } of initialContents(spec, mapped)) memory.set(bytes, pa);
  const device = createDevice(spec, mapped);
  const log: Access[] = [];
  const bus = (access: Access): AccessResult => {
    log.push(access);
    const response = answer(access);
    if (response === 'ok' && access.data) memory.set(access.data, access.iova);
    if (!access.wantsData) return { response };
    const data =
      response === 'ok' ? memory.slice(access.iova, access.iova + access.len) : new Uint8Array(access.len);
    return { response, data };
  };
  const run = (steps: number) => {
    for (let i = 0; i < steps; i++) device.step(bus);
    return log;
  };
  return { device, mapped, memory, log, run, spec };
}

describe('a ring receiver', () => {
  it('fills its buffers in turn, writes back, and falls silent when none is left', () => {
    const { device, mapped, run } = bench({});
    const log = run(10);
    expect(log.map((a) => a.purpose)).toEqual(
      Array.from({ length: 4 }, () => ['payload', 'write-back']).flat(),
    );
    expect(log.filter((a) => a.purpose === 'payload').map((a) => a.iova)).toEqual(
      mapped.slice(1).map((b) => b.iova),
    );
    expect(log.every((a) => a.dir === 'write')).toBe(true);
    expect(device.state).toBe('idle');
  });

  it('starts over when it wraps', () => {
    expect(bench({ wraps: true }).run(10)).toHaveLength(20);
  });
});

describe('a descriptor engine obeys what it reads', () => {
  it('its own descriptors first', () => {
    const { mapped, run, device } = bench({ kind: 'descriptor-engine' });
    const log = run(6);
    const payload = log.filter((a) => a.purpose === 'payload');
    expect(payload.map((a) => [a.iova, a.len, a.secondOrder])).toEqual(
      mapped.slice(1).map((b) => [b.iova, 1514, false]),
    );
    // All given back: it polls the first one.
    expect(log.slice(-2).map((a) => a.purpose)).toEqual(['descriptor', 'descriptor']);
    expect(device.state).toBe('running');
  });

  it('foreign contents too: an address that no driver gave', () => {
    const { mapped, memory, run } = bench({ kind: 'descriptor-engine' });
    const view = new DataView(memory.buffer);
    view.setUint32(mapped[0]!.iova, 0x9000, true);
    view.setUint32(mapped[0]!.iova + 8, 0x12345678, true);
    view.setUint32(mapped[0]!.iova + 12, 0xffff0000, true);
    const payload = run(1).find((a) => a.purpose === 'payload')!;
    expect(payload).toMatchObject({ iova: 0x9000, len: 9216, secondOrder: true });
  });

  it('addresses are cut to its mask', () => {
    const { mapped, memory, run } = bench({ kind: 'descriptor-engine', maskBits: 32 });
    const view = new DataView(memory.buffer);
    view.setUint32(mapped[0]!.iova + 4, 0x123, true);
    expect(run(1).find((a) => a.purpose === 'payload')!.iova).toBeLessThan(2 ** 32);
  });

  it('zeros (RAZ/WI) are not its own: it polls', () => {
    const { run } = bench({ kind: 'descriptor-engine' }, () => 'raz-wi');
    expect(new Set(run(5).map((a) => a.purpose))).toEqual(new Set(['descriptor']));
  });
});

describe('a USB schedule', () => {
  it('reads the frame list each frame, the queue head it points to, and now and then transfers', () => {
    const { mapped, run } = bench({ kind: 'usb-schedule', burstBytes: 8, bufferBytes: 4096 });
    const log = run(16);
    const count = (purpose: string) => log.filter((a) => a.purpose === purpose).length;
    expect(count('frame list')).toBe(16);
    expect(count('queue head')).toBe(16);
    expect(count('payload')).toBe(2);
    expect(log.find((a) => a.purpose === 'payload')).toMatchObject({
      iova: mapped[2]!.iova,
      len: 8,
      dir: 'write',
    });
    expect(log.every((a) => !a.secondOrder)).toBe(true);
  });

  it('follows a pointer into nowhere', () => {
    const { mapped, memory, run } = bench({ kind: 'usb-schedule' });
    new DataView(memory.buffer).setUint32(mapped[0]!.iova, 0x8002, true);
    expect(run(1)[1]).toMatchObject({ purpose: 'queue head', iova: 0x8000, secondOrder: true });
  });

  it('stops at an element that terminates', () => {
    const { mapped, memory, run } = bench({ kind: 'usb-schedule' });
    new DataView(memory.buffer).setUint32(mapped[0]!.iova, 1, true);
    expect(run(1)).toHaveLength(1);
  });
});

describe('streams', () => {
  it('a scan-out reads on and on', () => {
    const { run, device, mapped } = bench({
      kind: 'scanout',
      direction: 'read',
      bufferBytes: 8192,
      burstBytes: 4096,
      wraps: true,
    });
    expect(run(5).map((a) => a.iova - mapped[0]!.iova)).toEqual([0, 4096, 0, 4096, 0]);
    expect(device.state).toBe('running');
  });

  it('a one-shot request ends by itself', () => {
    const { run, device } = bench({ kind: 'one-shot', buffers: 1, bufferBytes: 4096, burstBytes: 1024 });
    expect(run(9)).toHaveLength(4);
    expect(device.state).toBe('idle');
  });
});

describe('reaction to an abort', () => {
  const kinds: DeviceKind[] = [
    'ring-receiver',
    'scanout',
    'cyclic-audio',
    'usb-schedule',
    'descriptor-engine',
    'one-shot',
  ];

  it.each(kinds)('%s: stop, hang and serror end it, retry tries again', (kind) => {
    for (const [onAbort, state, errors] of [
      ['stop', 'stopped', 1],
      ['hang', 'hung', 1],
      ['serror', 'stopped', 1],
      ['retry', 'running', 3],
    ] as const) {
      const { device, run } = bench({ kind, onAbort }, () => 'abort');
      run(3);
      expect([device.state, device.errors, device.serror]).toEqual([state, errors, onAbort === 'serror']);
    }
  });

  it('a stall keeps it waiting, without an error', () => {
    const { device, run } = bench({}, () => 'stall');
    run(3);
    expect([device.state, device.errors]).toEqual(['stalled', 0]);
  });

  it('a bus error is one, RAZ/WI is none', () => {
    const { device, run } = bench({ onAbort: 'stop' }, () => 'bus-error');
    run(1);
    expect(device.state).toBe('stopped');
    const quiet = bench({ onAbort: 'stop' }, () => 'raz-wi');
    quiet.run(1);
    expect(quiet.device.state).toBe('running');
  });

  it('quiesced, it does nothing', () => {
    const { device, run, log } = bench({});
    device.quiesce();
    run(3);
    expect(log).toEqual([]);
  });
});

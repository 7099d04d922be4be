/** Models of devices that go on working when nobody stops them. Each step is one period of the device. */
import { alignUp, KIB, PAGE } from './address.ts';
import type {
  Access,
  AccessResult,
  BufferPlan,
  BufferPurpose,
  Bus,
  DeviceModel,
  DeviceSpec,
  DeviceState,
  MappedBuffer,
} from './device-types.ts';

const DESCRIPTOR = 16;
/** Bit 31 of a descriptor's flags: the device owns it. */
const OWN = 0x80000000;
/** A descriptor engine moves at most a jumbo frame, whatever length it reads. */
const MAX_DESCRIPTOR_LENGTH = 9 * KIB;
/** EHCI 1.0: frame list of 1024 elements, queue head of 48 and transfer descriptor of 32 bytes. */
const FRAMES = 1024;
const QH_BYTES = 48;
const QTD_BYTES = 32;
/** The endpoint answers NAK except in every 8th frame. */
const FRAMES_PER_PACKET = 8;

/** What the driver maps for a device, in the order in which it maps it. */
export function bufferPlans(spec: DeviceSpec): BufferPlan[] {
  const access = spec.direction;
  const buffers = Array.from({ length: spec.buffers }, (): BufferPlan => {
    return { purpose: 'buffer', bytes: spec.bufferBytes, access };
  });
  const ring: BufferPlan = {
    purpose: 'ring',
    bytes: alignUp(spec.buffers * DESCRIPTOR, PAGE),
    access: 'both',
  };
  switch (spec.kind) {
    case 'ring-receiver':
    case 'descriptor-engine':
      return [ring, ...buffers];
    case 'scanout':
      return [{ purpose: 'frame-buffer', bytes: spec.bufferBytes, access }];
    case 'usb-schedule':
      return [
        { purpose: 'frame-list', bytes: FRAMES * 4, access: 'read' },
        { purpose: 'schedule', bytes: PAGE, access: 'both' },
        ...buffers,
      ];
    case 'cyclic-audio':
    case 'one-shot':
      return buffers;
  }
}

/** Reacts to answers in the same way whatever the device is. */
class Reactions {
  state: DeviceState = 'running';
  errors = 0;
  serror = false;
  private readonly spec: DeviceSpec;

  constructor(spec: DeviceSpec) {
    this.spec = spec;
  }

  /** True: the access was answered, go on. False: stay where you are (retry) or never come back. */
  accept(result: AccessResult): boolean {
    if (result.response === 'ok' || result.response === 'raz-wi') return true;
    if (result.response === 'stall') {
      this.state = 'stalled';
      return false;
    }
    this.errors++;
    if (this.spec.onAbort === 'stop') this.state = 'stopped';
    if (this.spec.onAbort === 'hang') this.state = 'hung';
    if (this.spec.onAbort === 'serror') {
      this.serror = true;
      this.state = 'stopped';
    }
    return false;
  }
}

type Worker = (bus: Bus, reactions: Reactions) => void;

function of(buffers: readonly MappedBuffer[], purpose: BufferPurpose): MappedBuffer[] {
  return buffers.filter((b) => b.purpose === purpose);
}

function payload(spec: DeviceSpec, iova: number, len: number, secondOrder = false): Access {
  return { iova, len, dir: spec.direction, purpose: 'payload', secondOrder };
}

function ringReceiver(spec: DeviceSpec, mapped: readonly MappedBuffer[]): Worker {
  const ring = of(mapped, 'ring')[0]!;
  const buffers = of(mapped, 'buffer');
  let next = 0;
  return (bus, reactions) => {
    const buffer = buffers[next % buffers.length]!;
    const len = Math.min(spec.burstBytes, buffer.bytes);
    if (!reactions.accept(bus(payload(spec, buffer.iova, len)))) return;
    const done = new Uint8Array(DESCRIPTOR);
    new DataView(done.buffer).setUint32(8, len, true);
    const iova = ring.iova + (next % buffers.length) * DESCRIPTOR;
    const back: Access = {
      iova,
      len: DESCRIPTOR,
      dir: 'write',
      purpose: 'write-back',
      secondOrder: false,
      data: done,
    };
    if (!reactions.accept(bus(back))) return;
    next++;
    if (next >= buffers.length && !spec.wraps) reactions.state = 'idle';
  };
}

/** One linear or circular buffer, `burstBytes` each period. */
function streamer(spec: DeviceSpec, mapped: readonly MappedBuffer[]): Worker {
  const total = mapped.reduce((sum, b) => sum + b.bytes, 0);
  let offset = 0;
  return (bus, reactions) => {
    let rest = offset;
    const buffer = mapped.find((b) => {
      if (rest < b.bytes) return true;
      rest -= b.bytes;
      return false;
    })!;
    const len = Math.min(spec.burstBytes, buffer.bytes - rest);
    if (!reactions.accept(bus(payload(spec, buffer.iova + rest, len)))) return;
    offset += len;
    if (offset >= total) {
      offset = 0;
      if (!spec.wraps) reactions.state = 'idle';
    }
  };
}

function descriptorEngine(spec: DeviceSpec, mapped: readonly MappedBuffer[]): Worker {
  const ring = of(mapped, 'ring')[0]!;
  const known = new Set(of(mapped, 'buffer').map((b) => b.iova));
  const mask = spec.maskBits >= 52 ? 2 ** 52 : 2 ** spec.maskBits;
  let next = 0;
  return (bus, reactions) => {
    const at = ring.iova + next * DESCRIPTOR;
    const fetch: Access = {
      iova: at,
      len: DESCRIPTOR,
      dir: 'read',
      purpose: 'descriptor',
      secondOrder: false,
      wantsData: true,
    };
    const read = bus(fetch);
    if (!reactions.accept(read)) return;
    const view = new DataView((read.data ?? new Uint8Array(DESCRIPTOR)).buffer);
    const flags = view.getUint32(12, true);
    // Not its own: it polls the same descriptor again.
    if (!(flags & OWN)) return;
    const address = (view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true)) % mask;
    const len = Math.min(Math.max(1, view.getUint32(8, true) & 0xffff), MAX_DESCRIPTOR_LENGTH);
    if (!reactions.accept(bus(payload(spec, address, len, !known.has(address))))) return;
    if (!spec.wraps) {
      const done = new Uint8Array(4);
      new DataView(done.buffer).setUint32(0, flags & ~OWN, true);
      const back: Access = {
        iova: at + 12,
        len: 4,
        dir: 'write',
        purpose: 'write-back',
        secondOrder: false,
        data: done,
      };
      if (!reactions.accept(bus(back))) return;
    }
    next = (next + 1) % spec.buffers;
  };
}

/** EHCI: each millisecond one element of the frame list, then the queue head it points to, then its transfer. */
function usbSchedule(spec: DeviceSpec, mapped: readonly MappedBuffer[]): Worker {
  const list = of(mapped, 'frame-list')[0]!;
  const schedule = of(mapped, 'schedule')[0]!;
  const known = new Set(of(mapped, 'buffer').map((b) => b.iova));
  const inSchedule = (address: number) =>
    address >= schedule.iova && address < schedule.iova + schedule.bytes;
  let frame = 0;
  return (bus, reactions) => {
    const fetch = (iova: number, len: number, purpose: string, secondOrder: boolean) => {
      const read = bus({ iova, len, dir: 'read', purpose, secondOrder, wantsData: true });
      if (!reactions.accept(read)) return undefined;
      return new DataView((read.data ?? new Uint8Array(len)).buffer);
    };
    const now = frame++;
    const element = fetch(list.iova + (now % FRAMES) * 4, 4, 'frame list', false);
    if (!element) return;
    const link = element.getUint32(0, true);
    if (link & 1) return;
    const qh = link - (link % 32);
    const head = fetch(qh, QH_BYTES, 'queue head', !inSchedule(qh));
    if (!head) return;
    const nextQtd = head.getUint32(16, true);
    if (nextQtd & 1 || now % FRAMES_PER_PACKET !== 0) return;
    const at = nextQtd - (nextQtd % 32);
    const qtd = fetch(at, QTD_BYTES, 'transfer descriptor', !inSchedule(at));
    if (!qtd) return;
    const token = qtd.getUint32(8, true);
    const isIn = ((token >>> 8) & 3) === 1;
    if (!(token & 0x80)) return;
    const buffer = qtd.getUint32(12, true);
    const len = Math.max(1, Math.min((token >>> 16) & 0x7fff, spec.burstBytes));
    const transfer: Access = {
      iova: buffer,
      len,
      dir: isIn ? 'write' : 'read',
      purpose: 'payload',
      secondOrder: !known.has(buffer),
    };
    if (!reactions.accept(bus(transfer))) return;
    const done = new Uint8Array(4);
    // The endpoint is polled for ever: its driver's transfer stays active until someone takes it off the list.
    new DataView(done.buffer).setUint32(0, token, true);
    const back: Access = {
      iova: at + 8,
      len: 4,
      dir: 'write',
      purpose: 'write-back',
      secondOrder: !inSchedule(at),
      data: done,
    };
    reactions.accept(bus(back));
  };
}

function worker(spec: DeviceSpec, mapped: readonly MappedBuffer[]): Worker {
  switch (spec.kind) {
    case 'ring-receiver':
      return ringReceiver(spec, mapped);
    case 'descriptor-engine':
      return descriptorEngine(spec, mapped);
    case 'usb-schedule':
      return usbSchedule(spec, mapped);
    case 'scanout':
    case 'cyclic-audio':
    case 'one-shot':
      return streamer(spec, mapped);
  }
}

/** A device at work on `mapped`, which must come from `bufferPlans(spec)`. */
export function createDevice(spec: DeviceSpec, mapped: readonly MappedBuffer[]): DeviceModel {
  const reactions = new Reactions(spec);
  const work = worker(spec, mapped);
  return {
    get state() {
      return reactions.state;
    },
    get errors() {
      return reactions.errors;
    },
    get serror() {
      return reactions.serror;
    },
    step(bus) {
      if (reactions.state === 'running') work(bus, reactions);
    },
    quiesce() {
      reactions.state = 'quiesced';
    },
  };
}

/** True for devices that act on what they read: descriptors, schedules. */
export function readsMemory(spec: DeviceSpec): boolean {
  return spec.kind === 'descriptor-engine' || spec.kind === 'usb-schedule';
}

/** What the driver has written into the mapped memory before the kexec: descriptors, schedules. Physical addresses. */
export function initialContents(
  spec: DeviceSpec,
  mapped: readonly MappedBuffer[],
): { readonly pa: number; readonly bytes: Uint8Array }[] {
  const out: { pa: number; bytes: Uint8Array }[] = [];
  const put = (buffer: MappedBuffer, offset: number, bytes: Uint8Array) => {
    // Nothing here crosses a page: the objects are aligned to their size.
    out.push({ pa: buffer.pages[Math.floor(offset / PAGE)]! + (offset % PAGE), bytes });
  };
  const words = (...values: number[]) => {
    const bytes = new Uint8Array(values.length * 4);
    const view = new DataView(bytes.buffer);
    for (const [i, value] of values.entries()) view.setUint32(i * 4, value, true);
    return bytes;
  };
  const buffers = of(mapped, 'buffer');
  if (spec.kind === 'descriptor-engine' || spec.kind === 'ring-receiver') {
    const ring = of(mapped, 'ring')[0]!;
    buffers.forEach((buffer, i) => {
      const high = Math.floor(buffer.iova / 2 ** 32);
      const len = Math.min(spec.burstBytes, buffer.bytes);
      put(ring, i * DESCRIPTOR, words(buffer.iova % 2 ** 32, high, len, OWN));
    });
  }
  if (spec.kind === 'usb-schedule') {
    const list = of(mapped, 'frame-list')[0]!;
    const schedule = of(mapped, 'schedule')[0]!;
    const elements = Array.from({ length: FRAMES }, () => schedule.iova + 2);
    put(list, 0, words(...elements));
    const qtd = schedule.iova + 64;
    // Queue head: link terminates, one endpoint, overlay's next pointer at the transfer.
    put(schedule, 0, words(1, 0x00082001, 0x40000001, 0, qtd, 1, 0, 0, 0, 0, 0, 0));
    const token = (Math.min(spec.burstBytes, 0x7fff) << 16) | (spec.direction === 'write' ? 0x100 : 0) | 0x80;
    put(schedule, 64, words(1, 1, token, buffers[0]!.iova, 0, 0, 0, 0));
  }
  return out;
}

/** The device of a scenario: what a typical one of its kind does, where nothing is said. */
import { formatSize, hex, MIB, parseAmount } from '../machine/address.ts';
import { type Board, checkStreamId } from '../machine/board.ts';
import { DEVICE_KINDS, type DeviceKind, type DeviceSpec } from '../machine/device-types.ts';
import type { Direction } from '../smmu/types.ts';
import type { Resolver } from './resolver.ts';
import type { ScenarioInput } from './scenario-types.ts';

interface KindDefaults {
  readonly direction: Direction;
  readonly buffers: number;
  readonly bufferBytes: number;
  readonly burstBytes: number;
  readonly periodUs: number;
  readonly wraps: boolean;
  readonly text: string;
}

/** What a typical device of each kind does. */
const KINDS: Record<DeviceKind, KindDefaults> = {
  'ring-receiver': {
    direction: 'write',
    buffers: 256,
    bufferBytes: 2048,
    burstBytes: 1514,
    periodUs: 10_000,
    wraps: false,
    text: '256 receive buffers of 2 KiB, a frame every 10 ms (broadcasts of a quiet network), until the ring is used up',
  },
  scanout: {
    direction: 'read',
    buffers: 1,
    bufferBytes: 1920 * 1080 * 4,
    burstBytes: 32 * 1024,
    periodUs: 1000,
    wraps: true,
    text: 'one 1920x1080x32 frame buffer, 32 KiB each ms (a sample: the real rate is 16 times that)',
  },
  'cyclic-audio': {
    direction: 'write',
    buffers: 1,
    bufferBytes: 64 * 1024,
    burstBytes: 192,
    periodUs: 1000,
    wraps: true,
    text: 'capture of 48 kHz stereo into one buffer of 64 KiB, round and round',
  },
  'usb-schedule': {
    direction: 'write',
    buffers: 4,
    bufferBytes: 4096,
    burstBytes: 8,
    periodUs: 1000,
    wraps: true,
    text: 'an EHCI periodic schedule read each ms, an interrupt endpoint with data every 8 ms',
  },
  'descriptor-engine': {
    direction: 'write',
    buffers: 64,
    bufferBytes: 4096,
    burstBytes: 2048,
    periodUs: 5000,
    wraps: false,
    text: '64 descriptors fetched from memory and obeyed, one each 5 ms',
  },
  'one-shot': {
    direction: 'write',
    buffers: 1,
    bufferBytes: 64 * 1024,
    burstBytes: 4096,
    periodUs: 1000,
    wraps: false,
    text: 'one request of 64 KiB in flight when the kexec begins, nothing after it',
  },
};

/** Who stops a device of that bus at an ordinary kexec, hook or not (domain reference 2 and 9.4). */
export const BUS_QUIESCERS: Readonly<Record<string, string>> = {
  pci: 'the PCI core clears Bus Master at kexec (drivers/pci/pci-driver.c:pci_device_shutdown)',
  virtio: 'the virtio bus resets the device (drivers/virtio/virtio.c:virtio_dev_shutdown)',
};

/** About 1.2 seconds of the default growth: when the drivers of an ordinary boot probe. */
const DEFAULT_BUFFERS_AT = 104 * MIB;

const DEVICE_KEYS = [
  'name',
  'kind',
  'bus',
  'maskBits',
  'direction',
  'buffers',
  'bufferSize',
  'burst',
  'periodMs',
  'wraps',
  'onAbort',
  'streamId',
  'buffersAt',
  'behindSmmu',
  'quiescedBy',
];

/** Completes the device. @throws InputError for a value that cannot be. */
export function deviceOf(
  r: Resolver,
  input: ScenarioInput['device'],
  board: Board,
  kdump: boolean,
): DeviceSpec {
  const d = input ?? {};
  r.keys(d, DEVICE_KEYS, 'device');
  const kind = r.oneOf(
    r.pick(d.kind, 'ring-receiver', 'device.kind', 'a receiving NIC is the plainest autonomous master'),
    DEVICE_KINDS,
    'device.kind',
  );
  const defaults = KINDS[kind];
  const bus = r.pick(d.bus, 'platform', 'device.bus', 'no bus of Linux stops a platform device');
  const maskBits = r.pick(
    d.maskBits,
    32,
    'device.maskBits',
    'the default of a platform device (drivers/of/platform.c, drivers/base/platform.c:setup_pdev_dma_masks)',
  );
  if (!Number.isInteger(maskBits) || maskBits < 20 || maskBits > 64)
    r.fail('device.maskBits', `${maskBits} is no DMA mask`, '20 to 64 bits');
  const usual = defaults.text;
  const stream = board.streams.find((s) => s.bus === bus) ?? board.streams[0];
  const streamId =
    d.streamId !== undefined
      ? parseAmount(d.streamId, 'device.streamId')
      : r.pick(
          undefined,
          stream?.streamId ?? 0x10,
          'device.streamId',
          stream ? `that of ${stream.device} (${stream.source})` : 'any will do',
          hex,
        );
  const behindSmmu = board.smmu !== null && (d.behindSmmu ?? true);
  if (board.smmu && behindSmmu) checkStreamId(streamId, board.smmu, 'device.streamId');
  const quiescedBy = d.quiescedBy ?? BUS_QUIESCERS[bus] ?? '';
  if (quiescedBy && kdump) r.assume('device.quiescedBy', 'nobody', 'a kdump runs no hook and no bus code');
  const bufferBytes = r.amount(d.bufferSize, defaults.bufferBytes, 'device.bufferSize', usual);
  const buffers = r.positive(
    r.pick(d.buffers, defaults.buffers, 'device.buffers', usual),
    'device.buffers',
    1,
  );
  if (!Number.isInteger(buffers) || buffers > 16384)
    r.fail('device.buffers', `${buffers} buffers`, 'a whole number up to 16384');
  if (bufferBytes < 1 || bufferBytes * buffers > 512 * MIB)
    r.fail(
      'device.bufferSize',
      `${buffers} x ${formatSize(bufferBytes)} of buffers`,
      'at least 1 byte, at most 512 MiB in all',
    );
  const burstBytes = r.amount(d.burst, Math.min(defaults.burstBytes, bufferBytes), 'device.burst', usual);
  if (burstBytes < 1) r.fail('device.burst', 'a burst of 0 bytes', 'at least 1');
  return {
    name: d.name ?? kind,
    kind,
    bus,
    maskBits,
    direction: r.oneOf(
      r.pick(d.direction, defaults.direction, 'device.direction', usual),
      ['read', 'write'],
      'device.direction',
    ),
    buffers,
    bufferBytes,
    burstBytes: Math.min(burstBytes, bufferBytes),
    periodUs: Math.max(
      1,
      Math.round(
        r.positive(
          r.pick(d.periodMs, defaults.periodUs / 1000, 'device.periodMs', usual),
          'device.periodMs',
        ) * 1000,
      ),
    ),
    wraps: r.pick(d.wraps, defaults.wraps, 'device.wraps', usual),
    onAbort: r.oneOf(
      r.pick(d.onAbort, 'retry', 'device.onAbort', 'it goes on with its next attempt; others stop or hang'),
      ['stop', 'retry', 'hang', 'serror'],
      'device.onAbort',
    ),
    streamId,
    buffersAt: r.amount(
      d.buffersAt,
      DEFAULT_BUFFERS_AT,
      'device.buffersAt',
      "into the old kernel's zones: how far its boot had got when the device's driver came up",
    ),
    behindSmmu,
    quiescedBy,
  };
}

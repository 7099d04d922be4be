/** From a driver that the audit has read to a scenario: what its code says is taken, the rest is assumed and said. */
import { DEVICE_KINDS, type DeviceKind } from '../machine/device-types.ts';
import type { Assumption, ScenarioInput } from './scenario-types.ts';

/** The part of one line of `quiesce inventory --format jsonl` that a scenario needs. */
export interface AuditedDriver {
  readonly file: string;
  readonly line: number;
  readonly bus: string;
  readonly instance: string;
  readonly hook: { readonly state: string; readonly function: string | null };
  readonly dma: {
    readonly class: string;
    readonly kind: 'autonomous' | 'request' | 'unknown';
    readonly mask: number | null;
    readonly directions: readonly string[];
    readonly buffers: readonly {
      readonly size: number | null;
      readonly direction: string | null;
      readonly api: string;
    }[];
    readonly evidence: readonly { readonly file: string; readonly line: number; readonly api: string }[];
  };
  readonly quiescedBy: readonly { readonly kind: string; readonly by: string }[];
}

/** A scenario's input and what had to be assumed for it. */
export interface DriverScenario {
  readonly input: ScenarioInput;
  readonly assumptions: readonly Assumption[];
}

/**
 * Subsystems by the folder of the driver, which tells how such a device works when its own code does not: first match.
 * It decides the shape of the traffic only, never whether there is any.
 */
const FOLDERS: readonly (readonly [RegExp, DeviceKind, string])[] = [
  [/^drivers\/net\//, 'ring-receiver', 'network drivers have a receive ring'],
  [
    /^drivers\/usb\/(host|dwc2|dwc3|musb|cdns3|chipidea|isp1760|fotg210)\//,
    'usb-schedule',
    'a USB host reads its schedule from memory',
  ],
  [
    /^drivers\/gpu\/|^drivers\/video\//,
    'scanout',
    'a display controller reads the frame buffer again and again',
  ],
  [/^sound\//, 'cyclic-audio', 'audio runs in a cyclic buffer'],
  [/^drivers\/media\//, 'ring-receiver', 'a capture device fills its buffers'],
  [
    /^drivers\/(dma|crypto|ufs|ata|nvme|scsi|infiniband)\//,
    'descriptor-engine',
    'such an engine fetches descriptors from memory',
  ],
];

const DIRECTIONS: Readonly<Record<string, 'read' | 'write'>> = {
  'to-device': 'read',
  'from-device': 'write',
};

/** Bus names of the audit that the simulator treats as another. */
const SAME_BUS: Readonly<Record<string, string>> = { pcie_port_service: 'pci', virtio: 'virtio', pci: 'pci' };

/**
 * Makes the scenario of a driver. A driver with a hook that the audit calls present counts as quiesced.
 * @param base what else is known (board, target, policy); goes before what the driver says
 */
export function scenarioFromDriver(driver: AuditedDriver, base: ScenarioInput = {}): DriverScenario {
  const assumptions: Assumption[] = [];
  const proof = driver.dma.evidence[0] ?? { file: driver.file, line: driver.line, api: '' };
  const note = (field: string, value: string, because: string, at: { file: string; line: number } = proof) =>
    assumptions.push({ field, value, because, file: at.file, line: at.line });
  const at = { file: driver.file, line: driver.line };

  const kind = kindOf(driver, note, at);
  const device: Record<string, unknown> = {
    name: driver.instance,
    kind,
    bus: SAME_BUS[driver.bus] ?? driver.bus,
  };
  if (driver.dma.mask !== null) {
    device.maskBits = Math.min(64, Math.max(20, driver.dma.mask));
    note('device.maskBits', String(driver.dma.mask), 'the driver sets this DMA mask');
  }
  const directions = [...new Set(driver.dma.directions.map((d) => DIRECTIONS[d] ?? 'write'))];
  if (directions.length > 0) {
    // What it writes hurts more than what it reads.
    device.direction = directions.includes('write') ? 'write' : directions[0];
    note('device.direction', String(device.direction), `the driver maps ${driver.dma.directions.join(', ')}`);
  }
  const sized = driver.dma.buffers.filter((b) => b.size !== null && b.size > 0);
  const wanted = sized.filter(
    (b) => b.direction === null || (DIRECTIONS[b.direction] ?? 'write') === device.direction,
  );
  const largest = Math.max(0, ...(wanted.length > 0 ? wanted : sized).map((b) => b.size!));
  if (largest > 0 && kind !== 'usb-schedule') {
    device.bufferSize = Math.min(largest, 8 * 2 ** 20);
    note('device.bufferSize', String(device.bufferSize), 'the largest constant size among its DMA buffers');
  }
  const others = driver.quiescedBy.map((q) => q.by);
  if (driver.hook.state === 'present') {
    device.quiescedBy = `its own hook ${driver.hook.function ?? ''}`.trim();
    note('device.quiescedBy', String(device.quiescedBy), 'the audit finds an effective .shutdown', at);
  } else if (others.length > 0) {
    device.quiescedBy = others.join(', ');
    note('device.quiescedBy', String(device.quiescedBy), 'the audit names it', at);
  }
  if (driver.dma.class === 'none' || driver.dma.class === 'mask-only') {
    note(
      'device',
      kind,
      `the driver's own code shows no DMA (class ${driver.dma.class}): the device is supposed`,
      at,
    );
  }
  const input: ScenarioInput = {
    ...base,
    name: base.name ?? `${driver.file}:${driver.instance}`,
    device: { ...(device as NonNullable<ScenarioInput['device']>), ...base.device },
  };
  return { input, assumptions };
}

function kindOf(
  driver: AuditedDriver,
  note: (field: string, value: string, because: string, at?: { file: string; line: number }) => void,
  at: { file: string; line: number },
): DeviceKind {
  if (driver.dma.kind === 'request') {
    note(
      'device.kind',
      'one-shot',
      'the driver works on request: what is in flight at the kexec ends by itself',
    );
    return 'one-shot';
  }
  if (driver.dma.class === 'provider') {
    note('device.kind', 'descriptor-engine', 'a DMA engine fetches its descriptors from memory');
    return 'descriptor-engine';
  }
  const folder = FOLDERS.find(([pattern]) => pattern.test(driver.file));
  if (folder) {
    note('device.kind', folder[1], folder[2], at);
    return folder[1];
  }
  const kind: DeviceKind = DEVICE_KINDS[0]!;
  note('device.kind', kind, `nothing in ${driver.file} tells how the device works on its own`, at);
  return kind;
}

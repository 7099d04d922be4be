/** The controls as data: one row a value of the scenario. */
import { TARGETS } from '../../simulator/kexec/scenario-types.ts';
import { KIB, MIB } from '../../simulator/machine/address.ts';
import { builtInBoards } from '../../simulator/machine/boards.ts';
import { DEVICE_KINDS } from '../../simulator/machine/device-types.ts';

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface FieldBase {
  /** Path in the scenario's input; its value and origin are read at `shown` where that is another. */
  readonly path: string;
  readonly label: string;
  /** The word of the glossary that explains it. */
  readonly term?: string;
  /** Path in the complete scenario. */
  readonly shown: string;
  /** Where the value comes from when nothing was assumed and nothing changed. */
  readonly otherwise?: string;
  /** SMMU versions it has a meaning for; absent: always. */
  readonly versions?: readonly number[];
}

/** One control. */
export type Field =
  | (FieldBase & { readonly kind: 'choice'; readonly options: readonly Option[] })
  | (FieldBase & { readonly kind: 'check' })
  | (FieldBase & {
      readonly kind: 'number';
      readonly unit: string;
      readonly least: number;
      readonly most: number;
      /** The scenario holds this many of its own units in one of the control's. */
      readonly scale: number;
    })
  /** Bytes, as `64K` or `2048`. */
  | (FieldBase & { readonly kind: 'amount' });

export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly Field[];
}

const options = (values: readonly string[], names: Readonly<Record<string, string>> = {}): Option[] =>
  values.map((value) => ({ value, label: names[value] ?? value }));

const KIND_NAMES = {
  'ring-receiver': 'Ring receiver (network)',
  scanout: 'Scanout (display)',
  'cyclic-audio': 'Cyclic audio',
  'usb-schedule': 'USB schedule',
  'descriptor-engine': 'Descriptor engine',
  'one-shot': 'One-shot requests',
};

const TARGET_NAMES = {
  linux: 'Linux with SMMU driver',
  'linux-no-smmu': 'Linux without SMMU driver',
  'not-smmu-aware': 'Other, addresses physically',
};

const ms = (path: string, label: string, shown: string, term?: string): Field => ({
  kind: 'number',
  path: `timing.${path}`,
  label,
  shown: `timing.${shown}`,
  unit: 'ms',
  least: 0.001,
  most: 60_000,
  scale: 1000,
  ...(term ? { term } : {}),
});

export const MACHINE: FieldGroup = {
  title: 'Machine',
  fields: [
    {
      kind: 'choice',
      path: 'board',
      label: 'Board',
      shown: 'board.name',
      options: builtInBoards().map(({ name, title }) => ({ value: name, label: title })),
    },
    {
      kind: 'choice',
      path: 'smmu',
      label: 'SMMU',
      term: 'SMMU',
      otherwise: 'what the board has',
      shown: 'board.smmu.version',
      options: options(['v1', 'v2', 'v3', 'none'], {
        v1: 'SMMUv1',
        v2: 'SMMUv2',
        v3: 'SMMUv3',
        none: 'none',
      }),
    },
    {
      kind: 'check',
      path: 'iommu.disableBypass',
      label: 'disable_bypass',
      term: 'disable_bypass',
      shown: 'iommu.disableBypass',
      versions: [1, 2],
    },
    {
      kind: 'check',
      path: 'iommu.qcom',
      label: 'Qualcomm quirks',
      term: 'Qualcomm quirks',
      otherwise: 'what the board has',
      shown: 'board.smmu.qcom',
      versions: [1, 2],
    },
    {
      kind: 'choice',
      path: 'iommu.clocksOff',
      label: 'Without clocks',
      term: 'clocks off',
      shown: 'iommu.clocksOff',
      versions: [1, 2],
      options: options(['pass', 'block', 'error'], {
        pass: 'DMA passes',
        block: 'DMA waits',
        error: 'DMA fails',
      }),
    },
    {
      kind: 'check',
      path: 'iommu.gbpaAbort',
      label: 'GBPA.ABORT after reset',
      term: 'GBPA',
      shown: 'iommu.gbpaAbort',
      versions: [3],
    },
    {
      kind: 'check',
      path: 'iommu.foundEnabled',
      label: 'Firmware left SMMUEN set',
      term: 'CR0',
      otherwise: 'usually it is off',
      shown: 'iommu.foundEnabled',
      versions: [3],
    },
    {
      kind: 'check',
      path: 'device.behindSmmu',
      label: 'Device passes the SMMU',
      term: 'SMMU',
      otherwise: 'as the board routes it',
      shown: 'device.behindSmmu',
      versions: [1, 2, 3],
    },
  ],
};

export const TARGET: FieldGroup = {
  title: 'Kexec',
  fields: [
    {
      kind: 'choice',
      path: 'target',
      label: 'Next system',
      otherwise: 'the usual next kernel',
      shown: 'target',
      options: options(TARGETS, TARGET_NAMES),
    },
    {
      kind: 'check',
      path: 'kdump',
      label: 'Crash (kdump)',
      term: 'kdump',
      otherwise: 'an ordinary kexec',
      shown: 'kdump',
    },
    {
      kind: 'choice',
      path: 'kernel.version',
      label: 'SMMU driver of Linux',
      shown: 'kernel.version',
      options: options(['6.1', '6.12']),
    },
    {
      kind: 'choice',
      path: 'kernel.loader',
      label: 'Loaded by',
      shown: 'kernel.loader',
      options: options(['kexec_load', 'kexec_file_load']),
    },
    ms('p0Ms', 'Device hook to SMMU hook', 'p0', 'P0'),
    ms('bootMs', 'Boot until SMMU probe', 'boot', 'P1'),
    ms('p2Ms', 'SMMU probe to attach', 'p2', 'P2'),
    ms('p3Ms', 'Attach to device reset', 'p3', 'P3'),
  ],
};

export const DEVICE: FieldGroup = {
  title: 'Device',
  fields: [
    {
      kind: 'choice',
      path: 'device.kind',
      label: 'Kind',
      term: 'device kind',
      shown: 'device.kind',
      options: options(DEVICE_KINDS, KIND_NAMES),
    },
    {
      kind: 'number',
      path: 'device.periodMs',
      label: 'Works every',
      shown: 'device.periodUs',
      unit: 'ms',
      least: 0.001,
      most: 60_000,
      scale: 1000,
    },
    { kind: 'amount', path: 'device.burst', label: 'Bytes each time', shown: 'device.burstBytes' },
    {
      kind: 'choice',
      path: 'device.direction',
      label: 'Direction',
      term: 'DMA',
      shown: 'device.direction',
      options: options(['write', 'read'], { write: 'writes memory', read: 'reads memory' }),
    },
    { kind: 'check', path: 'device.wraps', label: 'Starts over at the end', shown: 'device.wraps' },
    {
      kind: 'choice',
      path: 'device.onAbort',
      label: 'On an error it',
      term: 'abort',
      shown: 'device.onAbort',
      options: options(['retry', 'stop', 'hang', 'serror'], {
        retry: 'tries again',
        stop: 'stops',
        hang: 'hangs',
        serror: 'raises SError',
      }),
    },
    {
      kind: 'amount',
      path: 'device.streamId',
      label: 'StreamID',
      term: 'StreamID',
      shown: 'device.streamId',
    },
  ],
};

export const BUFFERS: FieldGroup = {
  title: 'Buffers',
  fields: [
    {
      kind: 'number',
      path: 'device.maskBits',
      label: 'DMA mask',
      term: 'DMA mask',
      shown: 'device.maskBits',
      unit: 'bits',
      least: 20,
      most: 64,
      scale: 1,
    },
    {
      kind: 'check',
      path: 'iommu.forcedac',
      label: 'forcedac',
      term: 'forcedac',
      otherwise: 'off by default',
      shown: 'iommu.forcedac',
    },
    {
      kind: 'amount',
      path: 'device.buffersAt',
      label: 'Lie this far into memory',
      term: 'physical address',
      shown: 'device.buffersAt',
    },
    {
      kind: 'number',
      path: 'device.buffers',
      label: 'How many',
      shown: 'device.buffers',
      unit: '',
      least: 1,
      most: 16384,
      scale: 1,
    },
    { kind: 'amount', path: 'device.bufferSize', label: 'Size of each', shown: 'device.bufferBytes' },
  ],
};

export const GROUPS: readonly FieldGroup[] = [MACHINE, TARGET, DEVICE, BUFFERS];

/** The hook's control: not a value of its own, it says who quiesces the device. */
export const HOOK_PATH = 'device.quiescedBy';
export const HOOK_NAME = 'its own .shutdown hook';

/** Bytes without loss, in the largest unit that holds them whole: `64K`, `1514`. */
function amountText(bytes: number): string {
  if (bytes > 0 && bytes % MIB === 0) return `${bytes / MIB}M`;
  return bytes > 0 && bytes % KIB === 0 ? `${bytes / KIB}K` : String(bytes);
}

/** A value as a control shows it. */
export function textOf(field: Field, value: unknown): string {
  if (value === undefined || value === null) return field.path === 'smmu' ? 'none' : '';
  if (field.path === 'smmu') return `v${value}`;
  if (field.path === 'device.streamId') return `0x${Number(value).toString(16)}`;
  if (field.kind === 'number') return String(Number(value) / field.scale);
  if (field.kind === 'amount') return amountText(Number(value));
  return String(value);
}

/**
 * What a control's text means in the scenario.
 * @returns undefined where the text is empty: back to the default
 */
export function parsedValue(field: Field, text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  return field.kind === 'number' ? Number(trimmed) : trimmed;
}

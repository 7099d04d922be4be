/** A scenario: one machine, one device, two kernels, and how the first hands over to the second. */
import type { Board, ReservedUse } from '../machine/board.ts';
import type { CrashkernelOption } from '../machine/bootlayout.ts';
import type { AbortReaction, DeviceKind, DeviceSpec } from '../machine/device-types.ts';
import type { Loader } from '../machine/placement.ts';
import type { ClocksOffEffect, Direction, KernelVersion, PolicyName } from '../smmu/types.ts';

/** What starts next (domain reference 7.8-7.10). */
export type Target = 'linux' | 'linux-no-smmu' | 'not-smmu-aware';

export const TARGETS: readonly Target[] = ['linux', 'linux-no-smmu', 'not-smmu-aware'];

/** A policy of `policies.ts`, or the control: today's policy and a driver with a proper hook. */
export type PolicyChoice = PolicyName | 'hook';

/** In the order of the tables in the domain reference, section 7.9. */
export const POLICY_CHOICES: readonly PolicyChoice[] = [
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
];

/** Something that was taken for granted. `field` is the path in the scenario. */
export interface Assumption {
  readonly field: string;
  readonly value: string;
  readonly because: string;
  /** The source line that says so, where there is one. */
  readonly file?: string;
  readonly line?: number;
}

/** Both kernels; bytes. */
export interface KernelSpec {
  readonly version: KernelVersion;
  readonly loader: Loader;
  readonly imageBytes: number;
  readonly textOffset: number;
  readonly initrdBytes: number;
  readonly dtbBytes: number;
  readonly cmaBytes: number;
  /** What the old kernel reserved; `bytes` 0: nothing. */
  readonly crashkernel: CrashkernelOption;
  readonly cpus: number;
  /** Page allocator of the next kernel: in use when it starts, then per second. */
  readonly growthStartBytes: number;
  readonly growthPerSecond: number;
}

/** Lengths of the phases (domain reference 7.8), microseconds. */
export interface Timing {
  /** Device's hook slot to the SMMU's hook. */
  readonly p0: number;
  /** Copying the segments to their destinations; none when the image was loaded in place. */
  readonly relocation: number;
  /** Purgatory's checksum (kexec_load only). */
  readonly purgatory: number;
  /** Next kernel's entry to the probe of its SMMU driver. */
  readonly boot: number;
  /** SMMU reset to the attach of the device's stream. */
  readonly p2: number;
  /** Attach to the new driver's reset of the device. */
  readonly p3: number;
  /** What is watched after that reset. */
  readonly p4: number;
  /** Part of P3 (0..1) after which the new driver has mapped its buffers; 1: it resets the device first. */
  readonly mapsAt: number;
}

/** Parameters of the SMMU drivers and of the SoC. */
export interface IommuSpec {
  /** v2 `arm-smmu.disable_bypass` (Kconfig default y). */
  readonly disableBypass: boolean;
  /** v3: reset value of GBPA.ABORT, implementation defined. */
  readonly gbpaAbort: boolean;
  /** v3: firmware left SMMUEN=1, so the old kernel's probe set GBPA.ABORT, which 6.12 never clears. */
  readonly foundEnabled: boolean;
  /** What clients' transactions do while the SMMU's clocks are off. */
  readonly clocksOff: ClocksOffEffect;
  /** `iommu.forcedac=1`. */
  readonly forcedac: boolean;
  /** Bits of the domain's aperture (v2 `va_size`, v3 IAS). */
  readonly apertureBits: number;
  /** Streams that firmware wants untranslated (RMR). */
  readonly rmrStreams: readonly number[];
}

/** Complete; nothing in it is unknown. `resolveScenario` makes one. */
export interface Scenario {
  readonly name: string;
  readonly board: Board;
  readonly device: DeviceSpec;
  readonly kernel: KernelSpec;
  readonly timing: Timing;
  readonly iommu: IommuSpec;
  readonly target: Target;
  readonly kdump: boolean;
  readonly policies: readonly PolicyChoice[];
  readonly seed: number;
  readonly assumptions: readonly Assumption[];
}

/** An address or a size: a number of bytes, `0x…`, or with a unit (`64K`, `2G`). */
export type Amount = number | string;

export interface RangeInput {
  readonly start: Amount;
  readonly size: Amount;
  readonly name?: string;
  readonly use?: ReservedUse;
  readonly noMap?: boolean;
  /** Of a fixed table: what goes on using it. */
  readonly by?: string;
}

/** What a running kernel's `/proc/iomem` says of its own memory. */
export interface RunningInput {
  readonly code?: RangeInput;
  readonly data?: RangeInput;
  readonly reserved?: readonly RangeInput[];
  readonly crashKernel?: readonly RangeInput[];
}

/** A machine written out in a scenario file. */
export interface BoardInput {
  readonly name?: string;
  readonly title?: string;
  readonly ram: readonly RangeInput[];
  readonly reserved?: readonly RangeInput[];
  readonly mmio?: readonly RangeInput[];
  readonly secure?: readonly RangeInput[];
  readonly fixed?: readonly RangeInput[];
  readonly smmu?: null | {
    readonly version: 1 | 2 | 3;
    readonly model?: string;
    readonly qcom?: boolean;
    readonly outputBits?: 32 | 36 | 40 | 42 | 44 | 48 | 52;
    readonly streamIdBits?: number;
    readonly streamMappingGroups?: number;
  };
  readonly dmaLimitBits?: number;
  readonly running?: RunningInput;
  /** What was taken for granted of the machine, in plain words. */
  readonly assumptions?: readonly string[];
}

/** What a person writes (`docs/schema/scenario.schema.json`); everything may be left out. Times in milliseconds. */
export interface ScenarioInput {
  readonly $schema?: string;
  readonly name?: string;
  readonly board?: string | BoardInput;
  readonly smmu?: 'v1' | 'v2' | 'v3' | 'none';
  readonly device?: {
    readonly name?: string;
    readonly kind?: DeviceKind;
    readonly bus?: string;
    readonly maskBits?: number;
    readonly direction?: Direction;
    readonly buffers?: number;
    readonly bufferSize?: Amount;
    readonly burst?: Amount;
    readonly periodMs?: number;
    readonly wraps?: boolean;
    readonly onAbort?: AbortReaction;
    readonly streamId?: Amount;
    readonly buffersAt?: Amount;
    readonly behindSmmu?: boolean;
    readonly quiescedBy?: string;
  };
  readonly kernel?: {
    readonly version?: KernelVersion;
    readonly loader?: Loader;
    readonly imageSize?: Amount;
    readonly textOffset?: Amount;
    readonly initrdSize?: Amount;
    readonly dtbSize?: Amount;
    readonly cma?: Amount;
    readonly crashkernel?: { readonly size: Amount; readonly high?: boolean; readonly at?: Amount };
    readonly cpus?: number;
    readonly growthStart?: Amount;
    readonly growthPerSecond?: Amount;
  };
  readonly timing?: {
    readonly p0Ms?: number;
    readonly relocationMs?: number;
    readonly purgatoryMs?: number;
    readonly bootMs?: number;
    readonly p2Ms?: number;
    readonly p3Ms?: number;
    readonly p4Ms?: number;
    readonly mapsAt?: number;
  };
  readonly iommu?: {
    readonly disableBypass?: boolean;
    readonly qcom?: boolean;
    readonly gbpaAbort?: boolean;
    readonly foundEnabled?: boolean;
    readonly clocksOff?: ClocksOffEffect;
    readonly forcedac?: boolean;
    readonly apertureBits?: number;
    readonly rmrStreams?: readonly number[];
  };
  readonly target?: Target;
  readonly kdump?: boolean;
  readonly policies?: 'all' | readonly PolicyChoice[];
  readonly seed?: number;
}

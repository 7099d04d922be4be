/** From what a person or a driver says to a complete scenario: every default is an assumption that is written down. */
import { alignDown, formatSize, MIB, PAGE, parseAmount } from '../machine/address.ts';
import { type Board, ramSize } from '../machine/board.ts';
import { Resolver } from './resolver.ts';
import { boardOf, withQuirks, withSmmu } from './scenario-board.ts';
import { deviceOf } from './scenario-device.ts';
import {
  type Assumption,
  type IommuSpec,
  type KernelSpec,
  POLICY_CHOICES,
  type PolicyChoice,
  type Scenario,
  type ScenarioInput,
  TARGETS,
  type Timing,
} from './scenario-types.ts';

const DEFAULT_TIMING: Timing = {
  p0: 50_000,
  relocation: 40_000,
  purgatory: 150_000,
  boot: 900_000,
  p2: 300_000,
  p3: 50_000,
  p4: 20_000,
  mapsAt: 0.5,
};

/** Debian 6.12.117 arm64 as recorded; loader: its configuration has KEXEC_FILE off. */
const DEFAULT_KERNEL: KernelSpec = {
  version: '6.12',
  loader: 'kexec_load',
  imageBytes: 0x2b30000,
  textOffset: 0,
  initrdBytes: 32 * MIB,
  dtbBytes: 64 * 1024,
  cmaBytes: 64 * MIB,
  crashkernel: { bytes: 0 },
  cpus: 4,
  growthStartBytes: 8 * MIB,
  growthPerSecond: 80 * MIB,
};

/** Reserved for a kdump when the scenario does not say. */
export const DEFAULT_CRASHKERNEL = 256 * MIB;

/** Keys of each part of a scenario file, for the message about an unknown one. */
const KEYS = {
  '': [
    '$schema',
    'name',
    'board',
    'smmu',
    'device',
    'kernel',
    'timing',
    'iommu',
    'target',
    'kdump',
    'policies',
    'seed',
  ],
  kernel: [
    'version',
    'loader',
    'imageSize',
    'textOffset',
    'initrdSize',
    'dtbSize',
    'cma',
    'crashkernel',
    'cpus',
    'growthStart',
    'growthPerSecond',
  ],
  timing: ['p0Ms', 'relocationMs', 'purgatoryMs', 'bootMs', 'p2Ms', 'p3Ms', 'p4Ms', 'mapsAt'],
  iommu: [
    'disableBypass',
    'qcom',
    'gbpaAbort',
    'foundEnabled',
    'clocksOff',
    'forcedac',
    'apertureBits',
    'rmrStreams',
  ],
} as const;

function kernelOf(
  r: Resolver,
  input: ScenarioInput['kernel'],
  board: Board,
  needsCrash: boolean,
): KernelSpec {
  const k = input ?? {};
  r.keys(k, KEYS.kernel, 'kernel');
  const d = DEFAULT_KERNEL;
  const recorded = 'as recorded of Debian 6.12 on arm64';
  const amount = (value: number | string | undefined, fallback: number, field: string, because: string) =>
    r.amount(value, fallback, `kernel.${field}`, because);
  let crashkernel = d.crashkernel;
  if (k.crashkernel) {
    crashkernel = {
      bytes: parseAmount(k.crashkernel.size, 'kernel.crashkernel.size'),
      high: k.crashkernel.high ?? false,
      ...(k.crashkernel.at === undefined
        ? {}
        : { at: parseAmount(k.crashkernel.at, 'kernel.crashkernel.at') }),
    };
  } else if (needsCrash && !board.running?.crashKernel.length) {
    const quarter = alignDown(ramSize(board) / 4, 2 * MIB);
    crashkernel = { bytes: Math.min(DEFAULT_CRASHKERNEL, quarter) };
    r.assume('kernel.crashkernel', formatSize(crashkernel.bytes), 'kdump needs a reservation');
  }
  return {
    version: r.oneOf(
      r.pick(k.version, d.version, 'kernel.version', 'the newest kernel whose drivers are modelled'),
      ['6.1', '6.12'],
      'kernel.version',
    ),
    loader: r.oneOf(
      r.pick(k.loader, d.loader, 'kernel.loader', 'Debian has KEXEC_FILE off, kexec-tools uses kexec_load'),
      ['kexec_load', 'kexec_file_load'],
      'kernel.loader',
    ),
    imageBytes: Math.max(PAGE, amount(k.imageSize, d.imageBytes, 'imageSize', recorded)),
    textOffset: k.textOffset === undefined ? d.textOffset : parseAmount(k.textOffset, 'kernel.textOffset'),
    initrdBytes: amount(k.initrdSize, d.initrdBytes, 'initrdSize', 'a usual size'),
    dtbBytes: amount(k.dtbSize, d.dtbBytes, 'dtbSize', 'a usual size'),
    cmaBytes: amount(k.cma, d.cmaBytes, 'cma', recorded),
    crashkernel,
    cpus: r.positive(r.pick(k.cpus, d.cpus, 'kernel.cpus', 'a usual number'), 'kernel.cpus', 1),
    growthStartBytes: amount(k.growthStart, d.growthStartBytes, 'growthStart', 'a model of an early boot'),
    growthPerSecond: amount(
      k.growthPerSecond,
      d.growthPerSecond,
      'growthPerSecond',
      'a model of an early boot',
    ),
  };
}

function timingOf(r: Resolver, input: ScenarioInput['timing'], loader: KernelSpec['loader']): Timing {
  const t = input ?? {};
  r.keys(t, KEYS.timing, 'timing');
  const typical = "typical: about a second from the SMMU's shutdown to its next probe";
  const us = (value: number | undefined, fallback: number, field: string) =>
    Math.round(
      r.positive(r.pick(value, fallback / 1000, `timing.${field}`, typical), `timing.${field}`) * 1000,
    );
  const d = DEFAULT_TIMING;
  const mapsAt = r.pick(
    t.mapsAt,
    d.mapsAt,
    'timing.mapsAt',
    'the new driver maps its buffers half-way between attach and reset',
  );
  if (!(mapsAt >= 0 && mapsAt <= 1))
    r.fail('timing.mapsAt', `${mapsAt} is not a part of P3`, 'a number from 0 to 1');
  return {
    p0: us(t.p0Ms, d.p0, 'p0Ms'),
    relocation: us(t.relocationMs, d.relocation, 'relocationMs'),
    purgatory: loader === 'kexec_file_load' ? 0 : us(t.purgatoryMs, d.purgatory, 'purgatoryMs'),
    boot: us(t.bootMs, d.boot, 'bootMs'),
    p2: us(t.p2Ms, d.p2, 'p2Ms'),
    p3: us(t.p3Ms, d.p3, 'p3Ms'),
    p4: us(t.p4Ms, d.p4, 'p4Ms'),
    mapsAt,
  };
}

function iommuOf(r: Resolver, input: ScenarioInput['iommu'], board: Board): IommuSpec {
  const i = input ?? {};
  r.keys(i, KEYS.iommu, 'iommu');
  const version = board.smmu?.version ?? 0;
  const pick = <T>(value: T | undefined, fallback: T, field: string, because: string, applies: boolean): T =>
    applies ? r.pick(value, fallback, `iommu.${field}`, because) : (value ?? fallback);
  const clocks = pick(
    i.clocksOff,
    'pass' as const,
    'clocksOff',
    'what a gated SMMU does depends on the SoC (pass, block or error)',
    version === 1 || version === 2,
  );
  return {
    disableBypass: pick(
      i.disableBypass,
      true,
      'disableBypass',
      'Kconfig default of ARM_SMMU_DISABLE_BYPASS_BY_DEFAULT',
      version === 1 || version === 2,
    ),
    gbpaAbort: pick(
      i.gbpaAbort,
      false,
      'gbpaAbort',
      'the reset value of GBPA.ABORT is implementation defined; 0 is common',
      version === 3,
    ),
    clocksOff: r.oneOf(clocks, ['pass', 'block', 'error'], 'iommu.clocksOff'),
    foundEnabled: i.foundEnabled ?? false,
    forcedac: i.forcedac ?? false,
    apertureBits: i.apertureBits ?? 48,
    rmrStreams: i.rmrStreams ?? [],
  };
}

function policiesOf(r: Resolver, input: ScenarioInput['policies']): readonly PolicyChoice[] {
  if (input === undefined || input === 'all') return POLICY_CHOICES;
  if (!Array.isArray(input) || input.length === 0)
    r.fail('policies', 'neither "all" nor a list of names', POLICY_CHOICES.join(', '));
  return input.map((name) => r.oneOf(name as PolicyChoice, POLICY_CHOICES, 'policies'));
}

/** What the caller knows already. */
export interface ResolveOptions {
  /** A machine read from a file; goes before the scenario's own. */
  readonly board?: Board;
  /** For messages. */
  readonly where?: string;
  /** Assumptions made before, by `scenarioFromDriver`. */
  readonly assumptions?: readonly Assumption[];
}

/**
 * Fills in what the input leaves out and checks the rest.
 * @throws InputError for an unknown name (with the nearest one), a value out of range, a board that does not add up.
 */
export function resolveScenario(input: ScenarioInput, options: ResolveOptions = {}): Scenario {
  const r = new Resolver(options.where ?? 'scenario');
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    r.fail('', 'not a JSON object', 'see docs/schema/scenario.schema.json');
  r.keys(input, KEYS[''], '');
  if (input.smmu !== undefined) r.oneOf(input.smmu, ['v1', 'v2', 'v3', 'none'], 'smmu');
  const target = r.oneOf(input.target ?? 'linux', TARGETS, 'target');
  const kdump = input.kdump ?? false;
  const policies = policiesOf(r, input.policies);
  const board = withQuirks(withSmmu(boardOf(r, input.board, options.board), input.smmu), input.iommu);
  for (const text of board.assumptions) r.assume('board', board.name, text);
  const kernel = kernelOf(r, input.kernel, board, kdump || policies.includes('kdump'));
  const device = deviceOf(r, input.device, board, kdump);
  const timing = timingOf(r, input.timing, kernel.loader);
  return {
    name: input.name ?? `${device.name} on ${board.name}`,
    board,
    device,
    kernel,
    timing,
    iommu: iommuOf(r, input.iommu, board),
    target,
    kdump,
    policies,
    seed: Math.floor(r.positive(input.seed ?? 1, 'seed')),
    assumptions: [...(options.assumptions ?? []), ...r.assumptions],
  };
}

/** What the options of `quiesce simulate` say about the machine and the device, as a scenario. */
import { existsSync, readFileSync } from 'node:fs';
import { type AuditedDriver, scenarioFromDriver } from '../../simulator/kexec/from-driver.ts';
import { resolveScenario } from '../../simulator/kexec/scenario.ts';
import {
  type Assumption,
  POLICY_CHOICES,
  type PolicyChoice,
  type Scenario,
  type ScenarioInput,
  TARGETS,
} from '../../simulator/kexec/scenario-types.ts';
import { InputError } from '../../simulator/machine/address.ts';
import type { Board } from '../../simulator/machine/board.ts';
import {
  boardFromDeviceTree,
  type DeviceTreeOptions,
  deviceNodeOf,
  parseDeviceTree,
} from '../../simulator/machine/devicetree.ts';
import { boardFromEfi } from '../../simulator/machine/efi.ts';
import { boardFromIomem } from '../../simulator/machine/iomem.ts';
import type { Driver } from '../audit/model.ts';
import { reasonOf } from '../tree/walk.ts';
import { oneOf, readInput, UsageError, wholeNumber } from './usage.ts';

/** Options of the command that shape the scenario. */
export interface ScenarioFlags {
  scenario?: string;
  board?: string;
  iomem?: string;
  dtb?: string;
  efi?: string;
  device?: string;
  smmu?: string;
  policy?: string;
  target?: string;
  kdump?: boolean;
  seed?: string;
}

/** Reads a file's drivers, as `quiesce inventory` would list them. */
export type LoadDrivers = (path: string) => Promise<readonly Driver[]>;

function readBytes(option: string, path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${reasonOf(error)}`);
  }
}

/** The scenario file. @throws UsageError when it is no JSON object */
function readScenario(path: string): ScenarioInput {
  const text = readInput('--scenario', path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--scenario ${path}: not JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(`--scenario ${path}: not a JSON object; see docs/schema/scenario.schema.json`);
  }
  return parsed as ScenarioInput;
}

/** `FILE` and `INSTANCE` of an argument; a file whose own name has the colon wins. */
export function splitArgument(argument: string): { file: string; instance: string | undefined } {
  const colon = argument.lastIndexOf(':');
  if (colon <= 0 || existsSync(argument)) return { file: argument, instance: undefined };
  return { file: argument.slice(0, colon), instance: argument.slice(colon + 1) };
}

/**
 * The driver that the argument names.
 * @throws UsageError: no driver in the file, several and none named, an unknown name (with the nearest one)
 */
export async function findDriver(argument: string, load: LoadDrivers): Promise<Driver> {
  const { file, instance } = splitArgument(argument);
  const drivers = await load(file);
  if (drivers.length === 0) throw new UsageError(`${file}: no driver struct found in it`);
  if (instance === undefined) {
    const [only] = drivers;
    if (drivers.length > 1) {
      const names = drivers.map((d) => d.instance).join(', ');
      throw new UsageError(
        `${file} has ${drivers.length} drivers: ${names}. Name one: ${file}:${only!.instance}`,
      );
    }
    return only!;
  }
  const name = oneOf(
    `instance in ${file}`,
    instance,
    drivers.map((d) => d.instance),
  );
  return drivers.find((d) => d.instance === name)!;
}

interface Machine {
  readonly board: Board | undefined;
  /** What the machine adds to the scenario: stream, RMRs. */
  readonly input: ScenarioInput;
}

/** The machine that the options describe. @throws InputError, UsageError */
function machineOf(flags: ScenarioFlags, driver: Driver | undefined): Machine {
  const given = (['board', 'iomem', 'dtb', 'efi'] as const).filter((name) => flags[name] !== undefined);
  if (given.length > 1) {
    throw new UsageError(`${given.map((g) => `--${g}`).join(' and ')} both describe the machine: give one`);
  }
  if (flags.board !== undefined) return { board: undefined, input: { board: flags.board } };
  if (flags.iomem !== undefined) {
    const text = readInput('--iomem', flags.iomem);
    return { board: boardFromIomem(text, { where: flags.iomem, log: text }), input: {} };
  }
  if (flags.efi !== undefined) {
    return { board: boardFromEfi(readInput('--efi', flags.efi), { where: flags.efi }), input: {} };
  }
  if (flags.dtb === undefined) return { board: undefined, input: {} };
  const tree = parseDeviceTree(readBytes('--dtb', flags.dtb), flags.dtb);
  const device = flags.device ?? (driver && deviceNodeOf(tree.root, driver.match.of));
  const options: DeviceTreeOptions = { where: flags.dtb, ...(device ? { device } : {}) };
  const { board, streams, rmr } = boardFromDeviceTree(tree, options);
  const stream = streams.find((s) => s.device === device);
  return {
    board,
    input: {
      ...(stream ? { device: { streamId: stream.streamId } } : {}),
      iommu: { rmrStreams: streams.filter((s) => rmr.has(s.device)).map((s) => s.streamId) },
    },
  };
}

function policiesOf(text: string | undefined): ScenarioInput['policies'] {
  if (text === undefined || text === 'all') return text;
  return text
    .split(',')
    .map(
      (name) =>
        oneOf<PolicyChoice | 'all'>('policy', name.trim(), [...POLICY_CHOICES, 'all']) as PolicyChoice,
    );
}

/** Two levels: an option replaces one value of the file, not its whole part. */
function laidOver(base: ScenarioInput, over: ScenarioInput): ScenarioInput {
  const out: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const old = out[key];
    const both =
      typeof old === 'object' && old !== null && typeof value === 'object' && !Array.isArray(value);
    out[key] = both && key !== 'board' ? { ...old, ...value } : value;
  }
  return out as ScenarioInput;
}

/**
 * The scenario of a command line: the file's, with what the options say on top, and below both what the driver's code
 * and the machine say.
 * @throws UsageError for options that do not fit together, InputError for contents that do not add up
 */
export async function scenarioOf(
  argument: string | undefined,
  flags: ScenarioFlags,
  load: LoadDrivers,
): Promise<Scenario> {
  const driver = argument === undefined ? undefined : await findDriver(argument, load);
  const machine = machineOf(flags, driver);
  const file = flags.scenario === undefined ? {} : readScenario(flags.scenario);
  const options: ScenarioInput = {
    ...(flags.smmu === undefined
      ? {}
      : { smmu: oneOf('SMMU', flags.smmu, ['v1', 'v2', 'v3', 'none'] as const) }),
    ...(flags.target === undefined ? {} : { target: oneOf('target', flags.target, TARGETS) }),
    ...(flags.kdump ? { kdump: true } : {}),
    ...(flags.seed === undefined ? {} : { seed: wholeNumber('--seed', flags.seed, 0) }),
    ...(flags.policy === undefined ? {} : { policies: policiesOf(flags.policy) ?? 'all' }),
  };
  let input = laidOver(laidOver(machine.input, file), options);
  if (flags.board !== undefined) input = { ...input, board: flags.board };
  let assumptions: readonly Assumption[] = [];
  if (driver) {
    const made = scenarioFromDriver(driver as AuditedDriver, input);
    input = made.input;
    assumptions = made.assumptions;
  }
  return resolveScenario(input, {
    where: flags.scenario ?? 'scenario',
    assumptions,
    ...(machine.board ? { board: machine.board } : {}),
  });
}

/** Turns the simulator's complaint about an input into one about the command line. */
export function asUsage(error: unknown): unknown {
  return error instanceof InputError ? new UsageError(error.message) : error;
}

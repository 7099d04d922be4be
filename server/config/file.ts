import { boardNames } from '../../simulator/machine/boards.ts';
import type { BusRow, DmaRow, OwnRows, QuiesceRow } from '../kernel/index.ts';
import { CONFIG, type FailOn, type Level } from './keys.ts';
import { hintFor } from './nearest.ts';
import { type Problem, readYaml } from './read.ts';

/** Severities by rule, with the line that gives each. */
export type RuleLevels = ReadonlyMap<string, { readonly level: Level; readonly line: number }>;

/** A value and the line that gives it. */
export interface Given<T> {
  readonly value: T;
  readonly line: number;
}

/** One `.quiesce.yaml`. */
export interface ConfigFile {
  /** Absolute path. */
  readonly path: string;
  readonly root: boolean;
  readonly rules: RuleLevels;
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: RuleLevels }[];
  readonly failOn?: Given<FailOn>;
  readonly kernelVersion?: Given<string>;
  readonly board?: Given<string>;
  readonly baseline?: Given<string>;
  readonly own: OwnRows;
}

/** The values of a text that has the shape of `CONFIG`. */
interface Raw {
  readonly root?: boolean;
  readonly rules?: Readonly<Record<string, Level>>;
  readonly overrides?: readonly { files: readonly string[]; rules: Readonly<Record<string, Level>> }[];
  readonly 'fail-on'?: FailOn;
  readonly 'kernel-version'?: string;
  readonly board?: string;
  readonly baseline?: string;
  readonly buses?: readonly RawBus[];
  readonly dma?: readonly Omit<DmaRow, 'source'>[];
  readonly quiesce?: readonly (Omit<QuiesceRow, 'source' | 'does'> & { does?: string })[];
}

interface RawBus extends Partial<Pick<BusRow, 'own' | 'fate' | 'core' | 'dma' | 'note' | 'device'>> {
  readonly struct: string;
  readonly embedded?: string;
  readonly 'bus-shutdown'?: string;
}

/** A configuration that does not hold together: every problem on a line, with its place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly path: string;
  readonly problems: readonly Problem[];

  constructor(path: string, problems: readonly Problem[], shown = path) {
    super(problems.map(({ line, column, message }) => `${shown}:${line}:${column}: ${message}`).join('\n'));
    this.path = path;
    this.problems = problems;
  }
}

/**
 * Reads one configuration.
 * @param path absolute path, for messages and origins
 * @throws ConfigError
 */
export function parseConfig(path: string, text: string, shown = path): ConfigFile {
  const { value, lines, problems } = readYaml(text, CONFIG);
  const lineOf = (key: string): number => lines.get(key) ?? 1;
  const raw = value as Raw;
  const more = problems.length > 0 ? problems : checkRaw(raw, lineOf);
  if (more.length > 0) throw new ConfigError(path, more, shown);
  const levels = (given: Readonly<Record<string, Level>> | undefined, key: string): RuleLevels =>
    new Map(Object.entries(given ?? {}).map(([id, level]) => [id, { level, line: lineOf(`${key}.${id}`) }]));
  const given = <T>(key: string, one: T | undefined): Given<T> | undefined =>
    one === undefined ? undefined : { value: one, line: lineOf(key) };
  const source = (key: string): string => `${shown}:${lineOf(key)}`;
  const failOn = given('fail-on', raw['fail-on']);
  const kernelVersion = given('kernel-version', raw['kernel-version']);
  const board = given('board', raw.board);
  const baseline = given('baseline', raw.baseline);
  return {
    path,
    root: raw.root ?? false,
    rules: levels(raw.rules, 'rules'),
    overrides: (raw.overrides ?? []).map(({ files, rules }, index) => ({
      files,
      rules: levels(rules, `overrides.${index}.rules`),
    })),
    ...(failOn ? { failOn } : {}),
    ...(kernelVersion ? { kernelVersion } : {}),
    ...(board ? { board } : {}),
    ...(baseline ? { baseline } : {}),
    own: {
      buses: (raw.buses ?? []).map((bus, index) => busOf(bus, source(`buses.${index}`))),
      dma: (raw.dma ?? []).map((row, index) => ({
        ...row,
        device: row.device ?? null,
        source: source(`dma.${index}`),
      })),
      quiesce: (raw.quiesce ?? []).map((row, index) => ({
        ...row,
        does: row.does ?? 'as configured',
        source: source(`quiesce.${index}`),
      })),
    },
  };
}

/** What the shape alone cannot tell. */
function checkRaw(raw: Raw, lineOf: (key: string) => number): Problem[] {
  const problems: Problem[] = [];
  const add = (key: string, message: string): void => {
    problems.push({ line: lineOf(key), column: 1, message });
  };
  for (const [index, { name, pattern }] of (raw.quiesce ?? []).entries()) {
    const key = `quiesce.${index}.name`;
    if (!pattern && !/^[A-Za-z_]\w*$/.test(name))
      add(key, `name: '${name}' is no function's name; with 'pattern: true' it is a pattern`);
    else if (pattern && !isPattern(name)) add(key, `name: '${name}' is no regular expression`);
  }
  if (raw.board !== undefined && !/[./]/.test(raw.board) && !boardNames().includes(raw.board))
    add('board', `board: '${raw.board}' is not known.${hintFor(raw.board, boardNames())}, or a file`);
  return problems;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function busOf({ struct, embedded, 'bus-shutdown': busShutdown, ...rest }: RawBus, source: string): BusRow {
  const path = embedded ?? 'driver';
  return {
    struct,
    bus: struct.replace(/_driver$/, ''),
    own: 'called',
    fate: busShutdown === undefined ? 'honoured' : 'ignored',
    core: 'nothing',
    dma: 'master',
    ...rest,
    embedded: path.split('.'),
    busShutdown: busShutdown ?? null,
    ids: [
      { member: `${path}.of_match_table`, kind: 'of' },
      { member: `${path}.acpi_match_table`, kind: 'acpi' },
    ],
    source,
  };
}

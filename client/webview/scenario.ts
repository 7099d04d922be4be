/** The scenario that the panel's controls describe: what the server sent, the person's machine, and their changes. */

import { boardInput } from '../../simulator/kexec/scenario-board.ts';
import type {
  Assumption,
  PolicyChoice,
  Scenario,
  ScenarioInput,
} from '../../simulator/kexec/scenario-types.ts';
import type { Subject } from './messages.ts';
import type { Machine, Play } from './sim/protocol.ts';

/** Values by their path in the scenario: `device.kind`. */
export type Changes = Readonly<Record<string, unknown>>;

/** The value at a path; undefined where there is none. */
export function valueAt(root: unknown, path: string): unknown {
  let value: unknown = root;
  for (const key of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key];
  return value;
}

/** A copy of `root` with a value at a path. */
export function withValue<T extends object>(root: T, path: string, value: unknown): T {
  const [key, ...rest] = path.split('.');
  const inner = (root as Record<string, unknown>)[key!];
  const next = rest.length > 0 ? withValue((inner ?? {}) as object, rest.join('.'), value) : value;
  return { ...root, [key!]: next };
}

/** Driver, then machine, then what the person changed; the later goes before the earlier. */
export function inputOf(subject: Subject, machine: Machine | null, changes: Changes): ScenarioInput {
  let input: ScenarioInput = { ...subject.input };
  if (machine) {
    const { board: _, ...rest } = input;
    input = {
      ...rest,
      ...machine.input,
      ...(rest.device || machine.input.device ? { device: { ...rest.device, ...machine.input.device } } : {}),
      iommu: { ...rest.iommu, ...machine.input.iommu },
    };
  }
  for (const [path, value] of Object.entries(changes)) input = withValue(input, path, value);
  return input;
}

/** The same for a file: the person's machine written out, so that it is played without the file that it came from. */
export function exportedInput(subject: Subject, machine: Machine | null, changes: Changes): ScenarioInput {
  const input = inputOf(subject, machine, changes);
  return machine ? { ...input, board: boardInput(machine.board) } : input;
}

/** What the simulator has to play. An assumption about a field that was changed is none any more. */
export function playOf(
  subject: Subject,
  machine: Machine | null,
  changes: Changes,
  first: readonly PolicyChoice[],
): Play {
  return {
    input: inputOf(subject, machine, changes),
    ...(machine ? { board: machine.board } : {}),
    assumptions: subject.assumptions.filter(({ field }) => !(field in changes)),
    first,
  };
}

/** Where a value comes from. */
export interface Origin {
  readonly kind: 'changed' | 'driver' | 'assumed' | 'scenario';
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
}

/** Where the value of a field comes from, for the line below its control. */
export function originOf(
  scenario: Scenario,
  changes: Changes,
  field: string,
  otherwise = 'of the scenario',
): Origin {
  if (field in changes) return { kind: 'changed', text: 'set here' };
  const found: Assumption | undefined = scenario.assumptions.find((a) => a.field === field);
  if (!found) return { kind: 'scenario', text: otherwise };
  if (found.file === undefined) return { kind: 'assumed', text: found.because };
  return {
    kind: 'driver',
    text: found.because,
    file: found.file,
    ...(found.line === undefined ? {} : { line: found.line }),
  };
}

/** The name that a file of this scenario gets. */
export function fileName(subject: Subject, ending: string): string {
  return `${subject.driver.instance.replace(/\W+/g, '-')}-kexec.${ending}`;
}

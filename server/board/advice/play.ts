/** Plays the kexec of a machine's devices under every policy, each scenario once. */
import { simulate } from '../../../simulator/kexec/engine.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { Assumption, Scenario, ScenarioInput, Target } from '../../../simulator/kexec/scenario-types.ts';
import { InputError } from '../../../simulator/machine/address.ts';
import { simulationJson } from '../../../simulator/view/json.ts';
import { matrixRow, POLICY_OPTIONS } from '../../../simulator/view/matrix.ts';
import type { Machine, Row } from '../model.ts';
import { deviceScenario } from './scenario.ts';

/** A next system that knows nothing of the SMMU. */
const BARE: Target = 'linux-no-smmu';

/** Members of an outcome in `quiesce simulate --format json` that a page needs; the others fill pages. */
const KEPT = [
  ...(['policy', 'row', 'applicable', 'verdict', 'effects', 'reason', 'unknowns', 'notes'] as const),
  ...(['bytesOverwritten', 'bytesLeaked', 'firstCorruption', 'blocked', 'faults'] as const),
  ...(['unrecordedFaults', 'interrupts', 'deviceState', 'targetDma'] as const),
] as const;

type OutcomeJson = ReturnType<typeof simulationJson>['outcomes'][number];

/** What a policy comes to for a device. */
export interface Cell extends Pick<OutcomeJson, (typeof KEPT)[number]> {
  /** A size, a count, `3/8`: the number that goes with the verdict; empty where there is none. */
  readonly text: string;
}

/** A scenario and what comes of it. */
export interface Played {
  readonly input: ScenarioInput;
  readonly scenario: Scenario;
  readonly assumptions: readonly Assumption[];
  /** Where the device's IOVAs lie. */
  readonly landing: string;
  /** In the order of `POLICY_CHOICES`. */
  readonly cells: readonly Cell[];
  /** The same kexec into a Linux without a driver for the SMMU; policies that a kernel can choose. */
  readonly bare: readonly Cell[];
}

/** Plays scenarios; devices that differ in nothing but the name share one. */
export class Player {
  private readonly byShape = new Map<string, Played>();

  /** The outcomes of a device's scenario, or why it cannot be played. */
  play(machine: Machine, row: Row): Played | string {
    if (!machine.memory) return 'no memory map: give /proc/iomem or a snapshot that root took';
    const { input, assumptions } = deviceScenario(machine, machine.memory, row);
    const { name: _, ...shape } = input;
    const key = JSON.stringify({ ...shape, device: { ...shape.device, name: '' }, assumptions });
    const known = this.byShape.get(key);
    if (known) return known;
    try {
      const played = play(input, assumptions);
      this.byShape.set(key, played);
      return played;
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  }
}

function play(input: ScenarioInput, assumptions: readonly Assumption[]): Played {
  const scenario = resolveScenario(input, { assumptions });
  const cells = cellsOf(scenario);
  const bare = cellsOf({ ...scenario, target: BARE, policies: POLICY_OPTIONS });
  return { input, scenario, assumptions: scenario.assumptions, ...cells, bare: bare.cells };
}

function cellsOf(scenario: Scenario): Pick<Played, 'cells' | 'landing'> {
  const result = simulate(scenario);
  const { outcomes, landing } = simulationJson(result);
  const cells = outcomes.map((outcome, at): Cell => {
    const row = matrixRow(result.outcomes[at]!);
    const kept = Object.fromEntries(KEPT.map((name) => [name, outcome[name]]));
    return { ...(kept as Omit<Cell, 'text'>), text: row.applicable ? row.cells[row.verdict].text : '' };
  });
  return { cells, landing };
}

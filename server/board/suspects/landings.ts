import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { PolicyChoice } from '../../../simulator/kexec/scenario-types.ts';
import { type Landings, landingsOf } from '../../../simulator/kexec/ways.ts';
import { InputError } from '../../../simulator/machine/address.ts';
import type { Board } from '../../../simulator/machine/board.ts';
import { deviceScenario } from '../advice/scenario.ts';
import type { Machine, Row } from '../model.ts';

/** Plays where the writes of a machine's devices land; devices that differ in nothing but the name share it. */
export class LandingPlayer {
  private readonly byShape = new Map<string, Landings | string>();
  private readonly machine: Machine;
  private readonly memory: Board;
  private readonly options: { readonly runs: number; readonly seed: number };

  /** @param memory `machine.memory`, which must be known */
  constructor(machine: Machine, memory: Board, options: { readonly runs: number; readonly seed: number }) {
    this.machine = machine;
    this.memory = memory;
    this.options = options;
  }

  /** Where a device's writes land, or why that cannot be played. */
  play(row: Row, policy: PolicyChoice): Landings | string {
    const { input } = deviceScenario(this.machine, this.memory, row);
    const { name: _, ...shape } = input;
    const key = JSON.stringify([policy, { ...shape, device: { ...shape.device, name: '' } }]);
    let known = this.byShape.get(key);
    if (known === undefined) {
      try {
        known = landingsOf(resolveScenario(input), policy, this.options.runs, this.options.seed);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        known = error.message;
      }
      this.byShape.set(key, known);
    }
    return known;
  }
}

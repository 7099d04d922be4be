import { simulate } from '../../../simulator/kexec/engine.ts';
import { scenarioFromDriver } from '../../../simulator/kexec/from-driver.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import type { Assumption } from '../../../simulator/kexec/scenario-types.ts';
import { type Today, type TodaysPolicy, todayOn } from '../../../simulator/kexec/today.ts';
import { InputError } from '../../../simulator/machine/address.ts';
import { answerOf } from '../../../simulator/view/answer.ts';
import { matrixRow, OUTCOME_COLUMNS } from '../../../simulator/view/matrix.ts';
import type { Driver } from '../../audit/model.ts';
import type { PageAssumption, PageMatrix, PageOutcome, PageToday } from './data.ts';
import type { Texts } from './texts.ts';

/**
 * Plays the kexec of drivers, once for all that give the same scenario: the outcome depends on the device's shape, not
 * on its name, and a whole tree has a few hundred shapes.
 */
export class Matrices {
  readonly list: PageMatrix[] = [];
  private readonly byShape = new Map<string, number>();
  private readonly texts: Texts;
  private readonly today: Today;

  constructor(texts: Texts, today: Today) {
    this.texts = texts;
    this.today = today;
  }

  /** The place of the driver's matrix in the list, and what its own code said for it. */
  of(driver: Driver): { readonly index: number; readonly read: PageAssumption[] } {
    const { input, assumptions } = scenarioFromDriver(driver);
    const { name: _, ...shape } = input.device!;
    const key = JSON.stringify(shape);
    let index = this.byShape.get(key);
    if (index === undefined) {
      index = this.list.length;
      this.byShape.set(key, index);
      this.list.push(this.played({ device: shape }));
    }
    return { index, read: assumptions.map((one) => this.assumption(one)) };
  }

  /** A device that the default machine has no memory for is no reason to lose the report of a whole tree. */
  private played(input: Parameters<typeof resolveScenario>[0]): PageMatrix {
    try {
      return this.play(input);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const why = `Not played on the default machine: ${error.message}.`;
      return { machine: this.texts.ref(why), today: this.todayAs(this.today.v2), outcomes: [], assumed: [] };
    }
  }

  private play(input: Parameters<typeof resolveScenario>[0]): PageMatrix {
    const result = simulate(resolveScenario(input));
    const { board, device, target } = result.scenario;
    const smmu = board.smmu ? `SMMUv${board.smmu.version} (${board.smmu.model})` : 'no SMMU';
    const machine = `${board.title}, ${smmu}; ${device.kind} on ${device.bus}, ${device.maskBits} bit mask; next: ${target}. ${result.landing}.`;
    const outcomes = result.outcomes.map((outcome): PageOutcome => {
      const { policy, row, applicable, verdict, reason, cells } = matrixRow(outcome);
      const answer = answerOf(result.outcomes, policy, result.scenario.assumptions)!;
      return {
        policy,
        row,
        applicable,
        verdict,
        cells: OUTCOME_COLUMNS.map((column) => {
          const { holds, text } = cells[column.verdict];
          return holds ? text : null;
        }),
        headline: this.texts.ref(answer.headline),
        what: this.texts.ref(answer.what),
        whose: this.texts.ref(answer.whose),
        when: this.texts.ref(answer.when),
        stops: this.texts.ref(answer.stops),
        reason: this.texts.ref(`${reason}.`),
      };
    });
    const assumed = result.scenario.assumptions.map((one) => this.assumption(one));
    const today = this.todayAs(todayOn(this.today, result.scenario));
    return { machine: this.texts.ref(machine), today, outcomes, assumed };
  }

  private todayAs({ says, ...rest }: TodaysPolicy): PageToday {
    return { ...rest, says: this.texts.ref(says) };
  }

  private assumption({ field, value, because, file, line }: Assumption): PageAssumption {
    const plain = [field, value, this.texts.ref(because)] as const;
    return file === undefined ? plain : [...plain, file, line ?? 1];
  }
}

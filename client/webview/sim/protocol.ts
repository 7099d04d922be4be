/** What the panel asks of the thread that simulates, and what comes back. */
import type { Clock } from '../../../simulator/kexec/clock.ts';
import type { MemoryMap } from '../../../simulator/kexec/engine.ts';
import type { PolicyOutcome, TimelineEntry } from '../../../simulator/kexec/outcome-types.ts';
import type {
  Assumption,
  PolicyChoice,
  Scenario,
  ScenarioInput,
} from '../../../simulator/kexec/scenario-types.ts';
import type { Board } from '../../../simulator/machine/board.ts';
import type { TimelineColumns } from '../../../simulator/view/columns.ts';
import type { MachineFile } from '../messages.ts';

/** A scenario to play. */
export interface Play {
  readonly input: ScenarioInput;
  /** The person's own machine. */
  readonly board?: Board;
  readonly assumptions: readonly Assumption[];
  /** Which policies come first: those on the screen. */
  readonly first: readonly PolicyChoice[];
}

export type ExportFormat = 'svg' | 'json' | 'summary';

export type ToSimulator =
  | ({ readonly type: 'play'; readonly run: number } & Play)
  /** One access with the SMMU's reasons. */
  | { readonly type: 'entry'; readonly run: number; readonly policy: PolicyChoice; readonly index: number }
  | {
      readonly type: 'export';
      readonly run: number;
      readonly format: ExportFormat;
      readonly policies: readonly PolicyChoice[];
      readonly theme: 'light' | 'dark' | 'auto';
    }
  | { readonly type: 'machine'; readonly file: MachineFile; readonly compatibles: readonly string[] };

/** One policy as it was played. */
export interface Played {
  /** Without its timeline: that is in `columns`. */
  readonly outcome: PolicyOutcome;
  readonly columns: TimelineColumns;
  readonly map?: MemoryMap;
  readonly clock?: Clock;
}

/** A machine that was read from a file. */
export interface Machine {
  readonly name: string;
  readonly board: Board;
  /** What the file says beside the board: StreamID, reserved regions of streams. */
  readonly input: ScenarioInput;
}

export type FromSimulator =
  | { readonly type: 'scenario'; readonly run: number; readonly scenario: Scenario }
  | { readonly type: 'played'; readonly run: number; readonly played: Played }
  | {
      readonly type: 'done';
      readonly run: number;
      readonly landing: string;
      readonly fixed: readonly string[];
    }
  | {
      readonly type: 'entry';
      readonly run: number;
      readonly policy: PolicyChoice;
      readonly index: number;
      readonly entry: TimelineEntry;
    }
  | { readonly type: 'export'; readonly run: number; readonly format: ExportFormat; readonly text: string }
  | { readonly type: 'machine'; readonly machine: Machine }
  /** What the person has to mend; `field` is the path in the scenario where it is known. */
  | { readonly type: 'failed'; readonly run: number; readonly message: string };

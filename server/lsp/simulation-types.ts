/** What the server gives to a client that shows a simulation. Plain JSON. */
import type { Assumption, ScenarioInput } from '../../simulator/kexec/scenario-types.ts';
import type { Today } from '../../simulator/kexec/today.ts';

/** The driver whose kexec is shown. */
export interface SubjectDriver {
  readonly instance: string;
  /** Relative to the tree's root. */
  readonly file: string;
  readonly line: number;
  /** `DMA direct, autonomous`. */
  readonly dma: string;
  readonly hook: string;
  /** `compatible` strings that it binds to: they find its node in a device tree. */
  readonly compatibles: readonly string[];
}

/** A driver's kexec, ready to be simulated. */
export interface Subject {
  /** Root of the tree, for links into it. */
  readonly root: string;
  readonly driver: SubjectDriver;
  readonly input: ScenarioInput;
  readonly assumptions: readonly Assumption[];
  readonly today: Today;
}

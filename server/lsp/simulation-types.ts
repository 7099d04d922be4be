/** What the server gives to a client that shows a simulation. Plain JSON. */
import type { Assumption, PolicyChoice, ScenarioInput } from '../../simulator/kexec/scenario-types.ts';

/** What a kernel's SMMU driver leaves to the next kernel, as its source says. */
export interface TodaysPolicy {
  readonly policy: PolicyChoice;
  /** One sentence. */
  readonly says: string;
  /** Where the tree says so; absent: the shipped table does, no tree was read. */
  readonly file?: string;
  readonly line?: number;
}

/** By the SMMU's version: v1 and v2 have one driver. */
export interface Today {
  readonly v2: TodaysPolicy;
  readonly v3: TodaysPolicy;
}

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

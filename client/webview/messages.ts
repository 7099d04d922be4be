/** What the panel and the extension say to each other, and what the panel keeps. Plain JSON. */
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

/** What is simulated: made by the server, sent by the extension. */
export interface Subject {
  /** Root of the tree, for links into it; empty: links cannot be opened. */
  readonly root: string;
  readonly driver: SubjectDriver;
  readonly input: ScenarioInput;
  readonly assumptions: readonly Assumption[];
  readonly today: Today;
}

/** A file that describes the person's own machine. */
export type MachineFile =
  | { readonly kind: 'iomem'; readonly name: string; readonly text: string }
  /** Base64 of a `.dtb`, or of the text of a `.dts`. */
  | { readonly kind: 'dtb'; readonly name: string; readonly base64: string };

/** From the extension. */
export type ToPanel =
  | { readonly type: 'subject'; readonly subject: Subject }
  | { readonly type: 'machine'; readonly file: MachineFile }
  | { readonly type: 'failed'; readonly message: string };

/** To the extension. */
export type FromPanel =
  /** The page listens; `has`: it remembers a subject from before. */
  | { readonly type: 'ready'; readonly has: boolean }
  | { readonly type: 'open'; readonly root: string; readonly file: string; readonly line: number }
  | { readonly type: 'pick'; readonly kind: MachineFile['kind'] }
  | { readonly type: 'copy'; readonly text: string }
  | {
      readonly type: 'save';
      readonly name: string;
      /** Text, or base64 where `binary`. */
      readonly data: string;
      readonly binary: boolean;
    };

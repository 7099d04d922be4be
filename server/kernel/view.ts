import type { BusRow, DmaRow, QuiesceRow } from './types.ts';

/** Rows that a project states of code outside of the kernel: its own buses, DMA entry points and quiescing calls. */
export interface OwnRows {
  readonly buses: readonly BusRow[];
  readonly dma: readonly DmaRow[];
  readonly quiesce: readonly QuiesceRow[];
}

/** Own rows by name. Plain data: it is sent between processes. */
export interface KernelView {
  /** `major.minor`; undefined: the newest kernel known here. */
  readonly version?: string;
  readonly buses: ReadonlyMap<string, BusRow>;
  readonly dma: ReadonlyMap<string, DmaRow>;
  readonly quiesce: ReadonlyMap<string, QuiesceRow>;
  readonly quiescePatterns: readonly (readonly [RegExp, QuiesceRow])[];
}

/** Which Linux a lookup is about: its version alone, or the version and a project's own rows. */
export type Kernel = string | KernelView;

/** The kernel of a version as a project sees it; just the version where it states nothing of its own. */
export function kernelView(version: string | undefined, own: OwnRows | undefined): Kernel | undefined {
  if (!own || own.buses.length + own.dma.length + own.quiesce.length === 0) return version;
  const exact = own.quiesce.filter((row) => !row.pattern);
  const patterns = own.quiesce.filter((row) => row.pattern);
  return {
    ...(version === undefined ? {} : { version }),
    buses: new Map(own.buses.map((row) => [row.struct, row])),
    dma: new Map(own.dma.map((row) => [row.name, row])),
    quiesce: new Map(exact.map((row) => [row.name, row])),
    quiescePatterns: patterns.map((row) => [new RegExp(`^(?:${row.name})$`), row] as const),
  };
}

/** The version of a kernel, however it is given. */
export function versionOf(kernel: Kernel | undefined): string | undefined {
  return typeof kernel === 'object' ? kernel.version : kernel;
}

/** A project's own rows, where it has any. */
export function viewOf(kernel: Kernel | undefined): KernelView | undefined {
  return typeof kernel === 'object' ? kernel : undefined;
}

/** The row of a quiescing call that the project itself states. */
export function statedQuiesceRow(name: string, kernel: Kernel | undefined): QuiesceRow | undefined {
  const view = viewOf(kernel);
  return view?.quiesce.get(name) ?? view?.quiescePatterns.find(([regexp]) => regexp.test(name))?.[1];
}

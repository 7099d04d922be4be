/** Counts over all drivers of a run. */
export interface Summary {
  readonly files: number;
  readonly parsedFiles: number;
  readonly drivers: number;
  /** Drivers whose device does DMA itself. */
  readonly masters: number;
  /** Those of them with a hook that counts. */
  readonly hooked: number;
  readonly notJudged: number;
  /** Drivers judged alone because no Makefile claims their file. */
  readonly loose: number;
  readonly warnings: number;
  readonly notes: number;
}

import type { Driver, Finding } from '../audit/model.ts';

/** A finding with the driver that it is about: what every format prints. */
export interface Reported {
  readonly driver: Driver;
  readonly finding: Finding;
}

/** What a report says besides its findings. */
export interface ReportContext {
  readonly toolVersion: string;
  readonly totals: Summary;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
}

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

/** The findings of all drivers, in the drivers' order. */
export function findingsOf(drivers: readonly Driver[]): Reported[] {
  return drivers.flatMap((driver) => driver.findings.map((finding) => ({ driver, finding })));
}

/** Counts drivers and findings. */
export function summarize(
  drivers: readonly Driver[],
  totals: { readonly files: number; readonly parsedFiles: number; readonly loose: number },
): Summary {
  const masters = drivers.filter((driver) => ['provider', 'direct', 'library'].includes(driver.dma.class));
  const reported = findingsOf(drivers);
  return {
    files: totals.files,
    parsedFiles: totals.parsedFiles,
    drivers: drivers.length,
    masters: masters.length,
    hooked: masters.filter((driver) => driver.hook.state === 'present').length,
    notJudged: drivers.filter((driver) => driver.confidence === 'not-judged').length,
    loose: totals.loose,
    warnings: reported.filter(({ finding }) => finding.severity === 'warning').length,
    notes: reported.filter(({ finding }) => finding.severity === 'note').length,
  };
}

import type { Driver } from '../audit/model.ts';
import type { ReportContext, Reported } from './findings.ts';

/** The findings as one JSON document (`docs/schema/check.schema.json`). */
export function jsonReport(reported: readonly Reported[], context: ReportContext): string {
  const document = {
    tool: { name: 'quiesce', version: context.toolVersion },
    totals: context.totals,
    findings: reported.map(({ driver, finding }) => ({
      rule: finding.rule,
      severity: finding.severity,
      confidence: driver.confidence,
      message: finding.message,
      file: driver.file,
      line: driver.line,
      column: driver.column,
      instance: driver.instance,
      bus: driver.bus,
      evidence: driver.dma.evidence,
    })),
    skipped: context.skipped,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** One driver a line (`docs/schema/inventory.schema.json`). */
export function jsonLines(drivers: readonly Driver[]): string {
  return drivers.map((driver) => `${JSON.stringify(driver)}\n`).join('');
}

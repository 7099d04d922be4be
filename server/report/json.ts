import type { Driver, Evidence } from '../audit/model.ts';
import { changeObject } from './changes.ts';
import type { Report, Reported } from './findings.ts';
import type { Format } from './format.ts';
import type { FindingKey } from './key.ts';

/** Raised when a reader of `check --format json` has to change; `docs/schema/check.schema.json` holds it. */
export const CHECK_VERSION = 1;

/** The findings as one JSON document (`docs/schema/check.schema.json`). */
export const json: Format = {
  name: 'json',
  summary: 'one JSON document (docs/schema/check.schema.json)',
  render(report) {
    const document = {
      version: CHECK_VERSION,
      tool: { name: 'quiesce', version: report.toolVersion },
      totals: report.totals,
      findings: report.reported.map((one) => grouped(report, one)),
      skipped: report.skipped.map(({ path, reason }) => ({ path, reason })),
      ...(report.baseline ? { baseline: baselineObject(report.baseline) } : {}),
      ...(report.change ? { change: changeObject(report.change) } : {}),
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  },
};

/** What became of the known findings: how many there are still, and which entries have none any more. */
function baselineObject({ known, fixed, gone }: NonNullable<Report['baseline']>) {
  const entryOf = ({ file, instance, rule }: FindingKey): FindingKey => ({ file, instance, rule });
  return { known, fixed: fixed.map(entryOf), gone: gone.map(entryOf) };
}

/** A finding, with the group that it was asked to be put under. */
function grouped({ groupOf }: Report, one: Reported) {
  const group = groupOf?.(one.driver);
  return group === undefined ? findingObject(one) : { ...findingObject(one), group };
}

/** A finding as JSON readers get it. */
export function findingObject({ driver, finding }: Reported) {
  return {
    rule: finding.rule,
    severity: finding.severity,
    confidence: driver.confidence,
    message: finding.message,
    file: driver.file,
    line: driver.line,
    column: driver.column,
    instance: driver.instance,
    bus: driver.bus,
    evidence: driver.dma.evidence.map(evidenceOf),
  };
}

/** One driver a line (`docs/schema/inventory.schema.json`): these members in this order, whatever else is known. */
export function jsonLines(drivers: readonly Driver[]): string {
  return drivers.map((driver) => `${JSON.stringify(lineOf(driver))}\n`).join('');
}

function lineOf({ match, hook, dma, ...driver }: Driver) {
  return {
    file: driver.file,
    line: driver.line,
    column: driver.column,
    bus: driver.bus,
    struct: driver.struct,
    instance: driver.instance,
    modules: driver.modules,
    match: {
      of: match.of,
      pci: match.pci,
      amba: match.amba,
      acpi: match.acpi,
      platform: match.platform,
      ...(match.virtio ? { virtio: match.virtio } : {}),
      ...(match.usb ? { usb: match.usb } : {}),
    },
    name: driver.name,
    configs: driver.configs,
    creates: driver.creates,
    ...(driver.needs ? { needs: driver.needs } : {}),
    hook: { state: hook.state, function: hook.function, via: hook.via, line: hook.line },
    dma: {
      class: dma.class,
      kind: dma.kind,
      mask: dma.mask,
      directions: dma.directions,
      buffers: dma.buffers.map(({ size, direction, api }) => ({ size, direction, api })),
      evidence: dma.evidence.map(evidenceOf),
    },
    quiescedBy: driver.quiescedBy.map(({ kind, by, file, line }) => ({ kind, by, file, line })),
    confidence: driver.confidence,
    findings: driver.findings.map(({ rule, severity, message }) => ({ rule, severity, message })),
  };
}

function evidenceOf({ file, line, api, path }: Evidence) {
  return { file, line, api, path };
}

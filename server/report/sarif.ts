import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import type {
  ArtifactLocation,
  CodeFlow,
  Location,
  Log,
  ReportingDescriptor,
  Result,
  ThreadFlowLocation,
} from 'sarif';
import type { Driver, Evidence, Severity } from '../audit/model.ts';
import type { Rule } from '../audit/rule.ts';
import { type Hidden, paragraphs, type Report, type Reported } from './findings.ts';
import type { Format } from './format.ts';
import { fingerprintsOf } from './key.ts';
import { rulePage } from './rule-page.ts';

/**
 * Code scanning refuses a run of more results, and shows the worst 5,000 of them. The other limits (20 tags and 1,000
 * locations a result, 10,000 steps a flow) cannot be reached: a driver has six proofs at most.
 */
const MOST_RESULTS = 25_000;
const BASE = 'SRCROOT';

/** SARIF 2.1.0, for code scanning and for the viewers of editors. */
export const sarif: Format = {
  name: 'sarif',
  summary: 'SARIF 2.1.0, for code scanning',
  render: (report) => `${JSON.stringify(sarifLog(report), null, 1)}\n`,
};

function sarifLog(report: Report): Log {
  const all: (Reported | Hidden)[] = [...worstFirst(report.reported), ...report.hidden];
  const kept = all.slice(0, MOST_RESULTS);
  const fingerprints = fingerprintsOf(kept);
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'quiesce',
            version: report.toolVersion,
            semanticVersion: report.toolVersion,
            rules: report.rules.map(descriptor),
          },
        },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: {
          [BASE]: {
            uri: pathToFileURL(`${report.places.checkout.replace(/\/$/, '')}/`).href,
            description: { text: 'The checkout that the paths start from.' },
          },
        },
        invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(report, all) }],
        results: kept.map((one, at) => resultOf(one, fingerprints[at]!, report)),
        properties: { totals: report.totals, ...baselineCounts(report) },
      },
    ],
  };
}

/** In their order within a severity; only a list that is too long would lose its end. */
function worstFirst(reported: readonly Reported[]): readonly Reported[] {
  if (reported.length <= MOST_RESULTS) return reported;
  const of = (severity: Severity) => reported.filter(({ finding }) => finding.severity === severity);
  return [...of('warning'), ...of('note')];
}

function notifications(report: Report, all: readonly unknown[]) {
  const left = all.length - MOST_RESULTS;
  const texts = report.skipped.map(({ path, reason }) => `skipped ${path}: ${reason}`);
  if (left > 0)
    texts.push(`${left} of ${all.length} results are left out: code scanning takes ${MOST_RESULTS}`);
  return texts.map((text) => ({ level: 'warning' as const, message: { text } }));
}

/** Known findings are no results: their numbers say that they were left out. */
function baselineCounts({ baseline }: Report) {
  if (!baseline) return {};
  const { known, fixed, gone } = baseline;
  return { baseline: { known, fixed: fixed.length, gone: gone.length } };
}

const LEVEL: Readonly<Record<Severity, 'warning' | 'note'>> = { warning: 'warning', note: 'note' };

function descriptor(rule: Rule): ReportingDescriptor {
  const page = rulePage(rule);
  return {
    id: rule.id,
    name: rule.id.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: rule.summary },
    fullDescription: { text: section(rule, 'What it finds') },
    help: { text: page, markdown: page },
    defaultConfiguration: { level: LEVEL[rule.ceiling] },
    properties: {
      tags: ['linux', 'kexec', 'dma', 'reliability'],
      precision: rule.ceiling === 'warning' ? 'high' : 'medium',
      'problem.severity': rule.ceiling === 'warning' ? 'warning' : 'recommendation',
    },
  };
}

/** The text below a heading of a rule's documentation, on one line. */
function section({ documentation, summary }: Rule, heading: string): string {
  const text = documentation.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  return text === undefined ? summary : text.slice(heading.length).trim().replaceAll('\n', ' ');
}

function resultOf(one: Reported | Hidden, fingerprint: string, report: Report): Result {
  const { driver, finding } = one;
  return {
    ruleId: finding.rule,
    ruleIndex: report.rules.findIndex(({ id }) => id === finding.rule),
    level: LEVEL[finding.severity],
    message: { text: paragraphs(finding).join('\n') },
    locations: [
      {
        ...locationOf(report, driver, driver),
        logicalLocations: [{ name: driver.instance, kind: 'variable' }],
      },
    ],
    // The second is the one that code scanning matches alerts by, which it would else compute from the line's text.
    partialFingerprints: {
      'quiesceFinding/v1': fingerprint,
      primaryLocationLineHash: `${fingerprint.slice(0, 16)}:1`,
    },
    ...(aboutDma(finding.rule)
      ? { codeFlows: driver.dma.evidence.map((proof) => flow(report, driver, proof)) }
      : {}),
    // All results or none must have it, so that a viewer can tell.
    suppressions:
      'reason' in one
        ? [
            {
              kind: 'inSource',
              status: 'accepted',
              justification: one.reason,
              location: locationOf(report, driver, { file: driver.file, line: one.commentLine }),
            },
          ]
        : [],
    properties: {
      instance: driver.instance,
      bus: driver.bus,
      dma: driver.dma.class,
      confidence: driver.confidence,
    },
  };
}

/** A stale suppression is about a comment: no path leads to it. */
function aboutDma(rule: string): boolean {
  return rule !== 'unused-suppression';
}

/** From the driver struct through the functions to the DMA call. */
function flow(report: Report, driver: Driver, proof: Evidence): CodeFlow {
  const at = (place: Parameters<typeof locationOf>[2], text: string): ThreadFlowLocation => ({
    location: { ...locationOf(report, driver, place), message: { text } },
  });
  const steps = proof.steps.map((place, i) => at(place, proof.path[i] ?? ''));
  const last = {
    ...at(proof, `${proof.api}: the DMA of ${driver.instance}`),
    importance: 'essential' as const,
  };
  return {
    message: { text: [...proof.path, proof.api].join(' -> ') },
    threadFlows: [{ locations: [at(driver, `${driver.struct} ${driver.instance}`), ...steps, last] }],
  };
}

function locationOf(
  report: Report,
  driver: Driver,
  place: { readonly file: string; readonly line: number; readonly column?: number },
): Location {
  return {
    physicalLocation: {
      artifactLocation: artifact(report.places.pathOf(driver, place.file)),
      region: { startLine: place.line, ...(place.column ? { startColumn: place.column } : {}) },
    },
  };
}

function artifact(path: string): ArtifactLocation {
  if (isAbsolute(path)) return { uri: pathToFileURL(path).href };
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: BASE };
}

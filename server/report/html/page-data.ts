import { POLICY_CHOICES } from '../../../simulator/kexec/scenario-types.ts';
import { GLOSSARY } from '../../../simulator/view/glossary.ts';
import { OUTCOME_COLUMNS, POLICY_BRIEF } from '../../../simulator/view/matrix.ts';
import { type Hidden, paragraphs, type Report, type Reported } from '../findings.ts';
import { fingerprintsOf } from '../key.ts';
import { rulePage } from '../rule-page.ts';
import type { PageData, PageEvidence, PageFinding } from './data.ts';
import { groupings, subsystems } from './groups.ts';
import { Matrices } from './matrices.ts';
import { Texts } from './texts.ts';

/**
 * Everything that the page shows.
 * @param breathe called between two simulations, so that an interrupt is heard
 */
export async function pageData(report: Report, breathe: () => Promise<void>): Promise<PageData> {
  const texts = new Texts();
  const matrices = new Matrices(texts, await report.today());
  const all: (Reported | Hidden)[] = [...report.reported, ...report.hidden];
  const ids = fingerprintsOf(all);
  const subsystemOf = subsystems(report.drivers.map(({ file }) => file));
  const findings: PageFinding[] = [];
  for (const [at, one] of all.entries()) {
    await breathe();
    findings.push(findingOf(one, ids[at]!.slice(0, 12), { texts, matrices, subsystemOf, report }));
  }
  return {
    version: 1,
    tool: report.toolVersion,
    kernel: report.kernels.length === 1 ? report.kernels[0]! : null,
    root: report.places.checkout,
    totals: report.totals,
    rules: report.rules.map((rule) => ({ id: rule.id, summary: rule.summary, page: rulePage(rule) })),
    policies: POLICY_CHOICES.map((id) => ({ id, brief: POLICY_BRIEF[id] })),
    columns: OUTCOME_COLUMNS,
    words: GLOSSARY.map(({ name, says }) => [name, says]),
    groups: groupings(report.drivers, subsystemOf),
    findings,
    matrices: matrices.list,
    skipped: report.skipped.map(({ path, reason }) => ({ path, reason })),
    texts: texts.list,
  };
}

interface Making {
  readonly texts: Texts;
  readonly matrices: Matrices;
  readonly subsystemOf: (file: string) => string;
  readonly report: Report;
}

function findingOf(one: Reported | Hidden, id: string, making: Making): PageFinding {
  const { driver, finding } = one;
  const { index, read } = making.matrices.of(driver);
  const pathOf = (file: string): string => making.report.places.pathOf(driver, file);
  return {
    id,
    rule: finding.rule,
    severity: finding.severity,
    confidence: driver.confidence,
    file: pathOf(driver.file),
    line: driver.line,
    column: driver.column,
    instance: driver.instance,
    subsystem: making.subsystemOf(driver.file),
    bus: driver.bus,
    class: driver.dma.class,
    kind: driver.dma.kind,
    message: paragraphs(finding).map((text) => making.texts.ref(text)),
    evidence: driver.dma.evidence.map(
      ({ file, line, api, path, steps }): PageEvidence => ({
        file: pathOf(file),
        line,
        api,
        steps: steps.map((step, at) => ({ name: path[at] ?? '', file: pathOf(step.file), line: step.line })),
      }),
    ),
    ...('reason' in one ? { suppressed: one.reason } : {}),
    matrix: index,
    read,
  };
}

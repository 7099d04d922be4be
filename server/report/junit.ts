import type { Driver } from '../audit/model.ts';
import { isMaster } from '../audit/rule.ts';
import { type Hidden, paragraphs, type Report, type Reported } from './findings.ts';
import type { Format } from './format.ts';

/** What became of one driver. */
interface Case {
  readonly driver: Driver;
  readonly failures: readonly Reported[];
  /** Findings that do not fail the run. */
  readonly remarks: readonly Reported[];
  readonly skipped: string | null;
}

/**
 * JUnit's XML: a suite for each file, a case for each driver that does DMA or has a finding. A finding that fails the
 * run (`--fail-on`) is a failure, another one is the case's output; suppressed and not judged is skipped.
 */
export const junit: Format = {
  name: 'junit',
  summary: 'test results for a CI server',
  render(report) {
    const suites = suitesOf(report);
    const all = suites.flatMap(([, cases]) => cases);
    const body = suites.flatMap(([file, cases]) => [
      `  <testsuite${attributes({ name: file, ...counts(cases) })}>`,
      ...cases.flatMap((one) => caseLines(file, one)),
      '  </testsuite>',
    ]);
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites${attributes({ name: 'quiesce', ...counts(all) })}>`,
      ...body,
      '</testsuites>',
      '',
    ].join('\n');
  },
};

function suitesOf({ drivers, reported, hidden, fails, places }: Report): [string, Case[]][] {
  const found = groupBy(reported);
  const hiddenBy = groupBy(hidden);
  const suites = new Map<string, Case[]>();
  for (const driver of drivers) {
    const own = found.get(driver) ?? [];
    const suppressed = hiddenBy.get(driver) ?? [];
    const isJudged = driver.confidence !== 'not-judged';
    if (own.length + suppressed.length === 0 && isJudged && !isMaster(driver)) continue;
    const file = places.pathOf(driver);
    const list = suites.get(file) ?? [];
    suites.set(file, list);
    list.push({
      driver,
      failures: own.filter(fails),
      remarks: own.filter((one) => !fails(one)),
      skipped: !isJudged
        ? 'not judged: its initialiser did not parse'
        : suppressed.length > 0
          ? suppressed.map(said).join('; ')
          : null,
    });
  }
  return [...suites];
}

function groupBy<T extends Reported>(list: readonly T[]): Map<Driver, T[]> {
  const groups = new Map<Driver, T[]>();
  for (const one of list) {
    const group = groups.get(one.driver);
    if (group) group.push(one);
    else groups.set(one.driver, [one]);
  }
  return groups;
}

function said({ finding, reason }: Hidden): string {
  return `${finding.rule} suppressed: ${reason}`;
}

function counts(cases: readonly Case[]): Record<string, string> {
  const failures = cases.filter((one) => one.failures.length > 0).length;
  const skipped = cases.filter((one) => one.failures.length === 0 && one.skipped !== null).length;
  return { tests: `${cases.length}`, failures: `${failures}`, errors: '0', skipped: `${skipped}` };
}

function caseLines(file: string, { driver, failures, remarks, skipped }: Case): string[] {
  const open = `    <testcase${attributes({ name: driver.instance, classname: file, file, line: `${driver.line}` })}`;
  const inner = failures.map(
    ({ finding }) =>
      `      <failure${attributes({ type: finding.rule, message: paragraphs(finding)[0]! })}>${xml(place(driver, finding.message))}</failure>`,
  );
  // A case has one result.
  if (skipped !== null && failures.length === 0)
    inner.push(`      <skipped${attributes({ message: skipped })}/>`);
  const output = remarks.map(({ finding }) =>
    place(driver, `${finding.severity}: ${finding.message} [${finding.rule}]`),
  );
  if (output.length > 0) inner.push(`      <system-out>${xml(output.join('\n\n'))}</system-out>`);
  return inner.length === 0 ? [`${open}/>`] : [`${open}>`, ...inner, '    </testcase>'];
}

function place({ file, line, column }: Driver, text: string): string {
  return `${file}:${line}:${column}: ${text}`;
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${xml(value)}"`)
    .join('');
}

/** Text for XML 1.0; what it has no way to write becomes U+FFFD. */
function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

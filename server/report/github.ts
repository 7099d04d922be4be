import type { Severity } from '../audit/model.ts';
import { paragraphs, type Report, type Reported } from './findings.ts';
import type { Format } from './format.ts';
import { gccLine } from './gcc.ts';

/** GitHub shows this many annotations of each level a step, and drops the rest without a word. */
const SHOWN = 10;
const LEVEL: Readonly<Record<Severity, string>> = { warning: 'warning', note: 'notice' };

/**
 * Workflow commands that make annotations on a pull request. What GitHub would not show stands as plain lines in a
 * folded group of the log, and a notice says how many there are.
 */
export const github: Format = {
  name: 'github',
  summary: 'annotations of a GitHub workflow',
  render(report) {
    const warnings = report.reported.filter(({ finding }) => finding.severity === 'warning');
    const notes = report.reported.filter(({ finding }) => finding.severity === 'note');
    const isWhole = warnings.length <= SHOWN && notes.length <= SHOWN;
    // The notice about the rest takes the place of one.
    const kept = [warnings.slice(0, SHOWN), notes.slice(0, isWhole ? SHOWN : SHOWN - 1)].flat();
    const lines = kept.map((one) => annotation(one, report));
    if (!isWhole) lines.push(...rest(report, new Set(kept), warnings.length, notes.length));
    return lines.map((line) => `${line}\n`).join('');
  },
};

function annotation({ driver, finding }: Reported, { places }: Report): string {
  const properties = {
    file: places.pathOf(driver),
    line: `${driver.line}`,
    col: `${driver.column}`,
    title: `${finding.rule}: ${driver.instance}`,
  };
  const list = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${LEVEL[finding.severity]} ${list.join(',')}::${data(paragraphs(finding).join('\n'))}`;
}

function rest(report: Report, kept: ReadonlySet<Reported>, warnings: number, notes: number): string[] {
  const left = report.reported.filter((one) => !kept.has(one));
  const leftOut = (level: Severity): number =>
    left.filter(({ finding }) => finding.severity === level).length;
  const message = `${leftOut('warning')} of ${warnings} warnings and ${leftOut('note')} of ${notes} notes are not shown as annotations (GitHub shows ${SHOWN} of a level for each step). All of them are in the log of this step.`;
  // A line of a finding must not read as a command.
  const plain = left.map((one) => gccLine(one).replace(/^::/, ': :'));
  return [
    `::notice title=quiesce::${data(message)}`,
    `::group::${left.length} more findings`,
    ...plain,
    '::endgroup::',
  ];
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

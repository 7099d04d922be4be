import { paragraphs, type Report, type Reported } from './findings.ts';
import type { Format } from './format.ts';

/** `file:line:col: warning: … [rule]`, one line a finding: what compilers print and editors and CI read. */
export const gcc: Format = {
  name: 'gcc',
  summary: 'one line a finding, as compilers print',
  render: ({ reported }: Report) => reported.map((one) => `${gccLine(one)}\n`).join(''),
};

/** One finding on one line. */
export function gccLine({ driver, finding }: Reported): string {
  const place = `${driver.file}:${driver.line}:${driver.column}`;
  return `${place}: ${finding.severity}: ${paragraphs(finding).join(' ')} [${finding.rule}]`;
}

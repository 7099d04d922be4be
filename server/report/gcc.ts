import type { Reported } from './findings.ts';

/** `file:line:col: warning: … [rule]`, one line a finding: what compilers print and editors and CI read. */
export function gccReport(reported: readonly Reported[]): string {
  return reported
    .map(({ driver, finding }) => {
      const message = finding.message.split('\n').join(' ');
      return `${driver.file}:${driver.line}:${driver.column}: ${finding.severity}: ${message} [${finding.rule}]\n`;
    })
    .join('');
}

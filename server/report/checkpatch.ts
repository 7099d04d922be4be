import { paragraphs, type Report, type Reported } from './findings.ts';
import type { Format } from './format.ts';

/**
 * As `scripts/checkpatch.pl --strict --show-types --file` prints (`report()` and the end of `process()` there): a
 * warning is a WARNING, a note a CHECK, the rule the type. It counts files where checkpatch counts lines.
 */
export const checkpatch: Format = {
  name: 'checkpatch',
  summary: 'lines as scripts/checkpatch.pl prints them',
  render({ reported, totals, quiet }: Report) {
    const blocks = reported.map(block).join('');
    const warnings = reported.filter(({ finding }) => finding.severity === 'warning').length;
    const counts = `0 errors, ${warnings} warnings, ${reported.length - warnings} checks`;
    return quiet ? blocks : `${blocks}total: ${counts}, ${totals.files} files checked\n`;
  },
};

function block({ driver, finding }: Reported): string {
  const level = finding.severity === 'warning' ? 'WARNING' : 'CHECK';
  const [what = ''] = paragraphs(finding);
  return `${level}:${typeOf(finding.rule)}: ${what}\n#${driver.line}: FILE: ${driver.file}:${driver.line}:\n\n`;
}

/** A rule as checkpatch names its types: `missing-shutdown` is `MISSING_SHUTDOWN`. */
function typeOf(rule: string): string {
  return rule.toUpperCase().replaceAll('-', '_');
}

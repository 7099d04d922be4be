import type { Severity } from '../audit/model.ts';
import { paragraphs } from './findings.ts';
import type { Format } from './format.ts';
import { fingerprintsOf } from './key.ts';

const SEVERITY: Readonly<Record<Severity, string>> = { warning: 'major', note: 'minor' };

/** GitLab's code quality report: an array of issues, each with a fingerprint of its own. */
export const gitlab: Format = {
  name: 'gitlab',
  summary: "GitLab's code quality report",
  render({ reported, places }) {
    const fingerprints = fingerprintsOf(reported);
    const issues = reported.map(({ driver, finding }, at) => ({
      type: 'issue',
      check_name: finding.rule,
      description: paragraphs(finding)[0],
      content: { body: paragraphs(finding).join('\n\n') },
      categories: ['Bug Risk'],
      severity: SEVERITY[finding.severity],
      fingerprint: fingerprints[at],
      location: { path: places.pathOf(driver), lines: { begin: driver.line } },
    }));
    return `${JSON.stringify(issues, null, 2)}\n`;
  },
};

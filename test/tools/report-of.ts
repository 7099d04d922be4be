import { RULES } from '../../server/audit/rules/index.ts';
import { placesOf } from '../../server/cli/checkout.ts';
import { todayIn } from '../../server/cli/today.ts';
import type { Audit } from '../../server/project/types.ts';
import { findingsOf, hiddenOf, type Report, summarize } from '../../server/report/findings.ts';

/** What `quiesce check` would report of an audit, under a version of its own. */
export function reportOf({ drivers, totals, skipped, roots, kernels }: Audit): Report {
  return {
    toolVersion: '0.0.0',
    rules: RULES,
    drivers,
    reported: findingsOf(drivers),
    hidden: hiddenOf(drivers),
    totals: summarize(drivers, totals),
    skipped,
    fails: ({ finding }) => finding.severity === 'warning',
    places: placesOf(roots),
    kernels,
    today: () => todayIn(roots),
  };
}

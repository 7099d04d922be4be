import type { SuppressionFact } from '../facts/types.ts';
import type { Driver, Finding, Suppressed } from './model.ts';
import { RULES } from './rules/index.ts';

/**
 * Applies the suppressions of one file to its drivers' findings: on the instance's line, on the line above it, or in
 * the file's head (before anything is defined), where they hold for every driver of the file. Those that suppress
 * nothing, name no rule or give no reason become findings of the driver next to them.
 * @param drivers those of the file, by line
 * @param head the first line on which the file defines something
 */
export function applySuppressions(
  drivers: readonly Driver[],
  suppressions: readonly SuppressionFact[],
  head: number,
): Driver[] {
  if (suppressions.length === 0) return [...drivers];
  const ruleIds = new Set(RULES.map((rule) => rule.id));
  const used = new Set<SuppressionFact>();
  const judged = drivers.map((driver) => {
    const findings: Finding[] = [];
    const suppressed: Suppressed[] = [];
    for (const finding of driver.findings) {
      const by = suppressions.find(
        (one) => one.rule === finding.rule && one.reason !== '' && holdsFor(one, driver, head),
      );
      if (!by) findings.push(finding);
      else {
        used.add(by);
        suppressed.push({ finding, reason: by.reason, line: by.line });
      }
    }
    return { ...driver, findings, suppressed };
  });
  for (const one of suppressions) {
    if (used.has(one)) continue;
    const at = nearest(judged, one);
    if (at >= 0) judged[at] = { ...judged[at]!, findings: [...judged[at]!.findings, stale(one, ruleIds)] };
  }
  return judged;
}

function holdsFor(one: SuppressionFact, driver: Driver, head: number): boolean {
  return (
    one.endLine === driver.line ||
    one.endLine === driver.line - 1 ||
    one.line === driver.line ||
    one.endLine < head
  );
}

/** Index of the driver at or after the comment, else the last one before it; -1 without drivers. */
function nearest(drivers: readonly Driver[], one: SuppressionFact): number {
  const after = drivers.findIndex((driver) => driver.line >= one.line);
  return after >= 0 ? after : drivers.length - 1;
}

function stale(one: SuppressionFact, ruleIds: ReadonlySet<string>): Finding {
  const what = !ruleIds.has(one.rule)
    ? `names a rule that does not exist: '${one.rule}'`
    : one.reason === ''
      ? `of ${one.rule} gives no reason, so it hides nothing`
      : `of ${one.rule} suppresses nothing`;
  return {
    rule: 'unused-suppression',
    severity: 'note',
    message: [
      `The suppression on line ${one.line} ${what}.`,
      'A stale suppression would hide the next real finding.',
      'Delete it, or write `quiesce-ignore RULE: reason` with a rule that `quiesce explain` lists.',
    ].join('\n'),
  };
}

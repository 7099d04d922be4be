import type { Driver, Finding } from '../audit/model.ts';
import type { FailOn, Level } from './keys.ts';
import type { Effective } from './resolve.ts';

/** The drivers with the severities that hold for their files. */
export function applyLevels(drivers: readonly Driver[], effectiveOf: (file: string) => Effective): Driver[] {
  return drivers.map((driver) => {
    if (driver.findings.length + driver.suppressed.length === 0) return driver;
    const { rules } = effectiveOf(driver.file);
    if (rules.size === 0) return driver;
    const findings = driver.findings.flatMap((finding) => atLevel(finding, rules.get(finding.rule)?.value));
    const suppressed = driver.suppressed.flatMap((one) =>
      atLevel(one.finding, rules.get(one.finding.rule)?.value).map((finding) => ({ ...one, finding })),
    );
    return { ...driver, findings, suppressed };
  });
}

/** A finding at a configured level; none where its rule is off. */
function atLevel(finding: Finding, level: Level | undefined): Finding[] {
  if (level === 'off') return [];
  return [level === undefined ? finding : { ...finding, severity: level }];
}

/** Whether a finding makes a run fail. */
export function isFailing(finding: Pick<Finding, 'severity'>, failOn: FailOn): boolean {
  return failOn === 'note' || (failOn === 'warning' && finding.severity === 'warning');
}

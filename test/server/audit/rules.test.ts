import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../server/audit/rules/index.ts';
import { auditPaths } from '../../../server/project/project.ts';
import { expectationsIn, sourcesBelow, verdictsOf } from '../../tools/expectations.ts';

describe.each(RULES.map((rule) => [rule.id, rule] as const))('rule %s', (id, rule) => {
  const dir = `test/fixtures/rules/${id}`;

  it('finds exactly what its fixtures expect', async () => {
    expect(existsSync(dir), `${dir} is missing: a rule needs fixtures, bad and good`).toBe(true);
    const { drivers } = await auditPaths({ paths: [dir], jobs: 1 });
    const verdicts = verdictsOf(drivers);
    expect(verdicts).toEqual(expectationsIn(sourcesBelow(dir)));
    expect(
      verdicts.some((line) => line.endsWith(` ${id}`)),
      'no fixture fires',
    ).toBe(true);
    expect(
      verdicts.some((line) => line.endsWith(' none')),
      'no good twin',
    ).toBe(true);
  });

  it('stays below its ceiling, and its message says what, why and what to do', async () => {
    const { drivers } = await auditPaths({ paths: [dir], jobs: 1 });
    for (const { findings, instance } of drivers) {
      for (const finding of findings.filter((one) => one.rule === id)) {
        if (rule.ceiling === 'note') expect(finding.severity).toBe('note');
        const parts = finding.message.split('\n');
        expect(parts).toHaveLength(3);
        expect(parts[0]).toContain(id === 'unused-suppression' ? 'The suppression on line' : instance);
        for (const part of parts) expect(part).toMatch(/\S.*\.$/);
      }
    }
  });
});

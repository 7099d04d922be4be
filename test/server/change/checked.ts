import { expect } from 'vitest';
import { quiesce } from '../cli/run.ts';

/** `quiesce check … --format json` in a folder: exit code, findings, baseline, what the change did. */
export async function checkedIn(root: string, args: readonly string[]) {
  const { code, stdout, stderr } = await quiesce(['check', '--no-cache', '--format', 'json', ...args], {
    cwd: root,
  });
  expect(stderr).toBe('');
  const { findings, change, baseline, totals } = JSON.parse(stdout);
  const brief = (kind: string): string[] =>
    change[kind].map((one: { file: string; instance: string; rule: string }) =>
      [one.file, one.instance, one.rule].join(' '),
    );
  return {
    code,
    change,
    baseline,
    totals,
    findings: findings.map((one: { rule: string; instance: string }) => `${one.rule} ${one.instance}`),
    introduced: brief('introduced'),
    fixed: brief('fixed'),
    weaker: brief('weaker'),
    passing: brief('passing'),
  };
}

/** The text of a driver without the line that sets its hook. */
export function dropHook(text: string): string {
  return text.replace(/^.*\.shutdown\s*=.*\n/m, '');
}

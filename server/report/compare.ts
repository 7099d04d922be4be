import picocolors from 'picocolors';
import type { Driver } from '../audit/model.ts';
import type { Origin } from '../change/origin.ts';

/** Raised when a reader of `compare --format json` has to change; `docs/schema/compare.schema.json` holds it. */
export const COMPARE_VERSION = 1;

/** Hooks that the newer tree has and the older one lacks. */
export interface CompareReport {
  readonly older: string;
  readonly newer: string;
  /** Drivers found in both. */
  readonly paired: number;
  /** Effective hooks first, then those that are judged to stop less. */
  readonly gained: readonly {
    readonly before: Driver;
    readonly after: Driver;
    readonly origin: Origin | null;
  }[];
  readonly hasHistory: boolean;
}

/** As one JSON document. */
export function compareJson({ older, newer, paired, gained }: CompareReport, toolVersion: string): string {
  const document = {
    version: COMPARE_VERSION,
    tool: { name: 'quiesce', version: toolVersion },
    older,
    newer,
    paired,
    gained: gained.map(({ before, after, origin }) => ({
      file: after.file,
      line: after.line,
      instance: after.instance,
      bus: after.bus,
      before: { file: before.file, hook: before.hook.state, findings: rulesOf(before) },
      after: { hook: after.hook.state, function: after.hook.function, findings: rulesOf(after) },
      commit: origin?.commit ?? null,
      subject: origin?.subject ?? null,
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** For a person at a terminal. */
export function comparePretty(
  { older, newer, paired, gained, hasHistory }: CompareReport,
  color: boolean,
): string {
  const c = picocolors.createColors(color);
  const lines = gained.flatMap(({ before, after, origin }) => {
    const moved = before.file === after.file ? '' : `, there ${before.file}`;
    const was = before.findings.map(({ rule, severity }) => `${severity} ${rule}`).join(', ') || 'no finding';
    const effect = after.hook.state === 'present' ? '' : `, judged ${after.hook.state}`;
    return [
      c.bold(`${after.file}: ${after.instance}`),
      `  ${after.hook.function}${effect}; before: hook ${before.hook.state}, ${was}${moved}`,
      ...(origin ? [`  ${origin.commit.slice(0, 12)} ("${origin.subject}")`] : []),
    ];
  });
  const effective = gained.filter(({ after }) => after.hook.state === 'present').length;
  lines.push(
    ...(lines.length > 0 ? [''] : []),
    `${effective} drivers with DMA have an effective hook in ${newer} and none in ${older}; ${gained.length - effective} more have a weaker one (${paired} drivers in both)`,
  );
  if (!hasHistory) lines.push('no git history at hand: --history DIR names the commits');
  return `${lines.join('\n')}\n`;
}

function rulesOf({ findings }: Driver) {
  return findings.map(({ rule, severity }) => ({ rule, severity }));
}

/** A verdict as a small sign: its shape says the same as its colour. */
import type { Verdict } from '../../../simulator/kexec/outcome-types.ts';

const PATHS: Readonly<Record<Verdict, string>> = {
  corrupts: 'M8 1.5 15 14.5H1Z M8 6v4 M8 11.5v1.2',
  leaks: 'M1 8c3-5 11-5 14 0c-3 5-11 5-14 0Z M8 6.2a1.8 1.8 0 1 0 .01 0',
  'breaks-target': 'M9.5 1 3 9h4l-1 6 7-8.5H8.8Z',
  unknown: 'M5 5.5a3 3 0 1 1 4.3 2.7Q8 9 8 10.5 M8 13v1',
  blocked: 'M8 1.5a6.5 6.5 0 1 0 .01 0 M3.5 3.5l9 9',
  safe: 'M2 8.5 6.2 13 14 3.5',
};

export function VerdictSign({ verdict }: { verdict: Verdict }) {
  return (
    <svg class={`sign sign-${verdict}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={PATHS[verdict]} />
    </svg>
  );
}

export function VerdictName({ verdict }: { verdict: Verdict }) {
  return (
    <span class="verdict">
      <VerdictSign verdict={verdict} />
      {verdict.replace('-', ' ')}
    </span>
  );
}

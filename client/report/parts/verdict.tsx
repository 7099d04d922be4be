/** A sign for each verdict, so that colour is not all that tells them apart. */
const SIGN: Readonly<Record<string, string>> = {
  corrupts: '\u2716',
  leaks: '\u25c6',
  'breaks-target': '\u25b2',
  unknown: '?',
  blocked: '\u25a0',
  safe: '\u2714',
};

/** What a policy comes to, in a word. */
export function Verdict({ verdict }: { verdict: string }) {
  return (
    <span class={`verdict verdict-${verdict}`}>
      <span aria-hidden="true">{SIGN[verdict]} </span>
      {verdict}
    </span>
  );
}

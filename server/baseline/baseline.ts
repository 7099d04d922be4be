/** The shape of a baseline's text: findings that were there when a project began to look. */
export const BASELINE_VERSION = 1;

/** One known finding, by what stays the same when code around it changes. */
export interface BaselineEntry {
  /** From the top of the checkout, with forward slashes. */
  readonly file: string;
  readonly rule: string;
  readonly instance: string;
}

/** Known findings, and the commit at which they were written down. */
export interface Baseline {
  /** Null outside of a git repository. */
  readonly commit: string | null;
  readonly entries: readonly BaselineEntry[];
}

/** A text that is no baseline, or one of another version. */
export class BaselineError extends Error {
  override readonly name = 'BaselineError';
}

/** An entry as one string, for maps and sorting. */
export function entryText({ file, rule, instance }: BaselineEntry): string {
  return `${file}\0${instance}\0${rule}`;
}

/** A baseline as text: JSON, sorted, an entry a line, so that git shows what came and went. */
export function formatBaseline({ commit, entries }: Baseline): string {
  const unique = new Map(entries.map((entry) => [entryText(entry), entry]));
  const lines = [...unique]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, { file, rule, instance }]) => `    ${JSON.stringify({ file, instance, rule })}`);
  return [
    '{',
    `  "version": ${BASELINE_VERSION},`,
    `  "commit": ${JSON.stringify(commit)},`,
    lines.length === 0 ? '  "findings": []' : `  "findings": [\n${lines.join(',\n')}\n  ]`,
    '}',
    '',
  ].join('\n');
}

/**
 * Reads a baseline's text.
 * @param shown its name in messages
 * @throws BaselineError
 */
export function parseBaseline(text: string, shown: string): Baseline {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new BaselineError(`${shown}: no baseline: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed))
    throw new BaselineError(`${shown}: no baseline: it has no version`);
  const { version, commit, findings } = parsed as Record<string, unknown>;
  if (version !== BASELINE_VERSION)
    throw new BaselineError(
      `${shown}: a baseline of version ${JSON.stringify(version)}, and this is for version ${BASELINE_VERSION}: write it anew with --write-baseline`,
    );
  if (!Array.isArray(findings)) throw new BaselineError(`${shown}: no baseline: it has no list of findings`);
  // It comes to git's command line.
  const isCommit = typeof commit === 'string' && /^[0-9a-f]{40,64}$/.test(commit);
  if (!isCommit && commit !== null && commit !== undefined)
    throw new BaselineError(`${shown}: commit ${JSON.stringify(commit)} is none`);
  return {
    commit: isCommit ? (commit as string) : null,
    entries: findings.map((one, at) => entryOf(one, `${shown}: finding ${at + 1}`)),
  };
}

function entryOf(given: unknown, place: string): BaselineEntry {
  const { file, rule, instance } = (given ?? {}) as Record<string, unknown>;
  if (typeof file !== 'string' || typeof rule !== 'string' || typeof instance !== 'string')
    throw new BaselineError(`${place}: file, instance and rule are wanted`);
  return { file, rule, instance };
}

import type { QuiesceLevel, QuiesceRow, VersionRange } from './types.ts';

/** A row for a function or macro of that name in `file`. */
export function quiesce(
  name: string,
  level: QuiesceLevel,
  does: string,
  file: string,
  holds?: VersionRange,
): QuiesceRow {
  return { name, level, does, source: `${file}:${name}`, ...(holds ? { holds } : {}) };
}

/**
 * A row for all functions whose whole name matches `pattern`.
 *
 * @param example one function of the family, where the fact can be read again
 */
export function quiescePattern(
  pattern: string,
  level: QuiesceLevel,
  does: string,
  file: string,
  example: string,
): QuiesceRow {
  return { name: pattern, pattern: true, level, does, source: `${file}:${example}` };
}

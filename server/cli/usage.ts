import { readFileSync } from 'node:fs';
import { closest, distance } from 'fastest-levenshtein';
import { reasonOf } from '../tree/walk.ts';

/** Exit codes, as documented. */
export const EXIT = { ok: 0, findings: 1, usage: 2, interrupted: 130 } as const;

/** Something that the user has to mend: printed without a stack, exit 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Checks a value against the valid ones.
 * @throws UsageError that names the nearest valid value
 */
export function oneOf<T extends string>(what: string, value: string, valid: readonly T[]): T {
  if ((valid as readonly string[]).includes(value)) return value as T;
  const near = closest(value, valid as readonly string[]);
  const hint =
    near && distance(value, near) <= Math.max(2, value.length / 2) ? ` Did you mean '${near}'?` : '';
  throw new UsageError(`unknown ${what} '${value}'.${hint} Valid: ${valid.join(', ')}`);
}

/** A whole number from `min` on. @throws UsageError */
export function wholeNumber(option: string, value: string, min: number): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < min) {
    throw new UsageError(`${option}: '${value}' is no whole number from ${min} on`);
  }
  return number;
}

let stdinUsedBy: string | undefined;

/**
 * Reads a file, or standard input for `-`.
 * @throws UsageError when it can't be read, or when standard input was read before
 */
export function readInput(option: string, path: string): string {
  if (path === '-') {
    if (stdinUsedBy) throw new UsageError(`${option} -: standard input was already read by ${stdinUsedBy}`);
    stdinUsedBy = option;
  }
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${reasonOf(error)}`);
  }
}

/** Paths from a list, one a line (or NUL-separated); blank lines are skipped. */
export function readFileList(path: string): string[] {
  const text = readInput('--files-from', path);
  return text
    .split(text.includes('\0') ? '\0' : /\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

import { readFileSync, readSync } from 'node:fs';
import { hintFor } from '../config/nearest.ts';
import { reasonOf } from '../tree/walk.ts';

/** Exit codes, as documented. */
export const EXIT = { ok: 0, findings: 1, usage: 2, hungUp: 129, interrupted: 130, terminated: 143 } as const;

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
  throw new UsageError(`unknown ${what} '${value}'.${hintFor(value, valid)}`);
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
export function readInput(option: string, path: string, encoding: 'utf8' | 'latin1' = 'utf8'): string {
  if (path === '-') {
    if (stdinUsedBy) throw new UsageError(`${option} -: standard input was already read by ${stdinUsedBy}`);
    stdinUsedBy = option;
  }
  try {
    return path === '-' ? readStdin().toString(encoding) : readFileSync(path, encoding);
  } catch (error) {
    throw new UsageError(`${option} ${path}: ${reasonOf(error)}`);
  }
}

/** All of standard input. A parent may have left it non-blocking: then there is nothing yet, not nothing at all. */
function readStdin(): Buffer {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(64 * 1024);
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      const length = readSync(0, chunk);
      if (length === 0) return Buffer.concat(chunks);
      chunks.push(Buffer.from(chunk.subarray(0, length)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return Buffer.concat(chunks);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(clock, 0, 0, 10);
    }
  }
}

/**
 * Paths from a list, one a line (or NUL-separated, as `git ls-files -z` writes them); blank lines are skipped.
 * @throws UsageError
 */
export function readFileList(path: string): string[] {
  const text = readInput('--files-from', path);
  return text.includes('\0')
    ? text.split('\0').filter((line) => line !== '')
    : text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** For an option that may be given several times: gathers its values. */
export function gather(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

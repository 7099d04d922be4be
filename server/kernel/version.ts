import type { VersionRange } from './types.ts';

/** `6.12.117-1` as a comparable number; null where no version can be read. */
function ordinal(version: string): number | null {
  const match = /^v?(\d+)\.(\d+)/.exec(version.trim());
  return match ? Number(match[1]) * 1000 + Number(match[2]) : null;
}

/**
 * Whether a row holds for a kernel.
 *
 * @param version `major.minor`, further parts are ignored; absent or unreadable: the newest kernel known here
 */
export function holdsFor(range: VersionRange | undefined, version?: string): boolean {
  if (!range) return true;
  const at = (version === undefined ? null : ordinal(version)) ?? ordinal(NEWEST_READ)!;
  const from = range.from === undefined ? null : ordinal(range.from);
  const before = range.before === undefined ? null : ordinal(range.before);
  return (from === null || at >= from) && (before === null || at < before);
}

/** Whether two ranges share a version. */
export function rangesOverlap(a: VersionRange | undefined, b: VersionRange | undefined): boolean {
  const low = (r: VersionRange | undefined) => (r?.from === undefined ? 0 : (ordinal(r.from) ?? 0));
  const high = (r: VersionRange | undefined) =>
    r?.before === undefined ? Number.POSITIVE_INFINITY : (ordinal(r.before) ?? 0);
  return low(a) < high(b) && low(b) < high(a);
}

/** The newest kernel against which the tables were read. */
export const NEWEST_READ = '6.12';

/** The kernels against which every row was read. */
export const READ_AGAINST: readonly string[] = ['6.1', NEWEST_READ];

/** Further kernels in which the rows were read to place the ends of their ranges. */
export const RANGES_READ_AGAINST: readonly string[] = ['5.15', '6.3', '6.6', '6.8'];

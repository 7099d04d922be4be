import derived from './derived.json' with { type: 'json' };

/**
 * Exported functions that do DMA on a device behind one of their arguments, as derived from whole trees by
 * `test/tools/derived-libraries.ts`: name to index of the argument (-1 for an ops table).
 * @param version `major.minor`; the nearest version that was read is taken, the newest when absent
 */
export function shippedLibraries(version?: string): ReadonlyMap<string, number> {
  const known = Object.entries(derived as Record<string, Record<string, number>>);
  if (known.length === 0) return new Map();
  const wanted = ordinal(version ?? '') || Number.POSITIVE_INFINITY;
  const nearest = known.reduce((a, b) =>
    Math.abs(ordinal(b[0]) - Math.min(wanted, 1e9)) < Math.abs(ordinal(a[0]) - Math.min(wanted, 1e9)) ? b : a,
  );
  return new Map(Object.entries(nearest[1]));
}

function ordinal(version: string): number {
  const [major, minor] = version.split('.').map(Number);
  return (major || 0) * 1000 + (minor || 0);
}

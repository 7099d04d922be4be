import derived from './derived.json' with { type: 'json' };

const SHIPPED = derived as Record<string, Record<string, string>>;

/** What an exported function does for its callers (see `LibraryEntry`). */
export interface ShippedLibrary {
  /** Index of the argument that leads to the device, -1 for an ops table, null where it only asks a DMA engine. */
  readonly device: number | null;
  readonly kind?: 'autonomous' | 'request';
  readonly client?: true;
}

/**
 * Exported functions that do DMA on a device behind one of their arguments, or ask a DMA engine to, as derived from
 * whole trees by `test/tools/derived-libraries.ts`.
 * @param version `major.minor`; the nearest version that was read is taken, the newest when absent
 */
export function shippedLibraries(version?: string): ReadonlyMap<string, ShippedLibrary> {
  const known = Object.entries(SHIPPED);
  if (known.length === 0) return new Map();
  const wanted = ordinal(version ?? '') || Number.POSITIVE_INFINITY;
  const nearest = known.reduce((a, b) =>
    Math.abs(ordinal(b[0]) - Math.min(wanted, 1e9)) < Math.abs(ordinal(a[0]) - Math.min(wanted, 1e9)) ? b : a,
  );
  return new Map(Object.entries(nearest[1]).map(([name, text]) => [name, readEntry(text)]));
}

/** An argument's number, `client`, a kind: `0 autonomous`, `client`. */
function readEntry(text: string): ShippedLibrary {
  const words = text.split(' ');
  const device = words.find((word) => /^-?\d+$/.test(word));
  const kind = KINDS.find((word) => words.includes(word));
  return {
    device: device === undefined ? null : Number(device),
    ...(kind ? { kind } : {}),
    ...(words.includes('client') ? { client: true } : {}),
  };
}

const KINDS = ['autonomous', 'request'] as const;

/** True for the name of a function that some kernel exports for DMA: what calls it may be such a function itself. */
export function isShippedName(name: string): boolean {
  names ??= new Set(Object.values(SHIPPED).flatMap((entries) => Object.keys(entries)));
  return names.has(name);
}

let names: Set<string> | undefined;

function ordinal(version: string): number {
  const [major, minor] = version.split('.').map(Number);
  return (major || 0) * 1000 + (minor || 0);
}

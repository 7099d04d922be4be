/**
 * Addresses, ranges and sizes of physical memory. An address is a `number` (52 bits at most, so it is exact); a
 * range is half-open, `[start, end)`, in bytes.
 */

/** A half-open range of bytes. */
export interface Span {
  readonly start: number;
  /** First byte after the range. */
  readonly end: number;
}

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;
export const PAGE = 4 * KIB;

/** The highest address that an arm64 machine can have plus one (52 bits). */
export const MAX_ADDRESS = 2 ** 52;

/**
 * What is wrong with an input, for the person who gave it: `what` happened, `where`, and what `todo`.
 * The CLI prints `message` and leaves with 2.
 */
export class InputError extends Error {
  readonly where: string;
  readonly todo: string;

  constructor(what: string, where: string, todo: string) {
    super(`${where ? `${where}: ` : ''}${what}${todo ? ` (${todo})` : ''}`);
    this.name = 'InputError';
    this.where = where;
    this.todo = todo;
  }
}

/** `0x80000000`: lower-case hex without padding. */
export function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** `[0x80000000-0xfeffffff]`: the way Linux prints a range, with an inclusive end. */
export function hexSpan(span: Span): string {
  return `[${hex(span.start)}-${hex(span.end - 1)}]`;
}

/** A size for people: `4 KiB`, `1.5 GiB`, `64 B`. */
export function formatSize(bytes: number): string {
  for (const [unit, name] of [
    [GIB, 'GiB'],
    [MIB, 'MiB'],
    [KIB, 'KiB'],
  ] as const) {
    if (bytes >= unit) {
      const value = bytes / unit;
      return `${Number.isInteger(value) ? value : value.toFixed(value < 10 ? 2 : 1)} ${name}`;
    }
  }
  return `${bytes} B`;
}

/** A time for people; `us` are microseconds. */
export function formatTime(us: number): string {
  if (us >= 1_000_000) return `${(us / 1_000_000).toFixed(3)} s`;
  if (us >= 1000) return `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)} ms`;
  return `${us} us`;
}

/**
 * Reads an address or size as a person writes it in a scenario: a number, `0x…`, decimal digits, or digits with
 * a unit (`64K`, `256MiB`, `4G`). Throws InputError with `where` for anything else.
 */
export function parseAmount(value: number | string, where: string): number {
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0 && value <= MAX_ADDRESS) return value;
    throw new InputError(
      `${value} is not a whole number of bytes`,
      where,
      'use for example 0x80000000 or 64M',
    );
  }
  const text = value.trim();
  const match = /^(0x[0-9a-fA-F]+|[0-9]+)(?:([kKmMgGtT])(?:i?[bB])?)?$/.exec(text.replaceAll('_', ''));
  if (!match?.[1]) {
    throw new InputError(
      `'${value}' is neither an address nor a size`,
      where,
      'use for example 0x80000000 or 64M',
    );
  }
  const unit = { k: KIB, m: MIB, g: GIB, t: 1024 * GIB }[match[2]?.toLowerCase() ?? ''] ?? 1;
  const amount = Number(match[1]) * unit;
  if (amount > MAX_ADDRESS) {
    throw new InputError(
      `${value} is beyond the 52 bits of a physical address`,
      where,
      'check the number of digits',
    );
  }
  return amount;
}

export function size(span: Span): number {
  return span.end - span.start;
}

export function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

export function contains(outer: Span, address: number): boolean {
  return address >= outer.start && address < outer.end;
}

/** The common part, `undefined` where there is none. */
export function intersect(a: Span, b: Span): Span | undefined {
  const start = Math.max(a.start, b.start);
  const end = Math.min(a.end, b.end);
  return start < end ? { start, end } : undefined;
}

/** `align` a power of two; also right above 2^31, where bit operators of numbers are not. */
export function alignDown(address: number, align: number): number {
  return address - (address % align);
}

export function alignUp(address: number, align: number): number {
  return alignDown(address + align - 1, align);
}

/** Sorts ranges and joins those that touch or overlap. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const sorted = spans.filter((s) => s.end > s.start).sort((a, b) => a.start - b.start);
  const out: { start: number; end: number }[] = [];
  for (const span of sorted) {
    const last = out.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else out.push({ start: span.start, end: span.end });
  }
  return out;
}

/** What of `spans` is not in `holes`; sorted. */
export function subtractSpans(spans: readonly Span[], holes: readonly Span[]): Span[] {
  const cut = mergeSpans(holes);
  const out: Span[] = [];
  for (const span of mergeSpans(spans)) {
    let start = span.start;
    for (const hole of cut) {
      if (hole.end <= start) continue;
      if (hole.start >= span.end) break;
      if (hole.start > start) out.push({ start, end: hole.start });
      start = Math.max(start, hole.end);
    }
    if (start < span.end) out.push({ start, end: span.end });
  }
  return out;
}

export function totalSize(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + size(span), 0);
}

/**
 * The lowest place of `bytes` in `free` at or above `min`, or the highest one below `max`.
 * @returns its start, `undefined` if it fits nowhere.
 */
export function findHole(
  free: readonly Span[],
  bytes: number,
  align: number,
  limits: { min?: number; max?: number; topDown?: boolean } = {},
): number | undefined {
  const { min = 0, max = MAX_ADDRESS, topDown = false } = limits;
  const holes = mergeSpans(free);
  if (topDown) holes.reverse();
  for (const hole of holes) {
    const low = Math.max(hole.start, min);
    const high = Math.min(hole.end, max);
    if (high - low < bytes) continue;
    const start = topDown ? alignDown(high - bytes, align) : alignUp(low, align);
    if (start >= low && start + bytes <= high) return start;
  }
  return undefined;
}

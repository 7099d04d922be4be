/** Who has a page of physical memory at which moment. Times are microseconds since the device's hook slot. */
import { type Span, size } from './address.ts';

/** Whose a page is. `machine`: hardware or firmware, whichever kernel runs. */
export type Side = 'old' | 'next' | 'machine' | 'nobody';

export type OwnerKind =
  | 'text'
  | 'rodata'
  | 'init'
  | 'data'
  | 'bss'
  | 'initrd'
  | 'dtb'
  | 'page-tables'
  | 'devicetree'
  | 'memmap'
  | 'cma'
  | 'crashkernel'
  | 'percpu'
  | 'hash-tables'
  | 'swiotlb'
  | 'elfcorehdr'
  | 'purgatory'
  | 'slab'
  | 'page-cache'
  | 'user'
  | 'smmu-tables'
  | 'dma-buffer'
  | 'kexec-source'
  | 'old-memory'
  | 'free'
  | 'firmware'
  | 'carveout'
  | 'reserved'
  | 'secure'
  | 'mmio'
  | 'fixed-table'
  | 'nothing';

/** One owner. Instances are shared: compare by identity or by `label`. */
export interface Owner {
  readonly side: Side;
  readonly kind: OwnerKind;
  /** For people: `next kernel: page tables`. */
  readonly label: string;
  /** A write there damages something that is in use. */
  readonly live: boolean;
}

/** A stretch of memory with an owner for a while. */
export interface Claim extends Span {
  readonly owner: Owner;
  /** First microsecond. */
  readonly from: number;
  /** First microsecond after; Infinity: to the end. */
  readonly until: number;
}

/** A claim whose pages change hands one by one: the next kernel's page allocator. */
export interface GrowingClaim extends Span {
  readonly from: number;
  readonly until: number;
  /** The owner of the page at `pa` at time `t`. */
  readonly ownerAt: (pa: number, t: number) => Owner;
  /** The moment when the page at `pa` is taken; Infinity: not within the simulated time. */
  readonly takenAt: (pa: number) => number;
}

type AnyClaim = Claim | GrowingClaim;

const NAMES: Record<OwnerKind, string> = {
  text: 'kernel text',
  rodata: 'kernel rodata',
  init: 'kernel init code and data',
  data: 'kernel data',
  bss: 'kernel bss',
  initrd: 'initrd',
  dtb: 'device tree blob',
  'page-tables': 'page tables',
  devicetree: 'unflattened device tree',
  memmap: 'struct page array (memmap)',
  cma: 'CMA, not in use',
  crashkernel: 'crash kernel reservation',
  percpu: 'per-CPU data',
  'hash-tables': 'dentry and inode hash tables',
  swiotlb: 'swiotlb bounce buffers',
  elfcorehdr: 'elfcorehdr',
  purgatory: 'purgatory',
  slab: 'slab',
  'page-cache': 'page cache',
  user: 'user pages',
  'smmu-tables': 'SMMU tables and queues',
  'dma-buffer': 'DMA buffers of the device',
  'kexec-source': 'kexec source pages',
  'old-memory': 'memory',
  free: 'free memory',
  firmware: 'firmware',
  carveout: 'carve-out',
  reserved: 'reserved memory',
  secure: 'secure memory',
  mmio: 'registers',
  'fixed-table': 'fixed table',
  nothing: 'no memory',
};

const SIDES: Record<Side, string> = {
  old: 'old kernel: ',
  next: 'next kernel: ',
  machine: '',
  nobody: '',
};

/** Kinds that hold nothing whose loss would be noticed. */
const IDLE: ReadonlySet<OwnerKind> = new Set([
  'free',
  'cma',
  'crashkernel',
  'purgatory',
  'secure',
  'mmio',
  'nothing',
]);

const cache = new Map<string, Owner>();

/** The owner of that side and kind; `name` replaces the kind's own name, `live` its usual meaning. */
export function owner(side: Side, kind: OwnerKind, name?: string, live?: boolean): Owner {
  const alive = live ?? !IDLE.has(kind);
  const label = SIDES[side] + (name ?? NAMES[kind]);
  const key = `${label}|${kind}|${alive}`;
  let found = cache.get(key);
  if (!found) {
    found = { side, kind, label, live: alive };
    cache.set(key, found);
  }
  return found;
}

/** Where nothing answers. */
export const NOTHING = owner('nobody', 'nothing');

interface Interval extends Span {
  readonly claims: readonly AnyClaim[];
}

/** Cuts the address space where a claim begins or ends. */
function indexOf(claims: readonly AnyClaim[]): Interval[] {
  const cuts = [...new Set(claims.flatMap((c) => [c.start, c.end]))].sort((a, b) => a - b);
  const at = new Map(cuts.map((cut, i) => [cut, i]));
  const lists: AnyClaim[][] = cuts.map(() => []);
  // Topmost first, so that a look-up ends at the first claim in force.
  for (let i = claims.length - 1; i >= 0; i--) {
    const claim = claims[i]!;
    const last = at.get(claim.end)!;
    for (let k = at.get(claim.start)!; k < last; k++) lists[k]!.push(claim);
  }
  return cuts.slice(0, -1).map((start, i) => ({ start, end: cuts[i + 1]!, claims: lists[i]! }));
}

/** The interval that holds `pa`; where there is none, the gap it lies in. */
function lookUp(list: readonly Interval[], pa: number): Interval {
  let a = 0;
  let b = list.length - 1;
  while (a <= b) {
    const mid = (a + b) >> 1;
    const interval = list[mid]!;
    if (pa < interval.start) b = mid - 1;
    else if (pa >= interval.end) a = mid + 1;
    else return interval;
  }
  return { start: list[b]?.end ?? -Infinity, end: list[a]?.start ?? Infinity, claims: [] };
}

/** Claims in layers: a later claim covers an earlier one while it is in force. */
export class Ownership {
  private readonly claims: AnyClaim[] = [];
  /** How many claims the base index holds; those added after the first look-up are few and have their own. */
  private indexed = 0;
  private base: Interval[] | undefined;
  private late: Interval[] | undefined;

  /** Adds a claim on top of all present ones. Empty ones are ignored. */
  add(span: Span, who: Owner, from = -Infinity, until = Infinity): void {
    if (span.end <= span.start || until <= from) return;
    this.claims.push({ start: span.start, end: span.end, owner: who, from, until });
    this.late = undefined;
  }

  addGrowing(claim: GrowingClaim): void {
    this.claims.push(claim);
    this.late = undefined;
  }

  /** What holds at `pa`, topmost first, and how far it does. */
  private find(pa: number): Interval {
    if (!this.base) {
      this.base = indexOf(this.claims);
      this.indexed = this.claims.length;
    }
    const base = lookUp(this.base, pa);
    if (this.claims.length === this.indexed) return base;
    this.late ??= indexOf(this.claims.slice(this.indexed));
    const late = lookUp(this.late, pa);
    return {
      start: Math.max(base.start, late.start),
      end: Math.min(base.end, late.end),
      claims: late.claims.length > 0 ? [...late.claims, ...base.claims] : base.claims,
    };
  }

  /** The owner of the byte at `pa` at `t`. */
  at(pa: number, t: number): Owner {
    for (const claim of this.find(pa).claims) {
      if (t < claim.from || t >= claim.until) continue;
      return 'owner' in claim ? claim.owner : claim.ownerAt(pa, t);
    }
    return NOTHING;
  }

  /** Cuts `[pa, pa+len)` where the owner changes. */
  split(pa: number, len: number, t: number): { pa: number; len: number; owner: Owner }[] {
    const out: { pa: number; len: number; owner: Owner }[] = [];
    const end = pa + len;
    for (let at = pa; at < end; ) {
      const who = this.at(at, t);
      const interval = this.find(at);
      // A growing claim changes hands by pages, everything else by intervals.
      const growing = interval.claims.some((c) => !('owner' in c));
      const stop = Math.min(end, interval.end, growing ? at - (at % 4096) + 4096 : Infinity);
      const last = out.at(-1);
      if (last && last.owner === who) last.len += stop - at;
      else out.push({ pa: at, len: stop - at, owner: who });
      at = stop;
    }
    return out;
  }

  /** The moments in `[from, until)` at which the page at `pa` gets another owner. */
  changes(pa: number, from: number, until: number): number[] {
    const times = new Set<number>();
    for (const claim of this.find(pa).claims) {
      times.add(claim.from);
      times.add(claim.until);
      if (!('owner' in claim)) times.add(claim.takenAt(pa));
    }
    return [...times].filter((t) => t > from && t < until).sort((a, b) => a - b);
  }

  /** All claims, bottom layer first; growing ones by their span. For pictures. */
  list(): readonly AnyClaim[] {
    return this.claims;
  }
}

/** Bytes of a set of claims. */
export function claimedBytes(claims: readonly Span[]): number {
  return claims.reduce((sum, c) => sum + size(c), 0);
}

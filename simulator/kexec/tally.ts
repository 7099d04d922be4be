/** Counts what happens in a run and says what it amounts to. */
import { hex } from '../machine/address.ts';
import type { Owner } from '../machine/ownership.ts';
import type { Direction } from '../smmu/types.ts';
import { type Clock, PHASES, type Phase, phaseAt } from './clock.ts';
import type { FirstHit, OwnerHits, PhaseCounts } from './outcome-types.ts';

/** Distinct bytes as a sorted list of disjoint ranges. */
class ByteSet {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  add(start: number, end: number): void {
    let low = 0;
    let high = this.starts.length;
    // First range that ends at or after `start`.
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.ends[mid]! < start) low = mid + 1;
      else high = mid;
    }
    let last = low;
    let from = start;
    let to = end;
    while (last < this.starts.length && this.starts[last]! <= end) {
      from = Math.min(from, this.starts[last]!);
      to = Math.max(to, this.ends[last]!);
      last++;
    }
    this.starts.splice(low, last - low, from);
    this.ends.splice(low, last - low, to);
  }

  get bytes(): number {
    return this.ends.reduce((sum, end, i) => sum + end - this.starts[i]!, 0);
  }

  get lowest(): number {
    return this.starts[0]!;
  }

  get highest(): number {
    return this.ends.at(-1)! - 1;
  }
}

/** Hits by owner. */
export class HitList {
  private readonly byOwner = new Map<
    string,
    { owner: Owner; set: ByteSet; transactions: number; first: FirstHit; secondOrder: boolean }
  >();

  add(owner: Owner, pa: number, len: number, hit: Omit<FirstHit, 'pa'>, secondOrder = false): void {
    let row = this.byOwner.get(owner.label);
    if (!row) {
      const first = { ...hit, pa };
      row = { owner, set: new ByteSet(), transactions: 0, first, secondOrder: false };
      this.byOwner.set(owner.label, row);
    }
    row.set.add(pa, pa + len);
    row.transactions++;
    row.secondOrder ||= secondOrder;
  }

  get empty(): boolean {
    return this.byOwner.size === 0;
  }

  /** Largest first. */
  list(): OwnerHits[] {
    return [...this.byOwner.values()]
      .map((row) => ({
        owner: row.owner.label,
        side: row.owner.side,
        kind: row.owner.kind,
        bytes: row.set.bytes,
        transactions: row.transactions,
        first: row.first,
        lowest: row.set.lowest,
        highest: row.set.highest,
        secondOrder: row.secondOrder,
      }))
      .sort((a, b) => b.bytes - a.bytes || (a.owner < b.owner ? -1 : 1));
  }
}

/** Everything that a run counts. */
export class Tally {
  readonly overwritten = new HitList();
  readonly leaked = new HitList();
  readonly intoFree = new HitList();
  readonly harmless = new HitList();
  readonly selfAlias = new HitList();
  readonly smmuWrites = new HitList();
  readonly registers = new Map<string, number>();
  readonly faults: Record<string, number> = {};
  transactions = 0;
  blocked = 0;
  firstCorruption: FirstHit | null = null;
  purgatoryHang = false;
  private readonly clock: Clock;
  private readonly counts = Object.fromEntries(
    PHASES.map((p) => [p, { transactions: 0, landed: 0, stopped: 0, faults: 0 }]),
  ) as Record<Phase, { transactions: number; landed: number; stopped: number; faults: number }>;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A transaction as a whole. */
  count(t: number, landed: boolean, stopped: boolean, faults: readonly string[]): void {
    const phase = this.counts[phaseAt(this.clock, t)];
    phase.transactions++;
    if (landed) phase.landed++;
    if (stopped) phase.stopped++;
    phase.faults += faults.length;
    for (const fault of faults) this.faults[fault] = (this.faults[fault] ?? 0) + 1;
    if (t < this.clock.jump) return;
    this.transactions++;
    if (stopped) this.blocked++;
  }

  /** Bytes that arrived at memory of `who` after the hand-over. */
  land(
    t: number,
    who: Owner,
    pa: number,
    len: number,
    iova: number,
    dir: Direction,
    secondOrder: boolean,
  ): void {
    if (t < this.clock.jump) return;
    const hit = { t, phase: phaseAt(this.clock, t), iova };
    const write = dir === 'write';
    if (who.kind === 'dma-buffer' && who.side === 'next') this.selfAlias.add(who, pa, len, hit, secondOrder);
    else if (!write) {
      if (who.live && who.side === 'next') this.leaked.add(who, pa, len, hit, secondOrder);
    } else if (who.live) {
      this.overwritten.add(who, pa, len, hit, secondOrder);
      this.firstCorruption ??= { ...hit, pa };
      if (who.side === 'next' && t >= this.clock.relocated && t < this.clock.entry) this.purgatoryHang = true;
    } else if (who.side === 'next') this.intoFree.add(who, pa, len, hit, secondOrder);
    else this.harmless.add(who, pa, len, hit, secondOrder);
  }

  /** A write of the SMMU itself (event record, MSI). */
  smmuWrite(t: number, who: Owner, pa: number, len: number): void {
    if (t < this.clock.jump) return;
    if (who.kind === 'smmu-tables' || !who.live) return;
    this.smmuWrites.add(who, pa, len, { t, phase: phaseAt(this.clock, t), iova: pa });
    this.firstCorruption ??= { t, phase: phaseAt(this.clock, t), iova: pa, pa };
  }

  /** Bytes that reached registers. */
  register(t: number, name: string, write: boolean): void {
    if (t < this.clock.jump || !write) return;
    this.registers.set(name, (this.registers.get(name) ?? 0) + 1);
  }

  phases(): Record<Phase, PhaseCounts> {
    return this.counts;
  }
}

/** `0xfffff000..0xffffffff`. */
export function hitRange(hits: OwnerHits): string {
  return `${hex(hits.lowest)}..${hex(hits.highest)}`;
}

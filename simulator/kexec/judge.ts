/** From what was counted to a verdict that a person can act on: effects, the worst of them, and one sentence why. */
import { formatSize, formatTime, hex } from '../machine/address.ts';
import type { Effect, FirstHit, Interrupts, OwnerHits, TargetDma, Verdict } from './outcome-types.ts';
import { VERDICTS } from './outcome-types.ts';
import { hitRange, type Tally } from './tally.ts';

/** Everything that the verdict depends on. */
export interface Evidence {
  readonly tally: Tally;
  readonly targetDma: TargetDma;
  readonly interrupts: Interrupts;
  readonly deviceErrors: number;
  readonly unrecordedFaults: number;
  readonly deviceState: string;
  readonly serror: boolean;
  /** Why the device was silent after the hand-over; empty: it was not stopped by anybody. */
  readonly quiescedBy: string;
  readonly unknowns: readonly string[];
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly effects: readonly Effect[];
  readonly reason: string;
  readonly unknowns: readonly string[];
}

function total(hits: readonly OwnerHits[]): number {
  return hits.reduce((sum, h) => sum + h.bytes, 0);
}

/** `1.2 KiB of page tables at 0xfffff000..0xfffff5e9`; the largest owners, at most three. */
function whose(hits: readonly OwnerHits[]): string {
  const shown = hits
    .slice(0, 3)
    .map((h) => `${formatSize(h.bytes)} of ${h.owner.replace(/^next kernel: /, '')} (${hitRange(h)})`);
  const rest = hits.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more owner${rest > 1 ? 's' : ''}` : '');
}

function when(hit: FirstHit): string {
  return `first in ${hit.phase} at ${formatTime(hit.t)}, IOVA ${hex(hit.iova)} -> ${hex(hit.pa)}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function corruption(tally: Tally): string {
  const overwritten = tally.overwritten.list();
  const byQueue = tally.smmuWrites.list();
  const second = overwritten.some((h) => h.secondOrder)
    ? '; part of it through addresses that the device read from foreign memory'
    : '';
  const first = tally.firstCorruption ? ` (${when(tally.firstCorruption)})` : '';
  if (overwritten.length === 0) return `the SMMU's own queue overwrites ${whose(byQueue)}${first}`;
  const queue = byQueue.length > 0 ? `; the SMMU's own queue overwrites ${whose(byQueue)}` : '';
  const purgatory = tally.purgatoryHang
    ? '; purgatory would find its checksum wrong and hang without a message'
    : '';
  return `device writes overwrite ${whose(overwritten)}${first}${second}${queue}${purgatory}`;
}

function targetBroken(e: Evidence): string {
  if (e.serror) return 'an aborted access reaches a CPU as SError, which stops the next kernel';
  const how = e.targetDma.by === 'physical' ? 'which addresses memory physically' : 'through its own mapping';
  const wrong = e.targetDma.misdirected > 0 ? `, ${e.targetDma.misdirected} of them land elsewhere` : '';
  return `the target's own DMA, ${how}, fails in ${e.targetDma.failed} of ${e.targetDma.tried} tries${wrong}`;
}

function blocked(e: Evidence): string {
  const faults = Object.values(e.tally.faults).reduce((a, b) => a + b, 0);
  const heard =
    e.interrupts.handled + e.interrupts.beforeHandler === 0
      ? 'no interrupt'
      : `${plural(e.interrupts.handled, 'interrupt')} handled, ${e.interrupts.beforeHandler} raised before a handler`;
  const accesses = e.tally.blocked === 1 ? '1 access' : `${e.tally.blocked} accesses`;
  return `${accesses} of the device terminated, ${plural(faults, 'fault')} recorded${e.unrecordedFaults > 0 ? `, ${e.unrecordedFaults} more without a record` : ''}, ${heard}`;
}

function safe(e: Evidence): string {
  const { tally } = e;
  if (e.quiescedBy && tally.transactions === 0) return `no DMA after the hand-over: ${e.quiescedBy}`;
  if (tally.transactions === 0) return `the device was silent after the hand-over (${e.deviceState})`;
  const harmless = tally.harmless.list();
  if (harmless.length > 0) {
    return `the device goes on, but its writes land in ${whose(harmless)}, which the next kernel does not use`;
  }
  if (!tally.selfAlias.empty)
    return 'the device only reached its own fresh buffers and memory that nobody uses';
  return 'the device reached no memory of the next kernel';
}

/** Effects in the order of the ladder; the verdict is the first. */
export function judge(e: Evidence): Judgement {
  const { tally } = e;
  const unknowns = [...e.unknowns];
  const free = tally.intoFree.list();
  if (free.length > 0) {
    unknowns.push(
      `${formatSize(total(free))} land in memory that the model has free at that time (${whose(free)}); whether it is in use depends on the load`,
    );
  }
  for (const [name, count] of tally.registers) {
    unknowns.push(`${plural(count, 'write')} reach ${name}: what its registers do with that is not modelled`);
  }
  const holds: Record<Verdict, boolean> = {
    corrupts: !tally.overwritten.empty || !tally.smmuWrites.empty,
    leaks: !tally.leaked.empty,
    'breaks-target': e.targetDma.failed > 0 || e.serror,
    unknown: unknowns.length > 0,
    blocked: tally.blocked > 0,
    safe: false,
  };
  const effects: Effect[] = VERDICTS.filter((v) => holds[v]);
  if (effects.length === 0) effects.push('safe');
  const verdict = effects[0] as Verdict;
  if (!tally.selfAlias.empty) effects.push('self-alias');
  const texts: Record<Verdict, () => string> = {
    corrupts: () => corruption(tally),
    leaks: () => `the device reads memory of the next kernel: ${whose(tally.leaked.list())}`,
    'breaks-target': () => targetBroken(e),
    unknown: () => unknowns[0]!,
    blocked: () => blocked(e),
    safe: () => safe(e),
  };
  const text = texts[verdict]();
  return { verdict, effects, reason: text[0]!.toUpperCase() + text.slice(1), unknowns };
}

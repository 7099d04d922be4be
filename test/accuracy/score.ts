import type { Driver } from '../../server/audit/model.ts';
import { keyOf, type Truth, type TruthRow } from './truth.ts';

/** Buses on which DMA is scored. */
const SCORED = new Set(['platform', 'pci', 'amba', 'auxiliary', 'fsl_mc', 'virtio']);
/** A driver that maps buffers while a DMA controller moves the data: the truth can't tell which it is. */
const AMBIGUOUS = /dma_request_chan|__dma_request_channel|k3_udma_glue_request/;
const MASTER = new Set(['provider', 'direct', 'library']);

export interface Disagreement {
  readonly kind: 'not found' | 'hook' | 'missed DMA' | 'false DMA';
  readonly file: string;
  readonly instance: string;
  readonly bus: string;
  readonly truth: string;
  readonly ours: string;
}

export interface Score {
  readonly rows: number;
  readonly found: number;
  readonly hookRight: number;
  readonly dma: { truePositive: number; falsePositive: number; falseNegative: number; trueNegative: number };
  /** Truth's class to our class to count, over all rows found on the scored buses. */
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By confidence of our positive answers: right and wrong. */
  readonly tiers: Readonly<Record<string, { right: number; wrong: number }>>;
  readonly disagreements: readonly Disagreement[];
}

/** Scores drivers against the truth as its README says. */
export function score(drivers: readonly Driver[], truth: Truth): Score {
  const ours = new Map(drivers.map((driver) => [keyOf(driver.file, driver.instance), driver]));
  const disagreements: Disagreement[] = [];
  const classes: Record<string, Record<string, number>> = {};
  const tiers: Record<string, { right: number; wrong: number }> = {};
  const dma = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0 };
  let found = 0;
  let hookRight = 0;
  for (const row of truth.rows) {
    const driver = ours.get(keyOf(row.file, row.instance));
    if (!driver) {
      note('not found', row, 'there', 'absent');
      continue;
    }
    found++;
    const hook = driver.hook.state !== 'missing' && driver.hook.state !== 'ignored';
    if (hook === row.hasHook) hookRight++;
    else note('hook', row, row.hasHook ? 'present' : 'absent', driver.hook.state);
    const expected = expectedMaster(row, truth);
    if (expected === undefined) continue;
    classes[row.dmaClass] ??= {};
    const line = classes[row.dmaClass]!;
    line[driver.dma.class] = (line[driver.dma.class] ?? 0) + 1;
    const says = MASTER.has(driver.dma.class);
    if (says) {
      tiers[driver.confidence] ??= { right: 0, wrong: 0 };
      const tier = tiers[driver.confidence]!;
      if (expected) tier.right++;
      else tier.wrong++;
    }
    if (expected && says) dma.truePositive++;
    else if (!expected && !says) dma.trueNegative++;
    else if (expected) {
      dma.falseNegative++;
      note('missed DMA', row, `${row.dmaClass} (${row.imports})`, driver.dma.class);
    } else {
      dma.falsePositive++;
      const first = driver.dma.evidence[0];
      const way = first ? `${[...first.path, first.api].join(' -> ')} (${first.file}:${first.line})` : '';
      note('false DMA', row, row.dmaClass, `${driver.dma.class} ${driver.confidence}: ${way}`);
    }
  }
  return { rows: truth.rows.length, found, hookRight, dma, classes, tiers, disagreements };

  function note(kind: Disagreement['kind'], row: TruthRow, expected: string, got: string): void {
    disagreements.push({
      kind,
      file: row.file,
      instance: row.instance,
      bus: row.bus,
      truth: expected,
      ours: got,
    });
  }
}

/** Whether the truth says that this instance does DMA itself; undefined for rows that are left out of the score. */
function expectedMaster(row: TruthRow, truth: Truth): boolean | undefined {
  if (!SCORED.has(row.bus)) return undefined;
  const own = truth.own.get(keyOf(row.file, row.instance));
  if (own === 'card' || own === 'parent') return undefined;
  if (AMBIGUOUS.test(row.imports) && row.dmaClass === 'direct') return undefined;
  if (row.dmaClass === 'mask-only') return undefined;
  return own === undefined ? MASTER.has(row.dmaClass) : own === 'dma';
}

export function ratio(part: number, whole: number): number {
  return whole === 0 ? 1 : part / whole;
}

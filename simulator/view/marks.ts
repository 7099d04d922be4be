/** What a single access comes to in a picture: one mark for each piece of memory that it reached. */
import type { TimelineEntry } from '../kexec/outcome-types.ts';

/** Worst first. */
export type Mark = 'bad' | 'leak' | 'unsure' | 'alias' | 'fine' | 'stop';

/** What the marks stand for, worst first. */
export const MARKS: readonly (readonly [Mark, string])[] = [
  ['bad', 'write over live memory of the next kernel'],
  ['leak', 'read of live memory of the next kernel'],
  ['unsure', 'write into memory that is free at that time'],
  ['alias', "hit on the device's own fresh buffers"],
  ['fine', 'reaches memory that nobody else uses (P0: as intended)'],
  ['stop', 'terminated, or nothing answers'],
];

/** The mark of one piece of an access that arrived. */
export function markOf(
  entry: Pick<TimelineEntry, 'phase' | 'dir'>,
  piece: TimelineEntry['pieces'][number],
): Mark {
  const { owner } = piece;
  if (entry.phase === 'P0') return 'fine';
  if (owner.side === 'next' && owner.kind === 'dma-buffer') return 'alias';
  if (entry.dir === 'read') return owner.live && owner.side === 'next' ? 'leak' : 'fine';
  if (owner.live) return 'bad';
  return owner.side === 'next' ? 'unsure' : 'fine';
}

/** The worst mark of an access as a whole; `stop` where nothing arrived. */
export function markOfEntry(entry: TimelineEntry): Mark {
  const marks = new Set(entry.pieces.map((piece) => markOf(entry, piece)));
  return MARKS.find(([mark]) => marks.has(mark))?.[0] ?? 'stop';
}

/** A run's accesses as columns of numbers: ten thousand of them cost no objects and move to another thread at once. */
import type { TimelineEntry } from '../kexec/outcome-types.ts';
import { MARKS, type Mark, markOf, markOfEntry } from './marks.ts';

/** One row an access, and one a piece of memory that an access reached. Marks are indexes into `MARKS`. */
export interface TimelineColumns {
  readonly count: number;
  /** Microseconds, ascending. */
  readonly t: Float64Array;
  /** Worst mark of the access. */
  readonly mark: Uint8Array;
  /** 1: the response was not `ok`. */
  readonly refused: Uint8Array;
  /** 1: the device writes. */
  readonly write: Uint8Array;
  readonly iova: Float64Array;
  readonly len: Uint32Array;
  /** Piece `k` belongs to access `of[k]`. */
  readonly of: Uint32Array;
  readonly pa: Float64Array;
  readonly bytes: Uint32Array;
  readonly pieceMark: Uint8Array;
}

const INDEX = new Map<Mark, number>(MARKS.map(([mark], i) => [mark, i]));

/** Turns a timeline into columns. */
export function columnsOf(timeline: readonly TimelineEntry[]): TimelineColumns {
  const count = timeline.length;
  const pieces = timeline.reduce((sum, e) => sum + e.pieces.length, 0);
  const out = {
    count,
    t: new Float64Array(count),
    mark: new Uint8Array(count),
    refused: new Uint8Array(count),
    write: new Uint8Array(count),
    iova: new Float64Array(count),
    len: new Uint32Array(count),
    of: new Uint32Array(pieces),
    pa: new Float64Array(pieces),
    bytes: new Uint32Array(pieces),
    pieceMark: new Uint8Array(pieces),
  };
  let k = 0;
  timeline.forEach((entry, i) => {
    out.t[i] = entry.t;
    out.mark[i] = INDEX.get(markOfEntry(entry))!;
    out.refused[i] = entry.response === 'ok' ? 0 : 1;
    out.write[i] = entry.dir === 'write' ? 1 : 0;
    out.iova[i] = entry.iova;
    out.len[i] = entry.len;
    for (const piece of entry.pieces) {
      out.of[k] = i;
      out.pa[k] = piece.pa;
      out.bytes[k] = piece.len;
      out.pieceMark[k] = INDEX.get(markOf(entry, piece))!;
      k++;
    }
  });
  return out;
}

/** What can be handed over to another thread without a copy. */
export function buffersOf(columns: TimelineColumns): ArrayBuffer[] {
  return Object.values(columns)
    .filter((value) => ArrayBuffer.isView(value))
    .map((value) => value.buffer as ArrayBuffer);
}

/** How many accesses lie at or before `t`. */
export function countUntil(columns: Pick<TimelineColumns, 't' | 'count'>, t: number): number {
  let low = 0;
  let high = columns.count;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (columns.t[mid]! <= t) low = mid + 1;
    else high = mid;
  }
  return low;
}

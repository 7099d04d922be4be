/** Kernel C that the C grammar can read: known causes of mis-parses blanked or rewritten without moving an offset. */

import type { Span } from './bodies.ts';
import { blank } from './lex.ts';
import { MASK_ROWS } from './mask/rows.ts';
import { scan } from './mask/scan.ts';
import { State } from './mask/state.ts';
import { fromUnits, toUnits } from './units.ts';

export { type Lexed, lex } from './lex.ts';

/** A masked text, where it can be cut, and how often each row of the table fired, by `ROW`'s numbers. */
export interface Masked {
  readonly text: string;
  /** Line starts between top-level items at which a long text may be cut and parsed in parts; none in a usual file. */
  readonly cuts: readonly number[];
  readonly applied: Int32Array;
}

/**
 * As `maskKernelC`, with the cuts and the counts.
 * @param unread stretches that the parser need not see: blanked first, their line ends kept
 * @param directives whether the parser sees those that are no conditionals; the mask itself heeds them in any case
 */
export function maskAndCount(
  text: string,
  unread: readonly Span[] = [],
  directives: 'parse' | 'skip' = 'parse',
): Masked {
  const units = toUnits(text);
  for (const { start, end } of unread) blank(units.bytes, start, end);
  const state = new State(units.bytes, units.length, MASK_ROWS.length, directives === 'skip');
  scan(state);
  return { text: fromUnits(units, units.bytes), cuts: state.cuts, applied: state.applied };
}

/**
 * The text with the known causes of mis-parses blanked or rewritten (`mask/rows.ts` lists them; comments are blanked,
 * too): same length in UTF-16 code units, same line ends at the same places, so that every offset in the tree of the
 * masked text is one in the text. Any string is fine; never throws.
 */
export function maskKernelC(text: string): string {
  return maskAndCount(text).text;
}

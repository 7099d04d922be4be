import type { Phase } from '../../../simulator/kexec/clock.ts';
import type { Landings, WrittenPage } from '../../../simulator/kexec/ways.ts';
import { PAGE, type Span } from '../../../simulator/machine/address.ts';

/** How well the writes of many kexecs cover an address. */
export interface Weight {
  /** 0 to 1: the mean over the kexecs, 1 for one that hit. */
  readonly weight: number;
  readonly hits: number;
  /** Bytes to the nearest write; Infinity where there was none. */
  readonly nearest: number;
  /** The earliest page that was hit, else the nearest. */
  readonly page: WrittenPage | null;
}

/**
 * Where a driver's pages lie is a matter of when it came up: a place that few kexecs hit is no less likely than one
 * beside it. A near miss counts as half a hit, and less with the square of the distance.
 */
const NEAR = 0.5;
/** Bytes at which a near miss has lost half: pages move by some hundred milliseconds of a boot, IOVAs by a few mappings. */
const BLUR = { page: 16 * 2 ** 20, iova: 2 ** 20 } as const;
/**
 * A device that takes addresses out of memory which has become somebody else's can be led anywhere: what it counts for
 * in each kexec in which that happened, wherever the address is.
 */
const LED = 0.01;
/** Less than this is elsewhere. */
const LEAST = 1e-4;

/**
 * Weighs an address against the pages that a device wrote to.
 * @param placed what decides where the writes land: where pages were allocated, or IOVAs
 * @param phase only pages that were written to in it count
 */
export function weigh({ runs }: Landings, address: Span, placed: keyof typeof BLUR, phase?: Phase): Weight {
  const blur = BLUR[placed];
  let sum = 0;
  let hits = 0;
  let nearest = Infinity;
  let page: WrittenPage | null = null;
  for (const { pages } of runs) {
    const own = phase ? pages.filter((one) => one.phases.has(phase)) : pages;
    const best = nearestOf(own, address);
    if (!best) continue;
    const distance = distanceTo(best, address);
    if (distance === 0) {
      hits++;
      sum += 1;
    } else {
      const near = NEAR / (1 + (distance / blur) ** 2);
      sum += Math.max(near, pages.some(({ secondOrder }) => secondOrder) ? LED : 0);
    }
    if (distance < nearest || (distance === nearest && page && best.first < page.first)) {
      nearest = distance;
      page = best;
    }
  }
  const weight = runs.length > 0 ? sum / runs.length : 0;
  return { weight: weight < LEAST ? 0 : weight, hits, nearest, page };
}

/** The nearest of pages that ascend; of several that lie inside, the one that was written first. */
function nearestOf(pages: readonly WrittenPage[], address: Span): WrittenPage | undefined {
  let low = 0;
  let high = pages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pages[middle]!.page + PAGE <= address.start) low = middle + 1;
    else high = middle;
  }
  let best = pages[low];
  for (let at = low + 1; best && at < pages.length && pages[at]!.page < address.end; at++)
    if (pages[at]!.first < best.first) best = pages[at];
  const before = pages[low - 1];
  if (!best || (before && distanceTo(before, address) < distanceTo(best, address))) return before ?? best;
  return best;
}

function distanceTo({ page }: WrittenPage, { start, end }: Span): number {
  if (page + PAGE <= start) return start - (page + PAGE) + 1;
  return page >= end ? page - end + 1 : 0;
}

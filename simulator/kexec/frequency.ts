/** How often something happened in repeated runs, and how sure that is. */

/** A count with its Wilson score interval (95 %). */
export interface Frequency {
  readonly count: number;
  readonly runs: number;
  readonly low: number;
  readonly high: number;
}

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959963984540054;

/** The Wilson interval of `count` in `runs`; (0, 1) without runs. Throws RangeError for a count out of range. */
export function wilson(count: number, runs: number): Frequency {
  if (!(count >= 0 && count <= runs)) throw new RangeError(`${count} of ${runs} is no frequency`);
  if (runs === 0) return { count, runs, low: 0, high: 1 };
  const p = count / runs;
  const z2 = Z * Z;
  const centre = p + z2 / (2 * runs);
  const spread = Z * Math.sqrt((p * (1 - p)) / runs + z2 / (4 * runs * runs));
  const scale = 1 + z2 / runs;
  return {
    count,
    runs,
    low: count === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: count === runs ? 1 : Math.min(1, (centre + spread) / scale),
  };
}

/** `37 % (31-44 %)`. */
export function formatFrequency(f: Frequency): string {
  const percent = (x: number) => Math.round(x * 100);
  return `${percent(f.count / Math.max(1, f.runs))} % (${percent(f.low)}-${percent(f.high)} %)`;
}

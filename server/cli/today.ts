import { resolve } from 'node:path';
import type { Today, TodaysPolicy } from '../../simulator/kexec/today.ts';
import { todayAround, todayShipped } from '../project/todays-policy.ts';
import { fromRoot } from '../tree/walk.ts';
import { placesOf } from './checkout.ts';

/**
 * What the SMMU drivers of a run's tree do at shutdown; files as findings name them, from the checkout.
 * @param roots the directory that the drivers of a file are named from, by file as printed
 */
export async function todayIn(roots: ReadonlyMap<string, string>): Promise<Today> {
  const [first] = roots;
  if (!first) return todayShipped();
  const { root, v2, v3 } = await todayAround(resolve(first[1], first[0]));
  const { checkout } = placesOf(roots);
  const named = (one: TodaysPolicy): TodaysPolicy =>
    one.file === undefined ? one : { ...one, file: fromRoot(checkout, resolve(root, one.file)) };
  return { v2: named(v2), v3: named(v3) };
}

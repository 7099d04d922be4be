import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '../../server/audit/model.ts';
import { auditPaths } from '../../server/project/project.ts';

/**
 * A small seeded generator (mulberry32), so that a draw can be made again from its seed.
 * @returns a function that gives numbers in [0, 1)
 */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Draws `count` items without replacement; all of them, shuffled, where there are fewer. */
export function draw<T>(items: readonly T[], count: number, seed: number): T[] {
  const random = generator(seed);
  const rest = [...items];
  const taken: T[] = [];
  while (taken.length < count && rest.length > 0) {
    taken.push(rest.splice(Math.floor(random() * rest.length), 1)[0]!);
  }
  return taken;
}

/** Reads what `quiesce inventory --format jsonl` printed; paths are from the kernel root. */
export function readInventory(file: string): Driver[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Driver);
}

/** The drivers of an inventory file, or of the tree itself where none is given. */
export async function driversOf(
  tree: string,
  inventory: string | undefined,
  dirs = 'drivers,sound,net,arch',
): Promise<readonly Driver[]> {
  if (inventory) return readInventory(inventory);
  return (await auditPaths({ paths: dirs.split(',').map((dir) => join(tree, dir)) })).drivers;
}

import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Examined } from '../audit/examined.ts';
import { surroundingsOf } from '../audit/judge.ts';
import { reportDrivers } from '../audit/report.ts';
import { applyLevels } from '../config/apply.ts';
import type { Skipped } from '../tree/walk.ts';
import type { ConfigStore } from './config-store.ts';
import { mergeExamined, sortDrivers } from './merge.ts';
import type { ShardGroup, ShardNumber, ShardUnit } from './shard-types.ts';
import type { Audit } from './types.ts';

/** Raised when a shard's text changes its meaning. */
export const SHARD_VERSION = 2;

/** One run's part. Plain data. */
export interface Shard extends ShardNumber {
  readonly version: typeof SHARD_VERSION;
  readonly toolVersion: string;
  readonly ignoreSuppressions: boolean;
  readonly named: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Files in the walk. */
  readonly files: number;
  readonly units: readonly ShardUnit[];
}

/** The shard, from 1, that a module belongs to: by its name alone, so that every runner says the same. */
export function shardOf(name: string, of: number): number {
  return (createHash('sha256').update(name).digest().readUInt32BE(0) % of) + 1;
}

/** Joins all shards of a run: what the run as a whole would have said. @throws ConfigError */
export function joinShards(shards: readonly Shard[], config: ConfigStore): Audit {
  const [first] = shards as [Shard];
  const drivers: Audit['drivers'][number][] = [];
  const roots = new Map<string, string>();
  const kernels = new Set<string>();
  const totals = { files: first.files, parsedFiles: 0, parsedBytes: 0, loose: 0 };
  for (const { root, from, kernel, targets } of first.units) {
    const units = shards.flatMap((shard) => shard.units.filter((unit) => unit.root === root));
    const { examined, loose } = inOrder(units.flatMap(({ groups }) => groups));
    const names = new Map(targets);
    const judged = reportDrivers(
      mergeExamined(examined).filter(({ driver }) => names.has(driver.file)),
      surroundingsOf(examined),
      new Map(units.flatMap(({ doubted }) => doubted)),
      first.ignoreSuppressions,
    );
    const pathOf = (file: string): string => join(root, names.get(file) ?? file);
    for (const driver of applyLevels(judged, (file) => config.effective(pathOf(file)))) {
      if (!roots.has(driver.file)) roots.set(driver.file, from);
      drivers.push(driver);
    }
    if (kernel !== null) kernels.add(kernel);
    totals.loose += loose;
    totals.parsedFiles += new Set(units.flatMap(({ parsed }) => parsed)).size;
  }
  const skipped = new Map(shards.flatMap((shard) => shard.skipped.map((one) => [one.path, one] as const)));
  return {
    drivers: sortDrivers(drivers),
    skipped: [...skipped.values()],
    totals,
    named: first.named.map((path) => resolve(path)),
    roots,
    kernels: [...kernels],
  };
}

/** The modules' drivers in the order of a whole run; a file judged alone counts where no module has it. */
function inOrder(groups: readonly ShardGroup[]): { examined: Examined[]; loose: number } {
  const sorted = [...groups].sort((a, b) => a.at - b.at);
  const seen = new Set(
    sorted.filter(({ loose }) => !loose).flatMap(({ examined }) => examined.map(({ driver }) => driver.file)),
  );
  const counted = sorted.filter(({ loose, examined }) => !loose || !seen.has(examined[0]?.driver.file ?? ''));
  return {
    examined: counted.flatMap(({ examined }) => examined),
    loose: counted.filter(({ loose, examined }) => loose && examined.length > 0).length,
  };
}

import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConfigStore } from '../project/config-store.ts';
import { SHARD_VERSION, type Shard } from '../project/shard.ts';
import type { ShardNumber, ShardUnit } from '../project/shard-types.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { reasonOf } from '../tree/walk.ts';
import { type AuditFlags, runAudit } from './audit.ts';
import { print } from './output.ts';
import { UsageError } from './usage.ts';
import { WholeFiles } from './whole-files.ts';

/** Option for runners side by side. */
export interface ShardFlags {
  readonly shard?: string;
  readonly output?: string;
  readonly format?: readonly string[];
}

/** Adds the option of `ShardFlags` to a command. */
export function withShardFlags(command: Command): Command {
  return command.option('--shard <i/n>', 'examine the i-th of n parts; -o FILE is for quiesce merge');
}

/** Examines one part and writes what it holds, for `quiesce merge`. @throws UsageError */
export async function runShard(
  paths: readonly string[],
  flags: AuditFlags & ShardFlags,
  config: ConfigStore,
): Promise<void> {
  const number = numberOf(flags.shard!);
  if (flags.format) throw new UsageError('--shard: findings are told by quiesce merge, which takes --format');
  const files = new WholeFiles();
  const output = flags.output === '-' ? undefined : flags.output;
  if (output !== undefined) files.stage(output);
  const units: ShardUnit[] = [];
  const shard = { ...number, take: (unit: ShardUnit) => units.push(unit) };
  const audit = await runAudit(paths, flags, config, undefined, shard);
  const part: Shard = {
    version: SHARD_VERSION,
    toolVersion: TOOL_VERSION,
    ...number,
    ignoreSuppressions: flags.ignoreSuppressions === true,
    named: audit.named,
    skipped: audit.skipped,
    files: audit.totals.files,
    units,
  };
  const text = `${JSON.stringify(moved(part, fromHere))}\n`;
  if (output === undefined) return print(text);
  files.write(output, text);
  await files.commit();
}

/** @throws UsageError */
function numberOf(text: string): ShardNumber {
  const [index, of] = /^(\d+)\/(\d+)$/.exec(text)?.slice(1).map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of)
    throw new UsageError(`--shard: '${text}' is not of the form i/n with i from 1 to n, for example 2/4`);
  return { index, of };
}

/** Reads all shards of one run, in their order. @throws UsageError when they are not that */
export function readShards(paths: readonly string[]): Shard[] {
  const shards = paths.map(readShard).sort((a, b) => a.index - b.index);
  const [first] = shards;
  if (!first) throw new UsageError('merge: name the files that check --shard wrote');
  const have = shards.map(({ index, of }) => `${index}/${of}`);
  const all = Array.from({ length: first.of }, (_, at) => `${at + 1}/${first.of}`);
  if (have.join() !== all.join())
    throw new UsageError(`merge: have ${have.join(', ')}; wanted are ${all.join(', ')}, each once`);
  const sameRun = (one: Shard): string => JSON.stringify([one.named, one.files, one.ignoreSuppressions]);
  if (shards.some((one) => sameRun(one) !== sameRun(first)))
    throw new UsageError('merge: these are parts of different runs: other paths, files or options');
  return shards;
}

function readShard(path: string): Shard {
  let parsed: Partial<Shard>;
  try {
    parsed = JSON.parse(readFileSync(resolve(path), 'utf8'));
  } catch (error) {
    throw new UsageError(`merge: ${path}: ${reasonOf(error)}`);
  }
  if (parsed?.version !== SHARD_VERSION || parsed.toolVersion !== TOOL_VERSION || !parsed.units)
    throw new UsageError(`merge: ${path}: not written by check --shard of quiesce ${TOOL_VERSION}`);
  return moved(parsed as Shard, (path) => resolve(path));
}

/** Runners check out to folders of their own: a part names its places from the directory that it was made in. */
function fromHere(path: string): string {
  return relative(process.cwd(), path) || '.';
}

/** A part with its places on this machine named otherwise. */
function moved(part: Shard, name: (path: string) => string): Shard {
  return {
    ...part,
    named: part.named.map(name),
    skipped: part.skipped.map(({ path, reason }) => ({ path: name(path), reason })),
    units: part.units.map((unit) => ({ ...unit, root: name(unit.root), from: name(unit.from) })),
  };
}

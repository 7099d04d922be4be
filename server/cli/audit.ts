import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConfigStore } from '../project/config-store.ts';
import { auditPaths } from '../project/project.ts';
import type { Audit, AuditOptions } from '../project/types.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { openCache } from '../tree/cache/index.ts';
import { UnreadablePath } from '../tree/walk.ts';
import { type ConfigFlags, configOf, withConfigFlags } from './config-flags.ts';
import type { Owners } from './owners.ts';
import { Progress } from './progress.ts';
import { type StdinFlags, stdinText, withStdinFlags } from './stdin.ts';
import { gather, oneOf, readFileList, UsageError, wholeNumber } from './usage.ts';

/** Options that every command which audits takes. */
export interface AuditFlags extends ConfigFlags, StdinFlags {
  readonly ignoreSuppressions?: boolean;
  readonly filesFrom?: readonly string[];
  readonly jobs?: string;
  readonly tree?: string;
  readonly kernelVersion?: string;
  readonly engine?: string;
  readonly cache?: boolean;
  readonly strict?: boolean;
}

/** Adds the options of `AuditFlags` to a command. */
export function withAuditFlags(command: Command): Command {
  return withConfigFlags(withStdinFlags(command))
    .option('--files-from <file>', 'read paths from a file, one a line; - for standard input', gather)
    .option('--jobs <n>', 'threads to work with (default: as many as the machine has)')
    .option('--tree <dir>', 'kernel tree that the files belong to (default: found above each file)')
    .option('--kernel-version <x.y>', "kernel version to judge by (default: the tree's)")
    .option('--engine <name>', 'parser engine: wasm, native or auto', 'auto')
    .option('--no-cache', 'read every file anew and keep nothing')
    .option('--ignore-suppressions', 'report also what comments suppress')
    .option('--strict', 'exit 2 when anything below a named path was skipped');
}

/**
 * Runs the audit that a command line asks for, with progress; what was skipped is named on standard error.
 * @param owners whose files alone are wanted: of the whole tree where no path is named
 * @param shard the part to examine
 * @throws UsageError
 */
export function runAudit(
  paths: readonly string[],
  flags: AuditFlags,
  config = configOf(flags),
  owners?: Owners,
  shard?: AuditOptions['shard'],
): Promise<Audit> {
  const stdin = stdinText(flags);
  const named = [...namedPaths(paths, flags), ...(stdin ? [stdin.path] : [])];
  const all = owners?.filters ? owners.sources(named) : named;
  if (named.length === 0 && flags.filesFrom === undefined && !owners?.filters) {
    throw new UsageError('no path given: name files or directories, or use --files-from');
  }
  return withAuditOptions(flags, config, async (options) => {
    const overlay = stdin ? { overlay: new Map([[stdin.path, stdin.text]]) } : {};
    const audit = await auditPaths({ ...options, ...overlay, ...(shard ? { shard } : {}), paths: all });
    tellSkipped(audit.skipped);
    // A walk passes over what goes away under it; what was named itself was to be read.
    const asked = new Set(named.map((path) => resolve(path)));
    const lost = audit.skipped.find(({ path }) => asked.has(path));
    if (lost) throw new UnreadablePath(`${lost.path}: ${lost.reason}`);
    return audit;
  });
}

/** The paths of a command line and of its lists. @throws UsageError */
export function namedPaths(paths: readonly string[], flags: AuditFlags): string[] {
  return [...paths, ...(flags.filesFrom ?? []).flatMap(readFileList)];
}

/**
 * Does work that audits, with the options that a command line gives: engine, threads, cache, progress.
 * @throws UsageError
 */
export async function withAuditOptions<T>(
  flags: AuditFlags,
  config: ConfigStore,
  work: (options: Omit<AuditOptions, 'paths' | 'overlay'>) => Promise<T>,
): Promise<T> {
  if (flags.kernelVersion !== undefined && !/^\d+\.\d+$/.test(flags.kernelVersion)) {
    throw new UsageError(`--kernel-version: '${flags.kernelVersion}' is not of the form 6.12`);
  }
  const engine = oneOf('engine', flags.engine ?? 'auto', ['auto', 'wasm', 'native']);
  const progress = new Progress();
  const cache = flags.cache === false ? undefined : openCache(TOOL_VERSION, engine);
  // A signal ends the process through exit(): what the cache was writing goes with it.
  const closeCache = (): void => cache?.close();
  process.once('exit', closeCache);
  try {
    return await work({
      engine,
      config,
      ...(flags.ignoreSuppressions ? { ignoreSuppressions: true } : {}),
      ...(cache ? { cache } : {}),
      onProgress: (done, total, phase) => progress.update(done, total, phase),
      ...(flags.jobs === undefined ? {} : { jobs: wholeNumber('--jobs', flags.jobs, 1) }),
      ...(flags.tree === undefined ? {} : { tree: flags.tree }),
      ...(flags.kernelVersion === undefined ? {} : { version: flags.kernelVersion }),
    });
  } finally {
    progress.end();
    process.off('exit', closeCache);
    closeCache();
  }
}

/** Names on standard error what was not read. */
export function tellSkipped(skipped: Audit['skipped']): void {
  for (const { path, reason } of skipped) process.stderr.write(`quiesce: skipped ${path}: ${reason}\n`);
  if (skipped.length > 0) process.stderr.write(`quiesce: ${skipped.length} skipped\n`);
}

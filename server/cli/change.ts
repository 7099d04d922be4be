import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Driver } from '../audit/model.ts';
import { Git, GitError } from '../change/git.ts';
import { judgeSeries, judgeSides, type PatchedTree } from '../change/judge.ts';
import { applyTo, PatchError } from '../change/patch.ts';
import type { Audited } from '../change/run.ts';
import { readSeries, type Series, SeriesError } from '../change/series.ts';
import { hasCommit, sinceRevision, stagedChanges, treeAt } from '../change/sides.ts';
import type { ConfigStore } from '../project/config-store.ts';
import type { ChangeReport } from '../report/changes.ts';
import { filesUnder, type Overlay } from '../tree/files.ts';
import { findKernelRoot, kernelRootAt } from '../tree/root.ts';
import { reasonOf } from '../tree/walk.ts';
import { type AuditFlags, namedPaths, tellSkipped, withAuditOptions } from './audit.ts';
import type { Owners } from './owners.ts';
import { readInput, UsageError } from './usage.ts';

/** Options of `check` that ask what a change did. */
export interface ChangeFlags extends AuditFlags {
  readonly since?: string;
  readonly staged?: boolean;
  readonly mbox?: string;
  readonly reply?: boolean;
}

/** A change that was judged. */
export interface ChangeOutcome {
  readonly change: ChangeReport;
  /** The tree after it, as far as the change touches it. */
  readonly audit: Audited;
}

/** Adds the options of `ChangeFlags` that are not an audit's. */
export function withChangeFlags(command: Command): Command {
  return command
    .option(
      '--since <rev>',
      'judge what the work tree changes against a git revision (REV...: where HEAD left it)',
    )
    .option('--staged', 'judge what git would commit')
    .option(
      '--mbox <file>',
      'judge a patch, a mailed series or a folder of git format-patch; - for standard input',
    )
    .option('--reply', 'with --mbox: print an answer for the thread, nothing when the series did nothing');
}

/** True when a command line asks what a change did. @throws UsageError for options that exclude each other */
export function asksForChange(flags: ChangeFlags): boolean {
  const given = [
    flags.since === undefined ? null : '--since',
    flags.staged ? '--staged' : null,
    flags.mbox === undefined ? null : '--mbox',
    flags.stdin ? '--stdin' : null,
  ].filter((name) => name !== null);
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} exclude each other`);
  if (flags.reply && flags.mbox === undefined)
    throw new UsageError('--reply answers a series: give it with --mbox');
  return given.length === 1 && !flags.stdin;
}

/**
 * Judges the change that a command line names.
 * @param named where to look; everything that the change touches when there are none
 * @param owners whose files alone are wanted
 * @throws UsageError, also for what git says and for a patch that can't be applied
 */
export async function runChange(
  named: readonly string[],
  flags: ChangeFlags,
  config: ConfigStore,
  owners?: Owners,
): Promise<ChangeOutcome> {
  const paths = namedPaths(named, flags);
  const outcome = await judged(paths, flags, config).catch((error: unknown) => {
    const isTold = error instanceof GitError || error instanceof PatchError;
    throw isTold ? new UsageError(error.message) : error;
  });
  tellSkipped(outcome.audit.skipped);
  if (paths.length === 0 && !owners?.filters) return outcome;
  const roots = paths.map((path) => resolve(path));
  const isNamed = ({ driver }: { driver: Driver }): boolean => {
    const file = join(outcome.audit.roots.get(driver.file) ?? outcome.change.top, driver.file);
    const isBelow = roots.some((root) => file === root || file.startsWith(`${root}/`));
    return (roots.length === 0 || isBelow) && (owners?.has(file) ?? true);
  };
  const { introduced, fixed, weaker } = outcome.change.changes;
  const changes = {
    introduced: introduced.filter(isNamed),
    fixed: fixed.filter(isNamed),
    weaker: weaker.filter(isNamed),
  };
  const drivers = outcome.audit.drivers.filter((driver) => isNamed({ driver }));
  return { change: { ...outcome.change, changes }, audit: { ...outcome.audit, drivers } };
}

function judged(paths: readonly string[], flags: ChangeFlags, config: ConfigStore): Promise<ChangeOutcome> {
  return flags.mbox === undefined ? ofGit(paths, flags, config) : ofMails(flags.mbox, flags, config);
}

async function ofGit(
  paths: readonly string[],
  flags: ChangeFlags,
  config: ConfigStore,
): Promise<ChangeOutcome> {
  const git = await Git.at(directoryOf(flags.tree ?? paths[0] ?? '.'));
  checkConfig(config, git.top);
  const sides = flags.staged ? await stagedChanges(git) : await sinceRevision(git, flags.since!);
  const { changes, after } = await withAuditOptions(flags, config, (options) =>
    judgeSides(git.top, sides, options),
  );
  const against = flags.staged ? 'the index against HEAD' : `the work tree against ${flags.since}`;
  return { change: { top: git.top, against, notes: [], changes, steps: [] }, audit: after };
}

async function ofMails(source: string, flags: ChangeFlags, config: ConfigStore): Promise<ChangeOutcome> {
  const series = await namedSeries(source);
  const top = treeRoot(flags);
  checkConfig(config, top);
  const base = await baseOf(top, series);
  const patched: PatchedTree[] = [];
  const fuzzy = new Set<string>();
  let tree = base.tree;
  for (const patch of series.patches) {
    const applied = applyTo(top, tree, patch);
    for (const file of applied.fuzzy) fuzzy.add(file);
    patched.push({ patch, applied });
    tree = applied.tree;
  }
  const { changes, after, steps } = await withAuditOptions(flags, config, (options) =>
    judgeSeries(top, base.tree, patched, options),
  );
  const notes = [...series.notes];
  if (fuzzy.size > 0) notes.push(`applied with fuzz: ${[...fuzzy].sort().join(', ')}`);
  return { change: { top, against: base.name, notes, changes, steps }, audit: after };
}

/** Reads what `--mbox` names. @throws UsageError, SeriesError */
async function namedSeries(source: string): Promise<Series> {
  try {
    if (source === '-' || !statSync(source).isDirectory()) {
      return await readSeries([{ name: source, text: readInput('--mbox', source, 'latin1') }]);
    }
    const names = readdirSync(source).filter((name) => /\.(?:patch|eml|mbox|mbx|diff)$/.test(name));
    return await readSeries(
      names.sort().map((name) => ({ name, text: readFileSync(join(source, name), 'latin1') })),
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof SeriesError) throw new UsageError(`--mbox ${source}: ${error.message}`);
    throw new UsageError(`--mbox ${source}: ${reasonOf(error)}`);
  }
}

/** The directory that a patch's paths start at: `--tree`, the kernel around this directory, or this directory. */
function treeRoot(flags: ChangeFlags): string {
  if (flags.tree === undefined) return findKernelRoot('.')?.root ?? resolve('.');
  const root = kernelRootAt(resolve(flags.tree));
  if (!root) throw new UsageError(`--tree ${flags.tree}: no kernel tree`);
  return root.root;
}

/** The tree that a series applies to: its base commit where the repository has it, else the tree at hand. */
async function baseOf(top: string, series: Series): Promise<{ tree: Overlay; name: string }> {
  const version = kernelRootAt(top)?.full;
  const atHand = version === undefined ? 'the tree at hand' : `the tree at hand, Linux ${version}`;
  const { baseCommit } = series;
  if (baseCommit === null) return { tree: new Map(), name: `the series on ${atHand}` };
  const git = await Git.at(top).catch((error) => {
    if (error instanceof GitError) return null;
    throw error;
  });
  const short = baseCommit.slice(0, 12);
  if (!git || git.top !== top || !(await hasCommit(git, baseCommit))) {
    return { tree: new Map(), name: `the series on ${atHand}: its base ${short} is not in the repository` };
  }
  const tree = await treeAt(git, await git.commit(baseCommit), foldersOf(series));
  const based = kernelRootAt(top, filesUnder(tree))?.full ?? version;
  return { tree, name: `the series on its base ${short}${based === undefined ? '' : `, Linux ${based}`}` };
}

/** The parts of the tree that a series is about: as far up as a module's files may lie. */
function foldersOf(series: Series): string[] {
  const folders = new Set<string>();
  for (const { diff } of series.patches) {
    for (const [, path] of diff.matchAll(/^(?:---|\+\+\+|rename from|rename to) (?:[ab]\/)?(\S+)/gm)) {
      if (path !== '/dev/null') folders.add(path!.split('/').slice(0, -1).slice(0, 2).join('/') || path!);
    }
  }
  return [...folders];
}

/** A configuration that is broken is said also where the change touches nothing that it is for. @throws ConfigError */
function checkConfig(config: ConfigStore, top: string): void {
  config.folder(top);
}

function directoryOf(path: string): string {
  try {
    const absolute = resolve(path);
    return statSync(absolute).isDirectory() ? absolute : resolve(absolute, '..');
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
}

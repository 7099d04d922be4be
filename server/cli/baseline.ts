import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finding } from '../audit/model.ts';
import {
  type Baseline,
  type BaselineEntry,
  BaselineError,
  formatBaseline,
  parseBaseline,
} from '../baseline/baseline.ts';
import { type Compared, compareWithBaseline, parseRenames, type Seen } from '../baseline/compare.ts';
import { Git, GitError } from '../change/git.ts';
import { baselineTop } from '../project/checkout.ts';
import type { ConfigStore } from '../project/config-store.ts';
import type { Audit } from '../project/types.ts';
import { findingsOf, type Reported } from '../report/findings.ts';
import { fromRoot, isSource, reasonOf } from '../tree/walk.ts';
import { UsageError } from './usage.ts';
import { WholeFiles } from './whole-files.ts';

/** A baseline's usual name. */
export const BASELINE_NAME = '.quiesce-baseline.json';

/** Options about known findings. */
export interface BaselineFlags {
  /** A file; false for `--no-baseline`. */
  readonly baseline?: string | boolean;
  /** A file; true for the usual one. */
  readonly writeBaseline?: string | boolean;
  readonly strictBaseline?: boolean;
}

/** Adds the options of `BaselineFlags` to a command. */
export function withBaselineFlags(command: Command): Command {
  return command
    .option(
      '--baseline <file>',
      'known findings: they are not reported and do not fail (default: as configured)',
    )
    .option('--no-baseline', 'report known findings too')
    .option(
      '--write-baseline [file]',
      `write the findings of this run down as known (default: the baseline in use, else ${BASELINE_NAME})`,
    )
    .option('--strict-baseline', 'exit 1 when an entry of the baseline has no finding any more');
}

/** What a run's baselines say of its findings. */
export interface Known {
  /** Some baseline holds for what was audited. */
  readonly isUsed: boolean;
  readonly findings: ReadonlySet<Finding>;
  readonly fixed: readonly BaselineEntry[];
  readonly gone: readonly BaselineEntry[];
}

/** The baselines of one run. */
export class Baselines {
  private readonly flags: BaselineFlags;
  private readonly config: ConfigStore;
  private readonly files = new WholeFiles();
  private readonly read = new Map<string, Baseline>();
  private readonly target: string | undefined;

  /** Opens what is to be written, reads what is named: before the work. @throws UsageError */
  constructor(flags: BaselineFlags, config: ConfigStore) {
    this.flags = flags;
    this.config = config;
    if (typeof flags.baseline === 'string' && flags.writeBaseline === undefined)
      this.at(resolve(flags.baseline));
    if (flags.strictBaseline && flags.writeBaseline !== undefined)
      throw new UsageError('--strict-baseline: nothing is stale after --write-baseline');
    this.target = this.targetOf(flags);
    if (this.target !== undefined) this.files.stage(this.target);
  }

  /** Which findings of a run are known; with `--write-baseline`, all of them from now on. @throws UsageError */
  async apply(audit: Audit): Promise<Known> {
    const found = findingsOf(audit.drivers);
    if (this.target !== undefined) {
      await this.write(this.target, found, audit);
      return { isUsed: true, findings: new Set(found.map(({ finding }) => finding)), fixed: [], gone: [] };
    }
    const byBaseline = new Map<string, Reported[]>();
    for (const path of this.inUse(audit)) byBaseline.set(path, []);
    for (const one of found) {
      const path = this.baselineOf(pathOf(audit, one));
      if (path !== undefined) byBaseline.get(path)?.push(one);
    }
    const findings = new Set<Finding>();
    const fixed: BaselineEntry[] = [];
    const gone: BaselineEntry[] = [];
    for (const [path, own] of byBaseline) {
      const compared = await this.compare(path, this.at(path), own, audit);
      for (const index of compared.known) findings.add(own[index]!.finding);
      fixed.push(...compared.fixed);
      gone.push(...compared.gone);
    }
    return { isUsed: byBaseline.size > 0, findings, fixed, gone };
  }

  private targetOf({ baseline, writeBaseline }: BaselineFlags): string | undefined {
    if (writeBaseline === undefined || writeBaseline === false) return undefined;
    if (typeof writeBaseline === 'string') {
      if (isDirectory(writeBaseline))
        throw new UsageError(
          `--write-baseline ${writeBaseline}: a directory; name it before the option: check ${writeBaseline} --write-baseline`,
        );
      return resolve(writeBaseline);
    }
    if (typeof baseline === 'string') return resolve(baseline);
    return this.baselineOf(resolve('x.c')) ?? resolve(BASELINE_NAME);
  }

  /** Baselines that hold for anything that was audited. */
  private inUse(audit: Audit): Set<string> {
    const files = [...audit.roots].map(([file, root]) => resolve(root, file));
    // Ten thousand paths on a list lie in a few folders. A file that ends otherwise is as good as a folder here.
    const named = audit.named.map((path) => (isSource(path) ? dirname(path) : path));
    const folders = new Set([...named, ...files.map((path) => dirname(path))]);
    const found = [...folders].map((folder) => this.baselineOf(join(folder, 'x.c')));
    return new Set(found.filter((path): path is string => path !== undefined));
  }

  /** Absolute path of the baseline for a file, where one is in use. */
  private baselineOf(file: string): string | undefined {
    const { baseline } = this.flags;
    if (baseline === false) return undefined;
    if (typeof baseline === 'string') return resolve(baseline);
    const configured = this.config.folder(dirname(file)).baseline;
    return configured && resolve(dirname(configured.from!.path), configured.value);
  }

  /** @throws UsageError */
  private at(path: string): Baseline {
    let baseline = this.read.get(path);
    if (baseline === undefined) {
      try {
        baseline = parseBaseline(readFileSync(path, 'utf8'), path);
      } catch (error) {
        if (error instanceof BaselineError) throw new UsageError(error.message);
        throw new UsageError(`baseline ${path}: ${reasonOf(error)}`);
      }
      this.read.set(path, baseline);
    }
    return baseline;
  }

  private async compare(
    path: string,
    baseline: Baseline,
    own: readonly Reported[],
    audit: Audit,
  ): Promise<Compared> {
    const top = topOf(path, own[0] ? pathOf(audit, own[0]) : join(audit.named[0] ?? path, 'x.c'));
    const drivers = new Set(
      audit.drivers.map((driver) => `${fromRoot(top, pathOf(audit, { driver }))}\0${driver.instance}`),
    );
    const covered = coverage(audit);
    const seen: Seen = {
      covers: (file) => covered(resolve(top, file)),
      hasDriver: (file, instance) => drivers.has(`${file}\0${instance}`),
      renames: await renamesSince(top, baseline),
    };
    const keys = own.map((one) => entryOf(one, top, audit));
    return compareWithBaseline(keys, baseline, seen);
  }

  private async write(path: string, found: readonly Reported[], audit: Audit): Promise<void> {
    const top = topOf(path, found[0] ? pathOf(audit, found[0]) : join(audit.named[0] ?? path, 'x.c'));
    const entries = found.map((one) => entryOf(one, top, audit));
    // What was not looked at stays known.
    const kept = existsSync(path) ? (await this.compare(path, this.at(path), found, audit)).kept : [];
    const text = formatBaseline({ commit: await headOf(top), entries: [...entries, ...kept] });
    this.files.write(path, text);
    await this.files.commit();
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function topOf(baseline: string, file: string): string {
  return baselineTop(dirname(file), baseline);
}

function pathOf(audit: Audit, { driver }: Pick<Reported, 'driver'>): string {
  return resolve(audit.roots.get(driver.file) ?? '', driver.file);
}

function entryOf(one: Reported, top: string, audit: Audit): BaselineEntry {
  const file = fromRoot(top, pathOf(audit, one));
  return { file, rule: one.finding.rule, instance: one.driver.instance };
}

/** An audit without some findings. */
export function without(audit: Audit, findings: ReadonlySet<Finding>): Audit {
  const drivers = audit.drivers.map((driver) =>
    driver.findings.some((finding) => findings.has(finding))
      ? { ...driver, findings: driver.findings.filter((finding) => !findings.has(finding)) }
      : driver,
  );
  return { ...audit, drivers };
}

/** Tells of an absolute path whether the run read it, or would have were it there. */
function coverage(audit: Audit): (path: string) => boolean {
  const named = new Set(audit.named);
  const skipped = new Set(audit.skipped.map(({ path }) => path));
  return (path) => {
    for (let up = path; ; up = dirname(up)) {
      if (skipped.has(up)) return false;
      if (named.has(up)) return true;
      if (up === dirname(up)) return false;
    }
  };
}

/** Where files went since the baseline was written, as far as git knows. */
async function renamesSince(
  top: string,
  { commit, entries }: Baseline,
): Promise<ReadonlyMap<string, string>> {
  const isComplete = entries.every(({ file }) => existsSync(join(top, file)));
  if (commit === null || isComplete || !existsSync(join(top, '.git'))) return new Map();
  try {
    const git = await Git.at(top);
    // A shallow clone may not have the commit: what was renamed then counts as gone, and as new.
    const written = await git.commit(commit);
    const options = ['-M', '--name-status', '-z', '--diff-filter=R', '--no-ext-diff', '--no-textconv'];
    return parseRenames(await git.text(['diff', ...options, written, '--']));
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    process.stderr.write(`quiesce: files renamed since the baseline count as new: ${error.message}\n`);
    return new Map();
  }
}

/** The commit that is checked out; null where there is none. */
async function headOf(top: string): Promise<string | null> {
  if (!existsSync(join(top, '.git'))) return null;
  try {
    return await (await Git.at(top)).commit('HEAD');
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

/** Audits of the trees before and after a change, of no more than the change touches. */
import { join, resolve } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { auditPaths } from '../project/project.ts';
import type { Audit, AuditOptions } from '../project/types.ts';
import { filesUnder, type Overlay } from '../tree/files.ts';
import { findKernelRoot } from '../tree/root.ts';
import { fromRoot } from '../tree/walk.ts';
import { affectedSources } from './affected.ts';
import { Includers } from './includers.ts';
import type { ChangedFile } from './sides.ts';
import type { TreeState } from './state.ts';

/** How the audits of all sides are made, besides their files. */
export type JudgeOptions = Omit<AuditOptions, 'paths' | 'overlay'>;

/** A tree that was audited: the drivers of the files asked for. */
export interface Audited extends Audit {
  /** Absolute paths of the files. */
  readonly files: ReadonlySet<string>;
}

/** Files to judge on each side, absolute. */
export interface Affected {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

/** Audits trees that differ by overlays only; what was audited of a tree is not audited again. */
export class TreeAudits {
  private readonly top: string;
  private readonly options: JudgeOptions;
  private readonly known = new WeakMap<Overlay, Audited[]>();
  private readonly includers = new Map<string, Includers>();

  /** @param top absolute path of the directory that changed files' paths start at */
  constructor(top: string, options: JudgeOptions) {
    this.top = top;
    this.options = options;
  }

  /** The drivers of some files of a tree; files that it lacks are left out. */
  async audit(tree: Overlay, wanted: ReadonlySet<string>): Promise<Audited> {
    const disk = filesUnder(tree);
    const files = new Set([...wanted].filter((file) => disk.exists(file)));
    const known = this.known.get(tree) ?? [];
    const done = known.find((one) => isSubset(files, one.files)) ?? (await this.run(tree, files));
    this.known.set(tree, [...known, done]);
    const drivers = done.drivers.filter((driver) => files.has(absoluteOf(driver, done)));
    // What is looked for and is not there counts as looked at.
    return { ...done, drivers, files, named: [...wanted] };
  }

  /** The sources that a change has to be judged by, on each side, renames followed. */
  affected(changed: readonly ChangedFile[], before: Overlay, after: Overlay): Affected {
    const forth = new Map<string, string>();
    const back = new Map<string, string>();
    for (const { before: old, after: now } of changed) {
      if (old === null || now === null) continue;
      forth.set(join(this.top, old), join(this.top, now));
      back.set(join(this.top, now), join(this.top, old));
    }
    const older = this.affectedIn(
      before,
      after,
      changed.map((one) => one.before),
    );
    const newer = this.affectedIn(
      after,
      before,
      changed.map((one) => one.after),
    );
    return {
      before: new Set([...older, ...[...newer].map((file) => back.get(file) ?? file)]),
      after: new Set([...newer, ...[...older].map((file) => forth.get(file) ?? file)]),
    };
  }

  /** Renames in the words of two audits: printed file before to printed file after. */
  renames(changed: readonly ChangedFile[], before: Audited, after: Audited): Map<string, string> {
    const [olds, news] = [printedFiles(before), printedFiles(after)];
    const renamed = new Map<string, string>();
    for (const { before: old, after: now } of changed) {
      if (old === null || now === null || old === now) continue;
      const [from, to] = [olds.get(join(this.top, old)), news.get(join(this.top, now))];
      if (from !== undefined && to !== undefined) renamed.set(from, to);
    }
    return renamed;
  }

  private async run(tree: Overlay, files: ReadonlySet<string>): Promise<Audited> {
    const audit = await auditPaths({ ...this.options, paths: [...files], overlay: tree, fromRoot: true });
    return { ...audit, files };
  }

  /** Absolute paths of what is affected on one side. */
  private affectedIn(tree: Overlay, other: Overlay, changed: readonly (string | null)[]): string[] {
    const disk = filesUnder(tree);
    const byRoot = new Map<string, string[]>();
    for (const file of changed) {
      if (file === null) continue;
      const path = join(this.top, file);
      const root = this.rootOf(path, tree);
      byRoot.set(root, [...(byRoot.get(root) ?? []), fromRoot(root, path)]);
    }
    return [...byRoot].flatMap(([root, files]) => {
      const isKernel = this.options.tree !== undefined || findKernelRoot(root, disk)?.root === root;
      const state: TreeState = { root, disk, overlay: tree, isKernel };
      const there = { ...state, disk: filesUnder(other), overlay: other };
      const sources = affectedSources(state, files, there, this.includersIn(root, isKernel));
      return [...sources].map((file) => join(root, file));
    });
  }

  private includersIn(root: string, isKernel: boolean): Includers {
    const known = this.includers.get(root) ?? new Includers(root, isKernel);
    this.includers.set(root, known);
    return known;
  }

  private rootOf(path: string, tree: Overlay): string {
    const forced = this.options.tree === undefined ? undefined : resolve(this.options.tree);
    if (forced !== undefined && path.startsWith(`${forced}/`)) return forced;
    return findKernelRoot(path, filesUnder(tree))?.root ?? this.top;
  }
}

function absoluteOf(driver: Driver, { roots }: Audit): string {
  return join(roots.get(driver.file) ?? '', driver.file);
}

function printedFiles({ roots }: Audit): Map<string, string> {
  return new Map([...roots].map(([file, root]) => [join(root, file), file]));
}

function isSubset(files: ReadonlySet<string>, of: ReadonlySet<string>): boolean {
  for (const file of files) if (!of.has(file)) return false;
  return true;
}

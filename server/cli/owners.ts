import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { nearest } from '../config/nearest.ts';
import { isIn, readMaintainers, type Section, sectionsOf } from '../tree/maintainers.ts';
import { findKernelRoot } from '../tree/root.ts';
import { fromRoot, reasonOf, walkPaths } from '../tree/walk.ts';
import { gather, oneOf, UsageError } from './usage.ts';

const GROUPS = ['section', 'subsystem'] as const;

/** Options that ask whose a file is. */
export interface OwnerFlags {
  readonly section?: readonly string[];
  readonly maintainer?: readonly string[];
  readonly groupBy?: string;
  readonly tree?: string;
}

/** Adds the options of `OwnerFlags`. */
export function withOwnerFlags(command: Command): Command {
  return command
    .option(
      '--section <name>',
      "only files of a section of the tree's MAINTAINERS; several times for several",
      gather,
    )
    .option('--maintainer <address>', 'only files of the sections that name this address as M:', gather)
    .option(
      '--group-by <what>',
      'group findings by MAINTAINERS: section (the most telling one) or subsystem (the widest)',
    );
}

/** Whose files are: by the MAINTAINERS of one kernel tree. */
export class Owners {
  private readonly root: string;
  private readonly all: readonly Section[];
  /** The sections asked for; null for every file. */
  private readonly wanted: readonly Section[] | null;
  private readonly groupBy: 'section' | 'subsystem' | null;

  private constructor(root: string, all: readonly Section[], flags: OwnerFlags) {
    this.root = root;
    this.all = all;
    this.wanted = wantedOf(all, flags);
    this.groupBy = flags.groupBy === undefined ? null : oneOf('group', flags.groupBy, GROUPS);
  }

  /** The owners that a command line asks for; undefined where it does not ask. @throws UsageError */
  static asked(paths: readonly string[], flags: OwnerFlags): Owners | undefined {
    if (flags.section === undefined && flags.maintainer === undefined && flags.groupBy === undefined) {
      return undefined;
    }
    const root = flags.tree === undefined ? findKernelRoot(paths[0] ?? '.')?.root : resolve(flags.tree);
    if (root === undefined) throw new UsageError('--section, --maintainer and --group-by need a kernel tree');
    const file = join(root, 'MAINTAINERS');
    try {
      const isDirectory = (path: string): boolean =>
        statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true;
      return new Owners(root, readMaintainers(readFileSync(file, 'utf8'), isDirectory), flags);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`${file}: ${reasonOf(error)}`);
    }
  }

  /** True where only some files are wanted. */
  get filters(): boolean {
    return this.wanted !== null;
  }

  /** True for a file (absolute) that is wanted. */
  has(path: string): boolean {
    return this.wanted?.some((section) => isIn(section, fromRoot(this.root, path))) ?? true;
  }

  /** The wanted sources below some paths, below the whole tree when there are none. @throws UnreadablePath */
  sources(paths: readonly string[]): string[] {
    const named = paths.length > 0 ? paths : this.wholeTree();
    return walkPaths(named).files.filter((file) => this.has(file));
  }

  /** What a driver's file is grouped under; undefined where nothing is grouped. */
  groupOf(path: string): string | undefined {
    if (this.groupBy === null) return undefined;
    const own = sectionsOf(this.all, fromRoot(this.root, path));
    return own.at(this.groupBy === 'section' ? 0 : -1)?.name ?? 'no section';
  }

  /** The folders that the wanted sections are about, or the tree where a section names files by expression. */
  private wholeTree(): string[] {
    const folders = new Set<string>();
    for (const { text, depth } of this.wanted?.flatMap(({ patterns }) => patterns) ?? []) {
      if (depth === 0 || /^[^/]*[*?]/.test(text)) return [this.root];
      const plain = text.replace(/[*?].*$/, '');
      folders.add(plain.endsWith('/') ? plain.slice(0, -1) : dirname(plain));
    }
    if (folders.size === 0) return [this.root];
    return [...folders]
      .map((folder) => join(this.root, folder))
      .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.isDirectory());
  }
}

/** @throws UsageError for a section or an address that MAINTAINERS does not have */
function wantedOf(all: readonly Section[], { section, maintainer }: OwnerFlags): Section[] | null {
  if (section === undefined && maintainer === undefined) return null;
  const byName = new Map(all.map((one) => [one.name.toUpperCase(), one]));
  const named = (section ?? []).map((name) => {
    const found = byName.get(name.toUpperCase());
    // There are two thousand: the nearest is named, not all.
    if (found) return found;
    const near = nearest(name.toUpperCase(), [...byName.keys()]);
    const hint = near ? ` Did you mean '${near}'?` : '';
    throw new UsageError(`--section: MAINTAINERS has no section '${name}'.${hint}`);
  });
  const addressed = (maintainer ?? []).flatMap((address) => {
    const found = all.filter((one) =>
      one.maintainers.some((line) => line.toLowerCase().includes(address.toLowerCase())),
    );
    if (found.length === 0)
      throw new UsageError(`--maintainer ${address}: no section of MAINTAINERS names it`);
    return found;
  });
  const wanted = [...new Set([...named, ...addressed])];
  for (const one of wanted) {
    if (one.hasKeywords) {
      process.stderr.write(
        `quiesce: ${one.name}: its K: lines speak of a patch's text and are not used to choose files\n`,
      );
    }
  }
  return wanted;
}

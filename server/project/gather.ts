import { join } from 'node:path';
import { deriveLibraries } from '../audit/libraries.ts';
import type { DerivedLibraries, LibraryEntry } from '../audit/library-entry.ts';
import type { ModuleFiles, SourceFile } from '../audit/module.ts';
import type { IncludeFact } from '../facts/types.ts';
import type { Kernel } from '../kernel/index.ts';
import { DISK, type TreeFiles } from '../tree/files.ts';
import { type KbuildModule, resolveInclude } from '../tree/kbuild/index.ts';

/** How many includes deep a module's own headers are followed. */
export const INCLUDE_DEPTH = 3;

/** What a module's Makefile says of its files: where they are looked for, when they are built. */
export type ModuleSettings = Pick<KbuildModule, 'includeDirs' | 'configs' | 'sourceConfigs'>;

/** The settings of a module; its include directories alone for a file judged alone. */
export type IncludeDirs = ModuleSettings | readonly string[];

/** What a `Gatherer` reads from: facts by root-relative path, and how a path is printed. */
export interface GatherSource {
  readonly root: string;
  readonly display: (file: string) => string;
  get(file: string): SourceFile | undefined;
  /** What is read of the tree; the file system where it is not given. */
  readonly disk?: TreeFiles;
}

/** Puts the files of a module together from facts already read: the same for a whole audit and for an editor. */
export class Gatherer {
  private readonly source: GatherSource;
  /** Which paths exist. */
  readonly known: Map<string, boolean>;

  /** @param known what was found out before of which paths from the root exist */
  constructor(source: GatherSource, known: ReadonlyMap<string, boolean> = new Map()) {
    this.source = source;
    this.known = new Map(known);
  }

  /** Gathers a module's sources, what they include from the tree, and the `.c` files that they take in. */
  moduleFiles(name: string | null, sources: readonly string[], dirs: IncludeDirs): ModuleFiles {
    const { display } = this.source;
    const all = new Map<string, SourceFile>();
    const headers = new Map<string, SourceFile>();
    const includedBy = new Map<string, string>();
    const seen = new Set<string>(sources);
    const pending: [string, number][] = sources.map((file) => [file, 0]);
    for (const [file, depth] of pending) {
      const source = this.source.get(file);
      if (!source) continue;
      if (file.endsWith('.h')) headers.set(file, source);
      else all.set(file, source);
      if (depth >= INCLUDE_DEPTH) continue;
      for (const path of this.includesOf(file, source.facts.includes, dirs)) {
        if (path.endsWith('.c') && path !== file) includedBy.set(display(path), source.path);
        if (seen.has(path)) continue;
        seen.add(path);
        pending.push([path, depth + 1]);
      }
    }
    const files = { name, sources: [...all.values()], headers: [...headers.values()], includedBy };
    if (!('configs' in dirs)) return files;
    const { configs } = dirs;
    const sourceConfigs = new Map([...dirs.sourceConfigs].map(([file, own]) => [display(file), own]));
    return { ...files, configs, sourceConfigs };
  }

  /** The driver's own files among a file's includes: root-relative paths. */
  includesOf(file: string, includes: readonly IncludeFact[], dirs: IncludeDirs): string[] {
    const found: string[] = [];
    for (const include of includes) {
      const path = this.local(include.name, include.system, file, dirs);
      if (path) found.push(path);
    }
    return found;
  }

  /** An include that belongs to the driver itself: beside it or on its Makefile's path, not in the kernel's `include/`. */
  private local(name: string, system: boolean, from: string, dirs: IncludeDirs): string | undefined {
    if (system && !('includeDirs' in dirs && dirs.includeDirs.length > 0)) return undefined;
    const path = resolveInclude(system ? `<${name}>` : name, from, dirs, (file) => this.exists(file));
    return path === undefined || /^(?:include|arch\/[^/]+\/include)\//.test(path) ? undefined : path;
  }

  /** Whether a root-relative path is there; remembered. */
  exists(file: string): boolean {
    let known = this.known.get(file);
    if (known === undefined) {
      known = (this.source.disk ?? DISK).exists(join(this.source.root, file));
      this.known.set(file, known);
    }
    return known;
  }

  /** Forgets which files exist: after some were made or removed. */
  forget(): void {
    this.known.clear();
  }
}

/** Entry points that do DMA for their callers, found in the modules themselves: until no module adds another. */
export function deriveAll(modules: Iterable<() => ModuleFiles>, kernel?: Kernel): DerivedLibraries {
  const known = new Map<string, LibraryEntry>();
  const all = [...modules];
  for (let round = 0; round < 4; round++) {
    const before = known.size;
    for (const files of all) {
      for (const [name, entry] of deriveLibraries(files(), known, kernel)) known.set(name, entry);
    }
    if (known.size === before) break;
  }
  return known;
}

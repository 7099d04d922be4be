import { deriveLibraries, deriveStops } from '../audit/libraries.ts';
import type { DerivedLibraries, LibraryEntry } from '../audit/library-entry.ts';
import type { ModuleFiles } from '../audit/module.ts';
import type { Kernel } from '../kernel/index.ts';
import { Breath } from './breath.ts';

/** What the libraries of a tree say about themselves. */
export interface Derived {
  /** Entry points that do DMA for their callers. */
  readonly libraries: DerivedLibraries;
  /** How far exported functions that could serve as a hook stop a device. */
  readonly stops: ReadonlyMap<string, number>;
}

/** A module to derive from. */
export interface Derivable {
  gather(): ModuleFiles;
  /** The kernel by which it is judged. */
  readonly kernel?: Kernel;
}

/** Chains of entry points of other modules' entry points are followed so far. */
const ROUNDS = 4;

/**
 * Derives from modules until none adds an entry point. Gathering a module's files is what costs: a module is read again
 * only when a function that it calls has become an entry point since.
 */
export async function deriveTree(modules: readonly Derivable[]): Promise<Derived> {
  const libraries = new Map<string, LibraryEntry>();
  const stops = new Map<string, number>();
  const calls: ReadonlySet<number>[] = [];
  const ids = new Ids();
  const breath = new Breath();
  let fresh = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const before = fresh;
    fresh = new Set();
    for (const [index, { gather, kernel }] of modules.entries()) {
      await breath.take();
      // Also what this very round found: modules behind it see it, modules before it in the next.
      const isConcerned =
        round === 0 || meets(calls[index]!, before, ids) || meets(calls[index]!, fresh, ids);
      if (!isConcerned) continue;
      const files = gather();
      if (round === 0) {
        calls[index] = callsOf(files, ids);
        for (const [name, level] of deriveStops(files, kernel)) stops.set(name, level);
      }
      for (const [name, entry] of deriveLibraries(files, libraries, kernel)) {
        if (!libraries.has(name)) fresh.add(name);
        libraries.set(name, entry);
      }
    }
    if (fresh.size === 0) break;
  }
  return { libraries, stops };
}

/** Numbers for names: a set of them for each module would keep every file's own copy of a name alive. */
class Ids {
  private readonly known = new Map<string, number>();

  /** The name's number, a new one for a new name. */
  of(name: string): number {
    let id = this.known.get(name);
    if (id === undefined) {
      id = this.known.size;
      this.known.set(name, id);
    }
    return id;
  }
}

function callsOf(files: ModuleFiles, ids: Ids): Set<number> {
  const names = new Set<number>();
  for (const { facts } of [...files.sources, ...files.headers]) {
    for (const fn of facts.functions) for (const call of fn.calls) names.add(ids.of(call.name));
  }
  return names;
}

function meets(names: ReadonlySet<number>, others: ReadonlySet<string>, ids: Ids): boolean {
  for (const name of others) if (names.has(ids.of(name))) return true;
  return false;
}

/** Which files have to be judged when some files change. */
import { join } from 'node:path';
import { modulesAround, unitsOf } from '../project/units.ts';
import type { KbuildModule } from '../tree/kbuild/index.ts';
import { fromRoot } from '../tree/walk.ts';
import type { Includers } from './includers.ts';
import type { TreeState } from './state.ts';

/**
 * The sources of all modules that changed files are part of: compiled, taken in by `#include`, or listed by a changed
 * Makefile; and sources that no Makefile claims.
 * @param changed paths from the root, there or not
 * @param other the other side's state: what its Makefiles list otherwise is affected too
 * @param includers of this root
 * @returns paths from the root
 */
export function affectedSources(
  state: TreeState,
  changed: readonly string[],
  other: TreeState,
  includers: Includers,
): Set<string> {
  const { disk, root } = state;
  const present = changed.filter((file) => /\.[ch]$/.test(file) && disk.exists(join(root, file)));
  const sources = new Set<string>();
  const headers = present.filter((file) => !isApi(file));
  if (headers.length > 0) for (const file of includers.of(state, headers)) sources.add(file);
  for (const file of present) if (file.endsWith('.c')) sources.add(file);
  const found = new Set(sources);
  for (const module of modulesOf(state, [...sources])) {
    if (module.sources.some((source) => sources.has(source)))
      for (const one of module.sources) found.add(one);
  }
  const makefiles = changed.filter((file) => /(?:^|\/)(?:Makefile|Kbuild)[^/]*$/.test(file));
  for (const file of listedOtherwise(state, other, makefiles)) found.add(file);
  return new Set([...found].filter((file) => file.endsWith('.c') && disk.exists(join(root, file))));
}

/** A header of the kernel's own: an audit does not follow it into a driver. */
function isApi(file: string): boolean {
  return /^(?:include|arch\/[^/]+\/include)\//.test(file);
}

/** The modules that the Makefiles around some files list. */
function modulesOf(state: TreeState, files: readonly string[]): readonly KbuildModule[] {
  const unit = unitsOf(
    files.map((file) => join(state.root, file)),
    state.isKernel ? state.root : undefined,
    state.disk,
  );
  return unit.flatMap((one) => {
    const { modules } = modulesAround(one, state.disk);
    // Without a kernel's root a unit may be a folder of its own: paths are told from the state's root all the same.
    const named = (file: string): string => fromRoot(state.root, join(one.root, file));
    return one.root === state.root
      ? modules
      : modules.map((module) => ({ ...module, sources: module.sources.map(named) }));
  });
}

/** Sources of modules that the changed Makefiles list otherwise than on the other side. */
function listedOtherwise(state: TreeState, other: TreeState, makefiles: readonly string[]): string[] {
  if (makefiles.length === 0) return [];
  // The Makefile stands for its folder; the folder's modules are what is looked at.
  const now = modulesOf(state, makefiles);
  const then = new Map(modulesOf(other, makefiles).map((module) => [module.path, describe(module)]));
  return now.flatMap((module) => (then.get(module.path) === describe(module) ? [] : [...module.sources]));
}

function describe({ sources, configs, includeDirs }: KbuildModule): string {
  return JSON.stringify([sources, configs, includeDirs]);
}

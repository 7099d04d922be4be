import { resolveInclude } from './resolve.ts';
import type { KbuildModule, ModuleMap } from './types.ts';

/** What `withIncludedSources` asks of the files themselves. */
export interface IncludeReader {
  /** The names a file includes, as after `#include` (`"x.c"` or bare for quoted ones); only `.c` names matter. */
  includesOf(file: string): readonly string[];
  /** Whether a root-relative path is a file. */
  exists(path: string): boolean;
}

/**
 * The same map with the `.c` files that a module's sources include (`#include "echoaudio.c"`), which no Makefile names:
 * they are added to `sources` after the compiled ones and found by `modulesOf`.
 */
export function withIncludedSources(map: ModuleMap, reader: IncludeReader): ModuleMap {
  const byFile = new Map<string, KbuildModule[]>();
  const modules = map.modules.map((module) => {
    const sources = closure(module, reader);
    const changed = sources.length === module.sources.length ? module : { ...module, sources };
    for (const file of sources) {
      const list = byFile.get(file);
      if (list === undefined) byFile.set(file, [changed]);
      else list.push(changed);
    }
    return changed;
  });
  return { ...map, modules, modulesOf: (file) => byFile.get(file) ?? [] };
}

function closure(module: KbuildModule, reader: IncludeReader): string[] {
  const seen = new Set(module.sources);
  // A Set visits what is added during the loop.
  for (const file of seen) {
    for (const name of reader.includesOf(file)) {
      if (!/\.c[">]?$/.test(name)) continue;
      const path = resolveInclude(name, file, module, reader.exists);
      if (path !== undefined) seen.add(path);
    }
  }
  return [...seen];
}

import { kernelIncludeDirs } from './flags.ts';
import { joinRelative, parentOf } from './paths.ts';
import type { KbuildModule } from './types.ts';

/** The architecture whose headers count for a file that belongs to none: Quiesce is about the Arm SMMU. */
const DEFAULT_ARCH = 'arm64';

/**
 * Finds the tree's file that an `#include` names.
 *
 * Searched in the compiler's order (`scripts/Makefile.lib:c_flags`): for a quoted name the including file's directory,
 * then the kernel's own include directories (those of the file's architecture, or arm64), then `-I` of the Makefile.
 * `<asm/x.h>` that the architecture lacks is `include/asm-generic/x.h`, for which the build generates a wrapper.
 *
 * @param name what stands after `#include`, with or without its delimiters; without, it is taken as quoted
 * @param fromFile root-relative path of the file that includes
 * @param module the module compiled, or its include directories
 * @param exists whether a root-relative path is a file
 * @returns a root-relative path, or undefined for a generated header or one outside of the tree
 */
export function resolveInclude(
  name: string,
  fromFile: string,
  module: Pick<KbuildModule, 'includeDirs'> | readonly string[],
  exists: (path: string) => boolean,
): string | undefined {
  const angled = name.startsWith('<');
  const bare = name.replace(/^["<]|[">]$/g, '').trim();
  if (bare === '' || bare.startsWith('/')) return undefined;
  const arch = /^arch\/([^/]+)\//.exec(fromFile)?.[1] ?? DEFAULT_ARCH;
  const own = 'includeDirs' in module ? module.includeDirs : module;
  const dirs = [...(angled ? [] : [parentOf(fromFile)]), ...kernelIncludeDirs(arch), ...own];
  for (const dir of dirs) {
    const path = joinRelative(dir, bare);
    if (path !== undefined && exists(path)) return path;
  }
  if (!bare.startsWith('asm/')) return undefined;
  const generic = bare.replace('asm/', 'asm-generic/');
  return kernelIncludeDirs(arch)
    .map((dir) => `${dir}/${generic}`)
    .find(exists);
}

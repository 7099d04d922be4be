import { FactCache } from './cache.ts';
import { cacheFolder, codeName } from './place.ts';

/**
 * The cache of this build, for the command line and the editor alike; none when it runs from source, where nothing
 * tells one state of the code from another.
 */
export function openCache(toolVersion: string, engine: string): FactCache | undefined {
  const code = codeName(toolVersion, engine);
  return code === undefined ? undefined : new FactCache({ folder: cacheFolder(), code });
}

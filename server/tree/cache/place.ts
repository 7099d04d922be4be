/** Where the cache lies, and which code it belongs to. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { FACTS_VERSION } from '../../facts/types.ts';

/**
 * The folder for the tool's cache by the platform's convention: `$XDG_CACHE_HOME/quiesce` (an absolute path only, as
 * the XDG base directory specification says), else `~/.cache/quiesce`; `~/Library/Caches` and `%LOCALAPPDATA%` on
 * macOS and Windows.
 */
export function cacheFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): string {
  const xdg = env.XDG_CACHE_HOME;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'quiesce');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'quiesce');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'quiesce', 'Cache');
  return join(home, '.cache', 'quiesce');
}

/** Files beside the bundle that decide what the facts of a text are. */
const CODE = ['worker.js', 'tree-sitter.wasm', 'tree-sitter-c.wasm'];

/**
 * Names the code that makes facts: the version of their meaning, the tool's version, the engine, and the content of
 * the bundle itself, so that two builds of one version never read each other's facts.
 *
 * @param beside address of a file in the bundle's folder
 * @returns undefined when the code does not run from a bundle, and so has no name
 */
export function codeName(
  toolVersion: string,
  engine: string,
  beside: string = import.meta.url,
): string | undefined {
  const hash = createHash('sha256').update(`${FACTS_VERSION}\0${toolVersion}\0${engine}\0`);
  try {
    for (const file of CODE) hash.update(readFileSync(new URL(`./${file}`, beside)));
  } catch {
    return undefined;
  }
  return hash.digest('hex').slice(0, 16);
}

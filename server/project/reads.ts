import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TreeFiles } from '../tree/files.ts';

/** What an audit asked the disk, so that a later one can tell whether it would be answered alike. */
export class Reads {
  /** Files whose every change matters, by absolute path. */
  readonly texts = new Set<string>();
  /** Directories whose entries matter: those listed, and those in which something was looked for. */
  readonly dirs = new Set<string>();
  private readonly nearest = new Map<string, string>();

  /** The same files; what is asked of them is noted. */
  watch(disk: TreeFiles): TreeFiles {
    return {
      text: (path) => {
        this.dirs.add(this.near(dirname(path)));
        const text = disk.text(path);
        if (text !== undefined) this.texts.add(path);
        return text;
      },
      exists: (path) => {
        this.dirs.add(this.near(dirname(path)));
        return disk.exists(path);
      },
      list: (dir) => {
        this.dirs.add(this.near(dir));
        return disk.list(dir);
      },
      size: (path) => disk.size(path),
      over: (path) => disk.over(path),
    };
  }

  /** The directory itself, or the nearest above it that is there: its entries tell when that changes. */
  private near(dir: string): string {
    let found = this.nearest.get(dir);
    if (found === undefined) {
      const isThere = statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
      found = isThere || dirname(dir) === dir ? dir : this.near(dirname(dir));
      this.nearest.set(dir, found);
    }
    return found;
  }
}

/** Numbers of a stamp. */
export const STAMP = 4;
/** What changed less than this before may change again within one tick of the file system's clock. */
const RACY_MS = 2000;

/**
 * Writes what tells whether a path changed into `stamps`: size, times and inode, of a directory times and inode.
 * @returns false, and NaN for every number, when the path can't be told from its next state
 */
export function stampInto(stamps: Float64Array, index: number, path: string, before: number): boolean {
  const at = index * STAMP;
  const stat = statOf(path);
  if (!stat || Math.max(stat.mtimeMs, stat.ctimeMs) > before - RACY_MS) {
    stamps.fill(Number.NaN, at, at + STAMP);
    return false;
  }
  stamps[at] = stat.isDirectory() ? 0 : stat.size;
  stamps[at + 1] = stat.mtimeMs;
  stamps[at + 2] = stat.ctimeMs;
  stamps[at + 3] = stat.ino;
  return true;
}

/** Whether a path is as its stamp says. */
export function isAsStamped(stamps: Float64Array, index: number, path: string): boolean {
  const at = index * STAMP;
  const stat = statOf(path);
  return (
    stat !== undefined &&
    stamps[at + 1] === stat.mtimeMs &&
    stamps[at + 2] === stat.ctimeMs &&
    stamps[at + 3] === stat.ino &&
    (stamps[at] === stat.size || stat.isDirectory())
  );
}

/** Names and kinds of a directory's entries, as a short text: a file replaced by another of its name changes nothing. */
export function listingOf(dir: string): string {
  try {
    const entries = readdirSync(dir, { withFileTypes: true });
    const names = entries.map((entry) => `${entry.name}\0${kindOf(entry)}`).sort();
    return createHash('sha256').update(names.join('\n')).digest('base64').slice(0, 22);
  } catch {
    return '';
  }
}

function kindOf(entry: Dirent): string {
  return entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : entry.isFile() ? 'f' : 'o';
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

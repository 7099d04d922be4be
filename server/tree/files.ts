/** What is read of a tree: the file system, and over it texts that are not, or not yet, on disk. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * Texts by absolute path that win over the disk everywhere in an audit; null for a file that is absent. As all text
 * that is read: latin1, one character a byte.
 */
export type Overlay = ReadonlyMap<string, string | null>;

/** Reads files of a tree. Never throws: what can't be read is not there. */
export interface TreeFiles {
  /** A file's text as latin1; undefined when it is none or can't be read. */
  text(path: string): string | undefined;
  /** Whether a file or a directory is there. */
  exists(path: string): boolean;
  /** The names in a directory, in no order; undefined when it is none. */
  list(dir: string): string[] | undefined;
  /** Bytes of a file, 0 where there is none. */
  size(path: string): number;
  /** The overlay's text of a path; null where it says that the file is absent, undefined where the disk speaks. */
  over(path: string): string | null | undefined;
}

/** The file system as it is. */
export const DISK: TreeFiles = {
  text(path) {
    try {
      return statSync(path).isFile() ? readFileSync(path, 'latin1') : undefined;
    } catch {
      return undefined;
    }
  },
  exists: existsSync,
  list(dir) {
    try {
      return readdirSync(dir);
    } catch {
      return undefined;
    }
  },
  size(path) {
    try {
      return statSync(path).size;
    } catch {
      return 0;
    }
  },
  over: () => undefined,
};

/** The file system with an overlay above it; without one, the file system itself. */
export function filesUnder(overlay?: Overlay): TreeFiles {
  return overlay === undefined || overlay.size === 0 ? DISK : new Overlaid(overlay);
}

class Overlaid implements TreeFiles {
  private readonly texts: Map<string, string | null>;
  /** Names that the overlay adds to directories, those that the disk lacks and those that it has. */
  private readonly added = new Map<string, Set<string>>();

  constructor(overlay: Overlay) {
    this.texts = new Map([...overlay].map(([path, text]) => [resolve(path), text]));
    for (const [path, text] of this.texts) if (text !== null) this.place(path);
  }

  private place(path: string): void {
    const dir = dirname(path);
    const names = this.added.get(dir);
    const name = path.slice(dir === '/' ? 1 : dir.length + 1);
    if (names) names.add(name);
    else {
      this.added.set(dir, new Set([name]));
      if (dirname(dir) !== dir) this.place(dir);
    }
  }

  text(path: string): string | undefined {
    const text = this.over(path);
    return text === undefined ? DISK.text(path) : (text ?? undefined);
  }

  exists(path: string): boolean {
    const text = this.over(path);
    if (text === null) return false;
    return text !== undefined || this.added.has(resolve(path)) || DISK.exists(path);
  }

  list(dir: string): string[] | undefined {
    const names = DISK.list(dir);
    const added = this.added.get(resolve(dir));
    if (!names) return added && [...added];
    const kept = names.filter((name) => this.over(join(dir, name)) !== null);
    return added ? [...new Set([...kept, ...added])] : kept;
  }

  size(path: string): number {
    return this.over(path)?.length ?? DISK.size(path);
  }

  over(path: string): string | null | undefined {
    return this.texts.get(resolve(path));
  }
}

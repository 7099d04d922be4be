import { accessSync, constants, type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Overlay } from './files.ts';

/** Something below a named path that was not read, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** The C files below some paths. */
export interface Walked {
  /** Absolute paths, sorted, each once. */
  readonly files: string[];
  readonly skipped: Skipped[];
  /** Absolute paths of the directories whose entries decide what is in `files`. */
  readonly dirs: string[];
}

/** A path that the user named and that cannot be read. */
export class UnreadablePath extends Error {
  override readonly name = 'UnreadablePath';
}

/**
 * Collects `.c` and `.h` files. A file named itself is taken whatever its ending; a directory is walked whole, without
 * hidden directories, `node_modules` and build output (`*.mod.c`). Symbolic links are followed after everything that
 * has no link in its path, so that a file is listed under its own name; each directory is walked once.
 * @param overlay files that are there whatever the disk says, or (null) are not
 * @throws UnreadablePath when a named path does not exist or cannot be read
 */
export function walkPaths(paths: readonly string[], overlay: Overlay = new Map()): Walked {
  const walk = new Walk(overlay);
  for (const path of paths) walk.named(path);
  for (const [path, text] of overlay) if (text === null) walk.files.delete(resolve(path));
  return { files: [...walk.files].sort(), skipped: walk.skipped, dirs: [...walk.dirs] };
}

class Walk {
  readonly files = new Set<string>();
  readonly skipped: Skipped[] = [];
  readonly dirs = new Set<string>();
  /** Directories walked, by their real paths. */
  private readonly seen = new Set<string>();
  private readonly directories: string[] = [];
  private readonly links: string[] = [];
  private readonly overlay: Overlay;

  constructor(overlay: Overlay) {
    this.overlay = new Map([...overlay].map(([path, text]) => [resolve(path), text]));
  }

  named(path: string): void {
    const absolute = resolve(path);
    const text = this.overlay.get(absolute);
    if (text === null) throw new UnreadablePath(`${path}: no such file or directory`);
    if (text !== undefined) {
      this.files.add(absolute);
      return;
    }
    try {
      const stat = statSync(absolute, { throwIfNoEntry: false });
      if (!stat) {
        if (this.laidBelow(absolute)) return;
        throw new UnreadablePath(`${path}: no such file or directory`);
      }
      if (stat.isDirectory()) {
        readdirSync(absolute);
        this.laidBelow(absolute);
        this.directories.push(absolute);
      } else if (stat.isFile()) {
        accessSync(absolute, constants.R_OK);
        this.files.add(absolute);
        this.dirs.add(dirname(absolute));
        return;
      } else {
        throw new UnreadablePath(`${path}: ${kindOf(stat)}, neither a file nor a directory`);
      }
    } catch (error) {
      if (error instanceof UnreadablePath) throw error;
      throw new UnreadablePath(`${path}: ${reasonOf(error)}`);
    }
    for (;;) {
      const directory = this.directories.pop();
      if (directory !== undefined) {
        this.directory(directory);
        continue;
      }
      const link = this.links.shift();
      if (link === undefined) return;
      this.link(link);
    }
  }

  /** Takes the sources that the overlay has below a directory; true when it has any file there. */
  private laidBelow(dir: string): boolean {
    let any = false;
    for (const [file, text] of this.overlay) {
      if (text === null || !file.startsWith(`${dir}${sep}`)) continue;
      any = true;
      const isHidden = /(?:^|\/)(?:\.|node_modules\/)/.test(fromRoot(dir, file));
      if (isSource(file) && !isHidden) this.files.add(file);
    }
    return any;
  }

  private directory(dir: string): void {
    let entries: Dirent[];
    try {
      const real = realpathSync(dir);
      if (this.seen.has(real)) return;
      this.seen.add(real);
      entries = readdirSync(dir, { withFileTypes: true });
      this.dirs.add(dir);
    } catch (error) {
      this.skip(dir, reasonOf(error));
      return;
    }
    for (const entry of entries) this.entry(join(dir, entry.name), entry);
  }

  private entry(path: string, entry: Dirent): void {
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') this.directories.push(path);
    } else if (entry.isSymbolicLink()) {
      if (!entry.name.startsWith('.')) this.links.push(path);
    } else if (!entry.isFile()) {
      this.skip(path, kindOf(entry));
    } else if (isSource(entry.name)) {
      this.files.add(path);
    }
  }

  private link(path: string): void {
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) {
        const real = realpathSync(path);
        const here = realpathSync(dirname(path));
        if (here === real || here.startsWith(`${real}${sep}`)) {
          this.skip(path, 'directory loop by a symbolic link');
        } else {
          this.directories.push(path);
        }
      } else if (!stat.isFile()) {
        this.skip(path, kindOf(stat));
      } else if (isSource(path) && !this.files.has(realpathSync(path))) {
        this.files.add(path);
      }
    } catch (error) {
      // A dangling link to something that is no source hides nothing from the audit.
      if (isSource(path) || (error as NodeJS.ErrnoException).code === 'ELOOP')
        this.skip(path, reasonOf(error));
    }
  }

  private skip(path: string, reason: string): void {
    this.skipped.push({ path, reason });
  }
}

function kindOf(entry: Dirent | Stats): string {
  if (entry.isFIFO()) return 'a named pipe';
  if (entry.isSocket()) return 'a socket';
  if (entry.isBlockDevice() || entry.isCharacterDevice()) return 'a device';
  return 'not a regular file';
}

/** True for names that a walk takes: C sources and headers, without what a build writes. */
export function isSource(name: string): boolean {
  return /\.[ch]$/.test(name) && !name.endsWith('.mod.c');
}

/** The path from a root, with forward slashes. */
export function fromRoot(root: string, path: string): string {
  const tail = relative(root, path);
  return sep === '/' ? tail : tail.split(sep).join('/');
}

/** A system error in words. */
export function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return 'no such file or directory';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'ELOOP':
      return 'too many symbolic links';
    case 'EISDIR':
      return 'is a directory';
    case 'ENOTDIR':
      return 'not a directory';
    case 'ENOSPC':
      return 'no space left on the device';
    case 'EDQUOT':
      return 'disk quota exceeded';
    case 'EROFS':
      return 'the file system is read-only';
    case 'ENAMETOOLONG':
      return 'the file name is too long';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

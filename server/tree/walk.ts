import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

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
}

/** A path that the user named and that cannot be read. */
export class UnreadablePath extends Error {
  override readonly name = 'UnreadablePath';
}

/**
 * Collects `.c` and `.h` files. A file named itself is taken whatever its ending; a directory is walked whole, without
 * hidden directories and build output (`*.mod.c`).
 * @throws UnreadablePath when a named path does not exist or cannot be read
 */
export function walkPaths(paths: readonly string[]): Walked {
  const files = new Set<string>();
  const skipped: Skipped[] = [];
  for (const path of paths) {
    const absolute = resolve(path);
    let stat: ReturnType<typeof statSync>;
    try {
      stat = statSync(absolute);
    } catch (error) {
      throw new UnreadablePath(`${path}: ${reasonOf(error)}`);
    }
    if (stat.isDirectory()) walkDirectory(absolute, path);
    else if (stat.isFile()) files.add(absolute);
    else throw new UnreadablePath(`${path}: neither a file nor a directory`);
  }
  return { files: [...files].sort(), skipped };

  function walkDirectory(start: string, named: string): void {
    const seen = new Set<string>();
    const pending = [start];
    for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
      let entries: Dirent[];
      try {
        const real = realpathSync(dir);
        if (seen.has(real)) {
          skipped.push({ path: dir, reason: 'directory loop by a symbolic link' });
          continue;
        }
        seen.add(real);
        entries = readdirSync(dir, { withFileTypes: true });
      } catch (error) {
        if (dir === start) throw new UnreadablePath(`${named}: ${reasonOf(error)}`);
        skipped.push({ path: dir, reason: reasonOf(error) });
        continue;
      }
      for (const entry of entries) visit(dir, entry, pending, seen);
    }
  }

  function visit(dir: string, entry: Dirent, pending: string[], seen: Set<string>): void {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.') && entry.name !== 'node_modules') pending.push(path);
      return;
    }
    if (entry.isSymbolicLink()) {
      followLink(path, entry.name, pending, seen);
      return;
    }
    if (!isSource(entry.name)) return;
    if (entry.isFile()) files.add(path);
    else skipped.push({ path, reason: 'not a regular file' });
  }

  function followLink(path: string, name: string, pending: string[], seen: Set<string>): void {
    try {
      const stat = statSync(path);
      if (stat.isDirectory()) {
        if (seen.has(realpathSync(path))) skipped.push({ path, reason: 'directory loop by a symbolic link' });
        else pending.push(path);
      } else if (isSource(name)) {
        if (stat.isFile()) files.add(path);
        else skipped.push({ path, reason: 'not a regular file' });
      }
    } catch (error) {
      if (isSource(name)) skipped.push({ path, reason: reasonOf(error) });
    }
  }
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
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

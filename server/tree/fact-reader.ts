/** A kernel tree on disk as `server/kernel/confirm.ts` wants it, and the search for names that moved. */
import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TreeReader } from '../kernel/confirm.ts';
import {
  confirmTables,
  FACT_TABLES,
  type FactTable,
  type TableConfirmation,
} from '../kernel/confirm-tables.ts';
import { DISK, type TreeFiles } from './files.ts';
import type { KernelRoot } from './root.ts';

/** Where a name may have moved to, besides its own neighbourhood and `include/`. */
const FOLDERS = ['drivers', 'sound', 'net', 'kernel', 'block', 'lib', 'mm', 'crypto', 'arch'];
/** Bigger files are register tables: nothing that a row names is declared in one. */
const BIGGEST = 1024 * 1024;

/**
 * Reads every row of `server/kernel/` again in a tree. First each row in the file that it names; then the names that
 * were not there are searched in the neighbourhood, in `include/` and in the rest of the tree, and their rows are read
 * once more. Unreadable files count as absent.
 *
 * @param search `near` leaves out the rest of the tree, and names whose file is gone: for a run that has no ten
 *   seconds for it
 */
export function confirmTree(
  kernel: Pick<KernelRoot, 'root' | 'version'>,
  search: 'near' | 'all' = 'all',
  tables: readonly FactTable[] = FACT_TABLES,
  disk: TreeFiles = DISK,
): TableConfirmation[] {
  const texts = new Map<string, string | undefined>();
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) texts.set(path, readText(disk, join(kernel.root, path)));
    return texts.get(path);
  };
  const missing = new Map<string, Set<string>>();
  const first: TreeReader = {
    version: kernel.version,
    read,
    find(name, file) {
      if (search === 'near' && read(file) === undefined) return [];
      const near = missing.get(name) ?? new Set();
      missing.set(name, near.add(neighbourhood(file)));
      return [];
    },
  };
  const asNamed = confirmTables(first, tables);
  if (missing.size === 0) return asNamed;
  const moved = findMoved(kernel.root, missing, search, disk);
  const second: TreeReader = { version: kernel.version, read, find: (name) => moved.get(name) ?? [] };
  // Only a row that is not confirmed can be changed by what the search found.
  const again = tables.map((table, at) => {
    const open = new Set(asNamed[at]!.rows.filter((row) => row.state !== 'confirmed').map(keyOf));
    const rows = table.rows.filter((row) => open.has(keyOf({ name: table.nameOf(row), source: row.source })));
    return { ...table, rows };
  });
  const found = confirmTables(second, again);
  return asNamed.map((one, at) => {
    const better = new Map(found[at]!.rows.map((row) => [keyOf(row), row]));
    return { ...one, rows: one.rows.map((row) => better.get(keyOf(row)) ?? row) };
  });
}

function keyOf(row: { readonly name: string; readonly source: string }): string {
  return `${row.name}\0${row.source}`;
}

/** The two topmost folders of a path: `drivers/tty`, `include/linux`, `mm`. */
function neighbourhood(file: string): string {
  return file.split('/').slice(0, -1).slice(0, 2).join('/');
}

/** Files that declare names at the start of a line, headers and exporting files first. */
function findMoved(
  root: string,
  missing: ReadonlyMap<string, ReadonlySet<string>>,
  search: 'near' | 'all',
  disk: TreeFiles,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const near = new Set([...missing.values()].flatMap((folders) => [...folders]));
  const stages = [[...near], ['include'], ...(search === 'all' ? [FOLDERS] : [])];
  const seen = new Set<string>();
  for (const folders of stages) {
    const names = [...missing.keys()].filter((name) => !found.has(name));
    if (names.length === 0) break;
    const files = folders.flatMap((folder) => sourcesBelow(root, folder)).filter((file) => !seen.has(file));
    searchFiles(root, files, names, found, disk);
    for (const file of files) seen.add(file);
  }
  return found;
}

function searchFiles(
  root: string,
  files: readonly string[],
  names: readonly string[],
  found: Map<string, string[]>,
  disk: TreeFiles,
): void {
  const any = names.join('|');
  const mentioned = new RegExp(`\\b(?:${any})\\b`);
  const declared = new RegExp(
    `^(?:[A-Za-z_][^;{}()=#\\n]*?\\b(${any})\\s*[[(=;]|(${any})\\s*\\(|[ \\t]*#[ \\t]*define[ \\t]+(${any})\\b|struct\\s+(${any})\\s*\\{)`,
    'gm',
  );
  for (const file of files) {
    const text = readText(disk, join(root, file));
    if (text === undefined || !mentioned.test(text)) continue;
    for (const match of text.matchAll(declared)) {
      const name = (match[1] ?? match[2] ?? match[3] ?? match[4])!;
      const paths = found.get(name) ?? [];
      found.set(name, paths);
      if (paths.includes(file)) continue;
      const first =
        file.startsWith('include/') || new RegExp(`EXPORT_SYMBOL\\w*\\(\\s*${name}\\b`).test(text);
      if (first) paths.unshift(file);
      else paths.push(file);
    }
  }
}

function sourcesBelow(root: string, folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : sourcesBelow(root, path);
    return entry.isFile() && /\.[ch]$/.test(entry.name) ? [path] : [];
  });
}

function readText(disk: TreeFiles, path: string): string | undefined {
  return disk.size(path) > BIGGEST ? undefined : disk.text(path);
}

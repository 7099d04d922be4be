/**
 * Reads every row of `server/kernel/` again in kernel trees and prints what is confirmed, changed or could not be
 * checked. Exit 1 when a row changed. With VERBOSE in the environment also what moved or is there against its range.
 *
 *     npx esbuild test/tools/check-kernel-facts.ts --bundle --platform=node --format=esm --outfile=/tmp/check.mjs
 *     node /tmp/check.mjs TREE…
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  applies,
  type Confirmation,
  confirmBus,
  confirmDma,
  confirmHandler,
  confirmRegistration,
  confirmSource,
  confirmStatement,
  splitSource,
  type TreeReader,
} from '../../server/kernel/confirm.ts';
import {
  BUSES,
  DMA_API,
  FALSE_HOOKS,
  HANDLERS,
  LIBRARIES,
  NOT_DMA,
  QUIESCE,
  REGISTRATIONS,
  RUNTIME_HOLDERS,
  SIDE_HOOKS,
  SMMU_STATEMENTS,
  type Sourced,
  VALUE_WRAPPERS,
  WRAPPERS,
} from '../../server/kernel/index.ts';
import { SUBSYSTEMS } from '../../server/kernel/subsystems.ts';

const FOLDERS = ['include', 'drivers', 'sound', 'net', 'kernel', 'block', 'lib', 'mm', 'crypto', 'arch'];

/** Opens a tree; files are read once, the search for moved names reads everything at most once. */
export function openTree(root: string, wanted: ReadonlySet<string>): TreeReader {
  const makefile = readFileSync(join(root, 'Makefile'), 'latin1');
  const version = `${/^VERSION = (\d+)/m.exec(makefile)?.[1]}.${/^PATCHLEVEL = (\d+)/m.exec(makefile)?.[1]}`;
  const texts = new Map<string, string | undefined>();
  let moved: Map<string, string[]> | undefined;
  const read = (path: string): string | undefined => {
    if (!texts.has(path)) {
      const full = join(root, path);
      texts.set(path, existsSync(full) ? readFileSync(full, 'latin1') : undefined);
    }
    return texts.get(path);
  };
  return {
    version,
    read,
    find(name) {
      moved ??= search(root, wanted);
      return moved.get(name) ?? [];
    },
  };
}

/** Files in which one of the names is declared at the start of a line; headers and exporting files first. */
function search(root: string, wanted: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const candidate =
    /^(?:[A-Za-z_][^;{}()=#\n]*?\b(\w+)\s*[[(=;]|[ \t]*#[ \t]*define[ \t]+(\w+)|struct\s+(\w+)\s*\{)/gm;
  for (const file of FOLDERS.flatMap((folder) => walk(join(root, folder)))) {
    const text = readFileSync(file, 'latin1');
    for (const match of text.matchAll(candidate)) {
      const name = match[1] ?? match[2] ?? match[3]!;
      if (!wanted.has(name)) continue;
      const files = found.get(name) ?? [];
      found.set(name, files);
      const path = relative(root, file);
      if (files.includes(path)) continue;
      if (path.startsWith('include/') || new RegExp(`EXPORT_SYMBOL\\w*\\(\\s*${name}\\b`).test(text))
        files.unshift(path);
      else files.push(path);
    }
  }
  return found;
}

function walk(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() && /\.[ch]$/.test(entry.name) ? [path] : [];
  });
}

/** Every table with the check of its rows; a row is called by `name`. */
const TABLES: readonly {
  table: string;
  rows: readonly Sourced[];
  confirm: (row: never, tree: TreeReader) => Confirmation;
}[] = [
  { table: 'buses', rows: BUSES, confirm: confirmBus },
  { table: 'wrappers', rows: [...WRAPPERS, ...RUNTIME_HOLDERS], confirm: confirmSource },
  { table: 'dma-api', rows: DMA_API, confirm: confirmDma },
  { table: 'libraries', rows: LIBRARIES, confirm: confirmDma },
  { table: 'registration', rows: REGISTRATIONS, confirm: confirmRegistration },
  { table: 'quiesce', rows: QUIESCE, confirm: confirmSource },
  { table: 'false hooks', rows: FALSE_HOOKS, confirm: confirmSource },
  { table: 'value wrappers', rows: VALUE_WRAPPERS, confirm: confirmSource },
  { table: 'handlers', rows: HANDLERS, confirm: confirmHandler },
  { table: 'side hooks', rows: SIDE_HOOKS, confirm: confirmSource },
  { table: 'not DMA', rows: NOT_DMA, confirm: confirmSource },
  { table: 'smmu', rows: SMMU_STATEMENTS, confirm: confirmStatement },
  { table: 'subsystems', rows: SUBSYSTEMS, confirm: confirmSource },
];

const verbose = process.env.VERBOSE !== undefined;

function main(trees: readonly string[]): number {
  if (trees.length === 0) {
    console.error('check-kernel-facts: name at least one kernel tree');
    return 2;
  }
  const wanted = new Set(TABLES.flatMap(({ rows }) => rows.map((row) => splitSource(row.source).name)));
  let bad = 0;
  for (const root of trees) {
    const tree = openTree(root, wanted);
    console.log(`${tree.version}:`);
    for (const { table, rows, confirm } of TABLES) {
      const count = { confirmed: 0, changed: 0, 'could-not-check': 0, 'not this version': 0 };
      for (const row of rows) {
        if (!applies(row, tree)) {
          count['not this version']++;
          if (confirmSource(row, tree).state === 'confirmed' && verbose) {
            console.log(`  ${table}: ${row.source}: is there although the row is for other versions`);
          }
          continue;
        }
        const { state, why } = confirm(row as never, tree);
        count[state]++;
        if (state !== 'confirmed') console.log(`  ${table}: ${row.source}: ${state}: ${why}`);
        else if (why !== 'as the row says' && verbose) console.log(`  ${table}: ${row.source}: ${why}`);
      }
      bad += count.changed;
      console.log(
        `  ${table}: ${rows.length} rows, ${count.confirmed} confirmed, ${count.changed} changed, ` +
          `${count['could-not-check']} could not be checked, ${count['not this version']} for other versions`,
      );
    }
  }
  return bad > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));

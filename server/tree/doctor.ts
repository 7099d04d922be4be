/** What `quiesce doctor` finds out: the machine's side, the tree's side, and what the tree says of every kernel fact. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Engine, openParser } from '../../grammars/parser.ts';
import type { RowConfirmation, TableConfirmation } from '../kernel/confirm-tables.ts';
import { confirmTree } from './fact-reader.ts';
import { onDisk, readModules } from './kbuild/index.ts';
import type { KernelRoot } from './root.ts';

/** The parser engine that an audit would use, and whether the optional native one loads. */
export interface EngineState {
  readonly used: 'wasm' | 'native';
  readonly native: { readonly loads: boolean; readonly why: string | null };
}

/** What Kbuild has to say in a tree. */
export interface KbuildState {
  /** `.config` is there: modules can be told from what is not built. */
  readonly config: boolean;
  /** The tree was built: `Module.symvers` or `vmlinux` is there. */
  readonly built: boolean;
  /** Directories whose Makefile was read, and what they make. */
  readonly directories: number;
  readonly modules: number;
  /** Words of object lists that could not be evaluated; the first of them as `dir: word`. */
  readonly unresolved: number;
  readonly unresolvedWords: readonly string[];
}

export interface TableReport {
  readonly table: string;
  readonly rows: number;
  readonly confirmed: number;
  readonly changed: number;
  readonly couldNotCheck: number;
  readonly otherVersions: number;
  /** Rows that are not plainly confirmed, or that were found in another file: each with its why. */
  readonly remarks: readonly RowConfirmation[];
}

export interface TreeReport {
  readonly root: string;
  readonly version: string;
  readonly full: string;
  readonly kbuild: KbuildState;
  readonly tables: readonly TableReport[];
  readonly totals: Omit<TableReport, 'table' | 'remarks'>;
}

/** Which engine opens, and what the native one answers. Never throws but for an engine asked for by name. */
export async function engineState(engine: Engine): Promise<EngineState> {
  let native: EngineState['native'] = { loads: true, why: null };
  try {
    (await openParser({ engine: 'native' })).dispose();
  } catch (error) {
    native = { loads: false, why: error instanceof Error ? error.message : String(error) };
  }
  const parser = await openParser({ engine: engine === 'native' && !native.loads ? 'auto' : engine });
  try {
    return { used: parser.engine, native };
  } finally {
    parser.dispose();
  }
}

/** Reads a tree's Makefiles and every kernel fact in it. */
export function examineTree(kernel: KernelRoot): TreeReport {
  const tables = confirmTree(kernel).map(reportOf);
  const sum = (count: (table: TableReport) => number): number =>
    tables.reduce((total, table) => total + count(table), 0);
  return {
    root: kernel.root,
    version: kernel.version,
    full: kernel.full,
    kbuild: kbuildState(kernel.root),
    tables,
    totals: {
      rows: sum((table) => table.rows),
      confirmed: sum((table) => table.confirmed),
      changed: sum((table) => table.changed),
      couldNotCheck: sum((table) => table.couldNotCheck),
      otherVersions: sum((table) => table.otherVersions),
    },
  };
}

function reportOf({ table, rows, otherVersions }: TableConfirmation): TableReport {
  const count = (state: RowConfirmation['state']): number => rows.filter((row) => row.state === state).length;
  return {
    table,
    rows: rows.length,
    confirmed: count('confirmed'),
    changed: count('changed'),
    couldNotCheck: count('could-not-check'),
    otherVersions,
    remarks: rows.filter((row) => row.state !== 'confirmed' || row.why !== 'as the row says'),
  };
}

function kbuildState(root: string): KbuildState {
  const map = readModules({ root, dirs: [''], ...onDisk });
  return {
    config: existsSync(join(root, '.config')),
    built: existsSync(join(root, 'Module.symvers')) || existsSync(join(root, 'vmlinux')),
    directories: map.directories.length,
    modules: map.modules.length,
    unresolved: map.unresolved.count,
    unresolvedWords: map.unresolved.words.slice(0, 5).map(({ dir, word }) => `${dir || '.'}: ${word}`),
  };
}

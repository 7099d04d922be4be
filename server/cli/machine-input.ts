/** The machine that a command line names, and the drivers to join it with. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Driver } from '../audit/model.ts';
import { joinMachine } from '../board/join.ts';
import type { JoinedMachine, Machine } from '../board/model.ts';
import { withIdNumbers } from '../project/id-numbers.ts';
import { machineFiles, machineFromFiles } from '../project/machine.ts';
import { configsHold } from '../tree/kbuild/index.ts';
import { reasonOf } from '../tree/walk.ts';
import { type AuditFlags, runAudit } from './audit.ts';
import { asUsage } from './simulate-machine.ts';
import { UsageError } from './usage.ts';

/** Folders of a kernel tree with drivers. */
const FOLDERS = ['drivers', 'sound', 'net', 'arch', 'fs', 'kernel'];

/** Options that say which drivers a machine is joined with. */
export interface InventoryFlags extends AuditFlags {
  readonly inventory?: string;
}

/** Adds `--inventory`. */
export function withInventoryFlag(command: Command): Command {
  return command.option(
    '--inventory <file>',
    'drivers as `quiesce inventory --format jsonl` wrote them, instead of reading a tree',
  );
}

/** The machine that files describe; what each file is, its contents tell. @throws UsageError */
export function machineOf(paths: readonly string[]): Machine {
  try {
    return machineFromFiles(paths);
  } catch (error) {
    throw asUsage(error);
  }
}

/** A machine joined with the drivers that the options name. @throws UsageError */
export async function joinedMachine(paths: readonly string[], flags: InventoryFlags): Promise<JoinedMachine> {
  const machine = machineOf(paths);
  return joinMachine(machine, await inventoryOf(flags), configsHold);
}

/** Machines joined with the drivers that the options name: one for each snapshot, or device tree. @throws UsageError */
export async function joinedMachines(
  paths: readonly string[],
  flags: InventoryFlags,
): Promise<JoinedMachine[]> {
  const drivers = await inventoryOf(flags);
  try {
    return machineFiles(paths).map((files) => joinMachine(machineOf(files), drivers, configsHold));
  } catch (error) {
    throw asUsage(error);
  }
}

/** Drivers of a saved inventory, or of the whole tree. @throws UsageError */
export async function inventoryOf(flags: InventoryFlags): Promise<readonly Driver[]> {
  if (flags.inventory === undefined) {
    if (flags.tree === undefined)
      throw new UsageError('no drivers to join with: give --inventory FILE.jsonl or --tree DIR');
    return driversOfTree(flags.tree, flags);
  }
  let text: string;
  try {
    text = readFileSync(flags.inventory, 'utf8');
  } catch (error) {
    throw new UsageError(`--inventory ${flags.inventory}: ${reasonOf(error)}`);
  }
  return text.split('\n').flatMap((line, at) => (line.trim() ? [driverOf(line, flags.inventory!, at)] : []));
}

/** The drivers of a whole tree: of its folders that have any, of all of it where it has none of them. @throws UsageError */
export async function driversOfTree(tree: string, flags: AuditFlags): Promise<readonly Driver[]> {
  const folders = FOLDERS.map((folder) => join(tree, folder)).filter((folder) => existsSync(folder));
  return withIdNumbers(await runAudit(folders.length > 0 ? folders : [tree], { ...flags, tree }));
}

function driverOf(line: string, file: string, at: number): Driver {
  try {
    const driver = JSON.parse(line) as Driver;
    if (driver.match && driver.hook && driver.findings)
      return {
        ...driver,
        name: driver.name ?? null,
        configs: driver.configs ?? [],
        creates: driver.creates ?? [],
      };
  } catch {
    // Said below.
  }
  throw new UsageError(
    `--inventory ${file}:${at + 1}: no line of an inventory; make one with \`quiesce inventory --format jsonl\``,
  );
}

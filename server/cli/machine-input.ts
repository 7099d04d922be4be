/** Files that describe one machine, and the drivers to join it with. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { parseDeviceTree } from '../../simulator/machine/devicetree.ts';
import { isDtb } from '../../simulator/machine/dtb.ts';
import { boardFromIomem } from '../../simulator/machine/iomem.ts';
import type { Driver } from '../audit/model.ts';
import { joinMachine } from '../board/join.ts';
import type { JoinedMachine, Machine } from '../board/model.ts';
import { type MachineInputs, readMachine } from '../board/read.ts';
import { isSnapshot, readSnapshot } from '../board/snapshot.ts';
import { configsHold } from '../tree/kbuild/index.ts';
import { reasonOf } from '../tree/walk.ts';
import { type AuditFlags, runAudit } from './audit.ts';
import { asUsage } from './simulate-machine.ts';
import { UsageError } from './usage.ts';

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
  let inputs: MachineInputs = { sources: paths };
  for (const path of paths) {
    try {
      inputs = { ...inputs, ...inputOf(path, new Uint8Array(readFileSync(path)), inputs) };
    } catch (error) {
      const known = asUsage(error);
      throw known instanceof UsageError ? known : new UsageError(`${path}: ${reasonOf(error)}`);
    }
  }
  return readMachine(inputs);
}

/** A machine joined with the drivers that the options name. @throws UsageError */
export async function joinedMachine(paths: readonly string[], flags: InventoryFlags): Promise<JoinedMachine> {
  const machine = machineOf(paths);
  return joinMachine(machine, await inventoryOf(flags), configsHold);
}

/** Drivers of a saved inventory, or of the whole tree. @throws UsageError */
export async function inventoryOf(flags: InventoryFlags): Promise<readonly Driver[]> {
  if (flags.inventory === undefined) {
    if (flags.tree === undefined)
      throw new UsageError('no drivers to join with: give --inventory FILE.jsonl or --tree DIR');
    const folders = ['drivers', 'sound', 'net'].map((folder) => `${flags.tree}/${folder}`);
    return (await runAudit(folders, flags)).drivers;
  }
  let text: string;
  try {
    text = readFileSync(flags.inventory, 'utf8');
  } catch (error) {
    throw new UsageError(`--inventory ${flags.inventory}: ${reasonOf(error)}`);
  }
  return text.split('\n').flatMap((line, at) => (line.trim() ? [driverOf(line, flags.inventory!, at)] : []));
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

/** What one file adds. */
function inputOf(path: string, bytes: Uint8Array, before: MachineInputs): Partial<MachineInputs> {
  if (isDtb(bytes)) return { tree: parseDeviceTree(bytes, path) };
  const text = Buffer.from(bytes).toString('latin1');
  if (isSnapshot(text)) return readSnapshot(text, path);
  if (/^\s*\/dts-v1\//m.test(text)) return { tree: parseDeviceTree(bytes, path) };
  if (/^(?:# )?CONFIG_\w+[= ]/m.test(text)) return { config: text };
  if (/^alias \S+ \S+$/m.test(text) || /(?:^|\0)[\w-]+\.alias=/.test(text))
    return { aliases: `${before.aliases ?? ''}\n${text}` };
  if (/^\S+\.k?o(?:\.\w+)?$/m.test(text))
    return /builtin/.test(basename(path)) ? { builtin: text } : { order: text };
  if (/^[0-9a-f ]+-[0-9a-f]+ : /m.test(text)) return { memory: boardFromIomem(text, { where: path }) };
  if (/^\w+\s+\d+\s+\d+/m.test(text)) return { lsmod: text };
  throw new UsageError(
    `${path}: not a device tree (.dtb, .dts), a .config, modules.builtin, modules.order, modules.alias, lsmod's output, /proc/iomem or a snapshot`,
  );
}

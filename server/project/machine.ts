/** Reads the files that describe one machine. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError } from '../../simulator/machine/address.ts';
import { parseDeviceTree } from '../../simulator/machine/devicetree.ts';
import { isDtb } from '../../simulator/machine/dtb.ts';
import { boardFromIomem } from '../../simulator/machine/iomem.ts';
import type { Machine } from '../board/model.ts';
import { type MachineInputs, readMachine } from '../board/read.ts';
import { isSnapshot, readSnapshot } from '../board/snapshot.ts';
import { reasonOf } from '../tree/walk.ts';

/** Text of a device tree. */
const DTS = /^\s*\/dts-v1\//m;

/** The machine that files describe; what each file is, its contents tell. @throws InputError */
export function machineFromFiles(paths: readonly string[]): Machine {
  let inputs: MachineInputs = { sources: paths };
  for (const path of paths) inputs = { ...inputs, ...inputOf(path, bytesOf(path), inputs) };
  return readMachine(inputs);
}

/**
 * The files of each machine: several snapshots are as many machines, else several device trees are; what else is named
 * is of all of them.
 * @throws InputError
 */
export function machineFiles(paths: readonly string[]): string[][] {
  const kinds = paths.map((path) => headKind(bytesOf(path)));
  for (const kind of ['snapshot', 'tree'] as const) {
    const heads = kinds.flatMap((one, at) => (one === kind ? [at] : []));
    if (heads.length > 1)
      return heads.map((head) => paths.filter((_, at) => at === head || !heads.includes(at)));
  }
  return [[...paths]];
}

/** Whether a file describes a machine as a whole. */
function headKind(bytes: Uint8Array): 'snapshot' | 'tree' | 'part' {
  if (isDtb(bytes)) return 'tree';
  const text = Buffer.from(bytes).toString('latin1');
  if (isSnapshot(text)) return 'snapshot';
  return DTS.test(text) ? 'tree' : 'part';
}

function bytesOf(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new InputError(reasonOf(error), path, 'name a file that can be read');
  }
}

/** What one file adds. */
function inputOf(path: string, bytes: Uint8Array, before: MachineInputs): Partial<MachineInputs> {
  if (isDtb(bytes)) return { tree: parseDeviceTree(bytes, path) };
  const text = Buffer.from(bytes).toString('latin1');
  if (isSnapshot(text)) return readSnapshot(text, path);
  if (DTS.test(text)) return { tree: parseDeviceTree(bytes, path) };
  if (/^(?:# )?CONFIG_\w+[= ]/m.test(text)) return { config: text };
  if (/^alias \S+ \S+$/m.test(text) || /(?:^|\0)[\w-]+\.alias=/.test(text))
    return { aliases: `${before.aliases ?? ''}\n${text}` };
  if (/^\S+\.k?o(?:\.\w+)?$/m.test(text))
    return /builtin/.test(basename(path)) ? { builtin: text } : { order: text };
  if (/^[0-9a-f ]+-[0-9a-f]+ : /m.test(text)) return { memory: boardFromIomem(text, { where: path }) };
  if (/^\w+\s+\d+\s+\d+/m.test(text)) return { lsmod: text };
  throw new InputError(
    'it says nothing of a machine',
    path,
    "give a device tree (.dtb, .dts), a .config, modules.builtin, modules.order, modules.alias, lsmod's output, /proc/iomem or a snapshot",
  );
}

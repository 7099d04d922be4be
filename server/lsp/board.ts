import { dirname, resolve } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { driversOn } from '../board/filter.ts';
import { joinMachine } from '../board/join.ts';
import { machineFromFiles } from '../project/machine.ts';
import { configsHold } from '../tree/kbuild/index.ts';
import type { Session } from './session.ts';

/**
 * Tells which drivers the machine that is configured for a folder binds, as `quiesce check --board` does; undefined
 * where no file of a machine is configured, or it cannot be read.
 */
export function onConfiguredBoard(
  session: Session,
  folder: string,
  drivers: readonly Driver[],
): ((driver: Driver) => boolean) | undefined {
  try {
    const { board } = session.config.store.folder(folder);
    if (!board?.from || !/[./]/.test(board.value)) return undefined;
    const machine = machineFromFiles([resolve(dirname(board.from.path), board.value)]);
    return machine.devices.length > 0 ? driversOn(joinMachine(machine, drivers, configsHold)) : undefined;
  } catch {
    // What is wrong with a configuration, its own diagnostics say.
    return undefined;
  }
}

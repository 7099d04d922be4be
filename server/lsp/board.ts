import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { driversOn } from '../board/filter.ts';
import { joinMachine } from '../board/join.ts';
import type { Machine } from '../board/model.ts';
import { machineFromFiles } from '../project/machine.ts';
import { configsHold } from '../tree/kbuild/index.ts';
import type { Session } from './session.ts';

/** Whether a machine binds a driver. */
export type OnBoard = (driver: Pick<Driver, 'file' | 'instance'>) => boolean;

/** A machine as its file described it, joined with some version of the drivers. */
interface Joined {
  readonly stamp: string;
  readonly machine: Machine;
  version: number;
  isOn: OnBoard | undefined;
}

/** The machines that are configured, read and joined with the drivers again only when either changed. */
export class ConfiguredBoards {
  private readonly session: Session;
  private readonly joined = new Map<string, Joined>();

  constructor(session: Session) {
    this.session = session;
  }

  /**
   * Tells which drivers the machine that is configured for a folder binds, as `quiesce check --board` does; undefined
   * where no file of a machine is configured, or it cannot be read.
   * @param version another one whenever the folder's drivers changed
   */
  filterOf(folder: string, drivers: readonly Driver[], version: number): OnBoard | undefined {
    try {
      const { board } = this.session.config.store.folder(folder);
      if (!board?.from || !/[./]/.test(board.value)) return undefined;
      const known = this.read(folder, resolve(dirname(board.from.path), board.value));
      if (known.version !== version) {
        const { machine } = known;
        known.isOn =
          machine.devices.length > 0 ? driversOn(joinMachine(machine, drivers, configsHold)) : undefined;
        known.version = version;
      }
      return known.isOn;
    } catch {
      // What is wrong with a configuration, its own diagnostics say.
      return undefined;
    }
  }

  private read(folder: string, path: string): Joined {
    const { size, mtimeMs, ctimeMs, ino } = statSync(path);
    const stamp = [path, size, mtimeMs, ctimeMs, ino].join();
    let known = this.joined.get(folder);
    if (known?.stamp !== stamp) {
      known = { stamp, machine: machineFromFiles([path]), version: -1, isOn: undefined };
      this.joined.set(folder, known);
    }
    return known;
  }
}

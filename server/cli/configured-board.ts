import { dirname, resolve } from 'node:path';
import type { ConfigStore } from '../project/config-store.ts';
import type { ScenarioFlags } from './simulate-machine.ts';

/**
 * The options of a simulation with the board that is configured for a driver's file, where none names a machine.
 * @throws ConfigError
 */
export function withConfiguredBoard<F extends ScenarioFlags>(flags: F, file: string, config: ConfigStore): F {
  if (flags.scenario ?? flags.board ?? flags.iomem ?? flags.dtb ?? flags.efi) return flags;
  const { board } = config.folder(dirname(resolve(file)));
  if (!board) return flags;
  if (!/[./]/.test(board.value)) return { ...flags, board: board.value };
  const path = resolve(dirname(board.from!.path), board.value);
  return /\.dt[sb]$/.test(path) ? { ...flags, dtb: path } : { ...flags, iomem: path };
}

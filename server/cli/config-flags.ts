import type { Command } from 'commander';
import { ConfigStore } from '../project/config-store.ts';

/** Options that say which configuration holds. */
export interface ConfigFlags {
  /** A file; false for `--no-config`. */
  readonly config?: string | boolean;
}

/** Adds the options of `ConfigFlags` to a command. */
export function withConfigFlags(command: Command): Command {
  return command
    .option('--config <file>', 'the one configuration to use (default: each .quiesce.yaml above a file)')
    .option('--no-config', 'use no configuration');
}

/** The configurations that a command line asks for. */
export function configOf({ config }: ConfigFlags): ConfigStore {
  if (config === false) return new ConfigStore({ none: true });
  return new ConfigStore(typeof config === 'string' ? { file: config } : {});
}

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readInput, UsageError } from './usage.ts';

/** Options for a text that is on no disk yet. */
export interface StdinFlags {
  readonly stdin?: boolean;
  readonly stdinFilename?: string;
}

/** Adds the options of `StdinFlags` to a command. */
export function withStdinFlags(command: Command): Command {
  return command
    .option('--stdin', "judge standard input as the text of --stdin-filename, in that file's module")
    .option('--stdin-filename <path>', 'the file that standard input is the text of; it need not exist');
}

/**
 * The text on standard input and the absolute path that it stands for; undefined where none is asked for.
 * @throws UsageError
 */
export function stdinText({ stdin, stdinFilename }: StdinFlags): { path: string; text: string } | undefined {
  if (stdinFilename === undefined) {
    if (stdin) throw new UsageError('--stdin: say which file the text is, with --stdin-filename PATH');
    return undefined;
  }
  if (!stdin) throw new UsageError('--stdin-filename: says what --stdin is, which is not given');
  return { path: resolve(stdinFilename), text: readInput('--stdin', '-', 'latin1') };
}

/** Runs the bundled command line as a process, as a user does. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const CLI = resolve('dist/cli.js');

if (!existsSync(CLI)) throw new Error('dist/cli.js is missing: run `npm run build` first');

export interface Ran {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Pick<SpawnOptions, 'cwd' | 'uid' | 'gid' | 'env'> {
  readonly input?: string;
}

/** Runs `quiesce ARGS` to its end. */
export function quiesce(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input, ...rest } = options;
  return run(process.execPath, [CLI, ...args], input, rest);
}

/** Runs a shell script with `$QUIESCE` set to the command. */
export function shell(script: string, options: RunOptions = {}): Promise<Ran> {
  const { input, env, ...rest } = options;
  const QUIESCE = `${process.execPath} ${CLI}`;
  return run('bash', ['-c', script], input, { ...rest, env: { ...process.env, ...env, QUIESCE } });
}

function run(
  command: string,
  args: readonly string[],
  input: string | undefined,
  options: SpawnOptions,
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', fail);
    child.on('close', (code, signal) =>
      done({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
    child.stdin!.on('error', () => {});
    child.stdin!.end(input ?? '');
  });
}

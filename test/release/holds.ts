/** Runs commands and says, a line each, what holds and what does not. */
import { spawnSync } from 'node:child_process';

let failed = 0;

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Ran {
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 256e6 });
  return { status: done.status, stdout: done.stdout ?? '', stderr: done.stderr ?? String(done.error ?? '') };
}

/** Says whether something holds; `why` is shown where it does not. */
export function hold(what: string, ok: boolean, why = ''): void {
  const reason = ok || why === '' ? '' : `\n     ${why.trim().split('\n').slice(-6).join('\n     ')}`;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${what}${reason}\n`);
  if (!ok) failed++;
}

export function skip(what: string, why: string): void {
  process.stdout.write(`SKIP ${what}: ${why.trim().split('\n').at(-1)}\n`);
}

export function todo(what: string): void {
  process.stdout.write(`TO DO BY A PERSON: ${what}\n`);
}

/** How many things did not hold so far. */
export const failures = (): number => failed;

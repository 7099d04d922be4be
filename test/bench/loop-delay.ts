import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** How late timers came, in milliseconds. */
export interface Delay {
  readonly p95: number;
  readonly p99: number;
  readonly most: number;
}

const PRELOAD = pathToFileURL(resolve('test/bench/loop-delay.js')).href;

/**
 * How long the main thread of a process holds its event loop, told by the process itself; and beside it how late the
 * timers of a process are that does nothing at all, which is the machine's own part.
 */
export class LoopDelay {
  /** What the measured process is started with. */
  readonly execArgv = ['--import', PRELOAD];
  readonly env: Readonly<Record<string, string>>;
  private readonly dir = mkdtempSync(join(tmpdir(), 'quiesce-delay-'));
  private readonly idle: ChildProcess;

  constructor() {
    this.env = { LOOP_DELAY_FILE: join(this.dir, 'measured') };
    this.idle = spawn(process.execPath, ['--import', PRELOAD, '-e', ''], {
      stdio: 'ignore',
      env: { ...process.env, LOOP_DELAY_FILE: join(this.dir, 'idle'), LOOP_DELAY_ALONE: '1' },
    });
  }

  /** Delays since the last call: of the measured process, and of the idle one. */
  async lap(pid: number): Promise<{ measured: Delay; idle: Delay }> {
    const measured = this.ask(pid, 'measured');
    const idle = this.ask(this.idle.pid!, 'idle');
    return { measured: await measured, idle: await idle };
  }

  stop(): void {
    this.idle.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async ask(pid: number, name: string): Promise<Delay> {
    const file = join(this.dir, name);
    const lines = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    const before = lines().length;
    process.kill(pid, 'SIGUSR2');
    while (lines().length === before) await pause(5);
    return JSON.parse(lines().at(-1)!) as Delay;
  }
}

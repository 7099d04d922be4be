import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkDoneProgressServerReporter } from 'vscode-languageserver/node.js';
import type { Driver } from '../audit/model.ts';
import type { IndexMessage, IndexRequest } from '../project/index-tree.ts';
import type { JudgedUnit } from '../project/types.ts';
import { findKernelRoot } from '../tree/root.ts';
import type { Session } from './session.ts';

/** Lower than what a person waits for. */
const NICENESS = 15;

/** What the index is at. */
export interface IndexState {
  readonly state: 'off' | 'running' | 'ready' | 'cancelled' | 'failed';
  readonly drivers: number;
  readonly message: string;
}

/** What the indexing process told so far. */
interface Found {
  units: JudgedUnit[];
  /** Of the unit that is being told. */
  drivers: Driver[];
}

/**
 * Audits the workspace's folders in a process of its own, at low priority and with at most half of the cores; open
 * files are judged meanwhile in the server. The user can cancel it; it ends with the server.
 */
export class BackgroundIndex {
  state: IndexState = { state: 'off', drivers: 0, message: '' };
  private readonly session: Session;
  private child: ChildProcess | undefined;
  private progress: WorkDoneProgressServerReporter | undefined;
  private readonly tell: (state: IndexState) => void;

  constructor(session: Session, tell: (state: IndexState) => void) {
    this.session = session;
    this.tell = tell;
  }

  /** Starts (or starts over) over all folders that are kernel code; does nothing where there is none. */
  async start(): Promise<void> {
    this.stop();
    const { settings, capabilities, connection } = this.session;
    const folders = this.session.folders.filter(isKernelCode);
    const program = fileURLToPath(new URL('./index-tree.js', import.meta.url));
    if (folders.length === 0 || !existsSync(program)) {
      this.set({ state: 'off', drivers: 0, message: 'no kernel code in the workspace' });
      return;
    }
    const child = fork(program, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    lower(child);
    this.set({ state: 'running', drivers: 0, message: folders.map((path) => basename(path)).join(', ') });
    if (capabilities.window?.workDoneProgress) {
      const progress = await connection.window.createWorkDoneProgress();
      if (this.child !== child) return;
      this.progress = progress;
      progress.begin('Quiesce: auditing drivers', 0, '', true);
      progress.token.onCancellationRequested(() => this.cancel());
    }
    const found: Found = { units: [], drivers: [] };
    let failure = '';
    child.stderr?.on('data', (data: Buffer) => {
      failure = `${failure}${data}`.slice(-2000);
    });
    child.on('message', (message: IndexMessage) => {
      if (this.child === child) this.take(message, found);
    });
    child.on('exit', (code, signal) => {
      if (this.child !== child) return;
      this.fail(failure || `the indexing process ended (${signal ?? code})`);
    });
    const request: IndexRequest = {
      paths: folders,
      jobs: Math.max(1, availableParallelism() >> 1),
      ...(settings.kernelTree ? { tree: settings.kernelTree } : {}),
      ...(settings.kernelVersion ? { version: settings.kernelVersion } : {}),
    };
    child.send(request);
  }

  /** Ends the work without a word. */
  stop(): void {
    this.end();
    this.progress?.done();
    this.progress = undefined;
  }

  private cancel(): void {
    this.stop();
    this.set({ state: 'cancelled', drivers: 0, message: 'cancelled' });
  }

  private end(): void {
    const { child } = this;
    this.child = undefined;
    // It writes out what it read, and goes.
    if (child?.connected) child.disconnect();
  }

  private take(message: IndexMessage, found: Found): void {
    if (message.kind === 'progress') {
      const { done, total, phase } = message;
      this.progress?.report(Math.floor((100 * done) / Math.max(total, 1)), `${phase} ${done} of ${total}`);
    } else if (message.kind === 'drivers') {
      found.drivers.push(...message.drivers);
    } else if (message.kind === 'unit') {
      found.units.push({ ...message.unit, drivers: found.drivers });
      found.drivers = [];
    } else if (message.kind === 'failed') {
      this.fail(message.reason);
    } else {
      this.child = undefined;
      this.progress?.done();
      this.progress = undefined;
      this.hand(found.units);
    }
  }

  /** What was found takes the place of what was known; open files are judged again by it. */
  private hand(units: readonly JudgedUnit[]): void {
    const { live, onJudged } = this.session;
    for (const unit of units) live.setIndex(unit);
    const drivers = units.reduce((sum, unit) => sum + unit.drivers.length, 0);
    this.set({ state: 'ready', drivers, message: '' });
    const paths = live.all.flatMap((root) => root.filesWithDrivers().map((file) => join(root.root, file)));
    for (const path of live.openPaths) this.session.rejudge(path);
    for (const tell of onJudged) tell(paths);
  }

  private fail(reason: string): void {
    this.stop();
    this.session.connection.console.error(`background index: ${reason}`);
    this.set({ state: 'failed', drivers: 0, message: reason.split('\n')[0] ?? '' });
  }

  private set(state: IndexState): void {
    this.state = state;
    this.tell(state);
  }
}

function lower(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) setPriority(child.pid, NICENESS);
  } catch {
    // Not allowed here: it works at the server's own priority.
  }
}

/** A kernel tree, a folder inside of one, or a folder whose Makefile builds modules. */
export function isKernelCode(folder: string): boolean {
  if (findKernelRoot(folder)) return true;
  const makefiles = (dir: string): boolean =>
    ['Kbuild', 'Makefile'].some((name) => {
      try {
        return /\bobj-(?:m|y|\$)/.test(readFileSync(join(dir, name), 'latin1'));
      } catch {
        return false;
      }
    });
  if (makefiles(folder)) return true;
  try {
    return readdirSync(folder, { withFileTypes: true }).some(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && makefiles(join(folder, entry.name)),
    );
  } catch {
    return false;
  }
}

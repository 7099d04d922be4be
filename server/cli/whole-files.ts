import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { reasonOf } from '../tree/walk.ts';
import { UsageError } from './usage.ts';

interface Staged {
  /** As the person named it, for messages. */
  readonly name: string;
  /** The file to appear; where a link leads. */
  readonly target: string;
  /** Written to first; the target itself where that is a device or a pipe. */
  readonly temporary: string;
  readonly fd: number;
}

/**
 * Files that appear all together and whole, or not at all: each is written beside its place first, brought to the
 * disk and renamed at the end. What is not renamed when the process exits, by an error or a signal, is removed.
 */
export class WholeFiles {
  private readonly staged = new Map<string, Staged>();
  private readonly discardAtExit = () => this.discard();

  constructor() {
    process.once('exit', this.discardAtExit);
  }

  /**
   * Opens the file beside `path`: before the work, so that a place where nothing can be written is known at once.
   * @throws UsageError
   */
  stage(path: string): void {
    const target = followed(resolve(path));
    if (this.staged.has(target)) throw new UsageError(`${path}: named as the output of two formats`);
    const special = kindOfTarget(path, target);
    const temporary = special
      ? target
      : join(dirname(target), `.${basename(target).slice(0, 200)}.${process.pid}.tmp`);
    const fd = attempt(path, () => openSync(temporary, special ? 'w' : 'wx'));
    this.staged.set(target, { name: path, target, temporary, fd });
  }

  /** Writes the text of a staged file to the disk. @throws UsageError */
  write(path: string, text: string): void {
    const staged = this.staged.get(followed(resolve(path)))!;
    attempt(path, () => {
      writeFileSync(staged.fd, text);
      if (staged.temporary !== staged.target) fsyncSync(staged.fd);
    });
  }

  /** Lets all staged files appear, unless a signal came meanwhile. @throws UsageError */
  async commit(): Promise<void> {
    // Work that never waited has kept signals from being heard; the second turn looks for them in any case.
    await nextTurn();
    await nextTurn();
    for (const [key, { name, target, temporary, fd }] of this.staged) {
      attempt(name, () => {
        closeSync(fd);
        if (temporary === target) return;
        keepMode(target, temporary);
        renameSync(temporary, target);
      });
      this.staged.delete(key);
    }
    process.off('exit', this.discardAtExit);
  }

  /** Removes what did not appear. */
  discard(): void {
    for (const { target, temporary } of this.staged.values()) {
      if (temporary !== target) rmSync(temporary, { force: true });
    }
    this.staged.clear();
    process.off('exit', this.discardAtExit);
  }
}

/** Where a link leads, so that the link stays one. */
function followed(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** True for a device or a pipe, which cannot be replaced. @throws UsageError for a directory */
function kindOfTarget(name: string, target: string): boolean {
  try {
    const stat = lstatSync(target);
    if (stat.isDirectory()) throw new UsageError(`cannot write ${name}: is a directory`);
    return !stat.isFile() && !stat.isSymbolicLink();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return false;
  }
}

function keepMode(target: string, temporary: string): void {
  try {
    chmodSync(temporary, statSync(target).mode);
  } catch {
    // A new file, or a file system without modes.
  }
}

function attempt<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(`cannot write ${name}: ${reasonOf(error)}`);
  }
}

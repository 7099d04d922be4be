import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { type CParser, type Engine, openParser } from '../../grammars/parser.ts';
import type { Driver } from '../audit/model.ts';
import type { FactCache } from '../tree/cache/index.ts';
import { FactPool } from '../tree/pool.ts';
import { fromRoot } from '../tree/walk.ts';
import type { ConfigStore } from './config-store.ts';
import type { KnownFindings } from './known.ts';
import { LiveFile } from './live-file.ts';
import { LiveReader } from './live-reader.ts';
import { LiveRoot } from './live-root.ts';
import type { JudgedUnit } from './types.ts';
import { unitsOf } from './units.ts';

/** How a live workspace judges. */
export interface LiveOptions {
  readonly engine?: Engine;
  /** Kernel tree to take instead of the one found above each file. */
  readonly tree?: string;
  /** Kernel version as `major.minor` instead of the tree's. */
  readonly version?: string;
  /** Opens what was read before; nothing is added to it. */
  readonly openCache?: () => FactCache | undefined;
  /** What projects configured. */
  readonly config?: ConfigStore;
  /** Findings that are not shown. */
  readonly known?: KnownFindings;
}

/** A file within its root. */
export interface Located {
  readonly root: LiveRoot;
  /** Root-relative path, as in `Driver.file`. */
  readonly file: string;
}

/**
 * Everything an editor has open, judged as it is typed: one `LiveRoot` for each kernel tree. The judgement is
 * `judgeModule`, as in `auditPaths`.
 */
export class LiveWorkspace {
  private readonly parser: CParser;
  private readonly options: LiveOptions;
  private readonly reader: LiveReader;
  private readonly roots = new Map<string, LiveRoot>();
  private readonly byDir = new Map<string, LiveRoot>();
  private readonly open = new Map<string, LiveFile>();
  private threads: FactPool | undefined;

  private constructor(parser: CParser, options: LiveOptions) {
    this.parser = parser;
    this.options = options;
    const { openCache } = options;
    this.reader = new LiveReader({ parser, pool: () => this.pool(), ...(openCache ? { openCache } : {}) });
  }

  /** Opens the parser and makes an empty workspace. */
  static async create(options: LiveOptions = {}): Promise<LiveWorkspace> {
    const parser = await openParser(options.engine ? { engine: options.engine } : {});
    return new LiveWorkspace(parser, options);
  }

  /** All roots with something open or indexed. */
  get all(): readonly LiveRoot[] {
    return [...this.roots.values()];
  }

  /**
   * Where a file belongs.
   * @param path absolute path
   * @throws NoKernelTree when the `tree` option names none
   */
  locate(path: string): Located {
    const dir = dirname(path);
    let root = this.byDir.get(dir);
    if (!root) {
      const [unit] = unitsOf([path], this.options.tree);
      root = this.rootAt(unit!.root, unit!.kernel);
      this.byDir.set(dir, root);
    }
    return { root, file: fromRoot(root.root, path) };
  }

  /** An open file's state, by its absolute path. */
  openFile(path: string): LiveFile | undefined {
    return this.open.get(path);
  }

  /** Absolute paths of the open files. */
  get openPaths(): string[] {
    return [...this.open.keys()];
  }

  /** Takes the text of an editor in place of the disk's. */
  setOpen(path: string, text: string): LiveFile {
    this.close(path);
    const { root, file } = this.locate(path);
    const live = new LiveFile(file, text, this.parser);
    this.open.set(path, live);
    root.setOpen(file, live);
    return live;
  }

  /** The disk speaks again for a file. */
  close(path: string): void {
    const live = this.open.get(path);
    if (!live) return;
    this.open.delete(path);
    live.dispose();
    const { root, file } = this.locate(path);
    root.setOpen(file, undefined);
    root.changedOnDisk([file]);
  }

  /**
   * Judges what a file belongs to.
   * @returns absolute paths of the files whose drivers may have changed
   */
  async judge(path: string, signal?: AbortSignal): Promise<string[]> {
    const { root, file } = this.locate(path);
    if (this.open.get(path)?.isHeld) return [path];
    const affected = await root.judge(file, signal);
    return [...affected].map((one) => join(root.root, one));
  }

  /** As `LiveRoot.glance`, by an absolute path. */
  glance(path: string): Promise<boolean> {
    const { root, file } = this.locate(path);
    return root.glance(file);
  }

  /** Drivers in a file, with their lines where they are in the open text. */
  driversOf(path: string): Driver[] {
    const { root, file } = this.locate(path);
    return root.driversOf(file);
  }

  /** A line of a judgement in the text of today. */
  lineNow(path: string, line: number): number {
    return this.open.get(path)?.lineNow(line) ?? line;
  }

  /** A file's text: the editor's where it is open; undefined when it can't be read. */
  textOf(path: string): string | undefined {
    const live = this.open.get(path);
    if (live) return live.current;
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** Takes in what an audit of a whole tree found. */
  setIndex(index: JudgedUnit): LiveRoot {
    this.reader.closeCache();
    const live = this.locate(join(index.root, 'Makefile')).root;
    live.setIndex(index);
    return live;
  }

  /** Judges by what is configured now, after that was forgotten; what was judged before is forgotten, and to be judged again. */
  reconfigure(): void {
    for (const root of this.roots.values()) root.reconfigure();
  }

  /** Forgets where files belong: after trees were added, removed or chosen. */
  forgetRoots(): void {
    this.byDir.clear();
  }

  /** Frees trees, threads and the parser. */
  async dispose(): Promise<void> {
    for (const live of this.open.values()) live.dispose();
    this.open.clear();
    await this.threads?.close();
    this.reader.closeCache();
    this.parser.dispose();
  }

  private rootAt(path: string, kernel: LiveRoot['kernel']): LiveRoot {
    let root = this.roots.get(path);
    if (!root) {
      root = new LiveRoot(path, kernel, {
        parser: this.parser,
        reader: this.reader,
        ...(this.options.version ? { version: this.options.version } : {}),
        ...(this.options.config ? { config: this.options.config } : {}),
        ...(this.options.known ? { known: this.options.known } : {}),
      });
      this.roots.set(path, root);
    }
    return root;
  }

  private pool(): FactPool {
    this.threads ??= new FactPool({
      jobs: Math.max(2, availableParallelism() >> 1),
      ...(this.options.engine ? { engine: this.options.engine } : {}),
    });
    return this.threads;
  }
}

/**
 * The fact cache on disk. Facts are kept by their text's content, so they hold across branches and trees; an index for
 * each root says by size, times and inode which files need not be read to know their content. Whatever goes wrong with
 * it (no rights, no room, damage, another run at work) only makes it forget: nothing here throws.
 *
 *     FOLDER/CODE/facts/*.pack     packed facts (`pack.ts`), by content
 *     FOLDER/CODE/roots/*.json     one index for each root (`root-index.ts`)
 *
 * CODE names the code that made the facts; folders of code that is no longer used are removed.
 */

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Key } from './key.ts';
import { Pack, PackWriter } from './pack.ts';
import { RootIndex } from './root-index.ts';

export interface CacheOptions {
  /** Folder of all caches: `cacheFolder()`. Made when something is written. */
  readonly folder: string;
  /** Name of the code that makes the facts: `codeName()`. */
  readonly code: string;
  /** Most bytes of facts to keep. Default 512 MiB: some five kernels' worth. */
  readonly limit?: number;
}

const LIMIT = 512 * 1024 * 1024;
/** More packs than this are merged into one. */
const MAX_PACKS = 6;
/** Indexes of roots kept, the last used. */
const MAX_ROOTS = 32;
/** Folders of other builds kept, and for how long. */
const MAX_CODES = 3;
const DAY_MS = 24 * 60 * 60 * 1000;
const CODE_DAYS = 30;
/** What a run that died left behind is removed after this. */
const LEFTOVER_MS = 60 * 60 * 1000;

/** An open cache. Use from one thread; call `flush` when the run is over. */
export class FactCache {
  /** Why something could not be written, for a person; undefined while all is well. */
  problem: string | undefined;
  private readonly options: CacheOptions;
  private readonly factsDir: string;
  private readonly rootsDir: string;
  private readonly roots = new Map<string, RootIndex>();
  private readonly used = new Set<Key>();
  private opened: Pack[] | undefined;
  private writer: PackWriter | undefined;

  constructor(options: CacheOptions) {
    this.options = options;
    this.factsDir = join(options.folder, options.code, 'facts');
    this.rootsDir = join(options.folder, options.code, 'roots');
  }

  /** The folder of this code's cache. */
  get folder(): string {
    return join(this.options.folder, this.options.code);
  }

  /** The index of a root, by its absolute path. */
  root(path: string): RootIndex {
    let index = this.roots.get(path);
    if (!index) {
      index = new RootIndex(this.rootFile(path), path);
      this.roots.set(path, index);
    }
    return index;
  }

  /** Whether there is anything that a content's key could find. */
  get isEmpty(): boolean {
    return this.packs.length === 0;
  }

  has(key: Key): boolean {
    return this.packs.some((pack) => pack.has(key));
  }

  /** The packed facts of a text, by its content's key. */
  facts(key: Key): Uint8Array | undefined {
    for (const pack of this.packs) {
      const value = pack.get(key);
      if (!value) continue;
      this.used.add(key);
      return value;
    }
    return undefined;
  }

  /** Keeps packed facts under their text's key. */
  put(key: Key, facts: Uint8Array): void {
    if (this.problem !== undefined) return;
    this.used.add(key);
    this.attempt(() => {
      if (!this.writer) {
        mkdirSync(this.factsDir, { recursive: true, mode: 0o700 });
        this.writer = new PackWriter(this.temporary(this.factsDir));
      }
      // What the last runs left takes its share at the end; alone this run may not go over the limit.
      if (this.writer.bytes + facts.byteLength <= this.limit) this.writer.add(key, facts, Date.now());
    });
  }

  /** Writes what was learnt, merges and bounds what is kept. The cache can be used on. */
  flush(): void {
    this.attempt(() => this.finishPack());
    this.attempt(() => {
      if (this.packs.length > MAX_PACKS || this.bytes > this.limit) this.merge();
    });
    this.attempt(() => {
      if (this.roots.size > 0) mkdirSync(this.rootsDir, { recursive: true, mode: 0o700 });
      for (const [path, index] of this.roots) {
        index.save(this.temporary(this.rootsDir));
        touch(this.rootFile(path));
      }
      this.removeOld();
    });
  }

  /** Closes the packs. The cache is empty from here on. */
  close(): void {
    this.writer?.abandon();
    this.writer = undefined;
    for (const pack of this.opened ?? []) pack.close();
    this.opened = [];
  }

  /** Bytes of all packs. */
  get bytes(): number {
    return this.packs.reduce((sum, pack) => sum + pack.bytes, 0);
  }

  /** The packs, opened when first asked for. */
  private get packs(): readonly Pack[] {
    this.opened ??= this.openPacks();
    return this.opened;
  }

  private get limit(): number {
    return this.options.limit ?? LIMIT;
  }

  private openPacks(): Pack[] {
    const packs: Pack[] = [];
    for (const name of list(this.factsDir)) {
      const path = join(this.factsDir, name);
      const pack = name.endsWith('.pack') ? Pack.open(path) : undefined;
      if (pack) packs.push(pack);
      // A pack that can't be read is of no use to anybody; a temporary file may belong to a run at work.
      else if (name.endsWith('.pack') || isOlder(path, LEFTOVER_MS)) remove(path);
    }
    return packs;
  }

  private finishPack(): void {
    const { writer } = this;
    this.writer = undefined;
    if (!writer) return;
    this.close();
    try {
      writer.finish(this.newPack());
    } catch (error) {
      writer.abandon();
      throw error;
    } finally {
      this.opened = undefined;
    }
  }

  /** One pack of all, what was used last going before the rest, within the limit. */
  private merge(): void {
    const merged = this.packs;
    const now = Date.now();
    const keys = new Map<Key, { at: number; length: number }>();
    for (const pack of merged) {
      for (const key of pack.keys) {
        const at = this.used.has(key) ? now : pack.usedAt(key);
        if (at >= (keys.get(key)?.at ?? 0)) keys.set(key, { at, length: pack.lengthOf(key) });
      }
    }
    const best = [...keys].sort(([, x], [, y]) => y.at - x.at);
    const writer = new PackWriter(this.temporary(this.factsDir));
    try {
      // Some room is left, or the next run would merge again.
      const room = this.limit * 0.75;
      for (const [key, { at, length }] of best) {
        if (writer.bytes + length > room) break;
        const value = merged.find((pack) => pack.has(key))?.get(key);
        if (value) writer.add(key, value, at);
      }
      writer.finish(this.newPack());
    } catch (error) {
      writer.abandon();
      throw error;
    }
    for (const pack of merged) remove(pack.path);
    this.close();
    this.opened = undefined;
  }

  private removeOld(): void {
    for (const name of oldest(this.rootsDir, MAX_ROOTS)) remove(join(this.rootsDir, name));
    const own = join(this.options.folder, this.options.code);
    touch(own);
    const codes = list(this.options.folder).filter((name) => /^[0-9a-f]{16}$/.test(name));
    for (const name of oldest(this.options.folder, MAX_CODES + 1, codes)) {
      if (name !== this.options.code) remove(join(this.options.folder, name));
    }
    for (const name of codes) {
      const path = join(this.options.folder, name);
      if (name !== this.options.code && isOlder(path, CODE_DAYS * DAY_MS)) remove(path);
    }
  }

  private rootFile(root: string): string {
    const name = createHash('sha256').update(root).digest('hex').slice(0, 32);
    return join(this.rootsDir, `${name}.json`);
  }

  private newPack(): string {
    return join(this.factsDir, `${randomBytes(8).toString('hex')}.pack`);
  }

  private temporary(dir: string): string {
    return join(dir, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
  }

  /** Does something that may fail; the first failure ends all writing. */
  private attempt(work: () => void): void {
    if (this.problem !== undefined) return;
    try {
      work();
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      this.writer?.abandon();
      this.writer = undefined;
    }
  }
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** Names beyond the `keep` last changed ones. */
function oldest(dir: string, keep: number, names: readonly string[] = list(dir)): string[] {
  if (names.length <= keep) return [];
  const times = new Map(names.map((name) => [name, changedAt(join(dir, name))]));
  return [...names].sort((a, b) => times.get(b)! - times.get(a)!).slice(keep);
}

function changedAt(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function isOlder(path: string, age: number): boolean {
  const at = changedAt(path);
  return at > 0 && at < Date.now() - age;
}

function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // Not ours to touch: it only grows old sooner.
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Somebody else's, or gone.
  }
}

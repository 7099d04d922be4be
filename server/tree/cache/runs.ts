/**
 * Records of whole runs, one file each (`pack.ts`), beside the facts that they were made of. As all of the cache:
 * whatever goes wrong, a record is as good as not there.
 *
 *     FOLDER/CODE/runs-BUNDLE/KEY.run
 *
 * BUNDLE names the bundle that judged, so that no build reads another's verdicts.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keyOf } from './key.ts';
import { Pack, PackWriter } from './pack.ts';

/** Records kept, and their bytes in all. */
const MAX_RECORDS = 8;
const MAX_BYTES = 256 * 1024 * 1024;
/** Folders of other bundles kept. */
const MAX_BUNDLES = 3;

/** An open record: parts by name. */
export interface RunParts {
  /** A part; undefined when it is not there or damaged. */
  get(name: string): Uint8Array | undefined;
  close(): void;
}

/** The records in one folder of a cache. */
export class RunStore {
  private readonly parent: string;
  private readonly folder: string;

  /**
   * @param parent the folder of one code's cache
   * @param bundle address of the file that judges
   */
  constructor(parent: string, bundle: string = import.meta.url) {
    this.parent = parent;
    this.folder = join(parent, `runs-${nameOf(bundle)}`);
  }

  /** Opens the record of a key. */
  open(key: string): RunParts | undefined {
    const path = this.pathOf(key);
    const pack = Pack.open(path);
    if (!pack) return undefined;
    try {
      // The last used are kept.
      utimesSync(path, new Date(), new Date());
    } catch {
      // Somebody else's: it only grows old sooner.
    }
    return { get: (name) => pack.get(partKey(name)), close: () => pack.close() };
  }

  /** Writes the record of a key over the one that was. */
  write(key: string, parts: Iterable<readonly [name: string, bytes: Uint8Array]>): void {
    let writer: PackWriter | undefined;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writer = new PackWriter(join(this.folder, `${process.pid}-${Date.now()}.tmp`));
      for (const [name, bytes] of parts) writer.add(partKey(name), bytes, 0);
      writer.finish(this.pathOf(key));
      this.bound();
    } catch {
      writer?.abandon();
    }
  }

  private pathOf(key: string): string {
    return join(this.folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.run`);
  }

  private bound(): void {
    let bytes = 0;
    for (const [index, { path, size }] of newestFirst(this.folder).entries()) {
      bytes += size;
      if (index >= MAX_RECORDS || (index > 0 && bytes > MAX_BYTES)) rmSync(path, { force: true });
    }
    const bundles = newestFirst(this.parent).filter(({ name }) => name.startsWith('runs-'));
    for (const { path } of bundles.slice(MAX_BUNDLES)) {
      if (path !== this.folder) rmSync(path, { recursive: true, force: true });
    }
  }
}

function newestFirst(folder: string): { name: string; path: string; size: number }[] {
  return readdirSync(folder)
    .map((name) => ({ name, path: join(folder, name) }))
    .map((one) => ({ ...one, stat: statSync(one.path, { throwIfNoEntry: false }) }))
    .filter(({ stat }) => stat !== undefined)
    .sort((a, b) => b.stat!.mtimeMs - a.stat!.mtimeMs)
    .map(({ name, path, stat }) => ({ name, path, size: stat!.size }));
}

function partKey(name: string): string {
  return keyOf(Buffer.from(name));
}

function nameOf(bundle: string): string {
  return createHash('sha256')
    .update(readFileSync(fileURLToPath(bundle)))
    .digest('hex')
    .slice(0, 16);
}

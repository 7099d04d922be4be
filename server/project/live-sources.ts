import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CParser } from '../../grammars/types.ts';
import type { SourceFile } from '../audit/module.ts';
import type { KbuildModule } from '../tree/kbuild/index.ts';
import { type Scan, scanText } from '../tree/scan.ts';
import type { ConfigStore } from './config-store.ts';
import { Gatherer, INCLUDE_DEPTH } from './gather.ts';
import type { KnownFindings } from './known.ts';
import type { LiveFile } from './live-file.ts';
import type { LiveReader } from './live-reader.ts';
import { FactStore } from './store.ts';

/** What a live root works with. */
export interface LiveTools {
  readonly parser: CParser;
  readonly reader: LiveReader;
  /** Kernel version instead of the tree's. */
  readonly version?: string;
  /** What projects configured. */
  readonly config?: ConfigStore;
  /** Findings that are not shown. */
  readonly known?: KnownFindings;
}

/** The files of one root as the editor sees them: unsaved text where there is one, the disk's facts elsewhere. */
export class LiveSources {
  readonly gatherer: Gatherer;
  private readonly root: string;
  private readonly tools: LiveTools;
  private readonly open = new Map<string, LiveFile>();
  private readonly store = new FactStore((file) => file);
  private readonly scans = new Map<string, Scan | null>();

  constructor(root: string, tools: LiveTools) {
    this.root = root;
    this.tools = tools;
    this.gatherer = new Gatherer({ root, display: (file) => file, get: (file) => this.facts(file) });
  }

  /** The editor's text of a file. */
  opened(file: string): LiveFile | undefined {
    return this.open.get(file);
  }

  /** Takes an open file in, or (undefined) lets the disk speak again. */
  setOpen(file: string, live: LiveFile | undefined): void {
    if (live) this.open.set(file, live);
    else this.open.delete(file);
  }

  /** Has the open files read as a whole: a module is judged. */
  complete(): void {
    for (const live of this.open.values()) live.complete();
  }

  /** Forgets what was read of files that changed on disk. */
  forget(files: readonly string[]): void {
    for (const file of files) {
      this.store.delete(file);
      this.scans.delete(file);
    }
    this.gatherer.forget();
  }

  /** Reads what a module needs and is not known yet: its sources, then what they include. */
  async load(
    sources: readonly string[],
    dirs: KbuildModule | readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    let wanted: string[] = [...sources];
    const seen = new Set(wanted);
    for (let depth = INCLUDE_DEPTH; ; depth--) {
      await this.parse(wanted, signal);
      if (depth === 0) return;
      const found = new Set<string>();
      for (const file of wanted) {
        const source = this.facts(file);
        for (const path of source ? this.gatherer.includesOf(file, source.facts.includes, dirs) : []) {
          if (!seen.has(path) && this.isWorthParsing(path)) found.add(path);
        }
      }
      for (const path of found) seen.add(path);
      wanted = [...found];
      if (wanted.length === 0) return;
    }
  }

  private isWorthParsing(path: string): boolean {
    const scan = this.scan(path);
    return scan !== null && (scan.driver || scan.inlines || path.endsWith('.c'));
  }

  private async parse(files: readonly string[], signal?: AbortSignal): Promise<void> {
    const missing = files.filter((file) => !this.open.has(file) && !this.store.has(file));
    const pieces = missing.map((file) => ({ file, size: this.scan(file)?.size ?? 0 }));
    await this.tools.reader.run(
      'facts',
      this.root,
      pieces,
      (result) => {
        if ('facts' in result && !this.store.has(result.file)) this.store.set(result.file, result.facts);
      },
      signal,
    );
  }

  /** Facts of a file: of its unsaved text where it is open. Headers that can't matter have none, as in an audit. */
  facts(file: string): SourceFile | undefined {
    const live = this.open.get(file);
    if (!live) return this.store.get(file);
    return file.endsWith('.h') && !this.isWorthParsing(file) ? undefined : live.file;
  }

  /** A look at a file's text; null when it can't be read. */
  scan(file: string): Scan | null {
    const live = this.open.get(file);
    if (live) return live.scan;
    let known = this.scans.get(file);
    if (known === undefined) {
      const text = this.readText(file);
      known = text === undefined ? null : scanText(text);
      this.scans.set(file, known);
    }
    return known;
  }

  private readText(file: string): string | undefined {
    try {
      const path = join(this.root, file);
      return statSync(path).isFile() ? readFileSync(path, 'latin1') : undefined;
    } catch {
      return undefined;
    }
  }
}

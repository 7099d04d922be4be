import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ConfigError, type ConfigFile, parseConfig } from '../config/file.ts';
import { CONFIG_NAME } from '../config/keys.ts';
import {
  type Chain,
  type Effective,
  effectiveFor,
  type FolderConfig,
  folderConfig,
} from '../config/resolve.ts';
import { reasonOf } from '../tree/walk.ts';
import type { Judging } from './judging.ts';

/** Where configurations come from. */
export interface ConfigOptions {
  /** The one configuration for all files, in place of those found above each. */
  readonly file?: string;
  /** No configuration at all. */
  readonly none?: boolean;
  /** Takes what is wrong with a configuration, which then stays as it last was (an editor's way); else it is thrown. */
  readonly onError?: (error: ConfigError) => void;
}

/** The configurations above files, each read once until it is forgotten. */
export class ConfigStore {
  private readonly options: ConfigOptions;
  private readonly chains = new Map<string, Chain>();
  private readonly files = new Map<string, ConfigFile | null>();
  private readonly folders = new Map<Chain, FolderConfig>();
  private readonly judgings = new Map<Chain, Judging>();
  /** Broken ones as they were when they were whole. */
  private readonly lastWhole = new Map<string, ConfigFile>();

  constructor(options: ConfigOptions = {}) {
    this.options = options;
  }

  /**
   * The configurations that hold in a folder, farthest first.
   * @param dir absolute path
   * @throws ConfigError
   */
  chain(dir: string): Chain {
    if (this.options.none) return NO_CONFIG;
    const known = this.chains.get(dir);
    if (known) return known;
    const chain = this.options.file === undefined ? this.find(dir) : this.named(this.options.file);
    this.chains.set(dir, chain);
    return chain;
  }

  /** What holds for a file's findings. @param file absolute path @throws ConfigError */
  effective(file: string): Effective {
    return effectiveFor(this.chain(dirname(file)), file);
  }

  /** What holds for a folder's modules. @throws ConfigError */
  folder(dir: string): FolderConfig {
    const chain = this.chain(dir);
    let config = this.folders.get(chain);
    if (!config) {
      config = folderConfig(chain);
      this.folders.set(chain, config);
    }
    return config;
  }

  /** How a folder's modules are judged. @throws ConfigError */
  judging(dir: string): Judging {
    const chain = this.chain(dir);
    let judging = this.judgings.get(chain);
    if (!judging) {
      const { kernelVersion, own } = this.folder(dir);
      const text = JSON.stringify([kernelVersion?.value, own]);
      const isPlain = !kernelVersion && own.buses.length + own.dma.length + own.quiesce.length === 0;
      judging = {
        ...(kernelVersion ? { version: kernelVersion.value } : {}),
        own,
        digest: isPlain ? '' : createHash('sha256').update(text).digest('hex'),
      };
      this.judgings.set(chain, judging);
    }
    return judging;
  }

  /** Absolute paths of the configurations that were found. */
  get paths(): string[] {
    return [...this.files].filter(([, file]) => file !== null).map(([path]) => path);
  }

  /** Reads everything anew from here on. */
  forget(): void {
    this.chains.clear();
    this.files.clear();
    this.folders.clear();
    this.judgings.clear();
  }

  private find(dir: string): Chain {
    const own = this.at(join(dir, CONFIG_NAME));
    if (own?.root) return [own];
    const up = dirname(dir);
    const above = up === dir ? NO_CONFIG : this.chain(up);
    // The same array where nothing is added: what is derived from a chain is kept by it.
    return own ? [...above, own] : above;
  }

  private named(path: string): Chain {
    const config = this.at(resolve(path));
    if (config) return [config];
    throw new ConfigError(path, [{ line: 1, column: 1, message: 'no such file' }]);
  }

  private at(path: string): ConfigFile | null {
    let config = this.files.get(path);
    if (config === undefined) {
      config = this.read(path);
      this.files.set(path, config);
    }
    return config;
  }

  private read(path: string): ConfigFile | null {
    try {
      const text = readText(path);
      if (text === undefined) return null;
      const config = parseConfig(path, text, shownAs(path));
      this.lastWhole.set(path, config);
      return config;
    } catch (error) {
      if (!(error instanceof ConfigError) || !this.options.onError) throw error;
      this.options.onError(error);
      return this.lastWhole.get(path) ?? null;
    }
  }
}

const NO_CONFIG: Chain = [];

/** A text; undefined where there is no such file. @throws ConfigError where it can't be read */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError(path, [{ line: 1, column: 1, message: reasonOf(error) }], shownAs(path));
  }
}

/** A path as a person here would write it. */
function shownAs(path: string): string {
  const tail = relative(process.cwd(), path);
  return tail.startsWith('..') ? path : tail;
}

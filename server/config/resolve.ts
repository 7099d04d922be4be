import { dirname, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { RULES } from '../audit/rules/index.ts';
import type { OwnRows } from '../kernel/index.ts';
import type { ConfigFile, Given, RuleLevels } from './file.ts';
import { ALL_RULES, type FailOn, type Level } from './keys.ts';

/** A value and where it comes from: `path:line`, or null for what holds without any configuration. */
export interface Origin<T> {
  readonly value: T;
  readonly from: { readonly path: string; readonly line: number } | null;
}

/** What holds for one file. */
export interface Effective {
  /** Only rules that something is configured for: the others report as they are sure. */
  readonly rules: ReadonlyMap<string, Origin<Level>>;
  readonly failOn: Origin<FailOn>;
}

/** What holds for a folder's modules. */
export interface FolderConfig {
  readonly kernelVersion?: Origin<string>;
  readonly board?: Origin<string>;
  readonly baseline?: Origin<string>;
  readonly own: OwnRows;
}

/** The configurations above a folder, farthest first; what lies above one that says `root: true` is left out. */
export type Chain = readonly ConfigFile[];

/** What holds for a file: what is nearer overrides, and within one configuration what is later and more special. */
export function effectiveFor(chain: Chain, file: string): Effective {
  const rules = new Map<string, Origin<Level>>();
  let failOn: Origin<FailOn> = { value: 'warning', from: null };
  for (const config of chain) {
    applyLevels(rules, config.rules, config.path);
    for (const override of config.overrides) {
      if (matcherOf(override.files)(pathFrom(config, file))) applyLevels(rules, override.rules, config.path);
    }
    failOn = originOf(config, config.failOn) ?? failOn;
  }
  return { rules, failOn };
}

/** What holds for the modules below a folder. */
export function folderConfig(chain: Chain): FolderConfig {
  const nearest = <T>(pick: (config: ConfigFile) => Given<T> | undefined): Origin<T> | undefined => {
    const config = chain.findLast((one) => pick(one) !== undefined);
    return config && originOf(config, pick(config));
  };
  const kernelVersion = nearest((config) => config.kernelVersion);
  const board = nearest((config) => config.board);
  const baseline = nearest((config) => config.baseline);
  return {
    ...(kernelVersion ? { kernelVersion } : {}),
    ...(board ? { board } : {}),
    ...(baseline ? { baseline } : {}),
    own: {
      buses: chain.flatMap((config) => config.own.buses),
      dma: chain.flatMap((config) => config.own.dma),
      quiesce: chain.flatMap((config) => config.own.quiesce),
    },
  };
}

function originOf<T>(config: ConfigFile, given: Given<T> | undefined): Origin<T> | undefined {
  return given && { value: given.value, from: { path: config.path, line: given.line } };
}

function applyLevels(rules: Map<string, Origin<Level>>, levels: RuleLevels, path: string): void {
  const set = (id: string, { level, line }: { level: Level; line: number }): void => {
    rules.set(id, { value: level, from: { path, line } });
  };
  const all = levels.get(ALL_RULES);
  if (all) for (const rule of RULES) set(rule.id, all);
  for (const [id, level] of levels) if (id !== ALL_RULES) set(id, level);
}

/** A file's path from a configuration's folder, with forward slashes. */
function pathFrom(config: ConfigFile, file: string): string {
  return relative(dirname(config.path), file).split(sep).join('/');
}

const matchers = new Map<string, (path: string) => boolean>();

function matcherOf(globs: readonly string[]): (path: string) => boolean {
  const key = globs.join('\0');
  let matcher = matchers.get(key);
  if (!matcher) {
    // `foo_*.c` is meant for every folder, `drivers/net` for all that is in it.
    const patterns = globs.flatMap((glob) => {
      const at = glob.includes('/') ? glob.replace(/^\.?\//, '').replace(/\/$/, '') : `**/${glob}`;
      return [at, `${at}/**`];
    });
    matcher = picomatch(patterns, { dot: true });
    matchers.set(key, matcher);
  }
  return matcher;
}

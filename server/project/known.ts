import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { BaselineError, entryText, parseBaseline } from '../baseline/baseline.ts';
import { fromRoot, reasonOf } from '../tree/walk.ts';
import { baselineTop } from './checkout.ts';
import type { ConfigStore } from './config-store.ts';

/** The findings that configured baselines know, each baseline read once until it is forgotten. */
export class KnownFindings {
  private readonly config: ConfigStore;
  private readonly tell: (message: string) => void;
  private readonly read = new Map<string, ReadonlySet<string>>();

  /** @param tell takes what is wrong with a baseline; it then knows nothing */
  constructor(config: ConfigStore, tell: (message: string) => void) {
    this.config = config;
    this.tell = tell;
  }

  /** The drivers of a file (an absolute path) without the findings that its baseline knows. */
  without(drivers: readonly Driver[], path: string): Driver[] {
    const baseline = this.baselineOf(path);
    if (baseline === undefined) return [...drivers];
    const known = this.entriesOf(baseline);
    const file = fromRoot(baselineTop(dirname(path), baseline), path);
    return drivers.map((driver) => {
      const { instance } = driver;
      const findings = driver.findings.filter(({ rule }) => !known.has(entryText({ file, rule, instance })));
      return findings.length === driver.findings.length ? driver : { ...driver, findings };
    });
  }

  /** Absolute paths of the baselines that were read. */
  get paths(): string[] {
    return [...this.read.keys()];
  }

  /** Reads everything anew from here on. */
  forget(): void {
    this.read.clear();
  }

  private baselineOf(path: string): string | undefined {
    const { baseline } = this.config.folder(dirname(path));
    return baseline && resolve(dirname(baseline.from!.path), baseline.value);
  }

  private entriesOf(path: string): ReadonlySet<string> {
    let entries = this.read.get(path);
    if (entries === undefined) {
      entries = new Set();
      try {
        entries = new Set(parseBaseline(readFileSync(path, 'utf8'), path).entries.map(entryText));
      } catch (error) {
        this.tell(error instanceof BaselineError ? error.message : `baseline ${path}: ${reasonOf(error)}`);
      }
      this.read.set(path, entries);
    }
    return entries;
  }
}

import { join, resolve } from 'node:path';
import type { Driver } from '../audit/model.ts';
import { applyLevels } from '../config/apply.ts';
import type { FactCache } from '../tree/cache/index.ts';
import { type RunParts, RunStore } from '../tree/cache/runs.ts';
import { findKernelRoot } from '../tree/root.ts';
import { RootKernels } from './judging.ts';
import { MIN_FILES, partsOf, RunRecord, type RunTrace } from './record.ts';
import { rejudge } from './rejudge.ts';
import type { Audit, AuditOptions, Totals } from './types.ts';

/** Records of earlier runs of the same command: what did not change since is neither read nor judged again. */
export class Recall {
  private readonly options: AuditOptions;
  private readonly cache: FactCache;
  private readonly store: RunStore;

  private constructor(options: AuditOptions, cache: FactCache) {
    this.options = options;
    this.cache = cache;
    this.store = new RunStore(cache.folder);
  }

  /** Undefined for a run whose result is nobody else's: without a cache, or under an overlay. */
  static of(options: AuditOptions): Recall | undefined {
    const { cache, overlay } = options;
    if (!cache || options.shard || (overlay && overlay.size > 0)) return undefined;
    return new Recall(options, cache);
  }

  /** What the same run gave before, brought up to date; undefined when it has to be run again. */
  async recall(): Promise<Audit | undefined> {
    let parts: RunParts | undefined;
    try {
      parts = this.store.open(this.key);
      return parts && (await this.update(new RunRecord(parts)));
    } catch {
      // Damaged, or a file went away meanwhile: as good as no record.
      return undefined;
    } finally {
      parts?.close();
    }
  }

  private async update(record: RunRecord): Promise<Audit | undefined> {
    const { config, version, engine, ignoreSuppressions } = this.options;
    const changed = record.changed(config);
    if (!changed) return undefined;
    const { root, totals } = record.head;
    if (changed.length === 0) return this.audit(record, record.drivers, totals);
    const tree = findKernelRoot(root)?.version;
    const kernels = new RootKernels(root, config, { forced: version, tree });
    const drivers = await rejudge(record, changed, kernels, {
      cache: this.cache,
      engine: engine ?? 'auto',
      ignoreSuppressions: ignoreSuppressions === true,
    });
    if (!drivers) return undefined;
    const sizes = new Map(record.known.map(({ scan }, index) => [record.files[index], scan.size]));
    const grown = changed.reduce((sum, { file, text }) => sum + text.length - (sizes.get(file) ?? 0), 0);
    return this.audit(record, drivers, { ...totals, parsedBytes: totals.parsedBytes + grown });
  }

  private audit(record: RunRecord, judged: readonly Driver[], totals: Totals): Audit {
    const { config, onUnit } = this.options;
    const { root } = record.head;
    const drivers = config ? applyLevels(judged, (file) => config.effective(join(root, file))) : judged;
    if (onUnit) {
      const { context, surroundings, doubted } = record.context;
      onUnit({ root, context, surroundings, doubted, drivers });
    }
    const named = this.options.paths.map((path) => resolve(path));
    const kernel = findKernelRoot(root);
    return {
      drivers,
      skipped: [],
      totals,
      named,
      roots: new Map(drivers.map(({ file }) => [file, root])),
      kernels: kernel ? [kernel.full] : [],
    };
  }

  /** Keeps a run for the next one. */
  keep(trace: RunTrace, { skipped, totals }: Pick<Audit, 'skipped' | 'totals'>): void {
    // What was skipped is named anew each time.
    if (skipped.length > 0 || totals.files < MIN_FILES) return;
    const parts = partsOf(trace);
    if (parts) this.store.write(this.key, parts);
  }

  private get key(): string {
    const { paths, tree, version, shipped, fromRoot, ignoreSuppressions } = this.options;
    const absolute = paths.map((path) => resolve(path));
    return JSON.stringify([
      absolute,
      tree && resolve(tree),
      version,
      shipped !== false,
      fromRoot === true,
      ignoreSuppressions === true,
    ]);
  }
}

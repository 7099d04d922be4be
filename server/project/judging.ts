import { dirname, join } from 'node:path';
import { type Kernel, kernelView, type OwnRows } from '../kernel/index.ts';

/** What a project's configuration changes about how modules are judged. */
export interface Judging {
  /** Kernel version as `major.minor` instead of the tree's. */
  readonly version?: string;
  /** Rows of the project's own. */
  readonly own?: OwnRows;
  /** Names all of the above: what has equal digests is judged alike. `''` where nothing is changed. */
  readonly digest: string;
}

/** Tells how the modules in a folder (an absolute path) are judged. */
export interface JudgingSource {
  judging(dir: string): Judging;
}

const PLAIN: Judging = { digest: '' };

/** The kernels by which the modules of one root are judged. */
export class RootKernels {
  private readonly byDigest = new Map<string, Kernel | undefined>();
  private readonly root: string;
  private readonly source: JudgingSource | undefined;
  private readonly versions: { readonly forced: string | undefined; readonly tree: string | undefined };

  /**
   * @param root absolute path
   * @param versions the version that the caller insists on, and the tree's own
   */
  constructor(
    root: string,
    source: JudgingSource | undefined,
    versions: { readonly forced: string | undefined; readonly tree: string | undefined },
  ) {
    this.root = root;
    this.source = source;
    this.versions = versions;
  }

  /** What is configured for a file (from the root), or for the root itself. */
  judging(file?: string): Judging {
    return this.source?.judging(file === undefined ? this.root : dirname(join(this.root, file))) ?? PLAIN;
  }

  /** The version by which the root as a whole is judged. */
  get version(): string | undefined {
    return this.versions.forced ?? this.judging().version ?? this.versions.tree;
  }

  /** The kernel by which the module of a file is judged. */
  of(file?: string): Kernel | undefined {
    const judging = this.judging(file);
    if (!this.byDigest.has(judging.digest)) {
      const version = this.versions.forced ?? judging.version ?? this.versions.tree;
      this.byDigest.set(judging.digest, kernelView(version, judging.own));
    }
    return this.byDigest.get(judging.digest);
  }

  /** Forgets what was configured. */
  forget(): void {
    this.byDigest.clear();
  }
}

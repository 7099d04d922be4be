import type { Overlay, TreeFiles } from '../tree/files.ts';

/** One state of a tree. */
export interface TreeState {
  /** Absolute path. */
  readonly root: string;
  readonly disk: TreeFiles;
  /** What lies over the disk in `disk`. */
  readonly overlay: Overlay;
  readonly isKernel: boolean;
}

/** An exported name that does DMA on what it is handed, or asks a DMA engine to. */
export interface LibraryEntry {
  /**
   * Index of the argument that leads to the device; -1 for an ops table, whose functions get their object later; null
   * where all that it does is to ask a DMA engine.
   */
  readonly device: number | null;
  readonly file: string;
  /** Whether the device goes on by itself, by the rows that were reached or the framework that it is registered with. */
  readonly kind?: 'autonomous' | 'request';
  /** It asks a DMA engine for a channel or a transfer on its caller's behalf. */
  readonly client?: true;
}

/** Entry points found in the tree itself: exported functions that do DMA on an argument's device. */
export type DerivedLibraries = ReadonlyMap<string, LibraryEntry>;

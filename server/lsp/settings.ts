/** What a user can set; the names are those of the manifest's `quiesce.*` and of `initializationOptions`. */
export interface Settings {
  /** Kernel tree to take instead of the one found above each file; `''`: find it. */
  readonly kernelTree: string;
  /** Kernel version as `major.minor`; `''`: the tree's. */
  readonly kernelVersion: string;
  /** Audit the folders of the workspace in the background. */
  readonly backgroundIndex: boolean;
  /** Whose findings are shown: of open files, or of all files of the index. */
  readonly problems: 'openFiles' | 'workspace';
  readonly codeLens: boolean;
  /** How diagnostics get to the client: `auto` pulls where the client can. */
  readonly diagnostics: 'auto' | 'push' | 'pull';
  /** The client understands `command:` links and has the commands of our extension. */
  readonly clientCommands: boolean;
  /** How changes on disk are noticed: by the client's watcher, or by looking from time to time. */
  readonly watch: 'client' | 'poll';
}

export const DEFAULTS: Settings = {
  kernelTree: '',
  kernelVersion: '',
  backgroundIndex: true,
  problems: 'openFiles',
  codeLens: true,
  diagnostics: 'auto',
  clientCommands: false,
  watch: 'client',
};

/** Takes known settings of the right type over from what a client sent; the rest stays. */
export function mergeSettings(base: Settings, given: unknown): Settings {
  if (typeof given !== 'object' || given === null) return base;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(given)) {
    if (key in base && typeof value === typeof base[key as keyof Settings]) merged[key] = value;
  }
  return merged as unknown as Settings;
}

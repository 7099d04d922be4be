import { readFileSync } from 'node:fs';

/** Kernels allow that many watched folders; below it a kernel tree can't be watched. */
const FEW_WATCHES = 16_384;
const LIMIT = '/proc/sys/fs/inotify/max_user_watches';

/** How the server is to notice changes outside of the editor. */
export type Watching = 'client' | 'poll';

/** Decides how changes are noticed, and says once why it is by polling. */
export class Watches {
  private readonly tell: (notice: string) => void;
  private readonly read: (path: string) => string;
  private isTold = false;

  constructor(tell: (notice: string) => void, read = (path: string): string => readFileSync(path, 'utf8')) {
    this.tell = tell;
    this.read = read;
  }

  /** `poll` where this machine lets a user watch too few folders for a kernel tree. */
  get watching(): Watching {
    const limit = this.limit();
    if (limit === undefined || limit >= FEW_WATCHES) return 'client';
    if (!this.isTold) {
      this.isTold = true;
      this.tell(
        `this machine lets a user watch ${limit} folders only (fs.inotify.max_user_watches): changes outside of the editor are looked for every few seconds instead`,
      );
    }
    return 'poll';
  }

  /** Undefined where the system has no such limit. */
  private limit(): number | undefined {
    try {
      const limit = Number.parseInt(this.read(LIMIT), 10);
      return Number.isNaN(limit) ? undefined : limit;
    } catch {
      return undefined;
    }
  }
}

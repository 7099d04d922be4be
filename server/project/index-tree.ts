import { ConfigStore } from './config-store.ts';
import { auditPaths } from './project.ts';
import type { JudgedUnit } from './types.ts';

/** What the parent asks the indexing process for. */
export interface IndexRequest {
  readonly paths: readonly string[];
  readonly jobs: number;
  readonly tree?: string;
  readonly version?: string;
}

/** What the indexing process tells its parent. */
export type IndexMessage =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number; readonly phase: string }
  | { readonly kind: 'unit'; readonly unit: JudgedUnit }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

/** The indexing process: audits what it is asked for, as `quiesce check` does, and goes. */
async function main(): Promise<void> {
  const send = (message: IndexMessage): Promise<void> =>
    new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));
  // The server is gone: so are we.
  process.on('disconnect', () => process.exit(0));
  const request = await new Promise<IndexRequest>((resolve) => process.once('message', resolve as never));
  let last = 0;
  try {
    const units: JudgedUnit[] = [];
    await auditPaths({
      ...request,
      // What is wrong with a configuration the server shows.
      config: new ConfigStore({ onError: () => {} }),
      fromRoot: true,
      onUnit: (unit) => units.push(unit),
      onProgress: (done, total, phase) => {
        const now = Date.now();
        if (now - last < 100) return;
        last = now;
        void send({ kind: 'progress', done, total, phase });
      },
    });
    for (const unit of units) await send({ kind: 'unit', unit });
    await send({ kind: 'done' });
  } catch (error) {
    await send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
  process.disconnect();
}

if (process.send) await main();

import { setTimeout } from 'node:timers/promises';
import type { Driver } from '../audit/model.ts';
import { openCache } from '../tree/cache/index.ts';
import { ConfigStore } from './config-store.ts';
import { keepHeapSmall } from './memory.ts';
import { auditPaths } from './project.ts';
import type { JudgedUnit } from './types.ts';
import { TOOL_VERSION } from './version.ts';

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
  | { readonly kind: 'drivers'; readonly drivers: readonly Driver[] }
  /** Its drivers are those that were sent since the unit before. */
  | { readonly kind: 'unit'; readonly unit: Omit<JudgedUnit, 'drivers'> }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Drivers of one message, and the pause after it: the server reads each between two keystrokes. */
const PART = 50;
const PAUSE_MS = 5;
/** How long what was read may take to be written out when nobody waits any more. */
const LAST_MS = 3000;

/** The indexing process: audits what it is asked for, as `quiesce check` does, with its cache, and goes. */
async function main(): Promise<void> {
  keepHeapSmall();
  const send = (message: IndexMessage): Promise<void> =>
    new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));
  const abort = new AbortController();
  // The server is gone, or wants no more of it: what was read is kept, and that is all.
  process.on('disconnect', () => {
    abort.abort();
    setTimeout(LAST_MS, undefined, { ref: false }).then(() => process.exit(0));
  });
  const request = await new Promise<IndexRequest>((resolve) => process.once('message', resolve as never));
  let last = 0;
  const cache = openCache(TOOL_VERSION, 'auto');
  // Also where the time is up: what was being written then goes.
  process.once('exit', () => cache?.close());
  try {
    const units: JudgedUnit[] = [];
    await auditPaths({
      ...request,
      ...(cache ? { cache } : {}),
      signal: abort.signal,
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
    for (const { drivers, ...unit } of units) {
      for (let at = 0; at < drivers.length; at += PART) {
        await send({ kind: 'drivers', drivers: drivers.slice(at, at + PART) });
        await setTimeout(PAUSE_MS);
      }
      await send({ kind: 'unit', unit });
    }
    await send({ kind: 'done' });
  } catch (error) {
    if (abort.signal.aborted) return;
    await send({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
  process.disconnect();
}

if (process.send) await main();

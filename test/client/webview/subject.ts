/** A real subject: a driver of the examples as the audit reads it, and what the command line says of its kexec. */
import { spawnSync } from 'node:child_process';
import type { Subject } from '../../../client/webview/messages.ts';
import { simulationSubject } from '../../../server/lsp/simulate.ts';

export const EXAMPLE = 'test/fixtures/examples/amba/dmac.c';

/** Runs the built command line. @throws Error when it fails */
export function quiesce(...args: readonly string[]): string {
  const run = spawnSync(process.execPath, ['dist/cli.js', ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (run.status !== 0) throw new Error(`quiesce ${args.join(' ')}: ${run.stderr}`);
  return run.stdout;
}

/** What `quiesce simulate … --format json` prints. */
// biome-ignore lint/suspicious/noExplicitAny: checked against its schema elsewhere
export function simulated(...args: readonly string[]): any {
  return JSON.parse(quiesce('simulate', ...args, '--format', 'json'));
}

/** What the server would send for the first driver of a file. */
export function subjectOf(file = EXAMPLE): Subject {
  const [line] = quiesce('inventory', '--format', 'jsonl', file).split('\n');
  const v2 = {
    policy: 'bypass',
    says: 'sCR0.CLIENTPD=1: every stream bypasses the SMMU',
    file: 'drivers/iommu/smmu.c',
    line: 12,
  } as const;
  const v3 = { policy: 'bypass', says: 'CR0=0: GBPA.ABORT decides' } as const;
  return simulationSubject('/tree', JSON.parse(line!), { v2, v3 });
}

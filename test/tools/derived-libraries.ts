/**
 * Writes `server/kernel/derived.json`: the exported functions of kernel trees that do DMA on a device behind one of
 * their arguments, as the audit derives them. A file judged outside a whole tree is judged by this list.
 *
 *     npm run build && node test/run.js test/tools/derived-libraries.ts TREE… > server/kernel/derived.json
 *
 * The list holds names and argument numbers only, by kernel version; `client` marks what asks a DMA engine. Modules that
 * call what the list holds are read for more, so that a new list is made twice.
 */

import { join } from 'node:path';
import type { LibraryEntry } from '../../server/audit/library-entry.ts';
import { auditPaths } from '../../server/project/project.ts';
import { kernelRootAt } from '../../server/tree/root.ts';

const DIRS = ['drivers', 'sound', 'net', 'crypto', 'lib', 'block'];
const byVersion: Record<string, Record<string, string>> = {};
for (const tree of process.argv.slice(2)) {
  const kernel = kernelRootAt(tree);
  if (!kernel) throw new Error(`${tree}: no kernel tree`);
  await auditPaths({
    paths: DIRS.map((dir) => join(kernel.root, dir)),
    shipped: false,
    onUnit: ({ context }) => {
      const names = [...context.libraries].map(([name, entry]) => [name, textOf(entry)] as const).sort();
      byVersion[kernel.version] = Object.fromEntries(names);
    },
  });
}

function textOf({ device, kind, client }: LibraryEntry): string {
  return [device ?? [], kind ?? [], client ? 'client' : []].flat().join(' ');
}

process.stdout.write(`${JSON.stringify(byVersion, null, 1)}\n`);

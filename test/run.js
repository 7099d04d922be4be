// Runs a TypeScript tool of the project: `node test/run.js test/tools/x.ts ARGS…`. Bundles it into dist/tools first,
// beside the workers and the WASM files that the bundle of `npm run build` put into dist.
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { build } from 'esbuild';

const [entry, ...args] = process.argv.slice(2);
if (!entry) {
  process.stderr.write('usage: node test/run.js FILE.ts [ARG…]\n');
  process.exit(2);
}
const outfile = `dist/tool-${basename(entry, '.ts')}.js`;
await build({
  entryPoints: [entry],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['tree-sitter', 'tree-sitter-c', 'esbuild', 'playwright-core'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
const run = spawnSync(process.execPath, [outfile, ...args], { stdio: 'inherit' });
process.exit(run.status ?? 1);

// `npm run e2e -- --host DIR`: bundles main.ts (packages stay outside) and runs it.
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';

const outfile = 'dist/e2e.js';
await build({
  entryPoints: ['test/e2e/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
});
process.exit(
  spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1,
);

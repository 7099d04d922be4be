// Bundles everything that runs into dist/, with the WASM files beside it.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist', { recursive: true });

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  logLevel: 'warning',
  // Native engines are optional and found at run time; vscode is given by the editor.
  external: ['vscode', 'tree-sitter', 'tree-sitter-c'],
};

// CommonJS packages inside an ES module bundle ask for require().
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

await build({
  ...common,
  format: 'esm',
  banner,
  splitting: false,
  outdir: 'dist',
  entryPoints: {
    cli: 'server/cli/main.ts',
    worker: 'server/tree/task.ts',
    // The pool starts this file of its own beside the bundle.
    'entry/worker': 'node_modules/tinypool/dist/entry/worker.js',
  },
});

copyFileSync('node_modules/web-tree-sitter/tree-sitter.wasm', 'dist/tree-sitter.wasm');
copyFileSync('node_modules/tree-sitter-c/tree-sitter-c.wasm', 'dist/tree-sitter-c.wasm');

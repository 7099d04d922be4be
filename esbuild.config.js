// Bundles everything that runs into dist/, with the WASM files and the licences of what was bundled beside it.
// Each file is written under another name first and then renamed: a program that runs from dist/ meanwhile never
// reads half a file.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const OUT = 'dist';

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  logLevel: 'warning',
  metafile: true,
  write: false,
  outdir: OUT,
  // Native engines are optional and found at run time; vscode is given by the editor.
  external: ['vscode', 'tree-sitter', 'tree-sitter-c'],
};

// CommonJS packages inside an ES module bundle ask for require().
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** What the extension loads after it is active: the language client, nearly all of its code. */
const afterwards = {
  name: 'afterwards',
  setup(build_) {
    build_.onResolve({ filter: /\/start\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './client.cjs', external: true } : undefined,
    );
  },
};

/** What a program loads when it first needs it, by the file that it is: no start waits for it. */
const LATER = {
  threads: 'server/tree/threads.ts',
  simulate: 'server/lsp/simulate.ts',
  board: 'server/lsp/board.ts',
};
const later = {
  name: 'later',
  setup(build_) {
    build_.onResolve({ filter: /^\.\/\w+\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const file = relative('.', join(resolveDir, path)).replaceAll('\\', '/');
      const name = Object.keys(LATER).find((one) => LATER[one] === file);
      return name ? { path: `./${name}.js`, external: true } : undefined;
    });
  },
};

const bundles = [
  {
    ...common,
    format: 'esm',
    plugins: [later],
    // Less to read at each start; names stay, for stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    banner,
    splitting: false,
    entryPoints: {
      cli: 'server/cli/entry.ts',
      main: 'server/cli/main.ts',
      worker: 'server/tree/task.ts',
      examine: 'server/project/examine-task.ts',
      server: 'server/lsp/main.ts',
      'index-tree': 'server/project/index-tree.ts',
      ...LATER,
      // The pool starts this file of its own beside the bundle.
      'entry/worker': 'node_modules/tinypool/dist/entry/worker.js',
      // Loaded again under another address after a text made the runtime fail (grammars/wasm.ts).
      'web-tree-sitter': 'node_modules/web-tree-sitter/tree-sitter.js',
    },
  },
  {
    ...common,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    minify: true,
    entryPoints: { extension: 'client/extension.ts', client: 'client/start.ts' },
    plugins: [afterwards],
  },
];

/** The panel runs in a browser; the simulator's thread is inside its script, since a webview may load no other. */
const browser = { ...common, platform: 'browser', target: 'chrome128', sourcemap: false, minify: true };
const workerText = {
  name: 'worker-text',
  setup(build_) {
    build_.onResolve({ filter: /^quiesce:worker$/ }, () => ({ path: 'worker', namespace: 'worker-text' }));
    build_.onLoad({ filter: /.*/, namespace: 'worker-text' }, async () => {
      const options = { ...browser, format: 'iife', entryPoints: ['client/webview/sim/worker.ts'] };
      const { outputFiles } = await build(options);
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
};
bundles.push({
  ...browser,
  format: 'iife',
  entryPoints: { 'webview/panel': 'client/webview/main.tsx', 'webview/style': 'client/webview/style.css' },
  jsx: 'automatic',
  jsxImportSource: 'preact',
  plugins: [workerText],
});

/** The pages of `check` and `advice`: their script and styles are put into each. */
bundles.push({
  ...browser,
  // Whoever gets a report may have an older one.
  target: ['chrome109', 'firefox115', 'safari16'],
  format: 'iife',
  entryPoints: { 'report/page': 'client/report/main.tsx', 'report/advice': 'client/report/advice.css' },
  jsx: 'automatic',
  jsxImportSource: 'preact',
});

const bundled = new Set(['web-tree-sitter', 'tree-sitter-c']);
for (const options of bundles) {
  const result = await build(options);
  for (const file of result.outputFiles) put(file.path, file.contents);
  for (const input of Object.keys(result.metafile.inputs)) {
    const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) bundled.add(name);
  }
}
put(join(OUT, 'tree-sitter.wasm'), readFileSync('node_modules/web-tree-sitter/tree-sitter.wasm'));
put(join(OUT, 'tree-sitter-c.wasm'), readFileSync('node_modules/tree-sitter-c/tree-sitter-c.wasm'));
put(join(OUT, 'THIRD-PARTY-LICENSES.txt'), licences());

function put(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.${process.pid}.new`;
  // The mode lets `dist/cli.js` run by its own name.
  writeFileSync(fresh, contents, { mode: path.endsWith('cli.js') ? 0o755 : 0o644 });
  renameSync(fresh, path);
}

/** The licences of every bundled package: each asks to go along with copies. */
function licences() {
  const parts = [...bundled].sort().map((name) => {
    const dir = join('node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
    const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file
      ? readFileSync(join(dir, file), 'utf8').trim()
      : 'The package ships no licence text of its own.';
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `Packages bundled in this directory, each under its own licence.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}

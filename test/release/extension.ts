/** The extension's package: what is in it, and what the galleries ask of it. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hold, run, todo } from './holds.ts';
import { demands, type Manifest, readmeLinks, relativeLinks } from './marketplace.ts';

const NEEDED = [
  'dist/extension.cjs',
  'dist/client.cjs',
  'dist/webview/panel.js',
  'dist/webview/style.css',
  'dist/server.js',
  'dist/index-tree.js',
  'dist/threads.js',
  'dist/simulate.js',
  'dist/board.js',
  'dist/worker.js',
  'dist/tree-sitter-c.wasm',
  'package.json',
];

/**
 * Packs the extension as it would be published and looks into it.
 * @param out absolute path of the folder that it is put into
 * @returns its path
 */
export function packExtension(root: string, manifest: Manifest, out: string): string {
  const vsix = join(out, `${manifest.name}-${manifest.version}.vsix`);
  // Without a repository vsce does not know where the README's links lead, and refuses to pack it.
  const unhoused = ['--allow-missing-repository', '--no-rewrite-relative-links'];
  const flags = manifest.repository ? [] : unhoused;
  const made = run('npx', ['vsce', 'package', '--no-dependencies', ...flags, '--out', vsix], root);
  const said = made.stdout + made.stderr;
  hold('vsce packs the extension', made.status === 0, said);
  if (made.status !== 0) return vsix;
  const warnings = said.split('\n').filter((line) => /\b(?:WARNING|ERROR)\b/.test(line));
  hold('vsce has no warning', warnings.length === 0, warnings.join('\n'));
  const { size } = statSync(vsix);
  hold(`the extension is smaller than 4 MB (${(size / 1e6).toFixed(2)} MB)`, size < 4e6);

  const paths = list(vsix, out);
  const missing = NEEDED.filter((path) => !paths.includes(path));
  hold('the extension holds what it needs', missing.length === 0, `missing: ${missing.join(', ')}`);
  const odd = paths.filter((path) =>
    /(?:^|\/)(?:test|server|simulator|node_modules)\/|\.map$|\/tool-/.test(path),
  );
  hold('the extension holds nothing else', odd.length === 0, `odd: ${odd.join(', ')}`);

  for (const { what, why } of demands(root, manifest, paths)) hold(`galleries: ${what}`, why === '', why);
  const tracked = new Set(run('git', ['ls-files'], root).stdout.split('\n'));
  const links = readmeLinks(readFileSync(join(root, 'README.md'), 'utf8'), (path) => tracked.has(path));
  hold(`galleries: ${links.what}`, links.why === '', links.why);
  const left = relativeLinks(run('unzip', ['-p', vsix, 'extension/readme.md'], out).stdout);
  if (manifest.repository)
    hold(
      'galleries: no link of the packed README is relative',
      left.length === 0,
      left.map(({ path }) => path).join(),
    );
  else
    todo(
      `set "repository" in package.json: without it the galleries show none of the README's ${left.length} relative links and pictures`,
    );
  return vsix;
}

/** Paths of the extension's own files. */
function list(vsix: string, cwd: string): string[] {
  const listing = run('unzip', ['-Z1', vsix], cwd);
  hold('the package can be listed (unzip)', listing.status === 0, listing.stderr);
  return listing.stdout
    .trim()
    .split('\n')
    .filter((path) => path.startsWith('extension/'))
    .map((path) => path.slice('extension/'.length));
}

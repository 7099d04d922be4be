/** The npm tarball: what is in it, and whether it runs elsewhere, offline and on other versions of Node. */
import { cpSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { hold, type Ran, run, skip } from './holds.ts';
import type { Manifest } from './marketplace.ts';

export const EXAMPLES = 'test/fixtures/examples';
/** The oldest version of Node is the one that CI runs; these come after it. */
const OTHER_NODES = ['22', '24'];
const NEEDED = [
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'dist/cli.js',
  'dist/main.js',
  'dist/worker.js',
  'dist/entry/worker.js',
  'dist/server.js',
  'dist/index-tree.js',
  'dist/threads.js',
  'dist/simulate.js',
  'dist/board.js',
  'dist/extension.cjs',
  'dist/client.cjs',
  'dist/webview/panel.js',
  'dist/webview/style.css',
  'dist/web-tree-sitter.js',
  'dist/tree-sitter.wasm',
  'dist/tree-sitter-c.wasm',
  'dist/THIRD-PARTY-LICENSES.txt',
  'docs/ci/quiesce-checkpatch.sh',
  'docs/rules/missing-shutdown.md',
  'docs/schema/inventory.schema.json',
  'docs/schema/check.schema.json',
];

/** Findings of the example drivers as an installation gives them. */
export function check(command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Ran {
  return run(
    command,
    [...args, 'check', '--no-cache', '--format', 'gcc', '--fail-on', 'never', EXAMPLES],
    cwd,
    env,
  );
}

/**
 * Packs the tarball and looks into it.
 * @param out absolute path of the folder that it is put into
 * @returns its path
 */
export function packTarball(root: string, manifest: Manifest, out: string): string {
  const packed = run('npm', ['pack', '--pack-destination', out], root);
  const name = `${manifest.name}-${manifest.version}.tgz`;
  hold(
    'npm pack prints the name of the tarball and nothing else',
    packed.stdout === `${name}\n`,
    packed.stdout,
  );
  const tarball = join(out, name);
  const listing = run('tar', ['tzf', tarball], out).stdout.trim().split('\n');
  const paths = listing.map((path) => path.replace(/^package\//, ''));
  const missing = NEEDED.filter((path) => !paths.includes(path));
  hold('the tarball holds what it needs', missing.length === 0, `missing: ${missing.join(', ')}`);
  const odd = paths.filter((path) =>
    /^(?:test|server|simulator|grammars|client|node_modules)\/|\.map$|\/tool-|\.env/.test(path),
  );
  hold('the tarball holds nothing else', odd.length === 0, `odd: ${odd.join(', ')}`);
  const { size } = statSync(tarball);
  hold(`the tarball is small (${(size / 1e6).toFixed(1)} MB)`, size < 5e6);
  hold('the package has no run-time dependencies', Object.keys(manifest.dependencies ?? {}).length === 0);
  return tarball;
}

/** Runs the tarball from another folder. @param expected what it has to print */
export function runTarball(tarball: string, work: string, expected: string): void {
  const away = join(work, 'away');
  mkdirSync(away);
  cpSync(EXAMPLES, join(away, EXAMPLES), { recursive: true });
  run('tar', ['xzf', tarball], work);
  const cli = join(work, 'package', 'dist', 'cli.js');
  const direct = check(process.execPath, [cli], away);
  hold('the unpacked tarball says the same from another folder', direct.stdout === expected, direct.stderr);

  const offline = { ...process.env, npm_config_cache: join(work, 'empty-cache'), npm_config_offline: 'true' };
  const name = basename(tarball);
  cpSync(tarball, join(away, name));
  const npx = check('npx', ['--yes', `./${name}`], away, offline);
  hold('npx runs the tarball offline with an empty cache', npx.stdout === expected, npx.stderr);

  const isolated = run('unshare', ['-rn', 'true'], away);
  if (isolated.status !== 0)
    skip('without a network at all', isolated.stderr || 'unshare cannot make a network namespace');
  else {
    const alone = check('unshare', ['-rn', process.execPath, cli], away);
    hold('it runs where there is no network at all', alone.stdout === expected, alone.stderr);
  }
  for (const version of OTHER_NODES) onNode(version, { away, work, cli, name, expected });
}

interface Elsewhere {
  readonly away: string;
  readonly work: string;
  readonly cli: string;
  /** The tarball in `away`. */
  readonly name: string;
  readonly expected: string;
}

/** On another version of Node, as npm has it: its command line directly, and the tarball through npx, offline. */
function onNode(version: string, { away, work, cli, name, expected }: Elsewhere): void {
  const npm = { ...process.env, npm_config_cache: join(work, 'node-cache') };
  const on = ['--yes', '-p', `node@${version}`, '--'];
  const found = run('npx', [...on, 'node', '--version'], away, npm);
  if (found.status !== 0) {
    skip(`Node ${version}`, found.stderr || 'it could not be fetched');
    return;
  }
  const which = `Node ${found.stdout.trim()}`;
  const direct = check('npx', [...on, 'node', cli], away, npm);
  const same = direct.stdout === expected && !/unrecognized flag/.test(direct.stderr);
  hold(`it says the same on ${which}`, same, direct.stderr);
  const where = run('npx', [...on, 'node', '-p', 'process.execPath'], away, npm).stdout.trim();
  const npx = run('sh', ['-c', 'command -v npx'], away).stdout.trim();
  const empty = {
    ...process.env,
    npm_config_cache: join(work, `empty-${version}`),
    npm_config_offline: 'true',
  };
  // npx starts what it runs by the first `node` of the path.
  const path = { ...empty, PATH: `${join(where, '..')}:${process.env.PATH}` };
  const packed = check(where, [npx, '--yes', `./${name}`], away, path);
  hold(
    `npx runs the tarball offline with an empty cache on ${which}`,
    packed.stdout === expected,
    packed.stderr,
  );
}

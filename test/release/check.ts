/**
 * What has to hold before a release and is too slow for every landing.
 *
 *     npm run release-check
 *
 * Packs the npm tarball and the extension, looks at what is in them, and runs the tarball without a network, with an
 * empty npm cache, from another folder and on other versions of Node; installs a fresh clone with no compiler in reach.
 * Says what a person still has to do. Exits 1 when something does not hold.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';

const ROOT = resolve('.');
const EXAMPLES = 'test/fixtures/examples';
/** The oldest version of Node is the one that CI runs; these come after it. */
const OTHER_NODES = ['22', '24'];
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'quiesce-release-'));
let failed = 0;

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Ran {
  const done = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 256e6 });
  return { status: done.status, stdout: done.stdout ?? '', stderr: done.stderr ?? String(done.error ?? '') };
}

function hold(what: string, ok: boolean, why = ''): void {
  process.stdout.write(
    `${ok ? 'ok  ' : 'FAIL'} ${what}${ok || why === '' ? '' : `\n     ${why.trim().split('\n').slice(-6).join('\n     ')}`}\n`,
  );
  if (!ok) failed++;
}

function skip(what: string, why: string): void {
  process.stdout.write(`SKIP ${what}: ${why.trim().split('\n').at(-1)}\n`);
}

/** Findings of the example drivers as another installation gives them. */
function check(command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Ran {
  return run(
    command,
    [...args, 'check', '--no-cache', '--format', 'gcc', '--fail-on', 'never', EXAMPLES],
    cwd,
    env,
  );
}

try {
  const here = check(process.execPath, ['dist/cli.js'], ROOT);
  hold(
    'the build audits the examples',
    here.status === 0 && here.stdout.includes('missing-shutdown'),
    here.stderr,
  );

  const tarball = packTarball();
  runTarball(tarball, here.stdout);
  packExtension();
  installClone();
  versions();
  forPersons();
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(failed === 0 ? 'ready as far as a machine can tell\n' : `${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function packTarball(): string {
  const packed = run('npm', ['pack', '--json', '--pack-destination', work], ROOT);
  const [info] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as [
    { filename: string; size: number; files: { path: string }[] },
  ];
  const paths = info.files.map(({ path }) => path);
  const needed = [
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
    'docs/rules/missing-shutdown.md',
    'docs/schema/inventory.schema.json',
    'docs/schema/check.schema.json',
  ];
  const missing = needed.filter((path) => !paths.includes(path));
  hold('the tarball holds what it needs', missing.length === 0, `missing: ${missing.join(', ')}`);
  const odd = paths.filter((path) =>
    /^(?:test|server|simulator|grammars|client|node_modules)\/|\.map$|\/tool-|\.env/.test(path),
  );
  hold('the tarball holds nothing else', odd.length === 0, `odd: ${odd.join(', ')}`);
  hold(`the tarball is small (${(info.size / 1e6).toFixed(1)} MB)`, info.size < 5e6);
  hold('the package has no run-time dependencies', Object.keys(manifest.dependencies ?? {}).length === 0);
  return join(work, info.filename);
}

function runTarball(tarball: string, expected: string): void {
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
  for (const version of OTHER_NODES) {
    const npm = { ...process.env, npm_config_cache: join(work, 'node-cache') };
    const found = run('npx', ['--yes', '-p', `node@${version}`, '--', 'node', '--version'], away, npm);
    if (found.status !== 0) skip(`Node ${version}`, found.stderr || 'it could not be fetched');
    else {
      const other = check('npx', ['--yes', '-p', `node@${version}`, '--', 'node', cli], away, npm);
      const same = other.stdout === expected && !/unrecognized flag/.test(other.stderr);
      hold(`it says the same on Node ${found.stdout.trim()}`, same, other.stderr);
    }
  }
}

function packExtension(): void {
  const vsix = join(work, 'quiesce.vsix');
  const made = run('npm', ['run', '--silent', 'package', '--', '--out', vsix], ROOT);
  hold('vsce packs the extension', made.status === 0, made.stdout + made.stderr);
  if (!existsSync(vsix)) return;
  const { size } = statSync(vsix);
  hold(`the extension is smaller than 4 MB (${(size / 1e6).toFixed(2)} MB)`, size < 4e6);
  const listing = run('unzip', ['-Z1', vsix], work);
  if (listing.status !== 0) {
    skip('what is in the extension', 'unzip is not installed');
    return;
  }
  const paths = listing.stdout.trim().split('\n');
  const needed = [
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
    'readme.md',
    'LICENSE.txt',
  ];
  const missing = needed.filter((path) => !paths.includes(`extension/${path}`));
  hold('the extension holds what it needs', missing.length === 0, `missing: ${missing.join(', ')}`);
  const odd = paths.filter((path) => /\/(?:test|server|simulator|node_modules)\/|\.map$|\/tool-/.test(path));
  hold('the extension holds nothing else', odd.length === 0, `odd: ${odd.join(', ')}`);
}

/** A fresh clone on a machine with Node and git, and nothing that compiles. */
function installClone(): void {
  const clone = join(work, 'clone');
  const bin = join(work, 'bin');
  mkdirSync(bin);
  const tools = [
    'node',
    'npm',
    'npx',
    'git',
    'sh',
    'bash',
    'env',
    'uname',
    'cat',
    'ls',
    'mkdir',
    'rm',
    'sed',
    'dirname',
    'basename',
  ];
  for (const tool of tools) {
    const at = (process.env.PATH ?? '')
      .split(delimiter)
      .map((dir) => join(dir, tool))
      .find((path) => existsSync(path));
    if (at) symlinkSync(at, join(bin, tool));
  }
  const env = { HOME: work, PATH: bin, npm_config_cache: join(work, 'clone-cache'), CI: 'true' };
  const cloned = run('git', ['clone', '-q', ROOT, clone], work);
  if (cloned.status !== 0) {
    skip('a fresh clone', cloned.stderr);
    return;
  }
  const installed = run('npm', ['install', '--no-audit', '--no-fund'], clone, env);
  hold(
    'npm install works in a fresh clone without a compiler and without flags',
    installed.status === 0,
    installed.stderr,
  );
  if (installed.status !== 0) return;
  const example = run('npm', ['run', '--silent', 'example'], clone, env);
  hold(
    'the example command works there',
    example.status === 0 && example.stdout.includes('[missing-shutdown]'),
    example.stderr,
  );
  const built = readdirSync(join(clone, 'dist')).reduce(
    (sum, name) => sum + statSync(join(clone, 'dist', name)).size,
    0,
  );
  hold(`it was built by the install (${(built / 1e6).toFixed(1)} MB in dist)`, built > 1e6);
}

function versions(): void {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  hold('the lock file has the version of the manifest', lock.version === manifest.version);
  const top = /^## (\d+\.\d+\.\d+)/m.exec(readFileSync('CHANGELOG.md', 'utf8'))?.[1];
  hold('the changelog begins with it', top === manifest.version, `${top} is not ${manifest.version}`);
}

function forPersons(): void {
  const left = [
    ...(manifest.repository ? [] : ['set "repository" in package.json: the marketplace and npm link to it']),
    ...(/unreleased/.test(readFileSync('CHANGELOG.md', 'utf8')) ? ['put the date into CHANGELOG.md'] : []),
    'compile hooks: node test/run.js test/release/hook-compile.ts --tree DIR --headers DIR (docs/editors/figures.md)',
    'boot a machine and hold the join against it: npm run qemu -- --tree DIR',
  ];
  for (const what of left) process.stdout.write(`TO DO BY A PERSON: ${what}\n`);
}

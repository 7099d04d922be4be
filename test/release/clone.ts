/** A fresh clone: installed without a compiler in reach, and by pre-commit. */
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { hold, run, skip } from './holds.ts';

/** All that there is on a machine with Node and git, and nothing that compiles. */
const TOOLS = 'node npm npx git sh bash env uname cat ls mkdir rm sed dirname basename'.split(' ');

/** Clones, installs and runs the example in an environment of `TOOLS` alone. */
export function installClone(root: string, work: string): void {
  const clone = join(work, 'clone');
  const bin = join(work, 'bin');
  mkdirSync(bin);
  for (const tool of TOOLS) {
    const at = (process.env.PATH ?? '')
      .split(delimiter)
      .map((dir) => join(dir, tool))
      .find((path) => existsSync(path));
    if (at) symlinkSync(at, join(bin, tool));
  }
  const env = { HOME: work, PATH: bin, npm_config_cache: join(work, 'clone-cache'), CI: 'true' };
  const cloned = run('git', ['clone', '-q', root, clone], work);
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
  const sizes = readdirSync(join(clone, 'dist')).map((name) => statSync(join(clone, 'dist', name)).size);
  const built = sizes.reduce((sum, size) => sum + size, 0);
  hold(`it was built by the install (${(built / 1e6).toFixed(1)} MB in dist)`, built > 1e6);
}

/** pre-commit itself installs the hook from the last commit of this repository and stops a commit with it. */
export function preCommit(root: string, work: string): void {
  if (run('pre-commit', ['--version'], work).status !== 0) {
    skip('the hook in pre-commit', 'pre-commit is not installed');
    return;
  }
  const tree = join(work, 'pre-commit');
  const script = `
    git init -q -b main "$TREE" && cd "$TREE"
    cp "$ROOT/test/fixtures/examples/platform/recorder.c" .
    printf 'obj-m += recorder.o\\n' >Makefile
    printf 'repos:\\n- repo: %s\\n  rev: %s\\n  hooks:\\n  - id: quiesce\\n' "$ROOT" "$(git -C "$ROOT" rev-parse HEAD)" \\
      >.pre-commit-config.yaml
    git add -A && pre-commit install && git -c user.name=a -c user.email=a@example.org commit -q -m driver`;
  const env = { ...process.env, ROOT: root, TREE: tree, PRE_COMMIT_HOME: join(work, 'pre-commit-home') };
  const { status, stdout, stderr } = run('bash', ['-ec', script], work, env);
  const said = stdout + stderr;
  hold('pre-commit stops a commit with a finding', status === 1 && said.includes('[missing-shutdown]'), said);
}

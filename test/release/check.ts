/**
 * What has to hold before a release and is too slow for every landing.
 *
 *     npm run release-check
 *     npm run release -- [--out DIR]
 *
 * Packs the npm tarball and the extension, looks at what is in them and what the galleries ask, and runs the tarball
 * without a network, with an empty npm cache, from another folder and on other versions of Node; installs a fresh clone
 * with no compiler in reach, and with pre-commit. Says what a person still has to do. Exits 1 when something does not
 * hold. `npm run release` keeps both packages in DIR (`.`) and says how to publish them. Nothing is published by it.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { installClone, preCommit } from './clone.ts';
import { packExtension } from './extension.ts';
import { failures, hold, run, todo } from './holds.ts';
import type { Manifest } from './marketplace.ts';
import { check, packTarball, runTarball } from './npm-package.ts';

const ROOT = resolve('.');
const { values } = parseArgs({
  options: { keep: { type: 'boolean' }, out: { type: 'string', default: '.' } },
});
const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'quiesce-release-'));

try {
  const here = check(process.execPath, ['dist/cli.js'], ROOT);
  const isAudited = here.status === 0 && here.stdout.includes('missing-shutdown');
  hold('the build audits the examples', isAudited, here.stderr);
  versions();
  const tarball = packTarball(ROOT, manifest, work);
  runTarball(tarball, work, here.stdout);
  const vsix = packExtension(ROOT, manifest, work);
  installClone(ROOT, work);
  preCommit(ROOT, work);
  forPersons();
  if (values.keep && failures() === 0) keep(tarball, vsix);
} finally {
  rmSync(work, { recursive: true, force: true });
}
const failed = failures();
process.stdout.write(failed === 0 ? 'ready as far as a machine can tell\n' : `${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);

function versions(): void {
  const { version } = manifest;
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  hold('the lock file has the version of the manifest', lock.version === version);
  const top = /^## (\d+\.\d+\.\d+)/m.exec(readFileSync('CHANGELOG.md', 'utf8'))?.[1];
  hold('the changelog begins with it', top === version, `${top} is not ${version}`);
  hold('the action runs it', readFileSync('action.yml', 'utf8').includes(`default: ${version}\n`));
  const named = readFileSync('docs/ci.md', 'utf8').match(/\bv(\d+\.\d+\.\d+)\b/g) ?? [];
  hold(
    'docs/ci.md names it',
    named.length > 0 && named.every((one) => one === `v${version}`),
    named.join(' '),
  );
}

function forPersons(): void {
  if (!manifest.repository) todo('set "repository" in package.json: the galleries and npm link to it');
  if (/unreleased/.test(readFileSync('CHANGELOG.md', 'utf8'))) todo('put the date into CHANGELOG.md');
  todo(`own the publisher '${manifest.publisher}': on the marketplace, and as a namespace on Open VSX`);
  todo(
    'compile hooks: node test/run.js test/release/hook-compile.ts --tree DIR --headers DIR (docs/editors/figures.md)',
  );
  todo('boot a machine and hold the join against it: npm run qemu -- --tree DIR');
}

/** Puts the packages where a person finds them, and says how they are published: by that person. */
function keep(tarball: string, vsix: string): void {
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  for (const file of [tarball, vsix]) copyFileSync(file, join(out, basename(file)));
  const [tgz, extension] = [tarball, vsix].map((file) => join(out, basename(file)));
  const commit = run('git', ['rev-parse', '--short', 'HEAD'], ROOT).stdout.trim();
  const dirty = run('git', ['status', '--porcelain'], ROOT).stdout !== '';
  process.stdout.write(
    `
Packed from ${commit}${dirty ? ', with changes that are not committed' : ''}. Nothing was published. To publish:

    git tag v${manifest.version} && git push origin v${manifest.version}
    npm publish ${tgz}
    npx vsce publish --packagePath ${extension}
    npx ovsx publish ${extension}

vsce wants a token of the publisher (npx vsce login ${manifest.publisher}), ovsx one of Open VSX (OVSX_PAT; the first time
npx ovsx create-namespace ${manifest.publisher}).

`,
  );
}

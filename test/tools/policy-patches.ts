// Applies each policy patch of a tree's SMMU drivers with git, and compiles the changed driver for arm64:
// node test/run.js test/tools/policy-patches.ts --tree DIR --build DIR [--cross PREFIX]
//   --tree DIR    kernel source; only read
//   --build DIR   a copy of it after `make ARCH=arm64 CROSS_COMPILE=… defconfig prepare`; the two drivers are written there
// Exit 1 when a patch is missing, does not apply, or brings an error or a warning of the compiler's.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { policyPatches } from '../../server/project/policy-patches.ts';

const { values } = parseArgs({
  options: {
    tree: { type: 'string' },
    build: { type: 'string' },
    cross: { type: 'string', default: 'aarch64-linux-gnu-' },
  },
});
if (!values.tree || !values.build) {
  process.stderr.write('usage: policy-patches.ts --tree DIR --build DIR [--cross PREFIX]\n');
  process.exit(2);
}
const tree = resolve(values.tree);
const build = resolve(values.build);
let bad = 0;
for (const { driver, policy, file, diff, why } of policyPatches(tree, ['v2', 'v3'])) {
  const said = diff === null ? why! : compiled(file, diff);
  if (said !== '') bad++;
  process.stdout.write(`${driver} ${policy}: ${said === '' ? 'applies, compiles' : said}\n`);
}
process.exit(bad > 0 ? 1 : 0);

/** What git or the compiler complain about; empty: nothing. */
function compiled(file: string, diff: string): string {
  const place = join(build, file);
  // The build tree may hold links into the source: never write through one.
  const put = (): void => {
    rmSync(place, { force: true });
    writeFileSync(place, readFileSync(join(tree, file)));
  };
  put();
  const applied = spawnSync('git', ['apply', '-'], { cwd: build, input: diff, encoding: 'utf8' });
  if (applied.status !== 0) return applied.stderr;
  const target = file.replace(/\.c$/, '.o');
  const options = ['ARCH=arm64', `CROSS_COMPILE=${values.cross}`, '-s', 'W=1', target];
  const made = spawnSync('make', options, { cwd: build, encoding: 'utf8' });
  put();
  return made.status === 0 && made.stderr === '' ? '' : made.stderr;
}

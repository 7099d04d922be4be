/** Debian's arm64 packages, unpacked on whatever machine this is: with apt's own lists, nothing is installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs a command to its end. @throws Error with the end of what it printed */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 256e6 });
  if (done.status === 0) return done.stdout;
  const said = `${done.stderr ?? ''}${done.error ?? ''}`.trim().split('\n').slice(-4).join('\n');
  throw new Error(`${command} ${args.join(' ')}: ${said || `exit ${done.status}`}`);
}

/**
 * Unpacks the newest package whose name matches, once.
 * @param cache folder that is kept between runs
 * @returns the folder with the package's files
 * @throws Error where apt knows no such package or cannot fetch it
 */
export function arm64Package(cache: string, pattern: RegExp): string {
  const known = readdirSync(cache).find(
    (name) => pattern.test(name) && existsSync(join(cache, name, '.complete')),
  );
  if (known) return join(cache, known);
  const options = aptOptions(cache);
  const name = run('apt-cache', [...options, 'pkgnames'])
    .split('\n')
    .filter((line) => pattern.test(line))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  if (!name) throw new Error(`apt knows no arm64 package ${pattern}`);
  const work = mkdtempSync(join(cache, 'unpack.'));
  try {
    run('apt-get', [...options, '-qq', 'download', `${name}:arm64`], work);
    const archive = readdirSync(work).find((file) => file.endsWith('.deb'))!;
    run('dpkg', ['-x', archive, 'files'], work);
    writeFileSync(join(work, 'files', '.complete'), '');
    renameSync(join(work, 'files'), join(cache, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return join(cache, name);
}

/** The machine's own sources, read for arm64 into lists below the cache. */
function aptOptions(cache: string): string[] {
  const lists = join(cache, 'lists');
  const options = [
    ...['APT::Architecture=arm64', 'APT::Architectures=arm64', `Dir::State::Lists=${lists}`],
    ...[`Dir::Cache::pkgcache=${join(cache, 'pkgcache.bin')}`, `Dir::Cache::srcpkgcache=`],
  ].map((option) => `-o${option}`);
  if (!existsSync(lists)) {
    mkdirSync(join(lists, 'partial'), { recursive: true });
    run('apt-get', [...options, '-qq', 'update']);
  }
  return options;
}

/** The two sides of a change in a git work tree, as overlays over what is on disk. */
import { join } from 'node:path';
import type { Overlay } from '../tree/files.ts';
import type { Git } from './git.ts';

/** A file that a change touches, by paths from the repository's top; null on the side where there is none. */
export interface ChangedFile {
  readonly before: string | null;
  readonly after: string | null;
}

/** A change: what it touches, and the tree before and after it. */
export interface Sides {
  readonly files: readonly ChangedFile[];
  readonly before: Overlay;
  readonly after: Overlay;
}

/** Files that an audit may read: sources, and what Kbuild reads. */
const READ = /\.[ch]$|\.inc$|\.mk$|(?:^|\/)(?:Makefile|Kbuild|Kconfig)(?:[.-][\w.-]+)?$/;

/** What the work tree changes against a revision, untracked files included. @throws GitError */
export async function sinceRevision(git: Git, revision: string): Promise<Sides> {
  const commit = await git.commit(revision);
  const files = await changes(git, ['-M', commit]);
  const added = (await untracked(git)).map((after) => ({ before: null, after }));
  const all = [...files, ...added];
  return { files: all, before: await reversed(git, all, `${commit}:`), after: new Map() };
}

/** What the index changes against HEAD: what `git commit` would record. @throws GitError */
export async function stagedChanges(git: Git): Promise<Sides> {
  const head = await headTree(git);
  const files = await changes(git, ['--cached', '-M', head]);
  const unstaged = await changes(git, ['--no-renames']);
  const loose = await untracked(git);
  const overlay = new Map<string, string | null>(loose.map((file) => [join(git.top, file), null]));
  const after = new Map([...overlay, ...(await contentsAt(git, unstaged.map(nameOf), ':'))]);
  const differing = [...unstaged, ...files].flatMap(({ before, after: now }) => [before, now]);
  const before = new Map([...overlay, ...(await contentsAt(git, differing, `${head}:`))]);
  return { files, before, after };
}

/**
 * The work tree as it was at a commit, in some folders, with all Makefiles.
 * @param folders from the repository's top, as pathspecs; none for everything
 */
export async function treeAt(git: Git, commit: string, folders: readonly string[]): Promise<Overlay> {
  const specs = folders.length === 0 ? [] : [...folders, ':(top,glob)**/Makefile', ':(top,glob)**/Kbuild'];
  const files = await changes(git, ['--no-renames', commit], specs);
  const added = (await untracked(git, folders)).map((after) => ({ before: null, after }));
  return reversed(git, [...files, ...added], `${commit}:`);
}

/** True when the repository has a commit. */
export async function hasCommit(git: Git, name: string): Promise<boolean> {
  return git.run(['cat-file', '-e', `${name}^{commit}`]).then(
    () => true,
    () => false,
  );
}

/** HEAD's commit; the empty tree before the first one. */
async function headTree(git: Git): Promise<string> {
  return git
    .commit('HEAD')
    .catch(async () => (await git.text(['hash-object', '-t', 'tree', '--stdin'])).trim());
}

/** `git diff --name-status` of sources, with the renames that git sees. */
async function changes(
  git: Git,
  args: readonly string[],
  specs: readonly string[] = [],
): Promise<ChangedFile[]> {
  const out = await git.text([
    'diff',
    '--name-status',
    '-z',
    '--no-ext-diff',
    '--no-textconv',
    '--no-color',
    '--no-relative',
    '--ignore-submodules=all',
    ...args,
    '--',
    ...specs,
  ]);
  const fields = out.split('\0');
  const files: ChangedFile[] = [];
  for (let at = 0; at + 1 < fields.length; ) {
    const status = fields[at++]![0];
    const first = fields[at++]!;
    if (status === 'R') files.push({ before: first, after: fields[at++]! });
    else if (status === 'C') files.push({ before: null, after: fields[at++]! });
    else files.push({ before: status === 'A' ? null : first, after: status === 'D' ? null : first });
  }
  return files.filter((file) => READ.test(nameOf(file)));
}

async function untracked(git: Git, folders: readonly string[] = []): Promise<string[]> {
  const out = await git.text(['ls-files', '--others', '--exclude-standard', '-z', '--', ...folders]);
  return out.split('\0').filter((file) => file !== '' && READ.test(file));
}

/** Files as a revision has them, the ones that it lacks absent. */
function reversed(git: Git, files: readonly ChangedFile[], prefix: string): Promise<Overlay> {
  return contentsAt(
    git,
    files.flatMap(({ before, after }) => [before, after]),
    prefix,
  );
}

async function contentsAt(
  git: Git,
  files: readonly (string | null)[],
  prefix: string,
): Promise<Map<string, string | null>> {
  const names = [...new Set(files.filter((file) => file !== null))];
  const texts = await git.contents(names.map((name) => prefix + name));
  return new Map(names.map((name) => [join(git.top, name), texts.get(prefix + name) ?? null]));
}

function nameOf({ before, after }: ChangedFile): string {
  return (after ?? before)!;
}

import type { Git } from './git.ts';

/** A commit as a reader names it. */
export interface Origin {
  readonly commit: string;
  readonly subject: string;
}

/**
 * The commit that brought a function into a file: the newest one that changed how often the file names it. Null where
 * the history does not reach so far.
 * @param file from the repository's top
 */
export async function originOf(git: Git, file: string, name: string): Promise<Origin | null> {
  const args = [
    'log',
    '-1',
    '--no-ext-diff',
    '--no-textconv',
    '--format=%H%x00%s%x00%P',
    `-S${name}`,
    '--',
    file,
  ];
  const [commit, subject, parents] = (await git.text(args)).trim().split('\0');
  // A commit without parents is where a shallow or imported history begins.
  return commit && parents ? { commit, subject: subject ?? '' } : null;
}

/** Asks git about a repository without letting the repository run anything. */
import { execFile } from 'node:child_process';
import { devNull } from 'node:os';

/** git said no, or is not there: one line for a person. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

const MAX_BYTES = 1 << 30;

/** Configuration that would run a program or reach the network. Given with `-c`, it wins over the repository's. */
const HARMLESS = [
  'core.fsmonitor=false',
  `core.hooksPath=${devNull}`,
  'core.pager=cat',
  'core.sshCommand=false',
  'diff.external=',
  'protocol.allow=never',
];

/** One repository. Every command runs git itself, with no shell, no pager, no hook, no filter and no network. */
export class Git {
  /** Absolute path of the work tree. */
  readonly top: string;
  private readonly filters: readonly string[];

  private constructor(top: string, filters: readonly string[]) {
    this.top = top;
    this.filters = filters;
  }

  /** The repository that a directory lies in. @throws GitError when it lies in none, or git is not installed */
  static async at(dir: string): Promise<Git> {
    const top = (await new Git(dir, []).text(['rev-parse', '--show-toplevel'])).replace(/\n$/, '');
    const bare = new Git(top, []);
    const keys = await bare
      .text(['config', '--null', '--name-only', '--get-regexp', '^filter\\..*\\.(clean|smudge|process)$'])
      .catch(() => '');
    const names = new Set(
      keys
        .split('\0')
        .filter(Boolean)
        .map((key) => key.replace(/\.\w+$/, '')),
    );
    const off = [...names].flatMap((name) => [
      `${name}.clean=`,
      `${name}.smudge=`,
      `${name}.process=`,
      `${name}.required=false`,
    ]);
    return new Git(top, off);
  }

  /** Runs a command. @throws GitError with what git said */
  run(args: readonly string[], input?: string): Promise<Buffer> {
    const config = [...HARMLESS, ...this.filters].flatMap((one) => ['-c', one]);
    const env = {
      ...process.env,
      LC_ALL: 'C',
      GIT_PAGER: 'cat',
      GIT_TERMINAL_PROMPT: '0',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_NO_LAZY_FETCH: '1',
      GIT_EXTERNAL_DIFF: undefined,
    };
    return new Promise((done, fail) => {
      const child = execFile(
        'git',
        ['--no-pager', ...config, ...args],
        { cwd: this.top, env, encoding: 'buffer', maxBuffer: MAX_BYTES, windowsHide: true },
        (error, stdout, stderr) => {
          if (!error) done(stdout);
          else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
            fail(new GitError('git is not installed'));
          else fail(new GitError(said(stderr, error)));
        },
      );
      child.stdin?.on('error', () => {});
      child.stdin?.end(input ?? '');
    });
  }

  async text(args: readonly string[], input?: string): Promise<string> {
    return (await this.run(args, input)).toString('utf8');
  }

  /**
   * The commit that a revision means; `REV...` is where HEAD left REV.
   * @throws GitError for a revision that there is none of
   */
  async commit(revision: string): Promise<string> {
    const fork = revision.endsWith('...');
    const name = fork ? revision.slice(0, -3) : revision;
    const found = await this.text([
      'rev-parse',
      '--verify',
      '--quiet',
      '--end-of-options',
      `${name}^{commit}`,
    ]).catch(() => '');
    const commit = found.trim();
    if (name === '' || commit === '') {
      const more = (await this.isShallow()) ? ': the clone is shallow, fetch more of its history' : '';
      throw new GitError(`unknown revision '${name}' in ${this.top}${more}`);
    }
    return fork ? (await this.text(['merge-base', commit, 'HEAD'])).trim() : commit;
  }

  /** True where not all of the history is here, as in most checkouts of CI. */
  private async isShallow(): Promise<boolean> {
    return (await this.text(['rev-parse', '--is-shallow-repository']).catch(() => '')).trim() === 'true';
  }

  /** Names and contents (latin1) of objects such as `HEAD:a/b.c` or `:a/b.c`; what there is none of is left out. */
  async contents(names: readonly string[]): Promise<Map<string, string>> {
    const texts = new Map<string, string>();
    // A name with a line end can't be asked for this way, and no source has one.
    const asked = names.filter((name) => !name.includes('\n'));
    if (asked.length === 0) return texts;
    const out = await this.run(['cat-file', '--batch'], `${asked.join('\n')}\n`);
    let at = 0;
    for (const name of asked) {
      const end = out.indexOf(10, at);
      const [, type, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(out.toString('latin1', at, end)) ?? [];
      at = end + 1;
      if (size === undefined) continue;
      if (type === 'blob') texts.set(name, out.toString('latin1', at, at + Number(size)));
      at += Number(size) + 1;
    }
    return texts;
  }
}

function said(stderr: Buffer, error: Error): string {
  const lines = stderr.toString('utf8').trim().split('\n');
  const line = lines.find((one) => /^(?:fatal|error):/.test(one)) ?? lines[0];
  return line ? line.replace(/^(?:fatal|error): /, 'git: ') : error.message;
}

/** .pre-commit-hooks.yaml: what its entry says, in a repository with something staged. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dropHook } from '../server/change/checked.ts';
import { Repository } from '../server/change/repository.ts';
import { CLI, shell } from '../server/cli/run.ts';

const hooks = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8'));
const GOOD = 'drivers/platform/recorder_good.c';

describe('.pre-commit-hooks.yaml', () => {
  let repository: Repository;
  beforeEach(() => {
    repository = Repository.ofExamples();
    mkdirSync(join(repository.folder, 'bin'));
    symlinkSync(CLI, join(repository.folder, 'bin/quiesce'));
  });
  afterEach(() => repository.remove());

  /** As pre-commit runs it: the installed package's commands first in the path, no file names. */
  const commit = () =>
    shell(hooks[0].entry, {
      cwd: repository.root,
      env: { PATH: `${join(repository.folder, 'bin')}${delimiter}${process.env.PATH}` },
    });

  it('is one hook that Node runs, for C files', () => {
    expect(hooks).toEqual([
      expect.objectContaining({ id: 'quiesce', language: 'node', types: ['c'], pass_filenames: false }),
    ]);
  });

  it('stops a commit that brings a finding, and lets one that brings none pass', async () => {
    expect(await commit()).toMatchObject({ code: 0 });
    repository.edit(GOOD, dropHook);
    // Not staged yet.
    expect(await commit()).toMatchObject({ code: 0 });
    repository.git('add', '-A');
    const { code, stdout } = await commit();
    expect([code, stdout]).toEqual([1, expect.stringContaining('1 introduced')]);
  });

  it('is installed from what npm pack prints, which is the name of the tarball alone', () => {
    // The output of `prepare` would stand before it; release-check packs for real.
    const said = execFileSync('npm', ['config', 'get', 'foreground-scripts'], { encoding: 'utf8' });
    expect(said.trim()).toBe('false');
  });
});

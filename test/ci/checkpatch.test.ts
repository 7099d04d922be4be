/** docs/ci/quiesce-checkpatch.sh: called as scripts/checkpatch.pl is, on commits, mails and files. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropHook } from '../server/change/checked.ts';
import { Repository } from '../server/change/repository.ts';
import { CLI } from '../server/cli/run.ts';

const WRAPPER = resolve('docs/ci/quiesce-checkpatch.sh');
const GOOD = 'drivers/platform/recorder_good.c';
const TOTAL = 'total: 0 errors, 1 warnings\n';

let repository: Repository;
let mails: string[];
beforeAll(() => {
  repository = Repository.ofExamples();
  repository.edit(GOOD, dropHook);
  repository.commit('recorder: drop the hook');
  repository.edit(GOOD, (text) => `${text}/* more */\n`);
  repository.commit('recorder: more');
  mails = repository.mails('HEAD~2').map((mail, index) => repository.put(`${index}.patch`, mail));
});
afterAll(() => repository.remove());

/** Exit code and output of a call; nothing of it stays in the folder for temporary files. */
function call(args: readonly string[], input = '') {
  const TMPDIR = join(repository.folder, 'temporary');
  mkdirSync(TMPDIR, { recursive: true });
  const env = { ...process.env, QUIESCE: `${process.execPath} ${CLI}`, TMPDIR };
  const done = spawnSync('sh', [WRAPPER, ...args], { cwd: repository.root, env, input, encoding: 'utf8' });
  expect(readdirSync(TMPDIR)).toEqual([]);
  return { code: done.status, stdout: done.stdout, stderr: done.stderr };
}

describe('quiesce-checkpatch.sh', () => {
  it('judges commits on what they start from', () => {
    for (const revision of ['HEAD-2', 'HEAD~1', 'HEAD~2..HEAD', 'HEAD~2..', 'HEAD~2...HEAD']) {
      const { code, stdout } = call(['-g', revision]);
      expect([code, stdout], revision).toEqual([
        1,
        expect.stringMatching(
          /^WARNING: recorder_good_driver .*\n#\d+: FILE: drivers\/platform\/recorder_good\.c:\d+:\n\ntotal: 0 errors, 1 warnings\n$/,
        ),
      ]);
    }
    expect(call(['--git', 'HEAD'])).toMatchObject({ code: 0, stdout: TOTAL.replace('1', '0') });
  });

  it('takes patches as files, and a series on standard input', () => {
    repository.git('checkout', '-q', 'HEAD~2');
    const options = ['-q', '--terse', '--show-types', '--mailback', '--max-line-length=100'];
    const line = /^drivers\/platform\/recorder_good\.c:\d+: WARNING:MISSING_SHUTDOWN: .*\n$/;
    const series = mails.map((mail) => readFileSync(mail, 'latin1')).join('');
    for (const ran of [
      call([...options, ...mails]),
      call([...options, '-'], series),
      call(options, series),
      call([...options, `--root=${repository.root}`, ...[...mails].reverse()]),
    ])
      expect(ran).toEqual({ code: 1, stdout: expect.stringMatching(line), stderr: '' });
    repository.git('checkout', '-q', 'main');
  });

  it('takes source files, and notes only when it is strict', () => {
    const pci = ['-f', 'drivers/pci/nic.c'];
    expect(call(pci)).toMatchObject({ code: 0, stdout: TOTAL.replace('1', '0') });
    const strict = call(['--strict', ...pci]);
    expect([strict.code, strict.stdout]).toEqual([
      1,
      expect.stringMatching(/^CHECK: nic_driver .*total: 0 errors, 0 warnings, 1 checks\n$/s),
    ]);
  });

  it.each([
    [['-g', 'v9'], /v9: no such revision/],
    [['-g'], /-g takes one revision/],
    [['-f'], /-f: no file/],
    [['--nonsense'], /unknown option --nonsense/],
    [['none.patch'], /none\.patch: No such file/],
    [['-f', 'none.c'], /none\.c: no such file/],
  ])('ends with 2 and says why: %j', (args, message) => {
    const { code, stdout, stderr } = call(args);
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });
});

import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quiesce } from '../cli/run.ts';
import { checkedIn, dropHook } from './checked.ts';
import { asVersion, encoded, Repository } from './repository.ts';

let repository: Repository;
beforeEach(() => {
  repository = Repository.ofExamples();
});
afterEach(() => repository.remove());

const checked = (...args: string[]) => checkedIn(repository.root, args);

const NOTHING = { code: 0, introduced: [], fixed: [], weaker: [] };
const GOOD = 'drivers/platform/recorder_good.c';
const BAD = 'drivers/platform/recorder.c';

describe('check --since', () => {
  it('reports a new hookless DMA driver, once, and no old finding', async () => {
    repository.write('drivers/platform/fresh.c', repository.read(BAD).replaceAll('recorder', 'fresh'));
    repository.edit('drivers/platform/Makefile', (text) => `${text}obj-m += fresh.o\n`);
    const untracked = await checked('--since', 'HEAD');
    expect(untracked).toMatchObject({
      code: 1,
      findings: ['missing-shutdown fresh_driver'],
      introduced: ['drivers/platform/fresh.c fresh_driver missing-shutdown'],
      fixed: [],
    });
    repository.commit('add fresh');
    expect(await checked('--since', 'HEAD~1')).toMatchObject({ ...untracked, change: expect.anything() });
    expect(await checked('--since', 'HEAD')).toMatchObject(NOTHING);
  });

  it('reports a hook that is gone and one that has come', async () => {
    repository.edit(GOOD, dropHook);
    repository.edit(BAD, (text) =>
      text.replace(/^(\t\.probe\s*=.*\n)/m, '$1\t.shutdown = recorder_remove,\n'),
    );
    const { code, change, introduced, fixed } = await checked('--since', 'HEAD');
    expect({ code, introduced }).toEqual({
      code: 1,
      introduced: [`${GOOD} recorder_good_driver missing-shutdown`],
    });
    expect(change.introduced[0].hook).toEqual({ before: 'present', after: 'missing' });
    expect(fixed).toEqual([`${BAD} recorder_driver missing-shutdown`]);
  });

  it('says nothing of moved lines, renamed files, moved code and files without drivers', async () => {
    repository.edit(BAD, (text) => `/* a line\n * or two more */\n\n${text}`);
    repository.git('mv', 'drivers/camera', 'drivers/lens');
    repository.git('mv', 'drivers/platform/scaler_dead.c', 'drivers/platform/renamed.c');
    repository.edit('drivers/Makefile', (text) => text.replace('camera/', 'lens/'));
    repository.edit('drivers/platform/Makefile', (text) => text.replace('scaler_dead', 'renamed'));
    expect(await checked('--since', 'HEAD')).toMatchObject(NOTHING);
    repository.commit('rename');
    expect(await checked('--since', 'HEAD~1')).toMatchObject(NOTHING);
  });

  it('judges the module whose header changed, and one whose Makefile did', async () => {
    repository.edit('drivers/camera/camera.h', (text) =>
      text.replace('#endif', 'static inline void camera_nothing(void)\n{\n}\n#endif'),
    );
    const header = await checked('--since', 'HEAD');
    expect(header).toMatchObject(NOTHING);
    const before = await quiesce(['check', '--no-cache', '--format', 'json', '--since', 'HEAD'], {
      cwd: repository.root,
    });
    expect(JSON.parse(before.stdout).totals.drivers).toBe(1);
    repository.git('checkout', '-q', '.');
    // Without its other files the driver's DMA is out of sight.
    repository.write('drivers/camera/Makefile', 'obj-m += camera_main.o\n');
    expect((await checked('--since', 'HEAD')).fixed).toEqual([
      'drivers/camera/camera_main.c camera_driver missing-shutdown',
    ]);
  });

  it('judges whoever includes a changed header, wherever it lies, and nobody else', async () => {
    const HEADER = 'drivers/bridge/bridge.h';
    const stop = 'static inline void bridge_stop(void __iomem *regs)\n{\n\twritel(0, regs + REC_CTRL);\n}\n';
    repository.write(HEADER, `#define REC_CTRL 0\n${stop}`);
    const user = (include: string): string =>
      repository
        .read(GOOD)
        .replace('#include <linux/bits.h>', `#include ${include}`)
        .replace(/^#define REC_CTRL\t.*\n/m, '')
        .replace(/^\tif \(pm_runtime_resume[\s\S]*?^\tpm_runtime_put.*$/m, '\tbridge_stop(rec->regs);');
    repository.write('drivers/video/relative.c', user('"../bridge/bridge.h"'));
    repository.write('drivers/video/Makefile', 'obj-m += relative.o\n');
    repository.write('sound/soc/searched.c', user('"bridge.h"'));
    repository.write('sound/soc/Makefile', 'ccflags-y += -I$(srctree)/drivers/bridge\nobj-m += searched.o\n');
    repository.write('sound/usb/bridge.h', stop);
    repository.write('sound/usb/own.c', user('"bridge.h"'));
    repository.write('sound/usb/Makefile', 'obj-m += own.o\n');
    repository.commit('a bridge');
    repository.edit(HEADER, (text) => text.replace(/^\twritel.*$/m, '\tpr_info("stop\\n");'));
    const { introduced, totals } = await checked('--since', 'HEAD');
    expect(totals.drivers).toBe(2);
    expect(introduced.sort()).toEqual([
      'drivers/video/relative.c recorder_good_driver ineffective-shutdown',
      'sound/soc/searched.c recorder_good_driver ineffective-shutdown',
    ]);
  });

  it('keeps to the paths that are named, and takes a fork point', async () => {
    repository.edit(GOOD, dropHook);
    expect(await checked('--since', 'HEAD', 'drivers/camera')).toMatchObject(NOTHING);
    expect((await checked('--since', 'HEAD', 'drivers/platform')).introduced).toHaveLength(1);
    const base = repository.git('rev-parse', 'HEAD').trim();
    repository.git('checkout', '-q', '-b', 'topic');
    repository.commit('topic');
    repository.git('checkout', '-q', '-b', 'other', base);
    repository.edit('drivers/pci/nic_good.c', dropHook);
    repository.commit('other');
    repository.git('checkout', '-q', 'topic');
    expect((await checked('--since', 'other')).fixed).toHaveLength(1);
    expect(await checked('--since', 'other...')).toMatchObject({
      fixed: [],
      introduced: [expect.anything()],
    });
  });

  it('does not call a finding fixed that is only suppressed', async () => {
    repository.edit(BAD, (text) =>
      text.replace(
        /^(?=static struct platform_driver)/m,
        '/* quiesce-ignore missing-shutdown: firmware */\n',
      ),
    );
    expect(await checked('--since', 'HEAD')).toMatchObject(NOTHING);
  });
});

describe('check --staged', () => {
  it('judges the index: not what is unstaged, not what is untracked', async () => {
    repository.edit(GOOD, dropHook);
    repository.write('drivers/platform/fresh.c', repository.read(BAD).replaceAll('recorder', 'fresh'));
    expect(await checked('--staged')).toMatchObject(NOTHING);
    repository.git('add', GOOD);
    repository.git('checkout', '-q', 'HEAD', '--', GOOD);
    repository.edit(GOOD, dropHook);
    repository.git('add', GOOD);
    // The disk has the hook again; what would be committed has not.
    repository.write(GOOD, repository.git('show', `HEAD:${GOOD}`));
    expect((await checked('--staged')).introduced).toEqual([`${GOOD} recorder_good_driver missing-shutdown`]);
  });

  it('works before the first commit', async () => {
    repository.remove();
    repository = new Repository();
    repository.write('Makefile', 'obj-m += fresh.o\n');
    repository.write('fresh.c', 'int x;\n');
    repository.git('add', '-A');
    expect(await checked('--staged')).toMatchObject(NOTHING);
  });
});

describe('check --mbox', () => {
  let mails: string[];

  /** Two patches on top of the base, which is checked out again. */
  function series(): void {
    repository.edit(GOOD, dropHook);
    repository.commit('recorder: drop the hook, ä');
    repository.edit(BAD, (text) =>
      text.replace(/^(\t\.probe\s*=.*\n)/m, '$1\t.shutdown = recorder_remove,\n'),
    );
    repository.git('mv', 'drivers/platform/scaler_dead.c', 'drivers/platform/renamed.c');
    repository.edit('drivers/platform/Makefile', (text) => text.replace('scaler_dead', 'renamed'));
    repository.commit('recorder: add a hook');
    mails = repository.mails('HEAD~2');
    repository.git('checkout', '-q', 'HEAD~2');
  }

  const DID = {
    code: 1,
    introduced: [`${GOOD} recorder_good_driver missing-shutdown`],
    fixed: [`${BAD} recorder_driver missing-shutdown`],
  };

  it('judges a series, says which patch did what, and leaves the tree alone', async () => {
    series();
    const { change, ...did } = await checked('--mbox', repository.put('s.mbox', mails.join('')));
    expect(did).toMatchObject(DID);
    expect(change.introduced[0].patch).toMatchObject({ number: 1, total: 2 });
    expect(change.fixed[0].patch).toMatchObject({ number: 2, subject: 'recorder: add a hook' });
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  const FORMS: Record<string, (parts: string[]) => string> = {
    'out of order': (parts) => [...parts].reverse().join(''),
    'with CRLF': (parts) => parts.join('').replaceAll('\n', '\r\n'),
    'in base64': (parts) => parts.map((part) => encoded(part, 'base64')).join('\n'),
    'in base64 over CRLF': (parts) =>
      parts
        .map((part) =>
          encoded(
            part.replace(/\n\n[\s\S]*/, (body) => body.replaceAll('\n', '\r\n')).replace('\r\n\r\n', '\n\n'),
            'base64',
          ),
        )
        .join('\n'),
    'in quoted-printable': (parts) => parts.map((part) => encoded(part, 'quoted-printable')).join('\n'),
    'as v2 beside v1': (parts) =>
      [
        ...parts.map((part) => part.replace(/^\+\t\.shutdown.*$/m, '+\t/* not yet */')),
        ...parts.map((part) => asVersion(part, 2)),
      ].join('\n'),
    'with a reply and a list footer': (parts) =>
      [
        parts[0]!.replace(/\n-- \n[\s\S]*$/, '\n-- \n2.39.5\n\n_______________\nlist mailing list\n\n'),
        parts[1]!
          .replace('Subject: [PATCH', 'Subject: Re: [PATCH')
          .replace(/^/gm, '')
          .replace(/^\+/gm, '> +'),
        parts[1]!,
      ].join('\n'),
  };
  for (const [form, write] of Object.entries(FORMS)) {
    it(`says the same of a series ${form}`, async () => {
      series();
      expect(await checked('--mbox', repository.put('s.mbox', write(mails)))).toMatchObject(DID);
    });
  }

  it('takes a format-patch folder, one mail, a bare diff and standard input', async () => {
    series();
    for (const [at, mail] of mails.entries()) repository.put(`folder/000${at + 1}-x.patch`, mail);
    expect(await checked('--mbox', join(repository.folder, 'folder'))).toMatchObject(DID);
    const one = await checked('--mbox', repository.put('1.eml', mails[0]!));
    expect(one).toMatchObject({ ...DID, fixed: [] });
    const diff = mails[0]!.slice(mails[0]!.indexOf('diff --git'));
    expect(await checked('--mbox', repository.put('x.diff', diff))).toMatchObject({ ...DID, fixed: [] });
    const run = await quiesce(['check', '--no-cache', '--mbox', '-'], {
      cwd: repository.root,
      input: Buffer.from(mails.join(''), 'latin1').toString('utf8'),
    });
    expect(run).toMatchObject({ code: 1, stderr: '' });
    expect(run.stdout).toContain('1 introduced, 1 fixed, 0 made weaker');
  });

  it('honours the base commit, whatever is checked out', async () => {
    series();
    const based = repository.git('format-patch', '--stdout', '--base=HEAD', 'HEAD..main');
    repository.edit(GOOD, (text) => text.replace(/recorder/g, 'changed'));
    repository.edit('Makefile', (text) => text.replace('SUBLEVEL = 7', 'SUBLEVEL = 8'));
    repository.write('drivers/platform/noise.c', 'int noise;\n');
    repository.commit('something else');
    const { change, ...did } = await checked('--mbox', repository.put('s.mbox', based));
    expect(did).toMatchObject(DID);
    expect(change.against).toMatch(/^the series on its base [0-9a-f]{12}, Linux 6\.12\.7$/);
    const unknown = based.replace(/^base-commit: .*/m, `base-commit: ${'1'.repeat(40)}`);
    repository.git('checkout', '-q', 'main~2');
    expect((await checked('--mbox', repository.put('u.mbox', unknown))).change.against).toMatch(
      /^the series on the tree at hand, Linux 6\.12\.7: its base 111111111111 is not in the repository$/,
    );
  });

  it('tells a finding that one patch brings and the next ends', async () => {
    repository.edit(GOOD, dropHook);
    repository.commit('take it away');
    repository.git('revert', '--no-edit', 'HEAD');
    mails = repository.mails('HEAD~2');
    repository.git('checkout', '-q', 'HEAD~2');
    const got = await checked('--mbox', repository.put('s.mbox', mails.join('')));
    expect(got).toMatchObject({ ...NOTHING, passing: [`${GOOD} recorder_good_driver missing-shutdown`] });
  });

  it('says nothing of a fix that a later patch takes back', async () => {
    repository.edit(BAD, (text) =>
      text.replace(/^(\t\.probe\s*=.*\n)/m, '$1\t.shutdown = recorder_remove,\n'),
    );
    repository.commit('add a hook');
    repository.git('revert', '--no-edit', 'HEAD');
    mails = repository.mails('HEAD~2');
    repository.git('checkout', '-q', 'HEAD~2');
    for (const [at, mail] of mails.entries()) repository.put(`b4/${at}.mbx`, mail);
    const got = await checked('--mbox', join(repository.folder, 'b4'));
    expect(got).toMatchObject({ ...NOTHING, passing: [] });
    expect(got.change).toMatchObject({ introduced: [], fixed: [] });
  });

  it('answers the thread in 72 columns, and not at all when the series did nothing', async () => {
    series();
    const reply = (mbox: string) =>
      quiesce(['check', '--no-cache', '--reply', '--mbox', mbox], { cwd: repository.root });
    const { code, stdout } = await reply(repository.put('s.mbox', mails.join('')));
    expect(code).toBe(1);
    expect(stdout.replace(/\s+/g, ' ')).toContain('Patch 1/2 "recorder: drop the hook, ä" introduces');
    expect(stdout).toMatch(/^ {4}recorder_probe\n {4}-> /m);
    expect(stdout).toContain('Fixed: recorder_driver now has recorder_remove');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(72);
    repository.edit(GOOD, (text) => text.replace('MODULE_LICENSE', '/* words */\nMODULE_LICENSE'));
    repository.commit('only words');
    const [none] = repository.mails('HEAD~1');
    repository.git('checkout', '-q', 'HEAD~1');
    expect(await reply(repository.put('none.mbox', none!))).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
  });
});

describe('what can not be judged', () => {
  /** Exit 2, one line on standard error, nothing on standard output, no file. */
  async function refused(args: string[], cwd = repository.root): Promise<string> {
    const out = join(repository.folder, 'out.sarif');
    const { code, stdout, stderr } = await quiesce(
      ['check', '--no-cache', '--format', `sarif=${out}`, ...args],
      { cwd },
    );
    expect({ code, stdout, written: existsSync(out) }).toEqual({ code: 2, stdout: '', written: false });
    expect(stderr).toMatch(/^quiesce: [^\n]+\n$/);
    return stderr;
  }

  it('no repository, no such revision, options that exclude each other', async () => {
    const outside = join(repository.folder, 'outside');
    mkdirSync(outside);
    expect(await refused(['--since', 'HEAD'], outside)).toContain('not a git repository');
    expect(await refused(['--since', 'v9.99'])).toContain("unknown revision 'v9.99'");
    expect(await refused(['--since', '--upload-pack=x'])).toContain('unknown revision');
    expect(await refused(['--since', 'HEAD', '--staged'])).toContain('exclude each other');
    expect(await refused(['--reply', '.'])).toContain('--mbox');
  });

  it('a patch that does not apply, is there already, is damaged, binary or leaves the tree', async () => {
    repository.edit(BAD, (text) => text.replaceAll('recorder_probe', 'recorder_begin'));
    writeFileSync(join(repository.root, 'logo.bin'), Buffer.from([0, 1, 2, 255, 0]));
    repository.commit('change');
    const [mail] = repository.mails('HEAD~1', '--', BAD);
    const [binary] = repository.mails('HEAD~1', '--binary', '--', 'logo.bin');
    const mbox = (text: string): string[] => ['--mbox', repository.put('x.mbox', text)];
    expect(await refused(mbox(mail!))).toContain(`is in ${BAD} already`);
    repository.write(BAD, 'int other;\n');
    expect(await refused(mbox(mail!))).toMatch(
      /does not apply to drivers\/platform\/recorder.c \(hunk 1, at line \d+\)/,
    );
    expect(await refused(mbox(binary!))).toContain('binary');
    expect(
      await refused(mbox(binary!.replace(/GIT binary patch[\s\S]*/, 'Binary files a/x and b/x differ\n'))),
    ).toContain('binary');
    expect(await refused(mbox(mail!.replace(/^(@@ -\d+),\d+/m, '$1,90')))).toContain('damaged');
    expect(await refused(mbox(mail!.replaceAll(BAD, '../../etc/passwd')))).toContain('no path below');
    expect(await refused(mbox(mail!.replaceAll(BAD, 'drivers/none.c')))).toContain('is not in the tree');
    expect(await refused(mbox(mail!.replace(/\ndiff --git[\s\S]*/, '\n')))).toContain(
      'there is no patch in it',
    );
    expect(await refused(['--mbox', join(repository.folder, 'none.mbox')])).toContain('no such file');
  });

  it('runs nothing that the repository asks for', async () => {
    const trap = repository.put('trap.sh', '#!/bin/sh\ntouch "$(dirname "$0")/sprung"\ncat "$@"\n');
    chmodSync(trap, 0o755);
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'diff.external',
      'diff.evil.command',
      'diff.evil.textconv',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'core.sshCommand',
    ]) {
      repository.git('config', key, trap);
    }
    repository.git('config', 'filter.evil.required', 'true');
    repository.git('config', 'core.hooksPath', join(repository.folder, 'hooks'));
    for (const hook of ['post-index-change', 'pre-commit', 'post-checkout']) {
      const path = repository.put(`hooks/${hook}`, `#!/bin/sh\ntouch ${join(repository.folder, 'sprung')}\n`);
      chmodSync(path, 0o755);
    }
    writeFileSync(join(repository.root, '.gitattributes'), '*.c diff=evil filter=evil\n');
    const text = repository.read(GOOD);
    writeFileSync(join(repository.root, GOOD), dropHook(text), 'latin1');
    expect((await checked('--since', 'HEAD')).introduced).toHaveLength(1);
    await checked('--staged');
    expect(existsSync(join(repository.folder, 'sprung'))).toBe(false);
  });
});

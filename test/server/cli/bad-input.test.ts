/** Input that can't be used: a clear line, exit 2, nothing on standard output, no file half written. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FORMATS } from '../../../server/report/formats/index.ts';
import { Repository } from '../change/repository.ts';
import { quiesce, type RunOptions, shell } from './run.ts';

const BAD = 'drivers/platform/recorder.c';
const BINARY = `From: a@example.org
Subject: [PATCH] a logo

diff --git a/logo.png b/logo.png
index 1..2 100644
GIT binary patch
literal 1
Ic${'${NkU1'}

`;

let repository: Repository;
let out: string;
beforeAll(() => {
  repository = Repository.ofExamples();
  out = join(repository.folder, 'out');
  mkdirSync(out);
});
afterEach(() => {
  for (const name of readdirSync(out)) rmSync(join(out, name));
});
afterAll(() => repository.remove());

/** All formats, each to a file of its own. */
const files = (): string[] => FORMATS.flatMap(({ name }) => ['--format', `${name}=${join(out, name)}`]);

/** What is said of an input that is refused. */
async function refused(args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await quiesce(args, { cwd: repository.root, ...options });
  expect({ code, stdout, written: readdirSync(out) }).toEqual({ code: 2, stdout: '', written: [] });
  expect(stderr).toMatch(/^(?:quiesce: [^\n]+\n)+$/);
  return stderr;
}

/** An environment in which something happens while a file is read. */
function whileReading(what: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: `--require ${resolve('test/server/cli/at-reading.cjs')}`, ...what };
}

/** A file beside the tree. */
const put = (name: string, text: string): string => repository.put(name, text);

describe('is refused, and no file is written', () => {
  it.each([
    ['broken YAML', 'rules: [missing-shutdown\n', /c\.yaml:\d+:\d+: /],
    [
      'an unknown rule',
      'rules:\n  mising-shutdown: off\n',
      /c\.yaml:2:3: .*Did you mean 'missing-shutdown'\?/,
    ],
    ['an unknown key', 'fail-no: note\n', /c\.yaml:1:1: .*Did you mean 'fail-on'\?/],
    ['a bad value', 'rules:\n  missing-shutdown: loud\n', /c\.yaml:2:21: /],
    ['a list for a map', '- a\n- b\n', /c\.yaml:1:1: /],
  ])('a configuration with %s', async (_, text, message) => {
    expect(await refused(['check', '.', '--config', put('c.yaml', text), ...files()])).toMatch(message);
  });

  it('a configuration that is found above a file, and one that is not there', async () => {
    repository.write('.quiesce.yaml', 'rules: [\n');
    expect(await refused(['check', BAD, ...files()])).toMatch(/\.quiesce\.yaml:\d+:\d+: /);
    expect(await refused(['check', '--since', 'HEAD', ...files()])).toMatch(/\.quiesce\.yaml:\d+:\d+: /);
    rmSync(join(repository.root, '.quiesce.yaml'));
    expect(await refused(['check', '.', '--config', 'none.yaml', ...files()])).toMatch(
      /none\.yaml:1:1: no such file/,
    );
  });

  it.each([
    ['of another version', '{"version": 99, "commit": null, "findings": []}', /version 99.*--write-baseline/],
    ['cut off', '{"version": 1, "commit": null, "findings": [{"fi', /no baseline/],
    ['with an entry of another shape', '{"version": 1, "findings": [{"file": 1}]}', /finding 1: /],
  ])('a baseline %s', async (_, text, message) => {
    const path = put('known.json', text);
    expect(await refused(['check', '.', '--baseline', path, ...files()])).toMatch(message);
    expect(await refused(['check', '--since', 'HEAD', '--baseline', path, ...files()])).toMatch(message);
    expect(await refused(['check', '.', '--write-baseline', path, ...files()])).toMatch(message);
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(readdirSync(repository.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('a place where nothing can be written, of any of several', async () => {
    const none = ['--format', `gcc=${join(repository.folder, 'no/such/x')}`];
    expect(await refused(['check', '.', ...files(), ...none])).toMatch(/cannot write .*no\/such\/x/);
    const baseline = ['--write-baseline', join(repository.folder, 'no/such/x')];
    expect(await refused(['check', '.', ...files(), ...baseline])).toMatch(/cannot write .*no\/such\/x/);
    const shard = ['--shard', '1/2', '-o', join(repository.folder, 'no/such/x')];
    expect(await refused(['check', '.', ...shard])).toMatch(/cannot write .*no\/such\/x/);
  });

  it('a series that is no repository\u2019s, no series, binary, or does not apply', async () => {
    const outside = { cwd: repository.folder };
    expect(await refused(['check', '--since', 'HEAD', ...files()], outside)).toContain(
      'not a git repository',
    );
    expect(await refused(['check', '--staged', ...files()], outside)).toContain('not a git repository');
    expect(await refused(['check', '--since', 'v9', ...files()])).toContain("unknown revision 'v9'");
    const mbox = (text: string): string[] => ['check', '--mbox', put('s.mbox', text), ...files()];
    expect(await refused(mbox('From: a\nSubject: hello\n\nno patch\n'))).toContain('there is no patch in it');
    expect(await refused(mbox(''))).toContain('there is no patch in it');
    expect(await refused(mbox(BINARY))).toContain('binary');
    const hunk = `--- a/${BAD}\n+++ b/${BAD}\n@@ -1,2 +1,2 @@\n no such line\n-nor this\n+at all\n`;
    expect(await refused(mbox(hunk))).toMatch(/does not apply to drivers\/platform\/recorder\.c \(hunk 1/);
    mkdirSync(join(repository.folder, 'empty'));
    expect(await refused(['check', '--mbox', join(repository.folder, 'empty'), ...files()])).toContain(
      'no patch',
    );
  });

  it('parts that are cut off', async () => {
    const part = put('part.json', '{"version": 2, "toolVer');
    expect(await refused(['merge', part, ...files()])).toMatch(/merge: .*part\.json: /);
  });

  it.each([
    [['check', '--files-from', '-', '--stdin', '--stdin-filename', 'x.c']],
    [['check', '--files-from', '-', '--mbox', '-']],
    [['check', '--files-from', '-', '--files-from', '-']],
  ])('standard input that is to be read twice: %j', async (args) => {
    expect(await refused([...args, ...files()], { input: `${BAD}\n` })).toMatch(
      /standard input was already read by|exclude each other/,
    );
  });
});

describe('a file that goes away while it is read', () => {
  /** The second time it is opened it was looked at already and is to be parsed. */
  it.each([['1'], ['2']])(
    'is named and counted in a walk, and is exit 2 when it was named: opening %s',
    async (at) => {
      const copy = join(repository.folder, `vanish-${at}`);
      cpSync(repository.root, copy, { recursive: true });
      const file = join(copy, BAD);
      const text = readFileSync(file);
      const env = whileReading({ READING: file, READING_TIME: at });
      const run = async (...args: string[]) => {
        writeFileSync(file, text);
        const ran = await quiesce(['check', '--no-cache', '--jobs', '1', ...args], { cwd: copy, env });
        expect(existsSync(file)).toBe(false);
        return ran;
      };
      const told = `quiesce: skipped ${file}: no such file or directory\nquiesce: 1 skipped\n`;
      const walked = await run('.', '--format', 'json');
      expect([walked.code, walked.stderr]).toEqual([1, told]);
      expect(JSON.parse(walked.stdout).skipped).toHaveLength(1);
      expect(walked.stdout).not.toContain('recorder_driver');
      expect(await run('.', '--strict')).toMatchObject({ code: 2, stderr: told });
      const named = await run(BAD, ...files());
      expect([named.code, named.stdout, readdirSync(out)]).toEqual([2, '', []]);
      expect(named.stderr).toBe(`${told}quiesce: ${file}: no such file or directory\n`);
    },
  );
});

describe('a run that is ended', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s: exit %d, and nothing is written, whatever it was doing', async (signal, code) => {
    repository.edit(BAD, (text) => `${text}\n/* words */\n`);
    repository.commit('words');
    const [mail] = repository.mails('HEAD~1');
    repository.git('reset', '-q', '--hard', 'HEAD~1');
    const mbox = put('signal.mbox', mail!);
    repository.edit(BAD, (text) => `${text}\n`);
    const env = whileReading({ READING: join(repository.root, BAD), READING_SIGNAL: signal });
    for (const args of [
      ['.', ...files()],
      ['.', '--write-baseline', join(out, 'known.json')],
      ['.', '--shard', '1/2', '-o', join(out, 'part.json')],
      ['.', '--shard', '2/2', '-o', join(out, 'part.json')],
      ['--since', 'HEAD', ...files()],
      ['--mbox', mbox, ...files()],
    ]) {
      const run = await quiesce(['check', '--no-cache', '--jobs', '1', ...args], {
        cwd: repository.root,
        env,
      });
      expect({ ...run, left: readdirSync(out) }, args.join(' ')).toEqual({
        code,
        signal: null,
        stdout: '',
        stderr: '',
        left: [],
      });
    }
    repository.git('checkout', '-q', '.');
  });

  it('by a reader that goes away: exit 0, quietly, in every format', async () => {
    for (const { name } of FORMATS) {
      const { stdout, stderr } = await shell(
        `$QUIESCE check --format ${name} . | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
        { cwd: repository.root },
      );
      // A text that fits into the pipe is written whole before the reader is gone.
      expect([stdout, stderr], name).toEqual([expect.stringMatching(/^[01]\n$/), '']);
    }
  });

  it('by a full standard output: exit 2 and a clear line', async () => {
    const { code, stderr } = await shell('$QUIESCE check --format json . >/dev/full', {
      cwd: repository.root,
    });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^quiesce: cannot write standard output: no space left on the device\n$/);
  });
});

describe('what a walk meets', () => {
  it('pipes, devices, locked folders and circles of links are named and counted', async () => {
    const dir = join(repository.folder, 'walk');
    mkdirSync(join(dir, 'locked'), { recursive: true });
    writeFileSync(join(dir, 'a.c'), 'int a;\n');
    execFileSync('mkfifo', [join(dir, 'pipe.c')]);
    symlinkSync('/dev/null', join(dir, 'null.c'));
    symlinkSync('loop2.c', join(dir, 'loop1.c'));
    symlinkSync('loop1.c', join(dir, 'loop2.c'));
    chmodSync(join(dir, 'locked'), 0);
    chmodSync(repository.folder, 0o755);
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const run = (...args: string[]) => quiesce(['check', '--no-cache', ...args], { cwd: '/', ...nobody });
    const { code, stderr } = await run(dir);
    expect(stderr.trim().split('\n').sort()).toEqual(
      [
        'quiesce: 5 skipped',
        `quiesce: skipped ${dir}/locked: permission denied`,
        `quiesce: skipped ${dir}/loop1.c: too many symbolic links`,
        `quiesce: skipped ${dir}/loop2.c: too many symbolic links`,
        `quiesce: skipped ${dir}/null.c: a device`,
        `quiesce: skipped ${dir}/pipe.c: a named pipe`,
      ].sort(),
    );
    expect(code).toBe(0);
    expect((await run('--strict', dir)).code).toBe(2);
    for (const name of ['locked', 'loop1.c', 'null.c', 'pipe.c'])
      expect((await run(join(dir, name))).code).toBe(2);
    chmodSync(join(dir, 'locked'), 0o755);
  });
});

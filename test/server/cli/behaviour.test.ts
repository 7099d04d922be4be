import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RULES } from '../../../server/audit/rules/index.ts';
import { CLI, quiesce, type Ran, shell } from './run.ts';

const BAD = readFileSync('test/fixtures/examples/platform/recorder.c');
const GOOD = readFileSync('test/fixtures/examples/platform/recorder_good.c');
const NOTE = readFileSync('test/fixtures/examples/pci/nic.c');

let root: string;
let cache: NodeJS.ProcessEnv;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'quiesce-cli-'));
  chmodSync(root, 0o755);
  cache = { ...process.env, XDG_CACHE_HOME: join(root, 'cache') };
  mkdirSync(join(root, 'cache'), { mode: 0o777 });
  chmodSync(join(root, 'cache'), 0o777);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder of its own with some files. */
function folder(name: string, files: Record<string, string | Buffer>): string {
  const dir = join(root, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(dir, file, '..'), { recursive: true });
    writeFileSync(join(dir, file), text);
  }
  return dir;
}

const ask = (args: readonly string[], input?: string): Promise<Ran> =>
  quiesce(args, { cwd: root, env: cache, ...(input === undefined ? {} : { input }) });

describe('exit codes', () => {
  it.each([
    ['bad.c', BAD, 'warning', 1],
    ['bad.c', BAD, 'note', 1],
    ['bad.c', BAD, 'never', 0],
    ['note.c', NOTE, 'warning', 0],
    ['note.c', NOTE, 'note', 1],
    ['note.c', NOTE, 'never', 0],
    ['good.c', GOOD, 'note', 0],
  ] as const)('%s with --fail-on', async (name, text, failOn, code) => {
    const dir = folder(`exit-${name}-${failOn}`, { [name]: text });
    expect((await ask(['check', '--fail-on', failOn, dir])).code).toBe(code);
    // The default is warning.
    if (failOn === 'warning') expect((await ask(['check', dir])).code).toBe(code);
    expect((await ask(['inventory', dir])).code).toBe(0);
  });

  it.each([
    [['check', 'nowhere'], /nowhere: no such file or directory/],
    [['check', '/dev/null'], /\/dev\/null: a device/],
    [['inventory', 'nowhere'], /nowhere/],
    [['check'], /no path given/],
    [['check', '--files-from', 'nowhere'], /--files-from nowhere: no such file/],
    [['check', '--jobs', 'many', '.'], /--jobs: 'many'/],
    [['check', '--jobs', '0', '.'], /--jobs: '0'/],
    [['check', '--jobs', '1.5', '.'], /--jobs: '1.5'/],
    [['check', '--tree', '.', '.'], /no kernel tree/],
    [['check', '--kernel-version', 'six', '.'], /--kernel-version: 'six'/],
    [['check', '--format', 'gc', '.'], /unknown format 'gc'\. Did you mean 'gcc'\?/],
    [['inventory', '--format', 'json', '.'], /unknown format 'json'\. Did you mean 'jsonl'\?/],
    [['check', '--fail-on', 'warnings', '.'], /unknown severity 'warnings'\. Did you mean 'warning'\?/],
    [['check', '--engine', 'wsm', '.'], /unknown engine 'wsm'\. Did you mean 'wasm'\?/],
    [['check', '--fail-no', 'note', '.'], /unknown option '--fail-no'\n\(Did you mean --fail-on\?\)/],
    [['chekc', '.'], /unknown command 'chekc'\n\(Did you mean check\?\)/],
    [['explain', 'mising-shutdown'], /unknown rule 'mising-shutdown'\. Did you mean 'missing-shutdown'\?/],
    [['explain', 'a', 'b'], /too many arguments/],
    [['check', '--format'], /argument missing/],
    [[], /Usage: quiesce/],
  ] as const)('%j is 2, and says why', async (args, message) => {
    const { code, stdout, stderr } = await ask(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each([['--help'], ['--version'], ['check --help'], ['inventory --help'], ['explain'], ['help']])(
    '%s is 0 and speaks on standard output',
    async (args) => {
      const { code, stdout, stderr } = await ask(args.split(' '));
      expect(code).toBe(0);
      expect(stdout).not.toBe('');
      expect(stderr).toBe('');
    },
  );

  it('the version is the manifest\u2019s', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect((await ask(['--version'])).stdout).toBe(`${version}\n`);
  });

  it.each(RULES.map(({ id }) => [id]))('explain %s prints its page', async (id) => {
    const { code, stdout } = await ask(['explain', id]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(`docs/rules/${id}.md`, 'utf8'));
  });
});

describe('what is read', () => {
  it('a directory is walked whole; hidden directories, build output and other files are not read', async () => {
    const dir = folder('walk', {
      'a.c': BAD,
      'deep/er/b.c': BAD,
      'c.h': BAD,
      '.git/d.c': BAD,
      'e.mod.c': BAD,
      'f.txt': BAD,
    });
    const { stdout } = await ask(['inventory', '--format', 'jsonl', dir]);
    const files = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).file);
    // A path below the working directory is printed from there.
    expect(files.sort()).toEqual(['walk/a.c', 'walk/c.h', 'walk/deep/er/b.c']);
  });

  it('a named file is read whatever its name', async () => {
    const dir = folder('named', { 'driver.txt': BAD });
    expect((await ask(['check', join(dir, 'driver.txt')])).code).toBe(1);
  });

  it('--files-from reads a list, with blank lines, CRLF, spaces in names, NUL', async () => {
    const dir = folder('list', { 'a.c': BAD, 'b b.c': BAD });
    const list = `${dir}/a.c\r\n\r\n${dir}/b b.c\n`;
    writeFileSync(join(dir, 'list'), list);
    const instances = async (args: string[], input?: string): Promise<number> => {
      const { code, stdout } = await ask(['inventory', '--format', 'jsonl', ...args], input);
      expect(code).toBe(0);
      return stdout === '' ? 0 : stdout.trim().split('\n').length;
    };
    expect(await instances(['--files-from', join(dir, 'list')])).toBe(2);
    expect(await instances(['--files-from', '-'], list)).toBe(2);
    expect(await instances(['--files-from', '-'], `${dir}/a.c\0${dir}/b b.c\0`)).toBe(2);
    expect(await instances(['--files-from', '-'], '')).toBe(0);
    expect(await instances(['--files-from', '-', `${dir}/a.c`], `${dir}/b b.c`)).toBe(2);
  });

  it('a second use of standard input is an error; a listed path that cannot be read too', async () => {
    const dir = folder('twice', { 'a.c': BAD });
    const twice = await ask(['check', '--files-from', '-', '--files-from', '-'], `${dir}/a.c\n`);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toMatch(/standard input was already read/);
    const missing = await ask(['check', '--files-from', '-'], `${dir}/a.c\n${dir}/gone.c\n`);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/gone\.c: no such file/);
  });

  it('any content is judged: empty, binary, not UTF-8, one long line', async () => {
    const latin = Buffer.concat([Buffer.from('/* M\xfcller */\n', 'latin1'), BAD]);
    const dir = folder('content', {
      'empty.c': '',
      'binary.c': Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 256)),
      'latin.c': latin,
      'line.c': `static const int t[] = { ${'1234, '.repeat(200_000)} };\n${BAD}`,
    });
    const { code, stdout, stderr } = await ask(['check', '--format', 'json', dir]);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    const { findings, totals } = JSON.parse(stdout);
    expect(totals.files).toBe(4);
    expect(findings.map(({ file }: { file: string }) => file.split('/').at(-1))).toEqual([
      'latin.c',
      'line.c',
    ]);
  });

  it('50 MB in one file are judged', { timeout: 300_000 }, async () => {
    const filler = 'static inline int f_NNNN(struct x *x)\n{\n\treturn g(x->member, "text", 0x1234);\n}\n\n';
    const parts = Array.from({ length: Math.ceil(50e6 / filler.length) }, (_, i) =>
      filler.replace('NNNN', `${i}`),
    );
    const dir = folder('huge', { 'huge.c': `${parts.join('')}${BAD}` });
    const { code, stdout, stderr } = await ask(['check', '--format', 'gcc', '--no-cache', dir]);
    expect(stderr).toBe('');
    expect(code).toBe(1);
    expect(stdout).toContain('recorder_driver does DMA');
    rmSync(dir, { recursive: true });
  });
});

describe('what is skipped in a walk is named and counted', () => {
  it('pipes, devices, loops; the exit code stays, but not with --strict', async () => {
    const dir = folder('skips', { 'good.c': GOOD, 'sub/other.c': GOOD });
    execFileSync('mkfifo', [join(dir, 'pipe.c')]);
    symlinkSync('..', join(dir, 'sub', 'up'));
    symlinkSync('/dev/null', join(dir, 'null.c'));
    symlinkSync('nowhere.c', join(dir, 'dangling.c'));
    const { code, stderr } = await ask(['check', dir]);
    expect(code).toBe(0);
    const named = stderr.trim().split('\n').sort();
    expect(named).toEqual(
      [
        'quiesce: 4 skipped',
        `quiesce: skipped ${dir}/dangling.c: no such file or directory`,
        `quiesce: skipped ${dir}/null.c: a device`,
        `quiesce: skipped ${dir}/pipe.c: a named pipe`,
        `quiesce: skipped ${dir}/sub/up: directory loop by a symbolic link`,
      ].sort(),
    );
    expect((await ask(['check', '--strict', dir])).code).toBe(2);
    expect((await ask(['inventory', '--strict', dir])).code).toBe(2);
    const json = await ask(['check', '--format', 'json', dir]);
    expect(JSON.parse(json.stdout).skipped).toHaveLength(4);
  });

  it('a link to a directory elsewhere is followed, once, and its files are not listed twice', async () => {
    const dir = folder('links', { 'here/a.c': GOOD, 'there/b.c': GOOD });
    symlinkSync('../there', join(dir, 'here', 'link'));
    symlinkSync('../there', join(dir, 'here', 'again'));
    symlinkSync('a.c', join(dir, 'here', 'same.c'));
    const { stdout, stderr } = await ask(['inventory', '--format', 'jsonl', join(dir, 'here')]);
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toHaveLength(2);
  });

  it('without permission: skipped below a named path, 2 for the path itself', async () => {
    const dir = folder('denied', { 'good.c': GOOD, 'secret.c': GOOD, 'locked/x.c': GOOD });
    chmodSync(join(dir, 'secret.c'), 0);
    chmodSync(join(dir, 'locked'), 0);
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const as = (args: string[]): Promise<Ran> => quiesce(args, { cwd: root, env: cache, ...nobody });
    const works = (await as(['--version'])).code === 0;
    if (!works) {
      process.stderr.write('SKIPPED: another user cannot read dist/ here\n');
    } else {
      const { code, stderr } = await as(['check', dir]);
      expect(stderr.trim().split('\n').sort()).toEqual(
        [
          'quiesce: 2 skipped',
          `quiesce: skipped ${dir}/locked: permission denied`,
          `quiesce: skipped ${dir}/secret.c: permission denied`,
        ].sort(),
      );
      expect(code).toBe(0);
      expect((await as(['check', '--strict', dir])).code).toBe(2);
      for (const path of ['secret.c', 'locked']) {
        const named = await as(['check', join(dir, path)]);
        expect(named.code).toBe(2);
        expect(named.stderr).toMatch(/permission denied/);
      }
    }
    chmodSync(join(dir, 'locked'), 0o755);
  });
});

describe('the ends of a run', () => {
  let many: string;
  beforeAll(() => {
    many = folder('many', {});
    mkdirSync(many, { recursive: true });
    writeFileSync(
      join(many, 'd0.c'),
      `${BAD}\n${'static int pad(void) { return call(1, 2, 3); }\n'.repeat(600)}`,
    );
    for (let i = 1; i < 250; i++) copyFileSync(join(many, 'd0.c'), join(many, `d${i}.c`));
  });

  it('an interrupt ends at once with 130 and no half document', { timeout: 60_000 }, async () => {
    for (const args of [
      ['check', '--format', 'json'],
      ['inventory', '--format', 'jsonl'],
    ]) {
      const child = spawn(process.execPath, [CLI, ...args, '--no-cache', '--jobs', '1', many], {
        env: cache,
      });
      let stdout = '';
      child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      // Before the handler stands the signal itself ends it: a shell says 130 of that, too.
      const ended = new Promise<number | null>((done) =>
        child.on('close', (code, signal) => done(signal === 'SIGINT' ? 130 : code)),
      );
      await new Promise((done) => setTimeout(done, 600));
      expect(child.exitCode, 'the run was too short for this test').toBe(null);
      const before = Date.now();
      child.kill('SIGINT');
      expect(await ended).toBe(130);
      expect(Date.now() - before).toBeLessThan(1500);
      expect(stdout).toBe('');
    }
  });

  it('a reader that goes away ends it with 0, quietly', { timeout: 120_000 }, async () => {
    for (const command of [
      'inventory --format jsonl',
      'inventory',
      'check --format gcc',
      'check',
      'check --format json',
    ]) {
      const { stdout, stderr } = await shell(
        `$QUIESCE ${command} ${many} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`,
        {
          env: cache,
        },
      );
      expect(`${command}: ${stdout}`).toBe(`${command}: 0\n`);
      expect(stderr).toBe('');
    }
  });

  it('says the same with one thread, with several, and twice', { timeout: 120_000 }, async () => {
    const args = ['inventory', '--format', 'jsonl', many, 'test/fixtures/examples'];
    const outputs = await Promise.all(
      [['--jobs', '1'], ['--jobs', '3'], ['--no-cache'], []].map((more) =>
        quiesce([...args, ...more], { env: cache }),
      ),
    );
    for (const { stdout, code } of outputs) {
      expect(code).toBe(0);
      expect(stdout).toBe(outputs[0]!.stdout);
    }
    expect(outputs[0]!.stdout.split('\n').length).toBeGreaterThan(250);
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  it('shows progress on a terminal and nowhere else', { timeout: 120_000 }, async ({ skip }) => {
    const plain = await quiesce(['check', '--fail-on', 'never', '--no-cache', '--jobs', '1', many], {
      env: cache,
    });
    expect(plain.stderr).toBe('');
    if (!hasScript) {
      process.stderr.write('SKIPPED: util-linux script is not installed\n');
      skip();
    }
    const log = join(root, 'typescript');
    const { stdout } = await shell(
      `script -qefc "$QUIESCE check --fail-on never --format gcc --no-cache --jobs 1 ${many} >/dev/null" ${log} </dev/null`,
      { env: cache },
    );
    expect(stdout).toMatch(/parse: \d+ of 250 \(\d+ %\), \d+ a second, \d+ s left/);
    // It takes its line away in the end.
    expect(stdout.trimEnd().endsWith('\x1b[K') || stdout.endsWith('\r\x1b[K')).toBe(true);
  });
});

/** What is asked of one driver: the suggested hook as a diff, and the evidence for a commit log. */
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Repository } from '../change/repository.ts';
import { quiesce } from './run.ts';

const CAMERA = 'drivers/camera/camera_main.c';
const LANES = 'drivers/platform/lanes_array.c';

let repository: Repository;
beforeEach(() => {
  repository = Repository.ofExamples();
});
afterEach(() => repository.remove());

const run = (...args: string[]) => quiesce(args, { cwd: repository.root });

describe('check --fix-dry-run', () => {
  it('writes nothing but a diff that git applies, after which the finding is gone', async () => {
    const { code, stdout, stderr } = await run('check', '--fix-dry-run', CAMERA);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\+\t\.shutdown = camera_shutdown,$/m);
    expect(repository.git('status', '--porcelain')).toBe('');
    const patch = repository.put('fix.diff', stdout);
    const judged = await run('check', '--mbox', patch);
    expect([judged.code, judged.stdout]).toEqual([0, expect.stringContaining('0 introduced, 1 fixed')]);
    repository.git('apply', '--check', patch);
    repository.git('apply', patch);
    expect((await run('check', CAMERA)).code).toBe(0);
    // It compiles as far as the fixture does: every name that it uses is there.
    const text = repository.read(CAMERA);
    expect(text).toMatch(
      /static void camera_shutdown\(struct platform_device \*pdev\)\n\{[\s\S]*?camera_hw_stop\(/,
    );
  });

  it('says so where it knows no way to stop the device, and leaves the hook to write', async () => {
    const { code, stdout, stderr } = await run('check', '--fix-dry-run', 'drivers/platform/recorder.c');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^quiesce: no way to stop the device was found: [^\n]+\n$/);
    expect(stdout).toContain('TODO');
    for (const line of stdout.split('\n'))
      expect(line.replaceAll('\t', ' '.repeat(8)).length).toBeLessThan(101);
    repository.git('apply', '--check', repository.put('fix.diff', stdout));
  });

  it('names paths from the tree, wherever it is called', async () => {
    const here = (await run('check', '--fix-dry-run', CAMERA)).stdout;
    const below = await quiesce(['check', '--fix-dry-run', 'camera_main.c:camera_driver'], {
      cwd: `${repository.root}/drivers/camera`,
    });
    expect(below.stdout).toBe(here);
  });

  it('keeps bytes that are no UTF-8, and CRLF', async () => {
    repository.edit(CAMERA, (text) =>
      text.replace(/^(?=static struct platform_driver)/m, '/* M\xfcller */\n'),
    );
    execFileSync('git', ['commit', '-qam', 'x', '--author', 'a <a@example.org>'], {
      cwd: repository.root,
      env: { ...process.env, GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' },
    });
    const diff = execFileSync(process.execPath, [
      'dist/cli.js',
      'check',
      '--fix-dry-run',
      `${repository.root}/${CAMERA}`,
    ]);
    expect(diff.includes(Buffer.from('M\xfcller', 'latin1'))).toBe(true);
    repository.git('apply', '--check', repository.put('fix.diff', diff.toString('latin1')));
  });

  it.each([
    [
      ['--fix-dry-run', LANES],
      /has 2 drivers: .*Name one: drivers\/platform\/lanes_array\.c:lane_drivers\[0\]/,
    ],
    [['--fix-dry-run', `${LANES}:lane_driver[1]`], /Did you mean 'lane_drivers\[1\]'\?/],
    [['--fix-dry-run', CAMERA, '--fix-dry-run', LANES], /one driver at a time/],
    [['--fix-dry-run', CAMERA, 'drivers/platform'], /one driver at a time/],
    [['--fix-dry-run', 'drivers/camera'], /drivers\/camera: is a directory; one driver at a time/],
    [['--fix-dry-run', 'drivers/none.c'], /no such file/],
    [
      ['--fix-dry-run', 'drivers/platform/recorder_good.c'],
      /has a \.shutdown hook already: recorder_shutdown/,
    ],
    [['--fix-dry-run', 'drivers/camera/camera_hw.c'], /no driver struct found/],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await run('check', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

describe('evidence', () => {
  it('is text for a commit log: problem, way, effect, tool and command, path, not tested', async () => {
    const { code, stdout, stderr } = await run('evidence', CAMERA);
    expect([code, stderr]).toEqual([0, '']);
    const order = [
      'camera_driver does DMA and has no .shutdown hook',
      'The problem is reached by kexec',
      'The device goes on',
      'static analysis with quiesce',
      'on Linux 6.12.7:',
      `  quiesce check ${CAMERA}`,
      "The way from the driver's entry to its DMA",
      '  camera_probe\n  -> ',
      'Run-time tested: no.',
    ];
    const places = order.map((text) => stdout.indexOf(text));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    // What the tool prints stands as it prints it.
    for (const line of stdout.split('\n').filter((one) => !one.startsWith('  ')))
      expect(line.length, line).toBeLessThanOrEqual(75);
    // The command that it names shows the finding.
    expect((await run('check', CAMERA)).stdout).toContain('[missing-shutdown]');
  });

  it('takes the author\u2019s word for the test, and one rule of several', async () => {
    const tested = await run('evidence', CAMERA, '--tested', 'kexec loop on a board, 200 times');
    expect(tested.stdout).toContain('Run-time tested: kexec loop on a board, 200 times\n');
    const wrong = await run('evidence', CAMERA, '--rule', 'mising-shutdown');
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("Did you mean 'missing-shutdown'?"),
    ]);
  });

  it.each([
    [['drivers/platform/leds.c'], /leds_driver has no finding/],
    [[LANES], /Name one/],
    [['drivers/none.c'], /no such file/],
  ])('of %j is refused', async (args, message) => {
    const { code, stdout, stderr } = await run('evidence', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

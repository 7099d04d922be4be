/** `check --section`, `--maintainer`, `--group-by` over a tree with a MAINTAINERS of its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Repository } from '../change/repository.ts';
import { quiesce } from './run.ts';

const MAINTAINERS = `List of maintainers
===================

EXAMPLE CAMERAS
M:	Some Body <some@example.org>
F:	drivers/camera/

EXAMPLE NICS
M:	Any Body <any@example.org>
F:	drivers/pci/
N:	recorder

EXAMPLE PLATFORM DRIVERS
M:	Some Body <some@example.org>
F:	drivers/platform/
X:	drivers/platform/lanes_array.c

EXAMPLE WORDS
M:	Nobody <no@example.org>
K:	\\bexample\\b

THE REST
F:	*
F:	*/
`;

let repository: Repository;
beforeAll(() => {
  repository = Repository.ofExamples();
  repository.write('MAINTAINERS', MAINTAINERS);
  repository.commit('maintainers');
});
afterAll(() => repository.remove());

const run = (...args: string[]) => quiesce(['check', ...args], { cwd: repository.root });

async function found(...args: string[]) {
  const { stdout, stderr, code } = await run('--format', 'json', '--fail-on', 'never', ...args);
  expect([code, stderr]).toEqual([0, '']);
  const { findings } = JSON.parse(stdout);
  return findings as { file: string; group?: string }[];
}
const filesOf = async (...args: string[]): Promise<string[]> => [
  ...new Set((await found(...args)).map(({ file }) => file)),
];

describe('whose findings', () => {
  it('by section, of the whole tree where no path is named, without what X: takes out', async () => {
    expect(await filesOf('--section', 'Example Cameras')).toEqual(['drivers/camera/camera_main.c']);
    const platform = await filesOf('--section', 'EXAMPLE PLATFORM DRIVERS');
    expect(platform.length).toBeGreaterThan(4);
    expect(platform.every((file) => file.startsWith('drivers/platform/'))).toBe(true);
    expect(platform).not.toContain('drivers/platform/lanes_array.c');
  });

  it('by name pattern, by several sections, and below the paths that are named', async () => {
    expect(await filesOf('--section', 'EXAMPLE NICS')).toEqual([
      'drivers/pci/nic.c',
      'drivers/platform/recorder.c',
    ]);
    expect(await filesOf('--section', 'EXAMPLE NICS', 'drivers/platform')).toEqual([
      'drivers/platform/recorder.c',
    ]);
    expect(await filesOf('--section', 'EXAMPLE NICS', '--section', 'EXAMPLE CAMERAS')).toHaveLength(3);
  });

  it('by maintainer: all sections that name the address', async () => {
    expect(await filesOf('--maintainer', 'ANY@example.org')).toEqual(
      await filesOf('--section', 'EXAMPLE NICS'),
    );
    const some = await filesOf('--maintainer', 'some@example.org');
    expect(some).toContain('drivers/camera/camera_main.c');
    expect(some).toContain('drivers/platform/recorder.c');
    expect(some).not.toContain('drivers/pci/nic.c');
  });

  it('of a change alone, too', async () => {
    repository.edit('drivers/pci/nic.c', (text) => `${text}\n`);
    repository.edit('drivers/platform/recorder_good.c', (text) => text.replace(/^.*\.shutdown\s*=.*\n/m, ''));
    expect(await filesOf('--since', 'HEAD', '--section', 'EXAMPLE PLATFORM DRIVERS')).toHaveLength(1);
    expect(await filesOf('--since', 'HEAD', '--section', 'EXAMPLE CAMERAS')).toEqual([]);
    repository.git('checkout', '-q', '.');
  });

  it('says that K: lines choose no files', async () => {
    const { code, stderr } = await run('--section', 'EXAMPLE WORDS');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/EXAMPLE WORDS: its K: lines/)]);
  });

  it('grouped: by the most telling section or the widest, in pretty and json', async () => {
    const groups = async (by: string): Promise<Map<string, string | undefined>> =>
      new Map((await found('.', '--group-by', by)).map(({ file, group }) => [file, group]));
    const sections = await groups('section');
    expect(sections.get('drivers/camera/camera_main.c')).toBe('EXAMPLE CAMERAS');
    expect(sections.get('drivers/platform/recorder.c')).toBe('EXAMPLE PLATFORM DRIVERS');
    expect(sections.get('drivers/platform/lanes_array.c')).toBe('no section');
    expect((await groups('subsystem')).get('drivers/platform/recorder.c')).toBe('EXAMPLE NICS');
    const { stdout } = await run('.', '--group-by', 'section', '--fail-on', 'never');
    const heads = stdout.split('\n').filter((line) => /^\S.* \(\d+ findings?\)$/.test(line));
    expect(heads.map((line) => line.replace(/ \(.*/, ''))).toEqual([
      'EXAMPLE CAMERAS',
      'EXAMPLE NICS',
      'EXAMPLE PLATFORM DRIVERS',
      'no section',
    ]);
  });

  it.each([
    [['--section', 'EXAMPLE CAMERA'], /has no section 'EXAMPLE CAMERA'\. Did you mean 'EXAMPLE CAMERAS'\?/],
    [['--maintainer', 'who@example.org'], /no section of MAINTAINERS names it/],
    [['.', '--group-by', 'sections'], /unknown group 'sections'\. Did you mean 'section'\?/],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('needs a tree with a MAINTAINERS', async () => {
    const outside = await quiesce(['check', '--section', 'X', repository.folder], { cwd: repository.folder });
    expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining('need a kernel tree')]);
  });
});

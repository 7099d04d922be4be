/**
 * Hooks that were really added, as mailed series: what one kernel tree has and an older one lacks is "fixed" by the
 * series and "introduced" by its reverse.
 *
 * `KERNEL_TREE=DIR KERNEL_TREE_NEWER=DIR npx vitest run test/server/change/gained.test.ts`. The list is made by
 * `quiesce compare --format json`, or taken from a file that it wrote: `GAINED=FILE`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce } from '../cli/run.ts';
import { asVersion, encoded, Repository } from './repository.ts';

const { KERNEL_TREE: OLDER = '', KERNEL_TREE_NEWER: NEWER = '', GAINED } = process.env;
const isSkipped = OLDER === '' || NEWER === '';
if (isSkipped) process.stderr.write('SKIPPED: gained hooks, no KERNEL_TREE and KERNEL_TREE_NEWER given\n');

/** A driver that has a hook in the newer tree. */
interface Gain {
  readonly file: string;
  readonly instance: string;
  readonly before: { readonly file: string; readonly findings: readonly { readonly rule: string }[] };
  readonly after: { readonly hook: string; readonly findings: readonly unknown[] };
}

/** Every how many of them one is sent in every form. */
const SAMPLE = 6;

let gained: Gain[];
let repository: Repository;
const at = (root: string, path: string): string => join(root, path);

async function compared(): Promise<Gain[]> {
  if (GAINED !== undefined) return JSON.parse(readFileSync(GAINED, 'utf8')).gained;
  const { stdout, stderr } = await quiesce(['compare', OLDER, NEWER, '--format', 'json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout).gained;
}

/**
 * What a patch changes: the file; for one that moved its folder, what left the old one, the new one whole, and what
 * builds them.
 */
function pathsOf({ file, before }: Gain): string[] {
  if (file === before.file) return [file];
  const [from, to] = [dirname(before.file), dirname(file)];
  const paths = [`${from}/Makefile`, ...sourcesIn(OLDER, from), ...sourcesIn(NEWER, to), `${to}/Makefile`];
  for (let up = to; !from.startsWith(up); up = dirname(up)) paths.push(`${dirname(up)}/Makefile`);
  const stayed = (path: string): boolean =>
    path.startsWith(`${from}/`) &&
    path.endsWith('.c') &&
    existsSync(at(NEWER, path)) &&
    existsSync(at(OLDER, path));
  return [...new Set(paths)].filter((path) => !stayed(path));
}

function sourcesIn(tree: string, dir: string): string[] {
  const names = readdirSync(at(tree, dir)).filter((name) => /\.[ch]$/.test(name));
  return names.map((name) => `${dir}/${name}`);
}

/** A repository of the drivers as the older tree has them, and a commit for each that makes it the newer one's. */
function history(of: readonly Gain[]): Repository {
  const isIn = (tree: string) => (path: string) => existsSync(at(tree, path));
  const made = Repository.ofTree(OLDER, of.flatMap(pathsOf).filter(isIn(OLDER)));
  for (const one of of) {
    for (const path of pathsOf(one)) {
      if (isIn(NEWER)(path)) made.take(NEWER, path);
      else made.git('rm', '-q', path);
    }
    made.commit(`${one.instance}: stop the device at shutdown`);
  }
  return made;
}

/** What a series does to a tree, as `file instance` by kind; the exit code. */
async function judged(tree: string, mbox: string) {
  const args = ['--mbox', repository.put('series.mbox', mbox), '--tree', tree, '--fail-on', 'note'];
  const { code, stdout, stderr } = await quiesce(['check', '--format', 'json', ...args]);
  expect(stderr).toBe('');
  const { change } = JSON.parse(stdout);
  const brief = (kind: string): string[] =>
    change[kind].map(({ file, instance }: Gain) => `${file} ${instance}`).sort();
  return { code, introduced: brief('introduced'), fixed: brief('fixed'), weaker: brief('weaker'), change };
}

const namesOf = (of: readonly Gain[], file: (one: Gain) => string): string[] =>
  of.map((one) => `${file(one)} ${one.instance}`).sort();

describe.skipIf(isSkipped)('a series of drivers that gained a hook', { timeout: 900_000 }, () => {
  beforeAll(async () => {
    const all = (await compared()).filter(
      ({ before, after }) => after.hook === 'present' && before.findings.length > 0,
    );
    // A whole tree may know of a library's DMA what is not known where its users alone are judged, as a change's are.
    const files = [...new Set(all.map(({ before }) => at(OLDER, before.file)))];
    const { stdout } = await quiesce(['check', '--fail-on', 'never', '--format', 'json', ...files]);
    const found = new Set(JSON.parse(stdout).findings.map((one: Gain) => `${one.file} ${one.instance}`));
    gained = all.filter(({ before, instance }) => found.has(`${before.file} ${instance}`));
    expect(all.length - gained.length).toBeLessThan(3);
    repository = history(gained);
  }, 900_000);
  afterAll(() => repository?.remove());

  it('is judged fixed, each driver by its own patch', async () => {
    expect(gained.length).toBeGreaterThan(20);
    const { change, ...did } = await judged(OLDER, repository.mails(`HEAD~${gained.length}`).join(''));
    expect(did.fixed).toEqual(expect.arrayContaining(namesOf(gained, ({ file }) => file)));
    expect({ code: did.code, introduced: did.introduced, weaker: did.weaker }).toEqual({
      code: 0,
      introduced: [],
      weaker: [],
    });
    for (const { file, instance } of gained) {
      const one = change.fixed.find((fixed: Gain) => fixed.file === file && fixed.instance === instance);
      expect(one.patch.subject).toBe(`${instance}: stop the device at shutdown`);
    }
  });

  it('is judged introduced when it is reversed', async () => {
    for (let back = 0; back < gained.length; back++)
      repository.git('revert', '--no-edit', `HEAD~${2 * back}`);
    const { code, introduced, fixed } = await judged(
      NEWER,
      repository.mails(`HEAD~${gained.length}`).join(''),
    );
    expect([code, fixed]).toEqual([1, []]);
    expect(introduced).toEqual(expect.arrayContaining(namesOf(gained, ({ before }) => before.file)));
  });

  describe('sent in many ways', () => {
    let some: Gain[];
    let mails: string[];
    beforeAll(() => {
      some = gained.filter((_, index) => index % SAMPLE === 0);
      repository.remove();
      repository = history(some);
      mails = repository.mails(`HEAD~${some.length}`);
    });

    const FORMS: Record<string, (parts: readonly string[]) => string> = {
      'in order': (parts) => parts.join(''),
      'out of order': (parts) => [...parts].reverse().join(''),
      'as v2 beside v1': (parts) =>
        [
          ...parts.map((part) => part.replaceAll('shutdown', 'shut_down')),
          ...parts.map((part) => asVersion(part, 2)),
        ].join(''),
      'with CRLF': (parts) => parts.join('').replaceAll('\n', '\r\n'),
      'in base64': (parts) => parts.map((part) => encoded(part, 'base64')).join('\n'),
      'in quoted-printable': (parts) => parts.map((part) => encoded(part, 'quoted-printable')).join('\n'),
    };
    it.each(Object.entries(FORMS))('says the same %s', async (_, write) => {
      const { code, introduced, fixed } = await judged(OLDER, write(mails));
      expect({ code, introduced }).toEqual({ code: 0, introduced: [] });
      expect(fixed).toEqual(expect.arrayContaining(namesOf(some, ({ file }) => file)));
    });

    it('is answered with nothing where it does nothing', async () => {
      repository.git('checkout', '-q', `HEAD~${some.length}`);
      for (const { before } of some) {
        repository.edit(before.file, (text) => `${text}\n/* ${before.file} ends here */\n`);
        repository.commit('say where the file ends');
      }
      const unrelated = repository.put('unrelated.mbox', repository.mails(`HEAD~${some.length}`).join(''));
      expect(await quiesce(['check', '--mbox', unrelated, '--reply', '--tree', OLDER])).toEqual({
        code: 0,
        signal: null,
        stdout: '',
        stderr: '',
      });
    });
  });
});

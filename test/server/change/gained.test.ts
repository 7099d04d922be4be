/**
 * Hooks that were really added, as mailed series: what one kernel tree has and an older one lacks is "fixed" by the
 * series and "introduced" by its reverse, however it is sent.
 *
 * `KERNEL_TREE=DIR KERNEL_TREE_NEWER=DIR npx vitest run test/server/change/gained.test.ts`. The list is made by
 * `quiesce compare --format json`, or taken from a file that it wrote: `GAINED=FILE`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quiesce, type Ran } from '../cli/run.ts';
import { asVersion, encoded, Repository } from './repository.ts';

const { KERNEL_TREE: OLDER = '', KERNEL_TREE_NEWER: NEWER = '', GAINED } = process.env;
const isSkipped = OLDER === '' || NEWER === '';
if (isSkipped) process.stderr.write('SKIPPED: gained hooks, no KERNEL_TREE and KERNEL_TREE_NEWER given\n');

/** A driver that has a hook in the newer tree. */
interface Gain {
  readonly file: string;
  readonly instance: string;
  readonly before: { readonly file: string; readonly findings: readonly { readonly rule: string }[] };
  readonly after: { readonly hook: string; readonly function: string };
}

/** What a patch did to a driver, as JSON has it. */
interface Did {
  readonly file: string;
  readonly instance: string;
  readonly hook: { readonly before?: string | null; readonly after: string | null };
  readonly patch: { readonly subject: string } | null;
}

/** Why a hook that was gained is no fix, one a line. */
const REASONS = readFileSync('test/accuracy/reasons-gained.tsv', 'utf8');

/** Got an effective hook: `present`. */
let gained: Gain[];
/** Got one that stops nothing, or not always: no fix. */
let others: Gain[];
let repository: Repository;
const at = (root: string, path: string): string => join(root, path);
const isIn = (tree: string) => (path: string) => existsSync(at(tree, path));

async function compared(): Promise<Gain[]> {
  if (GAINED !== undefined) return JSON.parse(readFileSync(GAINED, 'utf8')).gained;
  const { stdout, stderr } = await quiesce(['compare', OLDER, NEWER, '--format', 'json']);
  expect(stderr).toBe('');
  return JSON.parse(stdout).gained;
}

/**
 * What a patch changes: the driver's file, and the one that its hook is in. Where that would not build in the other tree, because it or a header beside
 * it has moved: what left the folder, what came into the new one, and what builds them.
 */
function pathsOf(one: Gain): string[] {
  const { file, before } = one;
  if (file === before.file && !usesGoneHeader(file)) return [...new Set([file, ...definingHook(one)])];
  const [from, to] = [dirname(before.file), dirname(file)];
  const paths = [
    file,
    `${from}/Makefile`,
    ...sourcesIn(OLDER, from),
    ...sourcesIn(NEWER, to),
    `${to}/Makefile`,
  ];
  for (let up = to; !from.startsWith(up); up = dirname(up)) paths.push(`${dirname(up)}/Makefile`);
  const stayed = (path: string): boolean =>
    path !== file &&
    path.startsWith(`${from}/`) &&
    path.endsWith('.c') &&
    isIn(NEWER)(path) &&
    isIn(OLDER)(path);
  return [...new Set(paths)].filter((path) => !stayed(path));
}

/** The files beside the driver's that define its hook: the library of a family of drivers. */
function definingHook({ file, after }: Gain): string[] {
  const definition = new RegExp(`^[\\w *]*\\b${after.function}\\([^;{]*\\)\\s*\\{`, 'm');
  return sourcesIn(NEWER, dirname(file)).filter((path) =>
    definition.test(readFileSync(at(NEWER, path), 'latin1')),
  );
}

/** Whether the older file includes something beside it that the newer tree has no longer. */
function usesGoneHeader(file: string): boolean {
  const text = readFileSync(at(OLDER, file), 'latin1');
  const beside = [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, name]) => join(dirname(file), name!));
  return beside.some((path) => isIn(OLDER)(path) && !isIn(NEWER)(path));
}

function sourcesIn(tree: string, dir: string): string[] {
  const names = readdirSync(at(tree, dir)).filter((name) => /\.[ch]$/.test(name));
  return names.map((name) => `${dir}/${name}`);
}

/** A repository of the drivers' folders as the older tree has them, and a commit a driver that makes it the newer one's. */
function history(of: readonly Gain[]): Repository {
  const folders = of.map(({ before }) => dirname(before.file));
  const paths = ['Kbuild', 'Kconfig', ...folders, ...of.flatMap(pathsOf).filter(isIn(OLDER))];
  const made = Repository.ofTree(OLDER, [...new Set(paths)]);
  for (const one of of) {
    for (const path of pathsOf(one)) {
      if (isIn(NEWER)(path)) made.take(NEWER, path);
      else made.git('rm', '-q', '--ignore-unmatch', path);
    }
    made.commit(`${one.instance}: stop the device at shutdown`);
  }
  return made;
}

/** Commits that take the newest `count` ones back, the last one first. */
function revert(count: number): void {
  for (let back = 0; back < count; back++) repository.git('revert', '--no-edit', `HEAD~${2 * back}`);
}

/** Puts the mails into an mbox. */
const mbox = (mails: readonly string[]): string => repository.put('series.mbox', mails.join(''));

/** What a series does to a tree, as `file instance` by kind; the exit code. */
async function judged(tree: string, source: string, input?: string) {
  const args = ['check', '--format', 'json', '--mbox', source, '--tree', tree, '--fail-on', 'note'];
  const { code, stdout, stderr } = await quiesce(args, input === undefined ? {} : { input });
  expect(stderr).toBe('');
  const { change } = JSON.parse(stdout);
  const names = (kind: string): string[] => change[kind].map(nameOf).sort();
  const did: { code: number | null; introduced: string[]; weaker: string[] } = {
    code,
    introduced: names('introduced'),
    weaker: names('weaker'),
  };
  return { did, fixed: names('fixed'), change };
}

const NOTHING_BAD = { code: 0, introduced: [], weaker: [] };
const nameOf = ({ file, instance }: { file: string; instance: string }): string => `${file} ${instance}`;
const newNames = (): string[] => gained.map(nameOf).sort();
const oldNames = (): string[] =>
  gained.map(({ before, instance }) => nameOf({ file: before.file, instance })).sort();

function reply(tree: string, source: string): Promise<Ran> {
  return quiesce(['check', '--mbox', source, '--reply', '--tree', tree, '--fail-on', 'note']);
}

/** Plain text in 72 columns; a path that is longer stands alone. */
function expectPlain(text: string): void {
  expect(text).toMatch(/^[\n -~]+$/);
  for (const line of text.split('\n')) if (/\S \S/.test(line)) expect(line.length, line).toBeLessThan(73);
}

describe.skipIf(isSkipped)('a series of drivers that gained a hook', { timeout: 900_000 }, () => {
  beforeAll(async () => {
    const all = (await compared()).filter(({ before }) => before.findings.length > 0);
    gained = all.filter(({ after }) => after.hook === 'present');
    others = all.filter(({ after }) => after.hook !== 'present');
    expect(gained.length).toBeGreaterThan(20);
    repository = history(gained);
  }, 900_000);
  afterAll(() => repository?.remove());

  it('is judged fixed, each driver by its own patch and by its hook', async () => {
    const { did, fixed, change } = await judged(OLDER, mbox(repository.mails(`HEAD~${gained.length}`)));
    expect(did).toEqual(NOTHING_BAD);
    expect(fixed).toEqual(expect.arrayContaining(newNames()));
    for (const one of gained) {
      const [how] = change.fixed.filter((other: Did) => nameOf(other) === nameOf(one));
      expect([one.file, how.hook.after]).toEqual([one.file, 'present']);
      expect(how.patch.subject).toBe(`${one.instance}: stop the device at shutdown`);
    }
  });

  const FORMS: Record<string, (parts: readonly string[]) => string[]> = {
    'out of order': (parts) => [...parts].reverse(),
    'as v2 beside v1': (parts) => [
      ...parts.map((part) => part.replaceAll('shutdown', 'shut_down')),
      ...parts.map((part) => asVersion(part, 2)),
    ],
    'with CRLF': (parts) => parts.map((part) => part.replaceAll('\n', '\r\n')),
    'in base64': (parts) => parts.map((part) => `${encoded(part, 'base64')}\n`),
    'in quoted-printable': (parts) => parts.map((part) => `${encoded(part, 'quoted-printable')}\n`),
  };
  describe('says the same of it', () => {
    let mails: string[];
    beforeAll(() => {
      mails = repository.mails(`HEAD~${gained.length}`);
    });
    const expectSame = ({ did, fixed }: Awaited<ReturnType<typeof judged>>): void => {
      expect(did).toEqual(NOTHING_BAD);
      expect(fixed).toEqual(expect.arrayContaining(newNames()));
    };

    it.each(Object.entries(FORMS))('%s', async (_, write) => {
      expectSame(await judged(OLDER, mbox(write(mails))));
    });

    it('on standard input', async () => {
      const text = Buffer.from(mails.join(''), 'latin1').toString('utf8');
      expectSame(await judged(OLDER, '-', text));
    });

    it('as a folder of git format-patch', async () => {
      const folder = join(repository.folder, 'patches');
      repository.git('format-patch', '-q', '-o', folder, `HEAD~${gained.length}`);
      expect(readdirSync(folder).length).toBe(gained.length);
      expectSame(await judged(OLDER, folder));
    });

    it('with a base commit that the repository has, whatever is checked out, and one that it has not', async () => {
      const based = repository.git(
        'format-patch',
        '--stdout',
        '--base',
        `HEAD~${gained.length}`,
        `HEAD~${gained.length}`,
      );
      // In the folders alone; the end of the series is what is checked out.
      const known = await judged(repository.root, mbox([based]));
      expectSame(known);
      expect(known.change.against).toMatch(/^the series on its base [0-9a-f]{12}, Linux 6\.1\b/);
      const unknown = await judged(OLDER, mbox([based]));
      expectSame(unknown);
      expect(unknown.change.against).toMatch(/: its base [0-9a-f]{12} is not in the repository$/);
    });

    it('in the thread, plain and in 72 columns', async () => {
      const { code, stdout, stderr } = await reply(OLDER, mbox(mails));
      expect([code, stderr]).toEqual([0, '']);
      expectPlain(stdout);
      const flat = stdout.replace(/\s+/g, ' ');
      for (const { instance } of gained) expect(flat).toContain(`Fixed: ${instance} now has `);
    });
  });

  it('is judged introduced when it is reversed, in the thread too', async () => {
    revert(gained.length);
    const reversed = mbox(repository.mails(`HEAD~${gained.length}`));
    const { did, fixed } = await judged(NEWER, reversed);
    expect([did.code, fixed]).toEqual([1, []]);
    expect(did.introduced).toEqual(expect.arrayContaining(oldNames()));
    const { code, stdout, stderr } = await reply(NEWER, reversed);
    expect([code, stderr]).toEqual([1, '']);
    expectPlain(stdout);
    for (const { before } of gained) expect(stdout).toContain(`${before.file}:`);
  });

  it('is no fix where the hook stops nothing, or not always', async () => {
    expect(others.length).toBeGreaterThan(0);
    repository.remove();
    repository = history(others);
    const { change } = await judged(OLDER, mbox(repository.mails(`HEAD~${others.length}`)));
    for (const one of others) {
      const [how] = change.introduced.filter((other: Did) => nameOf(other) === nameOf(one));
      expect([one.file, how?.hook.after]).toEqual([one.file, one.after.hook]);
      expect(REASONS, one.file).toContain(`${one.file}\t${one.instance}\t`);
    }
    expect(change.fixed.filter(({ hook }: Did) => hook.after === 'present')).toEqual([]);
  });

  it('is answered with nothing where it does nothing', async () => {
    repository.remove();
    repository = Repository.ofTree(
      OLDER,
      gained.map(({ before }) => before.file),
    );
    for (const { before } of gained) {
      repository.edit(before.file, (text) => `${text}\n/* ${before.file} ends here */\n`);
      repository.commit('say where the file ends');
    }
    const unrelated = mbox(repository.mails(`HEAD~${gained.length}`));
    expect(await reply(OLDER, unrelated)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  });
});

/** docs/adopting.md and docs/ci.md, done as they say: what stands there to be typed or put into a file. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dropHook } from '../server/change/checked.ts';
import { Repository } from '../server/change/repository.ts';
import { CLI, quiesce, type Ran, shell } from '../server/cli/run.ts';

const PAGE = readFileSync('docs/ci.md', 'utf8');
const action = parse(readFileSync('action.yml', 'utf8'));

/** Blocks of a page that are set in by four columns, without those columns. */
function blocksOf(page: string): string[] {
  return page
    .split(/\n(?=[^ \n])/)
    .flatMap((part) => part.match(/(?:^ {4}.*\n?(?:\n(?= {4}))*)+/gm) ?? [])
    .map((block) => block.replace(/^ {4}/gm, ''));
}
const blocks = blocksOf(PAGE);
const yaml = blocks.filter((block) => /^(?:#.*\.ya?ml\n|- \w+:|[\w-]+:(?:\s|$))/.test(block));

describe('docs/ci.md', () => {
  it('has YAML that parses', () => {
    expect(yaml.length).toBeGreaterThanOrEqual(5);
    for (const block of yaml) expect(parse(block), block).toBeTypeOf('object');
  });

  it('uses inputs that the action has, and describes each', () => {
    const used = yaml
      .map((block) => parse(block))
      .flatMap((one) => (Array.isArray(one) ? one : (one.steps ?? [])))
      .filter((step) => /quiesce@/.test(step.uses ?? ''));
    expect(used.length).toBeGreaterThan(0);
    for (const step of used)
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
    for (const name of Object.keys(action.inputs)) expect(PAGE).toMatch(new RegExp(`^\\|.*\`${name}\``, 'm'));
  });

  it('has the hook of pre-commit as the repository defines it', () => {
    const [hook] = parse(readFileSync('.pre-commit-hooks.yaml', 'utf8'));
    const [local] = yaml
      .map((block) => parse(block))
      .flatMap(({ repos }) => repos ?? [])
      .filter(({ repo }) => repo === 'local')
      .flatMap(({ hooks }) => hooks);
    const { additional_dependencies: _, ...same } = local;
    expect(hook).toMatchObject(same);
  });

  it('names options that there are', async () => {
    const { stdout } = await quiesce(['check', '--help']);
    const commands = PAGE.match(/quiesce check .*/g)!;
    expect(commands.length).toBeGreaterThan(3);
    for (const option of new Set(commands.join(' ').match(/ --[a-z][\w-]*/g)))
      expect(stdout).toContain(option);
  });
});

describe('followed to the letter', { timeout: 60_000 }, () => {
  const GOOD = 'drivers/platform/recorder_good.c';
  let repository: Repository;
  let bin: string;
  beforeAll(() => {
    repository = Repository.ofExamples();
    bin = join(repository.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(CLI, join(bin, 'quiesce'));
    symlinkSync(resolve('docs/ci/quiesce-checkpatch.sh'), join(bin, 'quiesce-checkpatch.sh'));
    repository.git('config', 'user.name', 'A');
    repository.git('config', 'user.email', 'a@example.org');
  });
  afterAll(() => repository.remove());

  /** Runs commands of a page at the top of the repository, up to the first that fails; the package is in the path. */
  function typed(commands: string): Promise<Ran> {
    const env = { PATH: `${bin}:${process.env.PATH}` };
    return shell(`set -e\n${commands.replaceAll('npx quiesce', 'quiesce')}`, { cwd: repository.root, env });
  }

  it('docs/adopting.md lets a tree with old findings pass, and a new one fail', async () => {
    const [install, ...steps] = blocksOf(readFileSync('docs/adopting.md', 'utf8'));
    expect(install).toMatch(/^npm install --global quiesce\n/);
    const [write, config, commit, check] = steps;
    expect((await typed(check!)).code).toBe(1);
    expect(await typed(write!)).toMatchObject({ code: 0, stderr: '' });
    expect(parse(config!)).toEqual({ root: true, baseline: '.quiesce-baseline.json' });
    repository.write('.quiesce.yaml', config!);
    expect((await typed(commit!)).code).toBe(0);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(await typed(check!)).toMatchObject({ code: 0, stderr: '' });
    repository.edit(GOOD, dropHook);
    expect((await typed(check!)).code).toBe(1);
    repository.git('checkout', '-q', GOOD);
  });

  it("docs/ci.md's job for GitLab writes the reports that it names", async () => {
    const job = yaml.map((block) => parse(block)).find((one) => one.quiesce?.artifacts).quiesce;
    const script = job.script.replace('drivers/net', '--no-baseline drivers');
    expect((await typed(script)).code).toBe(1);
    const { codequality, junit } = job.artifacts.reports;
    const issues = JSON.parse(repository.read(codequality));
    expect(issues.length).toBeGreaterThan(5);
    for (const { description, check_name, fingerprint, severity, location } of issues) {
      expect(description.length * check_name.length).toBeGreaterThan(0);
      expect(fingerprint).toMatch(/^[0-9a-f]{32}$/);
      expect(['major', 'minor']).toContain(severity);
      expect(repository.read(location.path).split('\n').length).toBeGreaterThan(location.lines.begin);
    }
    expect(repository.read(junit)).toMatch(/^<\?xml [\s\S]*<failure [\s\S]*<\/testsuites>\s*$/);
    expect((await typed(script.replace('drivers', GOOD))).code).toBe(0);
    repository.git('clean', '-qfd');
  });

  it('docs/ci.md has commands beside checkpatch that see what a branch does', async () => {
    const block = blocks.find((one) => one.includes('git format-patch --base=auto'))!;
    const [patches, , range, file] = block.trimEnd().split('\n');
    repository.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    repository.git('checkout', '-q', '-b', 'topic');
    repository.git('config', 'branch.topic.remote', '.');
    repository.git('config', 'branch.topic.merge', 'refs/heads/main');
    repository.edit(GOOD, dropHook);
    repository.commit('recorder: drop the hook');
    for (const command of [patches!, range!, file!.replace('drivers/dma/foo.c', GOOD)]) {
      const { code, stdout } = await typed(command);
      expect([command, code]).toEqual([command, 1]);
      expect(stdout).toContain('WARNING: recorder_good_driver does DMA and has no .shutdown hook');
    }
  });
});

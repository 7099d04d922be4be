/** action.yml: its steps as they stand, in a repository, with the environment that a runner gives them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dropHook } from '../server/change/checked.ts';
import { Repository } from '../server/change/repository.ts';
import { packed } from './tarball.ts';
import { type Action, play } from './workflow.ts';

const action: Action = parse(readFileSync('action.yml', 'utf8'));
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

describe('action.yml', () => {
  it('puts no expression into the text of a script', () => {
    const scripts = action.runs.steps.filter(({ run }) => run !== undefined);
    expect(scripts.length).toBeGreaterThan(2);
    for (const { name, run, shell } of scripts) {
      expect(run, name).not.toContain('${{');
      expect(shell, name).toBe('bash');
    }
  });

  it('is a composite action whose every input is described and used, and comments nothing', () => {
    expect(action.runs.using).toBe('composite');
    const steps = JSON.stringify(action.runs.steps);
    for (const [name, { description }] of Object.entries(action.inputs)) {
      expect(description, name).toMatch(/^\S.{10,}/);
      expect(steps).toContain(`inputs.${name}`);
    }
    const used = action.runs.steps.flatMap(({ uses }) => uses ?? []);
    expect(used).toEqual([expect.stringMatching(/^github\/codeql-action\/upload-sarif@v\d+$/)]);
  });

  it('runs the version of this checkout', () => {
    expect(action.inputs.version!.default).toBe(version);
  });
});

describe('its steps', { timeout: 120_000 }, () => {
  let repository: Repository;
  let tarball: string;
  let runs = 0;
  beforeAll(() => {
    repository = Repository.ofExamples();
    tarball = packed(repository.folder);
  }, 60_000);
  afterAll(() => repository.remove());

  function run(inputs: Readonly<Record<string, string>>) {
    const temp = join(repository.folder, `temp ${runs++}`);
    const { steps, context } = play(action, { package: tarball, ...inputs }, repository.root, temp);
    const sarif = context['steps.check.outputs.sarif'];
    return {
      codes: steps.map(({ code }) => code),
      output: steps.map(({ output }) => output).join(''),
      exitCode: context['steps.check.outputs.exit-code'],
      found: sarif
        ? JSON.parse(readFileSync(sarif, 'utf8')).runs[0].results.map(
            (one: { locations: [{ physicalLocation: { artifactLocation: { uri: string } } }] }) =>
              one.locations[0].physicalLocation.artifactLocation.uri,
          )
        : null,
    };
  }

  it('write a SARIF file with the findings, and fail at last', () => {
    const { codes, exitCode, found, output } = run({});
    expect([codes, exitCode], output).toEqual([[0, 0, 1], '1']);
    expect(found).toContain('drivers/platform/recorder.c');
    expect(output).toMatch(/\d+ warnings/);
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('pass where nothing is to fail; annotate when asked to', () => {
    const { codes, exitCode, found, output } = run({ 'fail-on': 'never', annotations: 'true' });
    expect([codes, exitCode, found.length > 5]).toEqual([[0, 0, 0], '0', true]);
    expect(output).toContain('::warning file=drivers/platform/recorder.c,');
  });

  it('take several paths, a revision, a baseline, a configuration and the folder of the kernel', () => {
    const GOOD = 'platform/recorder_good.c';
    repository.edit(`drivers/${GOOD}`, dropHook);
    repository.commit('drop the hook');
    const change = { since: 'HEAD^1', directory: 'drivers' };
    expect(run(change)).toMatchObject({ codes: [0, 0, 1], found: [`drivers/${GOOD}`] });
    expect(run({ ...change, paths: 'camera\n\npci\n' })).toMatchObject({ codes: [0, 0, 0], found: [] });
    const finding = { rule: 'missing-shutdown', file: `drivers/${GOOD}`, instance: 'recorder_good_driver' };
    const baseline = { version: 1, commit: null, findings: [finding] };
    writeFileSync(join(repository.root, 'drivers/known.json'), JSON.stringify(baseline));
    expect(run({ ...change, baseline: 'known.json' })).toMatchObject({ codes: [0, 0, 0], found: [] });
    writeFileSync(join(repository.root, 'drivers/c.yaml'), 'rules:\n  missing-shutdown: off\n');
    expect(run({ ...change, config: 'c.yaml' })).toMatchObject({ codes: [0, 0, 0], found: [] });
    repository.git('clean', '-qfd');
    repository.git('reset', '-q', '--hard', 'HEAD~1');
  });

  it('end with 2, and no SARIF file, where it cannot be run', () => {
    expect(run({ paths: 'no/such' })).toMatchObject({ codes: [0, 0, 2], exitCode: '2', found: null });
    expect(run({ since: 'v9' }).output).toContain("unknown revision 'v9'");
    expect(run({ directory: 'nowhere' }).codes.at(-1)).not.toBe(0);
    const without = run({ package: 'none.tgz' });
    expect([without.codes.length, without.codes[0] === 0]).toEqual([1, false]);
  });

  it.each([
    ['$(touch EVIL)'],
    ['`touch EVIL`'],
    ["'; touch EVIL; '"],
    ['"; touch EVIL; "'],
    ['.\ntouch EVIL'],
  ])('take no command from an input: %j', (text) => {
    const evil = join(repository.root, 'evil');
    const given = text.replace('EVIL', evil);
    // Each step is reached with an input that could hurt it: these three end the run early.
    const { package: _, version: __, directory: ___, ...others } = action.inputs;
    const all = Object.fromEntries(Object.keys(others).map((name) => [name, given]));
    expect(run(all).codes).toEqual([0, 0, 2]);
    expect(run({ directory: given }).codes).toEqual([0, 1]);
    expect(run({ package: given }).codes).toEqual([1]);
    expect(run({ version: given, package: '' }).codes).toEqual([2]);
    expect(existsSync(evil)).toBe(false);
  });

  it('run nothing that lies in the checkout', () => {
    const evil = join(repository.root, 'evil');
    const bin = join(repository.root, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'quiesce'), `#!/bin/sh\ntouch ${evil}\n`, { mode: 0o755 });
    writeFileSync(join(repository.root, '.npmrc'), `script-shell=${join(bin, 'quiesce')}\n`);
    writeFileSync(
      join(repository.root, 'package.json'),
      JSON.stringify({ name: 'x', scripts: { preinstall: `touch ${evil}` } }),
    );
    expect(run({}).exitCode).toBe('1');
    expect(readdirSync(repository.root)).not.toContain('evil');
  });
});

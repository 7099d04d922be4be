/** docs/ci.md: what it says to put into a file can be read there, and names what there is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { quiesce } from '../server/cli/run.ts';

const PAGE = readFileSync('docs/ci.md', 'utf8');
const action = parse(readFileSync('action.yml', 'utf8'));

/** Blocks of the page that are set in by four columns, without those columns. */
const blocks = PAGE.split(/\n(?=[^ \n])/)
  .flatMap((part) => part.match(/(?:^ {4}.*\n?(?:\n(?= {4}))*)+/gm) ?? [])
  .map((block) => block.replace(/^ {4}/gm, ''));
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

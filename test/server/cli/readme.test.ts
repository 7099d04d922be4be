import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { quiesce } from './run.ts';

const README = readFileSync('README.md', 'utf8');

describe('the README', () => {
  it('names only commands and options that there are', async () => {
    const commands = [...new Set([...README.matchAll(/^ {4}quiesce (\w+)/gm)].map((match) => match[1]!))];
    expect(commands).toEqual(expect.arrayContaining(['check', 'inventory', 'explain', 'simulate']));
    const helps = await Promise.all(commands.map((command) => quiesce([command, '--help'])));
    for (const [index, { code }] of helps.entries())
      expect(`${commands[index]} ${code}`).toBe(`${commands[index]} 0`);
    const known = new Set(helps.flatMap(({ stdout }) => stdout.match(/--[a-z][\w-]*/g) ?? []));
    const use = README.slice(README.indexOf('## Use it'), README.indexOf('## How sure'));
    for (const option of new Set(use.match(/--[a-z][\w-]*/g))) expect(known).toContain(option);
  });

  it('names every option of check', async () => {
    const { stdout } = await quiesce(['check', '--help']);
    const options = stdout.match(/^ +(?:-\w, )?(--[a-z][\w-]*)/gm)!.map((line) => /--.*/.exec(line)![0]);
    for (const option of options.filter((one) => one !== '--help')) expect(README).toContain(option);
  });

  it("names only the project's own scripts", () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    for (const [, name] of README.matchAll(/npm run ([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });
});

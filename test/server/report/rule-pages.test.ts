import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../server/audit/rules/index.ts';
import { auditPaths } from '../../../server/project/project.ts';
import { ruleIndex, rulePage } from '../../../server/report/rule-page.ts';

const HEADINGS = ['What it finds', 'Why it matters', 'What to do', 'When it is wrong'];

describe('docs/rules', () => {
  it('has one page a rule and the index, as `npm run rule-pages` writes them', () => {
    const names = [...RULES.map((rule) => `${rule.id}.md`), 'README.md'].sort();
    expect(readdirSync('docs/rules').sort()).toEqual(names);
    for (const rule of RULES) {
      expect(readFileSync(`docs/rules/${rule.id}.md`, 'utf8'), rule.id).toBe(rulePage(rule));
    }
    expect(readFileSync('docs/rules/README.md', 'utf8')).toBe(ruleIndex(RULES));
  });

  it.each(RULES.map((rule) => [rule.id, rule] as const))('%s has the fixed headings in order', (_, rule) => {
    const headings = [...rule.documentation.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
    expect(headings).toEqual(HEADINGS);
    expect(rule.id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(rule.summary).toMatch(/\.$/);
  });
});

describe('the example of', () => {
  it.each(RULES.map((rule) => [rule.id, rule] as const))(
    '%s is found, and the mended one is not',
    async (id, rule) => {
      const folder = mkdtempSync(join(tmpdir(), 'quiesce-example-'));
      const rulesIn = async (name: string, text: string): Promise<string[]> => {
        const file = join(folder, name);
        writeFileSync(file, text);
        const { drivers } = await auditPaths({ paths: [file], jobs: 1 });
        return drivers.flatMap(({ findings }) => findings.map((one) => one.rule));
      };
      expect(await rulesIn('found.c', rule.example.found)).toEqual([id]);
      expect(await rulesIn('fine.c', rule.example.fine)).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  );
});

/**
 * Writes docs/rules/ from the rules' own documentation.
 *
 * Use: npm run rule-pages
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../server/audit/rules/index.ts';
import { ruleIndex, rulePage } from '../../server/report/rule-page.ts';

const DIR = 'docs/rules';

mkdirSync(DIR, { recursive: true });
for (const name of readdirSync(DIR)) rmSync(join(DIR, name));
writeFileSync(join(DIR, 'README.md'), ruleIndex(RULES));
for (const rule of RULES) writeFileSync(join(DIR, `${rule.id}.md`), rulePage(rule));
process.stdout.write(`${DIR}: ${RULES.length} rules\n`);

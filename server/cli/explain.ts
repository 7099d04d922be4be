import { Command } from 'commander';
import { RULES, ruleOf } from '../audit/rules/index.ts';
import { rulePage } from '../report/rule-page.ts';
import { print } from './output.ts';
import { oneOf } from './usage.ts';

/** `quiesce explain [RULE]`. */
export function explainCommand(): Command {
  return new Command('explain')
    .description('explain a rule; without one, list them')
    .argument('[rule]', "the rule's id")
    .action(async (id?: string) => {
      if (id === undefined) {
        const width = Math.max(...RULES.map((rule) => rule.id.length));
        const line = (rule: (typeof RULES)[number]): string =>
          `${rule.id.padEnd(width)}  ${rule.ceiling.padEnd(7)}  ${rule.summary}\n`;
        await print(RULES.map(line).join(''));
        return;
      }
      const valid = RULES.map((rule) => rule.id);
      await print(rulePage(ruleOf(oneOf('rule', id, valid))!));
    });
}

import { Command } from 'commander';
import { RULES, ruleOf } from '../audit/rules/index.ts';
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
        await print(
          RULES.map((rule) => `${rule.id.padEnd(width)}  ${rule.ceiling.padEnd(7)}  ${rule.summary}\n`).join(
            '',
          ),
        );
        return;
      }
      const ids = RULES.map((rule) => rule.id);
      const rule = ruleOf(oneOf('rule', id, ids))!;
      await print(
        `# ${rule.id}\n\n${rule.summary} Reported as ${rule.ceiling} at most.\n\n${rule.documentation}`,
      );
    });
}

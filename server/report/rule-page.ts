import type { Rule } from '../audit/rule.ts';

/** The page that explains a rule, as Markdown: what `quiesce explain` prints and what stands in `docs/rules/`. */
export function rulePage(rule: Rule): string {
  const { id, summary, ceiling, documentation, example } = rule;
  return [
    `# ${id}`,
    `${summary} Reported as ${ceiling} at most.`,
    documentation.trim(),
    '## Example',
    `Found:\n\n\`\`\`c\n${example.found}\`\`\``,
    `Not found:\n\n\`\`\`c\n${example.fine}\`\`\`\n`,
  ].join('\n\n');
}

/** All rules as a table, with links to their pages. */
export function ruleIndex(rules: readonly Rule[]): string {
  const rows = rules.map((rule) => `| [\`${rule.id}\`](${rule.id}.md) | ${rule.ceiling} | ${rule.summary} |`);
  return [
    '# Rules',
    '',
    'Each page is also printed by `quiesce explain RULE`. The severity is the highest that the rule reports at.',
    '',
    '| rule | severity | what it finds |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

import type { Rule } from '../rule.ts';
import { conditionalShutdown } from './conditional-shutdown.ts';
import { emptyShutdown } from './empty-shutdown.ts';
import { ignoredShutdown } from './ignored-shutdown.ts';
import { missingShutdown } from './missing-shutdown.ts';
import { missingShutdownPci } from './missing-shutdown-pci.ts';

/** Every rule, in the order of the documentation. A new rule is one file and one line here. */
export const RULES: readonly Rule[] = [
  missingShutdown,
  missingShutdownPci,
  ignoredShutdown,
  emptyShutdown,
  conditionalShutdown,
];

/** The rule of that id. */
export function ruleOf(id: string): Rule | undefined {
  return RULES.find((rule) => rule.id === id);
}

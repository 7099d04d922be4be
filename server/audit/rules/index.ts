import type { Rule } from '../rule.ts';
import { conditionalShutdown } from './conditional-shutdown.ts';
import { emptyShutdown } from './empty-shutdown.ts';
import { ignoredShutdown } from './ignored-shutdown.ts';
import { ineffectiveShutdown } from './ineffective-shutdown.ts';
import { iommuBypassOnShutdown } from './iommu-bypass-on-shutdown.ts';
import { missingShutdown } from './missing-shutdown.ts';
import { missingShutdownPci } from './missing-shutdown-pci.ts';
import { twinWithoutShutdown } from './twin-without-shutdown.ts';
import { unusedSuppression } from './unused-suppression.ts';

/** Every rule, in the order of the documentation. A new rule is one file and one line here. */
export const RULES: readonly Rule[] = [
  missingShutdown,
  missingShutdownPci,
  ignoredShutdown,
  emptyShutdown,
  ineffectiveShutdown,
  conditionalShutdown,
  twinWithoutShutdown,
  iommuBypassOnShutdown,
  unusedSuppression,
];

/** The rule of that id. */
export function ruleOf(id: string): Rule | undefined {
  return RULES.find((rule) => rule.id === id);
}

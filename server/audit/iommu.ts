import { SMMU_STATEMENTS } from '../kernel/index.ts';
import { type HookSite, hookFunctions } from './hook.ts';
import { reachCalls } from './reach.ts';
import type { Subject } from './rule.ts';
import type { ModuleScope, SourceFile } from './scope.ts';

/** The statement of an IOMMU driver's own shutdown that lets DMA through untranslated, read from the tree's source. */
export function iommuOpening(scope: ModuleScope, site: HookSite, file: SourceFile): Subject['iommu'] {
  for (const hook of hookFunctions(scope, site, file)) {
    for (const { node } of reachCalls(scope, hook).steps) {
      if (node.kind !== 'function') continue;
      for (const call of node.fact.calls) {
        const row = SMMU_STATEMENTS.find(
          (one) =>
            one.effect !== 'abort' &&
            one.calls.includes(call.name) &&
            (one.register === null || call.args.includes(one.register)) &&
            new RegExp(one.matches).test(call.args[one.value] ?? ''),
        );
        if (row) return { says: row.says, file: node.file.path, line: call.line };
      }
    }
  }
  return null;
}

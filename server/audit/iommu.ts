import type { CallFact } from '../facts/types.ts';
import { SMMU_STATEMENTS, type SmmuStatementRow } from '../kernel/index.ts';
import { type HookSite, hookFunctions } from './hook.ts';
import type { SourceFile } from './module.ts';
import { reachCalls } from './reach.ts';
import type { Subject } from './rule.ts';
import type { ModuleScope } from './scope.ts';

/**
 * The statement of an IOMMU driver's own shutdown that lets DMA through untranslated, read from the tree's source. One
 * that leaves it to GBPA lets nothing through where the same hook has GBPA abort.
 */
export function iommuOpening(scope: ModuleScope, site: HookSite, file: SourceFile): Subject['iommu'] {
  for (const hook of hookFunctions(scope, site, file)) {
    let opening: Subject['iommu'] = null;
    let isLeftToGbpa = false;
    let aborts = false;
    for (const { node } of reachCalls(scope, hook).steps) {
      if (node.kind !== 'function') continue;
      for (const call of node.fact.calls) {
        const row = SMMU_STATEMENTS.find((one) => says(one, call));
        if (row?.effect === 'abort') aborts = true;
        else if (row && opening === null) {
          opening = { says: row.says, file: node.file.path, line: call.line };
          isLeftToGbpa = row.effect === 'gbpa';
        }
      }
    }
    if (opening && !(isLeftToGbpa && aborts)) return opening;
  }
  return null;
}

function says(row: SmmuStatementRow, call: CallFact): boolean {
  return (
    row.calls.includes(call.name) &&
    (row.register === null || call.args.includes(row.register)) &&
    new RegExp(row.matches).test(call.args[row.value] ?? '')
  );
}

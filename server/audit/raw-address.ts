import type { CallFact } from '../facts/types.ts';
import type { FunctionNode } from './module.ts';
import type { ModuleScope } from './scope.ts';

/** Calls that give the physical or bus address of memory without the DMA API (`include/asm-generic/io.h`, `asm/page.h`). */
const RAW = /^(?:(?:virt|page)_to_phys|(?:isa_)?virt_to_bus|__pa)$/;
/** Accessors that write a whole address to a register. */
const WRITES_ADDRESS =
  /^(?:__raw_)?write[lq](?:_relaxed|_be)?$|^iowrite(?:32|64)(?:be)?$|^out_[lb]e(?:32|64)$|^outl$|^regmap_write$|_(?:writel|writeq|write32|write64|write_reg|reg_write)$/;
/**
 * Where a CPU starts or a note is kept is no buffer; nor is the start of all memory, which opens a bridge's window, or
 * the table that an IOMMU walks.
 */
const NO_BUFFER = /SCRATCH|RESUME|BOOT|ENTRY|VECTOR|STARTUP|PAGE_OFFSET|PAGE_?TABLE|PGTABLE/i;

/** Members of structs whose value some function of the module writes to a register. */
const written = new WeakMap<ModuleScope, ReadonlySet<string>>();

/**
 * True for a call that takes the raw address of memory for the device: a register is written with it, at once or by way
 * of a member, or the function stands in for the DMA API (it has a direction). The DMA API and an IOMMU do not see
 * such DMA. What only firmware, a page table or a descriptor gets is left out: it need not be the device's.
 */
export function givesRawAddress(scope: ModuleScope, fn: FunctionNode, call: CallFact): boolean {
  if (!RAW.test(call.name) || call.args.some((arg) => NO_BUFFER.test(arg))) return false;
  if (fn.fact.params.some(({ type }) => /\bdma_data_direction$/.test(type))) return !servesDmaApi(scope, fn);
  const taken = `${call.name}(`;
  const atOnce = fn.fact.calls.some(
    ({ name, args, line }) =>
      line <= call.line &&
      line + 2 >= call.line &&
      WRITES_ADDRESS.test(name) &&
      args.some((arg) => arg.includes(taken)) &&
      !args.some((arg) => NO_BUFFER.test(arg)),
  );
  if (atOnce) return true;
  const member = /(?:->|\.)(\w+)$/.exec(call.into ?? '')?.[1];
  return member !== undefined && writtenMembers(scope).has(member);
}

/** True for a part of a `dma_map_ops`: it maps for every device behind a bridge, not for the bridge. */
function servesDmaApi(scope: ModuleScope, { fact }: FunctionNode): boolean {
  return scope.module.sources
    .flatMap((file) => file.facts.objects)
    .some(({ struct, refs }) => struct === 'dma_map_ops' && refs.includes(fact.name));
}

function writtenMembers(scope: ModuleScope): ReadonlySet<string> {
  const known = written.get(scope);
  if (known) return known;
  const members = new Set<string>();
  for (const node of scope.nodes()) {
    if (node.kind !== 'function') continue;
    for (const { name, args } of node.fact.calls) {
      if (!WRITES_ADDRESS.test(name)) continue;
      for (const arg of args) {
        const member = /(?:->|\.)(\w+)$/.exec(arg)?.[1];
        if (member) members.add(member);
      }
    }
  }
  written.set(scope, members);
  return members;
}

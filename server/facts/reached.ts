import type { FunctionItem } from './items.ts';
import type { FunctionFact, InstanceFact, MacroUse, TableFact } from './types.ts';

/** Something that is no function to read, with the names that it leads to: an ops table, a macro. */
export interface Mentions {
  readonly name: string;
  readonly refs: readonly string[];
}

/** Names that a file's drivers start from: their members, what their tables hold, arguments of registration macros. */
export function rootsOf(
  instances: readonly InstanceFact[],
  tables: readonly TableFact[],
  uses: readonly MacroUse[],
): string[] {
  return [
    ...instances.flatMap(({ members }) => members.map(({ value }) => value)),
    ...tables.flatMap(({ refs }) => refs),
    ...uses.flatMap(({ args }) => args),
  ];
}

/**
 * Reads the functions that some names lead to, through calls, mentions, ops tables and macros: of a file so large that
 * the facts of all its functions would not fit into memory, and of one that somebody waits for.
 */
export function* readReached(
  items: readonly FunctionItem[],
  others: readonly Mentions[],
  roots: readonly string[],
  read: (item: FunctionItem) => FunctionFact,
): Generator<FunctionFact> {
  const byName = new Map<string, FunctionItem[]>();
  for (const item of items) {
    const same = byName.get(item.name);
    if (same) same.push(item);
    else byName.set(item.name, [item]);
  }
  const tables = new Map(others.map(({ name, refs }) => [name, refs]));
  const seen = new Set<string>();
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const ref of tables.get(name) ?? []) pending.push(ref);
    for (const item of byName.get(name) ?? []) {
      const fact = read(item);
      for (const call of fact.calls) pending.push(call.name);
      for (const ref of fact.refs) pending.push(ref.name);
      yield fact;
    }
  }
}

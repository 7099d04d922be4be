/** What a simulation took for granted, one reason at a time. */
import type { Assumption } from '../kexec/scenario-types.ts';

/** Assumptions that have one reason. */
export interface AssumedGroup {
  /** `kernel.cpus=4`, each once. */
  readonly fields: readonly string[];
  readonly because: string;
  readonly file?: string;
  readonly line?: number;
}

/** Groups assumptions by reason and source line, in their order. */
export function assumedGroups(assumptions: readonly Assumption[]): AssumedGroup[] {
  const groups = new Map<string, { first: Assumption; fields: Set<string> }>();
  for (const one of assumptions) {
    const key = `${one.because}|${one.file ?? ''}|${one.line ?? ''}`;
    const group = groups.get(key) ?? { first: one, fields: new Set<string>() };
    group.fields.add(`${one.field}=${one.value}`);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first: { because, file, line }, fields }) => ({
    fields: [...fields],
    because,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  }));
}

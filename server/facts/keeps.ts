import type { Facts } from './types.ts';

/** True when all that a file defined is still there, its driver structs whole. */
export function keepsAll(before: Facts, now: Facts): boolean {
  const whole = now.instances.filter(({ damaged }) => !damaged);
  return (
    hasAll(before.instances, whole) &&
    hasAll(before.functions, now.functions) &&
    hasAll(before.objects, now.objects) &&
    hasAll(before.tables, now.tables)
  );
}

function hasAll(before: readonly { name: string }[], now: readonly { name: string }[]): boolean {
  const names = new Set(now.map(({ name }) => name));
  return before.every(({ name }) => names.has(name));
}

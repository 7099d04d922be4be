/** Reading values that a person wrote: ranges, names, defaults that are written down as assumptions. */
import { distance } from 'fastest-levenshtein';
import { formatSize, InputError, parseAmount } from '../machine/address.ts';
import type { Assumption } from './scenario-types.ts';

/** The nearest of `names` to what was typed. */
export function nearestName(typed: string, names: readonly string[]): string {
  const cost = (name: string) => distance(typed, name) - (name.startsWith(typed) ? name.length : 0);
  return [...names].sort((a, b) => cost(a) - cost(b))[0]!;
}

/** Collects assumptions and complains with the place in the input. */
export class Resolver {
  readonly assumptions: Assumption[] = [];
  private readonly where: string;

  constructor(where: string) {
    this.where = where;
  }

  assume(field: string, value: string, because: string): void {
    this.assumptions.push({ field, value, because });
  }

  fail(field: string, what: string, todo: string): never {
    throw new InputError(what, `${this.where}: ${field}`, todo);
  }

  /** `value` if given, else the default, written down. */
  pick<T>(
    value: T | undefined,
    fallback: T,
    field: string,
    because: string,
    show: (value: never) => string = String,
  ): T {
    if (value !== undefined) return value;
    this.assume(field, show(fallback as never), because);
    return fallback;
  }

  amount(value: number | string | undefined, fallback: number, field: string, because: string): number {
    if (value !== undefined) return parseAmount(value, `${this.where}: ${field}`);
    this.assume(field, formatSize(fallback), because);
    return fallback;
  }

  oneOf<T extends string>(value: T, names: readonly T[], field: string): T {
    if (names.includes(value)) return value;
    this.fail(
      field,
      `unknown '${value}', did you mean '${nearestName(String(value), names)}'?`,
      `one of ${names.join(', ')}`,
    );
  }

  positive(value: number, field: string, min = 0): number {
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min) {
      this.fail(field, `${value} is not a number of at least ${min}`, 'check the value');
    }
    return value;
  }

  keys(value: object, known: readonly string[], field: string): void {
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue;
      this.fail(
        field || 'scenario',
        `unknown key '${key}', did you mean '${nearestName(key, known)}'?`,
        `known: ${known.join(', ')}`,
      );
    }
  }
}

/**
 * A condition on the configuration in conjunctive form: every clause holds. A clause is one literal or several joined
 * by ` || `; a literal is `CONFIG_X` (y or m), `!CONFIG_X`, `CONFIG_X=v` or `CONFIG_X!=v`. Empty means always.
 */
export type Guards = readonly string[];

export const ALWAYS: Guards = Object.freeze([]);

const OR = ' || ';
/** Beyond this many clauses a disjunction keeps only what its sides share: weaker, never wrong. */
const MAX_PRODUCT = 12;
const MAX_LITERALS = 40;

/** Both hold. */
export function allOf(a: Guards, b: Guards): Guards {
  if (a.length === 0) return b;
  if (b.length === 0 || a === b) return a;
  const extra = b.filter((clause) => !a.includes(clause));
  return extra.length === 0 ? a : [...a, ...extra];
}

/** Either holds. Where the exact form would grow too large, the result is a condition that both imply. */
export function anyOf(a: Guards, b: Guards): Guards {
  if (a.length === 0 || b.length === 0) return ALWAYS;
  const common = a.filter((clause) => b.includes(clause));
  const left = a.filter((clause) => !common.includes(clause));
  const right = b.filter((clause) => !common.includes(clause));
  if (left.length === 0 || right.length === 0 || left.length * right.length > MAX_PRODUCT) return common;
  const out = [...common];
  for (const l of left) {
    for (const r of right) {
      const clause = joinLiterals([...literals(l), ...literals(r)]);
      if (clause !== undefined && !out.includes(clause)) out.push(clause);
    }
  }
  return out;
}

/** The opposite, or undefined where it has no form simple enough to be of use. */
export function negate(guards: Guards): Guards | undefined {
  if (guards.length === 1) return literals(guards[0]!).map(negateLiteral);
  if (guards.length === 0 || guards.some((clause) => clause.includes(OR))) return undefined;
  const clause = joinLiterals(guards.map(negateLiteral));
  return clause === undefined ? undefined : [clause];
}

function literals(clause: string): string[] {
  return clause.split(OR);
}

/** Joins literals to one clause; undefined when it always holds (`A || !A`) or is too long to say anything. */
function joinLiterals(list: readonly string[]): string | undefined {
  const given = new Set(list);
  for (const l of list) {
    const name = /^([^!=]+)=[ym]$/.exec(l)?.[1];
    if (name === undefined) continue;
    if (given.has(`${name}=y`) && given.has(`${name}=m`)) given.add(name);
    if (given.has(name)) given.delete(l);
  }
  const set = [...given].sort();
  if (set.length > MAX_LITERALS || set.some((l) => set.includes(negateLiteral(l)))) return undefined;
  return set.join(OR);
}

function negateLiteral(literal: string): string {
  if (literal.startsWith('!')) return literal.slice(1);
  const unequal = literal.indexOf('!=');
  if (unequal > 0) return `${literal.slice(0, unequal)}=${literal.slice(unequal + 2)}`;
  const equal = literal.indexOf('=');
  if (equal > 0) return `${literal.slice(0, equal)}!=${literal.slice(equal + 1)}`;
  return `!${literal}`;
}

/**
 * Whether the conditions of a module hold under a configuration.
 * @param configs `KbuildModule.configs`
 * @param value the value of an option, e.g. 'y', 'm' or a number; undefined or 'n' when it is not set
 */
export function configsHold(configs: Guards, value: (name: string) => string | undefined): boolean {
  const holds = (literal: string): boolean => {
    const m = /^(!?)([^!=]+?)(?:(!?=)(.*))?$/.exec(literal);
    if (m === null) return true;
    const raw = value(m[2]!);
    const actual = raw === undefined || raw === 'n' ? '' : raw;
    if (m[3] !== undefined) return (m[4] === actual) === (m[3] === '=');
    return (actual !== '') === (m[1] === '');
  };
  return configs.every((clause) => literals(clause).some(holds));
}

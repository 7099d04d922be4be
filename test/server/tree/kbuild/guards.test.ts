import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOf, anyOf, configsHold, type Guards, negate } from '../../../../server/tree/kbuild/guards.ts';

const NAMES = ['CONFIG_A', 'CONFIG_B', 'CONFIG_C'];
const literal = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('', '!', '=y', '=m', '!=y', '!=m'))
  .map(([name, form]) => (form === '!' ? `!${name}` : name + form));
const clause = fc.array(literal, { minLength: 1, maxLength: 3 }).map((l) => l.join(' || '));
const guards: fc.Arbitrary<Guards> = fc.array(clause, { maxLength: 3 });
const config = fc.record(
  Object.fromEntries(NAMES.map((n) => [n, fc.constantFrom(undefined, 'n', 'y', 'm')])),
);

function holds(g: Guards, values: Record<string, string | undefined>): boolean {
  return configsHold(g, (name) => values[name]);
}

describe('conditions', () => {
  it('allOf is the conjunction', () => {
    fc.assert(
      fc.property(guards, guards, config, (a, b, v) => {
        expect(holds(allOf(a, b), v)).toBe(holds(a, v) && holds(b, v));
      }),
    );
  });

  it('anyOf is the disjunction', () => {
    fc.assert(
      fc.property(guards, guards, config, (a, b, v) => {
        expect(holds(anyOf(a, b), v)).toBe(holds(a, v) || holds(b, v));
      }),
    );
  });

  it('anyOf of large conditions is implied by both', () => {
    const many = (n: number): string[] => Array.from({ length: 5 }, (_, i) => `CONFIG_${n}${i}`);
    const either = anyOf([...many(1), 'CONFIG_Z'], [...many(2), 'CONFIG_Z']);
    expect(either).toEqual(['CONFIG_Z']);
  });

  it('negate is the opposite, or nothing', () => {
    fc.assert(
      fc.property(guards, config, (g, v) => {
        const opposite = negate(g);
        if (opposite !== undefined) expect(holds(opposite, v)).toBe(!holds(g, v));
      }),
    );
    expect(negate(['CONFIG_A || CONFIG_B'])).toEqual(['!CONFIG_A', '!CONFIG_B']);
    expect(negate(['CONFIG_A', 'CONFIG_B=y'])).toEqual(['!CONFIG_A || CONFIG_B!=y']);
    expect(negate([])).toBeUndefined();
  });

  it('shortens what says the same', () => {
    expect(anyOf(['CONFIG_A=y'], ['CONFIG_A=m'])).toEqual(['CONFIG_A']);
    expect(anyOf(['CONFIG_A', 'CONFIG_B'], ['CONFIG_A', '!CONFIG_B'])).toEqual(['CONFIG_A']);
  });
});

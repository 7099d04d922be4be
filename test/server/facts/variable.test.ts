import { describe, expect, test } from 'vitest';
import { readVariable } from '../../../server/facts/variable.ts';

const BUS = `
/* struct bus_type foo = { .shutdown = comment }; */
struct bus_type bar = { .name = "bar", .shutdown = bar_shutdown };
const struct bus_type foo = {
	.name		= "foo",
	.match		= foo_match,
#ifdef CONFIG_FOO
	.shutdown	= foo_shutdown,
#endif
};
extern struct bus_type far;
static struct bus_type far = { .probe = far_probe, };
`;

/** Paths and values of the members. */
function membersOf(name: string, struct = 'bus_type'): (readonly [string, string])[] | undefined {
  return readVariable(BUS, struct, name)?.map(({ path, value }) => [path, value] as const);
}

describe('one variable of a file', () => {
  test('is read from the text, with its conditions', () => {
    expect(membersOf('foo')).toEqual([
      ['name', ''],
      ['match', 'foo_match'],
      ['shutdown', 'foo_shutdown'],
    ]);
    expect(readVariable(BUS, 'bus_type', 'foo')!.at(-1)!.conditions).toEqual(['defined(CONFIG_FOO)']);
    expect(membersOf('bar')).toContainEqual(['shutdown', 'bar_shutdown']);
  });

  test('is found behind its declaration', () => {
    expect(membersOf('far')).toEqual([['probe', 'far_probe']]);
  });

  test('is none where the file has no such name, struct or initialiser', () => {
    expect(membersOf('fo')).toBeUndefined();
    expect(membersOf('foo', 'device_driver')).toBeUndefined();
    expect(readVariable('struct bus_type foo;\nint f(void)\n{\n}\n', 'bus_type', 'foo')).toBeUndefined();
  });
});

import { expect, test } from 'vitest';
import { type DriverRow, groupsOf, matches, subsystemOf } from '../../client/rows.ts';

function row(file: string, instance: string, more: Partial<DriverRow> = {}): DriverRow {
  return {
    path: `/tree/${file}`,
    file,
    line: 1,
    instance,
    bus: 'platform',
    hook: 'missing',
    dma: 'direct',
    findings: 1,
    severity: 'warning',
    onBoard: null,
    ...more,
  };
}

test('drivers are grouped by subsystem, both in order, with their counts', () => {
  const groups = groupsOf([
    row('sound/soc/b.c', 'b_driver'),
    row('drivers/net/z.c', 'z_driver', { findings: 0, severity: null }),
    row('drivers/net/ethernet/a.c', 'a_driver'),
  ]);
  expect(groups.map(({ name, rows, findings }) => [name, rows.map((one) => one.instance), findings])).toEqual(
    [
      ['drivers/net', ['a_driver', 'z_driver'], 1],
      ['sound/soc', ['b_driver'], 1],
    ],
  );
});

test('a file of the top folder has a group of its own', () => {
  expect(subsystemOf('ring.c')).toBe('(top folder)');
  expect(subsystemOf('drivers/x.c')).toBe('drivers');
});

test.each([
  ['', true],
  ['RING', true],
  ['hook:missing dma:dir', true],
  ['hook:present', false],
  ['bus:pci', false],
  ['drivers/net ring', true],
  ['ring other', false],
])('the filter %j', (filter, expected) => {
  expect(matches(row('drivers/net/ring.c', 'ring_driver'), filter)).toBe(expected);
});

test('on:board leaves out what the configured machine does not bind, and nothing where none is configured', () => {
  const states = [true, false, null].map((onBoard) =>
    matches(row('drivers/net/a.c', 'a_driver', { onBoard }), 'on:board'),
  );
  expect(states).toEqual([true, false, true]);
});

import { describe, expect, it } from 'vitest';
import { driverOf } from '../../server/report/inputs.ts';
import { agreementOf, readLinks } from './compare.ts';

const LINKS = readLinks(`pci 0000:00:01.0 toy-nic toy_nic
pci 0000:00:02.0 i6300ESB timer wdt
pci 0000:00:03.0 - -
platform 1.mac mac -
`);

/** Only what the comparison looks at. */
const joined = (rows: Record<string, Parameters<typeof driverOf>>) => ({
  rows: Object.entries(rows).map(([sysfs, driver]) => ({
    device: { sysfs, node: null },
    driver: driverOf(...driver),
  })) as unknown as Parameters<typeof agreementOf>[0]['rows'],
});

describe('agreementOf', () => {
  it('reads names with spaces', () => {
    expect(LINKS[1]).toEqual({ bus: 'pci', device: '0000:00:02.0', driver: 'i6300ESB timer', module: 'wdt' });
  });

  it('compares by name, and by module where the source gives none', () => {
    const same = {
      '0000:00:01.0': ['toy', { name: null, modules: ['drivers/net/toy-nic'] }],
      '0000:00:02.0': ['wdt', { name: 'i6300ESB timer' }],
      '1.mac': ['mac', {}],
    } satisfies Parameters<typeof joined>[0];
    expect(agreementOf(joined(same), LINKS)).toEqual({ devices: 3, differing: [] });
  });

  it('names what is missing, wrong and said of a device without a driver', () => {
    const other = {
      '0000:00:02.0': ['other', {}],
      '0000:00:03.0': ['ghost', {}],
      '1.mac': ['mac', {}],
    } satisfies Parameters<typeof joined>[0];
    expect(agreementOf(joined(other), LINKS)).toEqual({
      devices: 4,
      differing: [
        { device: 'pci 0000:00:01.0', sysfs: 'toy-nic', joined: '-' },
        { device: 'pci 0000:00:02.0', sysfs: 'i6300ESB timer', joined: 'other_driver' },
        { device: 'pci 0000:00:03.0', sysfs: '-', joined: 'ghost_driver' },
      ],
    });
  });
});

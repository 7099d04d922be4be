/** What is asked of the report's list, without a browser. */
import { describe, expect, it } from 'vitest';
import {
  ask,
  choices,
  EVERYTHING,
  FACETS,
  facetOf,
  fromHash,
  type Query,
  rowsOf,
  SORTS,
  toHash,
} from '../../../client/report/query.ts';
import { pageData } from '../../../server/report/html/page-data.ts';
import { driverOf, findingOf, runOver, TODAY } from '../../server/report/inputs.ts';

const data = await pageData(
  runOver([
    driverOf('mac', { findings: [findingOf('mac')] }),
    driverOf('nic', {
      bus: 'pci',
      struct: 'pci_driver',
      findings: [findingOf('nic', { rule: 'missing-shutdown-pci', severity: 'note' })],
    }),
    driverOf('scan', {
      file: 'drivers/gpu/drm/scan.c',
      dma: { ...driverOf('scan').dma, kind: 'request' },
      findings: [findingOf('scan')],
    }),
    driverOf('tuner', {
      suppressed: [{ finding: findingOf('tuner'), reason: 'the parent stops it', line: 39 }],
    }),
  ]),
  async () => undefined,
);
const rows = rowsOf(data);
const named = (query: Partial<Query>): string[] =>
  ask(rows, { ...EVERYTHING, ...query }).map(({ finding }) => finding.instance.replace('_driver', ''));

describe('the verdict of the list', () => {
  it("is that of today's policy of the tree", () => {
    const under = (policy: string) =>
      rows.map(
        ({ finding }) => data.matrices[finding.matrix]!.outcomes.find((o) => o.policy === policy)!.verdict,
      );
    expect(TODAY.v2.policy).toBe('retain');
    expect(rows.map(({ verdict }) => verdict)).toEqual(under('retain'));
    expect(under('retain')).not.toEqual(under('bypass'));
  });
});

describe('the search', () => {
  it('wants every word, in any case, of file, names, rule, bus, calls or message', () => {
    expect(named({ text: 'MAC' })).toEqual(['mac']);
    expect(named({ text: 'drm scan' })).toEqual(['scan']);
    expect(named({ text: 'nic_ring_setup' })).toEqual(['nic']);
    expect(named({ text: 'dma_alloc_coherent pci' })).toEqual(['nic']);
    expect(named({ text: 'stop the engine' })).toHaveLength(4);
    expect(named({ text: 'mac nic' })).toEqual([]);
    expect(named({ text: '  ' })).toHaveLength(4);
  });
});

describe('the filters', () => {
  it('keep what has the value; a suppressed finding is a severity of its own', () => {
    expect(named({ facets: { severity: 'suppressed' } })).toEqual(['tuner']);
    expect(named({ facets: { severity: 'warning' } })).toEqual(['mac', 'scan']);
    expect(named({ facets: { bus: 'pci' } })).toEqual(['nic']);
    expect(named({ facets: { bus: 'pci', severity: 'warning' } })).toEqual([]);
    expect(named({ facets: { subsystem: 'drivers/gpu' } })).toEqual(['scan']);
  });

  it('offer what the other filters leave, with counts that hold when one is chosen', () => {
    for (const facet of FACETS) {
      for (const [value, count] of choices(rows, EVERYTHING, facet)) {
        expect(named({ facets: { [facet]: value } }), `${facet} ${value}`).toHaveLength(count);
      }
    }
    const query = { ...EVERYTHING, facets: { bus: 'pci', severity: 'note' } };
    expect(choices(rows, query, 'severity')).toEqual([['note', 1]]);
    expect(choices(rows, query, 'bus')).toEqual([['pci', 1]]);
    expect(choices(rows, EVERYTHING, 'bus')).toEqual([
      ['platform', 3],
      ['pci', 1],
    ]);
  });
});

describe('the order', () => {
  it('is by severity first, and leaves what is equal as it was', () => {
    expect(named({})).toEqual(['mac', 'scan', 'nic', 'tuner']);
    expect(named({ sort: 'instance' })).toEqual(['mac', 'nic', 'scan', 'tuner']);
    expect(named({ sort: 'file' })[0]).toBe('scan');
    expect(named({ sort: 'bus' })[0]).toBe('nic');
  });

  it('puts the worst verdict first', () => {
    const ranks = ['corrupts', 'leaks', 'breaks-target', 'unknown', 'blocked', 'safe'];
    const order = ask(rows, { ...EVERYTHING, sort: 'verdict' }).map((row) =>
      ranks.indexOf(facetOf(row, 'verdict')),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBeGreaterThan(1);
  });
});

describe('the address', () => {
  it('holds a view and gives it back', () => {
    for (const sort of SORTS) {
      const query: Query = { text: 'a&b=c #d', facets: { bus: 'pci', rule: 'missing-shutdown' }, sort };
      expect(fromHash(`#${toHash(query, 'abc')}`)).toEqual({ query, open: 'abc' });
    }
    expect(toHash(EVERYTHING, null)).toBe('');
    expect(fromHash('')).toEqual({ query: EVERYTHING, open: null });
  });

  it('leaves out what it does not know', () => {
    const { query, open } = fromHash('#sort=colour&colour=red&bus=usb&__proto__=x');
    expect(query).toEqual({ text: '', facets: { bus: 'usb' }, sort: 'severity' });
    expect(open).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { weigh } from '../../../../server/board/suspects/weigh.ts';
import type { Landings, WrittenPage } from '../../../../simulator/kexec/ways.ts';

const MIB = 2 ** 20;

function page(at: number, more: Partial<WrittenPage> = {}): WrittenPage {
  const usual = {
    phases: new Set(['P1'] as const),
    way: 'address',
    first: 100,
    secondOrder: false,
    writes: 1,
  } as const;
  return { page: at, ...usual, ...more };
}

function landings(...runs: readonly (readonly WrittenPage[])[]): Landings {
  return { inapplicable: null, runs: runs.map((pages) => ({ pages, stopped: 0 })) };
}

const at = (start: number, bytes = 1) => ({ start, end: start + bytes });

describe('weigh', () => {
  test('a page is hit by its first and its last byte, not by the ones around it', () => {
    const own = landings([page(0x10000)]);
    for (const [address, hits] of [
      [0xffff, 0],
      [0x10000, 1],
      [0x10fff, 1],
      [0x11000, 0],
    ] as const)
      expect(weigh(own, at(address), 'page').hits).toBe(hits);
    expect(weigh(own, at(0xf000, 0x1001), 'page').hits).toBe(1);
  });

  test('is the share of the kexecs that hit', () => {
    const half = landings([page(0x10000)], [page(0x20000 * MIB)]);
    const { weight, ...rest } = weigh(half, at(0x10000), 'page');
    expect(rest).toMatchObject({ hits: 1, nearest: 0 });
    expect(weight).toBeCloseTo(0.5, 6);
  });

  test('falls with the distance, sooner where only IOVAs decide', () => {
    const own = landings([page(64 * MIB)]);
    const far = (mib: number, placed: 'page' | 'iova') => weigh(own, at((64 - mib) * MIB), placed).weight;
    expect(far(1, 'page')).toBeGreaterThan(far(16, 'page'));
    expect(far(16, 'page')).toBeCloseTo(0.25, 4);
    expect(far(16, 'iova')).toBeLessThan(far(16, 'page'));
    expect(weigh(own, at(2 ** 40), 'page')).toMatchObject({ weight: 0, hits: 0 });
  });

  test('a device that was led astray once can have been anywhere', () => {
    const led = landings([page(MIB, { secondOrder: true })]);
    expect(weigh(led, at(2 ** 40), 'page').weight).toBe(0.01);
  });

  test('counts one phase alone when asked, and names the earliest page of a range', () => {
    const own = landings([
      page(0x1000, { first: 300 }),
      page(0x2000, { first: 200 }),
      page(0x3000, { first: 50, phases: new Set(['P3']) }),
    ]);
    expect(weigh(own, at(0x1000, 0x3000), 'page').page?.page).toBe(0x3000);
    expect(weigh(own, at(0x1000, 0x3000), 'page', 'P1').page?.page).toBe(0x2000);
    expect(weigh(own, at(0x1000, 0x3000), 'page', 'P2')).toMatchObject({ weight: 0, page: null });
  });

  test('without a write there is nothing', () => {
    expect(weigh(landings([], []), at(0), 'page')).toEqual({
      weight: 0,
      hits: 0,
      nearest: Infinity,
      page: null,
    });
  });
});

import { expect, test } from 'vitest';
import { GLOBAL, KIND, PERM, regimeTag, Tlb, tagParts } from '../../../simulator/smmu/tlb.ts';

const TAG = regimeTag(KIND.el1, 0, 3, 7);

test('tags keep their parts', () => {
  for (const parts of [
    { kind: KIND.stage2, half: 0, vmid: 0xffff, asid: 0 },
    { kind: KIND.e2h, half: 1, vmid: 0, asid: 0xffff },
    { kind: KIND.el1, half: 1, vmid: 0x1234, asid: GLOBAL },
  ]) {
    expect(tagParts(regimeTag(parts.kind, parts.half, parts.vmid, parts.asid))).toEqual(parts);
  }
});

test('a block entry answers for every address in it, with the offset', () => {
  const tlb = new Tlb(16);
  tlb.insert(TAG, 0x12_3456, 21, 0x4020_0000, PERM.s1All);
  expect(tlb.lookup(TAG, 0x1f_fff0)).toBe(true);
  expect(tlb.pa).toBe(0x403f_fff0);
  expect(tlb.shift).toBe(21);
  expect(tlb.lookup(TAG, 0x20_0000)).toBe(false);
  expect(tlb.lookup(regimeTag(KIND.el1, 0, 3, 8), 0x12_3456)).toBe(false);
});

test('entries are evicted, four ways to a set, and a TLB without entries holds none', () => {
  const tlb = new Tlb(4);
  for (let page = 0; page < 5; page++) tlb.insert(TAG, page * 4096, 12, page * 4096, PERM.s1All);
  expect(tlb.size).toBe(4);
  expect(tlb.lookup(TAG, 0)).toBe(false);
  expect(tlb.lookup(TAG, 4 * 4096)).toBe(true);
  const none = new Tlb(0);
  none.insert(TAG, 0, 12, 0, PERM.s1All);
  expect(none.size).toBe(0);
});

test('invalidation by regime and by range takes what overlaps, and nothing else', () => {
  const tlb = new Tlb(64);
  const other = regimeTag(KIND.el1, 0, 4, 7);
  tlb.insert(TAG, 0x20_0000, 21, 0, PERM.s1All);
  tlb.insert(TAG, 0x1000, 12, 0, PERM.s1All);
  tlb.insert(other, 0x20_0000, 21, 0, PERM.s1All);
  tlb.invalidateRange((tag) => tag === TAG, 0x2f_f000, 4096);
  expect(tlb.lookup(TAG, 0x20_0000)).toBe(false);
  expect(tlb.lookup(other, 0x20_0000)).toBe(true);
  expect(tlb.lookup(TAG, 0x1000)).toBe(true);
  const copy = tlb.clone();
  tlb.invalidate((tag) => tagParts(tag).vmid === 3);
  expect(tlb.lookup(TAG, 0x1000)).toBe(false);
  expect(copy.lookup(TAG, 0x1000)).toBe(true);
  copy.clear();
  expect(copy.size).toBe(0);
});

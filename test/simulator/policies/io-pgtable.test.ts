import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IoPgtable, type IoPgtableConfig } from '../../../simulator/kexec/linux-io-pgtable.ts';
import { SparseMemory } from '../../../simulator/smmu/memory.ts';
import { contextOf, RAM, RW } from '../smmu/machine.ts';
import { type Read, walkStage1, walkStage2 } from '../smmu/reference-walk.ts';

function tables(config: IoPgtableConfig): { memory: SparseMemory; table: IoPgtable } {
  const memory = new SparseMemory([RAM]);
  return { memory, table: new IoPgtable(config, contextOf(undefined as never, memory)) };
}

test('first tables and start levels as Linux lays them out', () => {
  const shape = (config: IoPgtableConfig) => {
    const { table } = tables(config);
    return [table.startLevel, table.tables()[0]!.bytes, table.sl0, table.tsz];
  };
  expect(shape({ stage: 1, ias: 48, oas: 48 })).toEqual([0, 4096, 2, 16]);
  expect(shape({ stage: 1, ias: 39, oas: 40 })).toEqual([1, 4096, 1, 25]);
  expect(shape({ stage: 1, ias: 32, oas: 40 })).toEqual([1, 64, 1, 32]);
  // Stage 2 concatenates up to 16 tables in place of a level 0.
  expect(shape({ stage: 2, ias: 40, oas: 40 })).toEqual([1, 8192, 1, 24]);
  expect(shape({ stage: 2, ias: 44, oas: 44 })).toEqual([0, 256, 2, 20]);
  expect(shape({ stage: 1, ias: 48, oas: 48, granule: 16 })).toEqual([1, 512, 2, 16]);
  expect(shape({ stage: 1, ias: 48, oas: 48, granule: 14 })).toEqual([0, 64, 3, 16]);
});

test('a descriptor has the bits that arm_lpae_prot_to_pte gives it', () => {
  const { memory, table } = tables({ stage: 1, ias: 39, oas: 40 });
  const word = (pa: number) => `0x${memory.read64(pa)!.toString(16)}`;
  const [rw] = table.map(0x6000_0000, 0x4123_4000, 0x1000, RW);
  const [ro] = table.map(0x6000_1000, 0x4123_4000, 0x1000, { read: true, write: false });
  const [device] = table.map(0x6000_2000, 0x0900_0000, 0x1000, { ...RW, mmio: true, noExec: true });
  expect(word(rw!)).toBe('0x41234f47');
  expect(word(ro!)).toBe('0x41234fc7');
  expect(word(device!)).toBe('0x60000009000e4b');
  const second = tables({ stage: 2, ias: 40, oas: 40 });
  const [leaf] = second.table.map(0x4020_0000, 0x4120_0000, 0x20_0000, { read: false, write: true });
  expect(second.memory.read64(leaf!)).toBe(0x4120_07bdn);
});

test('what Linux refuses', () => {
  const { table } = tables({ stage: 1, ias: 39, oas: 40 });
  expect(() => table.map(2 ** 39, 0x4000_0000, 0x1000, RW)).toThrow(/out of the tables' range/);
  expect(() => table.map(0, 2 ** 40, 0x1000, RW)).toThrow(/out of the tables' range/);
  expect(() => table.map(0x800, 0x4000_0000, 0x1000, RW)).toThrow(/not page aligned/);
  expect(() => table.map(0x1000, 0x4000_0000, 0x1000, { read: false, write: false })).toThrow(/must allow/);
  table.map(0x20_0000, 0x4020_0000, 0x20_0000, RW);
  expect(() => table.map(0x20_0000, 0x4000_0000, 0x20_0000, RW)).toThrow(/mapped already/);
  expect(() => table.map(0x20_1000, 0x4000_0000, 0x1000, RW)).toThrow(/lies in a block/);
  expect(() => tables({ stage: 1, ias: 39, oas: 41 })).toThrow(/no page table format/);
});

test('any mapping is found again by a naive walk, block by block, and gone after unmap', () => {
  const shape = fc.record({
    stage: fc.constantFrom(1 as const, 2 as const),
    granule: fc.constantFrom(12 as const, 14 as const, 16 as const),
    ias: fc.constantFrom(36, 39, 40, 42, 44, 48),
    upper: fc.boolean(),
  });
  fc.assert(
    fc.property(
      shape,
      fc.nat(2 ** 20),
      fc.integer({ min: 1, max: 700 }),
      fc.nat(4095),
      (given, place, pages, at) => {
        const upper = given.upper && given.stage === 1;
        // Output bits 48, as the tables' own addresses need no more.
        const { memory, table } = tables({ ...given, upper, oas: 48 });
        const granule = 2 ** given.granule;
        const low = (place * granule) % 2 ** given.ias;
        const size = Math.min(pages * granule, 2 ** given.ias - low);
        const iova = upper ? 2 ** 52 - 2 ** given.ias + low : low;
        const pa = 0x10_0000_0000 + (place % 512) * granule;
        table.map(iova, pa, size, RW);
        const offset = (at * 4099) % size;
        const read: Read = (address) => memory.read64(Number(address));
        const access = { write: true, privileged: false };
        const walk = () => {
          const address = BigInt(low + offset);
          const base = BigInt(table.ttb);
          const half = {
            granule: given.granule,
            tsz: table.tsz,
            base,
            disabled: false,
            tbi: false,
            flat: false,
          };
          if (given.stage === 2) {
            return walkStage2(
              {
                granule: given.granule,
                tsz: table.tsz,
                startLevel: table.startLevel,
                base,
                outputBits: 48,
                affd: false,
              },
              address,
              access,
              read,
            );
          }
          const va = upper ? BigInt.asUintN(64, address - (1n << BigInt(given.ias))) : address;
          return walkStage1({ lower: half, upper: half, outputBits: 48, affd: false }, va, access, read);
        };
        expect(walk()).toEqual({ pa: BigInt(pa + offset) });
        expect(table.iovaToPhys(iova + offset)).toBe(pa + offset);
        expect(table.unmap(iova, size)).toBe(size);
        expect(walk()).toEqual({ fault: 'F_TRANSLATION', stage: given.stage });
        expect(table.iovaToPhys(iova + offset)).toBeUndefined();
      },
    ),
    { numRuns: 200 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressPattern, SparseMemory } from '../../../simulator/smmu/memory.ts';

const RAM = [
  { base: 0x4000_0000, size: 0x3000 },
  { base: 0x8000_0800, size: 0x1000 },
];

test('RAM that overlaps, is empty or too high is refused', () => {
  expect(() => new SparseMemory([RAM[0]!, { base: 0x4000_2000, size: 0x1000 }])).toThrow(/overlaps/);
  expect(() => new SparseMemory([{ base: 0, size: 0 }])).toThrow(/empty/);
  expect(() => new SparseMemory([{ base: 2 ** 52 - 4096, size: 8192 }])).toThrow(/beyond 2\^52/);
});

test('untouched RAM is zero, or what the background says; nothing answers outside', () => {
  const plain = new SparseMemory(RAM);
  expect(plain.read64(0x4000_0ff8)).toBe(0n);
  expect(plain.footprint).toBe(0);
  expect(plain.read64(0x3fff_fff8)).toBeUndefined();
  expect(plain.write64(0x4000_3000, 1n)).toBe(false);
  const pattern = new SparseMemory(RAM, addressPattern(0x4000_1000, 0x5e00_0000));
  expect(pattern.read64(0x4000_0ff8)).toBe(0n);
  expect(pattern.read64(0x4000_1008)).toBe(0x5e00_0000_4000_1008n);
});

test('the edges of RAM that is not page aligned', () => {
  const memory = new SparseMemory(RAM);
  expect(memory.read8(0x8000_07ff)).toBe(-1);
  expect(memory.read8(0x8000_0800)).toBe(0);
  expect(memory.ramLength(0x8000_17f8, 64)).toBe(8);
  expect(memory.ramLength(0x8000_07f8, 64)).toBe(0);
  expect(memory.writeBytes(0x8000_07fc, new Uint8Array(8).fill(9))).toBe(4);
  expect([...memory.readBytes(0x8000_07fc, 8)]).toEqual([0, 0, 0, 0, 9, 9, 9, 9]);
});

test('it stores what was written, and a clone is independent both ways', () => {
  const operation = fc.oneof(
    fc.record({
      op: fc.constant('word' as const),
      at: fc.nat(0x5ff),
      value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    }),
    fc.record({
      op: fc.constant('bytes' as const),
      at: fc.nat(0x2fff),
      value: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    }),
    fc.record({
      op: fc.constant('fill' as const),
      at: fc.nat(0x2fff),
      len: fc.nat(0x1800),
      value: fc.constantFrom(0, 0xff),
    }),
  );
  const list = fc.array(operation, { maxLength: 12 });
  fc.assert(
    fc.property(list, list, list, (before, left, right) => {
      const naive = new Uint8Array(0x3000);
      const memory = new SparseMemory([{ base: 0x4000_0000, size: 0x3000 }]);
      const run = (target: SparseMemory, model: Uint8Array, steps: typeof before) => {
        for (const step of steps) {
          if (step.op === 'word') {
            target.write64(0x4000_0000 + step.at * 8, step.value);
            new DataView(model.buffer).setBigUint64(step.at * 8, step.value, true);
          } else if (step.op === 'bytes') {
            target.writeBytes(0x4000_0000 + step.at, step.value);
            model.set(step.value.subarray(0, Math.max(0, 0x3000 - step.at)), step.at);
          } else {
            target.fill(0x4000_0000 + step.at, step.len, step.value);
            model.fill(step.value, step.at, step.at + step.len);
          }
        }
      };
      run(memory, naive, before);
      const copy = memory.clone();
      const copyModel = naive.slice();
      run(memory, naive, left);
      run(copy, copyModel, right);
      expect(Buffer.compare(memory.readBytes(0x4000_0000, 0x3000), naive)).toBe(0);
      expect(Buffer.compare(copy.readBytes(0x4000_0000, 0x3000), copyModel)).toBe(0);
    }),
    { numRuns: 200 },
  );
});

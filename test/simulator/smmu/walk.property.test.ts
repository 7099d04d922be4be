import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitIova } from '../../../simulator/smmu/bits.ts';
import { type Background, SparseMemory } from '../../../simulator/smmu/memory.ts';
import { accessNeed } from '../../../simulator/smmu/permissions.ts';
import { type Stage1, type Stage2, stage1Table, stage2Table } from '../../../simulator/smmu/regime.ts';
import { GLOBAL, KIND, regimeTag, Tlb } from '../../../simulator/smmu/tlb.ts';
import type { Decision, Transaction } from '../../../simulator/smmu/types.ts';
import { SmmuV2 } from '../../../simulator/smmu/v2.ts';
import { SmmuV3 } from '../../../simulator/smmu/v3.ts';
import { Walker } from '../../../simulator/smmu/walk.ts';
import {
  type Answer,
  type Half,
  type Stage1Setup,
  type Stage2Setup,
  walkStage1,
  walkStage2,
} from './reference-walk.ts';

/** Tables live here: every word is a pseudo-random descriptor that depends on its address and the seed. */
const TABLES = { base: 0x4000_0000, size: 0x20_0000 };
/** Stream table and context descriptor, written by the test. */
const CONFIG = { base: 0x5000_0000, size: 0x1_0000 };
const OAS = 44;

function mix(value: number): number {
  let x = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  x = Math.imul(x ^ (x >>> 15), 0x119de1f3);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Descriptors that mostly lead on: tables inside the pool, pages and blocks with mixed permissions. */
function descriptors(seed: number): Background {
  return (address, out) => {
    const a = mix(address ^ seed);
    const b = mix(a ^ 0x9e3779b9);
    const type = a % 16 < 12 ? 3 : a % 16 < 15 ? 1 : a & 2;
    const attributes = (b & 0xbfc) | ((b >>> 12) % 8 === 0 ? 0 : 0x400);
    const target = b % 32 === 0 ? (mix(b) & 0xffff_f000) >>> 0 : TABLES.base + (mix(b) % 32) * 0x1_0000;
    out[0] = ((target & 0xffff_f000) | (attributes & 0xffc) | type) >>> 0;
    const far = b % 24 === 0 ? mix(a) & 0xffff : 0;
    const hierarchical = (b >>> 4) % 10 === 0 ? (mix(a ^ 1) & 0x6000_0000) >>> 0 : 0;
    out[1] = (far | hierarchical) >>> 0;
  };
}

const granule = fc.constantFrom(12 as const, 14 as const, 16 as const);
const pool = fc.integer({ min: 0, max: 31 }).map((page) => BigInt(TABLES.base + page * 0x1_0000));
const half: fc.Arbitrary<Half> = fc.record({
  granule,
  tsz: fc.integer({ min: 16, max: 39 }),
  base: pool,
  disabled: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  tbi: fc.boolean(),
  flat: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
});
const stage1: fc.Arbitrary<Stage1Setup> = fc.record({
  lower: half,
  upper: half,
  outputBits: fc.constantFrom(32, 36, 40, 42, 44),
  affd: fc.boolean(),
});
/** Start level and size fit together, as an STE must have them. */
const stage2: fc.Arbitrary<Stage2Setup> = fc
  .record({
    granule,
    tsz: fc.integer({ min: 20, max: 39 }),
    startLevel: fc.constantFrom(0, 1, 2, 3),
    base: pool,
    outputBits: fc.constantFrom(32, 36, 40, 42, 44),
    affd: fc.boolean(),
  })
  .filter((setup) => {
    const low = setup.granule + (3 - setup.startLevel) * (setup.granule - 3);
    const index = 64 - setup.tsz - low;
    const sl0 = setup.granule === 12 ? 2 - setup.startLevel : 3 - setup.startLevel;
    return index >= 1 && index <= setup.granule + 1 && sl0 >= 0 && sl0 <= 2;
  })
  // Concatenated tables are aligned to their whole size.
  .map((setup) => ({ ...setup, base: BigInt(TABLES.base) }));
/** Addresses inside, at the edge of and outside the ranges, with and without a tag in the top byte. */
const address = fc
  .record({
    low: fc.bigInt({ min: 0n, max: (1n << 48n) - 1n }),
    shorten: fc.integer({ min: 0, max: 40 }),
    upper: fc.boolean(),
    tag: fc.constantFrom(0n, 0n, 0xabn),
  })
  .map(({ low, shorten, upper, tag }) => {
    const short = low >> BigInt(shorten);
    const value = upper ? BigInt.asUintN(64, ~short) : short;
    return tag === 0n ? value : (value & ~(0xffn << 56n)) | (tag << 56n);
  });
const access = fc.record({ write: fc.boolean(), privileged: fc.boolean() });
const RUNS = { numRuns: 800 };

function read(memory: SparseMemory) {
  return (pa: bigint) => (pa >> 52n === 0n ? memory.read64(Number(pa)) : undefined);
}

/** Where the first byte went, or what was recorded. */
function answerOf(decision: Decision): { pa: bigint } | { fault: string } {
  const run = decision.segments[0] ?? decision.undecoded[0];
  if (run !== undefined) return { pa: BigInt(run.pa) };
  const fault = decision.faults[0]!;
  return { fault: fault.name };
}

const IPS = [32, 36, 40, 42, 44, 48];
const TG0 = { 12: 0n, 14: 2n, 16: 1n };
const TG1 = { 12: 2n, 14: 1n, 16: 3n };

function contextDescriptor(setup: Stage1Setup): bigint[] {
  const { lower, upper } = setup;
  const word0 =
    BigInt(lower.tsz) |
    (TG0[lower.granule] << 6n) |
    (lower.disabled ? 1n << 14n : 0n) |
    (BigInt(upper.tsz) << 16n) |
    (TG1[upper.granule] << 22n) |
    (upper.disabled ? 1n << 30n : 0n) |
    (1n << 31n) |
    (BigInt(IPS.indexOf(setup.outputBits)) << 32n) |
    (setup.affd ? 1n << 35n : 0n) |
    (lower.tbi ? 1n << 38n : 0n) |
    (upper.tbi ? 1n << 39n : 0n) |
    (1n << 41n) |
    (1n << 45n) |
    (1n << 46n);
  return [word0, lower.base | (lower.flat ? 2n : 0n), upper.base | (upper.flat ? 2n : 0n)];
}

function v3(memory: SparseMemory, ste: readonly bigint[], cd: readonly bigint[], tlbEntries: number): SmmuV3 {
  memory.fill(CONFIG.base, CONFIG.size, 0);
  ste.forEach((word, index) => void memory.write64(CONFIG.base + 16 * 64 + index * 8, word));
  cd.forEach((word, index) => void memory.write64(CONFIG.base + 0x8000 + index * 8, word));
  const smmu = new SmmuV3({ version: 3, outputBits: OAS, tlbEntries }, memory);
  smmu.write('STRTAB_BASE', CONFIG.base);
  smmu.write('STRTAB_BASE_CFG', 5);
  smmu.write('CR0', 1);
  return smmu;
}

function transaction(
  va: bigint,
  { write, privileged }: { write: boolean; privileged: boolean },
): Transaction {
  return { ...splitIova(va), len: 1, dir: write ? 'write' : 'read', streamId: 16, privileged };
}

const STAGE1_STE = [BigInt(CONFIG.base + 0x8000) | 0xbn];

test('v3 stage 1: context descriptor, both ranges, any granule', () => {
  fc.assert(
    fc.property(fc.integer(), stage1, address, access, (seed, setup, va, how) => {
      const memory = new SparseMemory([TABLES, CONFIG], descriptors(seed));
      const smmu = v3(memory, STAGE1_STE, contextDescriptor(setup), 64);
      const expected = walkStage1(setup, va, how, read(memory));
      const got = answerOf(smmu.translate(transaction(va, how)));
      expect(got).toEqual('pa' in expected ? expected : { fault: expected.fault });
    }),
    RUNS,
  );
});

test('v2 stage 1: the same tables behind a context bank', () => {
  const names = {
    F_TRANSLATION: 'TF',
    F_ADDR_SIZE: 'ASF',
    F_ACCESS: 'AFF',
    F_PERMISSION: 'PF',
    F_WALK_EABT: 'EF',
  };
  fc.assert(
    fc.property(fc.integer(), stage1, address, access, (seed, given, va, how) => {
      // SMMUv2 has no flat permissions, and extends bit 48 when that is all the bus carries.
      const flat = false;
      const setup = { ...given, lower: { ...given.lower, flat }, upper: { ...given.upper, flat } };
      fc.pre(va >> 48n !== 1n);
      const memory = new SparseMemory([TABLES], descriptors(seed));
      const smmu = new SmmuV2({ version: 2 }, memory);
      const { lower, upper } = setup;
      smmu.write('SMR0', 0x8000_0010);
      smmu.write('CBA2R0', 1);
      smmu.write('CBAR0', 0x1_0000);
      smmu.write(
        'CB0_TCR',
        BigInt(lower.tsz) |
          (lower.disabled ? 1n << 7n : 0n) |
          (TG0[lower.granule] << 14n) |
          (BigInt(upper.tsz) << 16n) |
          (upper.disabled ? 1n << 23n : 0n) |
          (TG1[upper.granule] << 30n),
      );
      const tagged = (lower.tbi ? 0x20 : 0) | (upper.tbi ? 0x40 : 0);
      smmu.write('CB0_TCR2', IPS.indexOf(setup.outputBits) | tagged);
      smmu.write('CB0_TTBR0', lower.base);
      smmu.write('CB0_TTBR1', upper.base);
      smmu.write('CB0_SCTLR', 0x61 | (setup.affd ? 8 : 0));
      smmu.write('sCR0', 0x406);
      const expected = walkStage1(setup, va, how, read(memory));
      const got = answerOf(smmu.translate(transaction(va, how)));
      expect(got).toEqual('pa' in expected ? expected : { fault: names[expected.fault] });
    }),
    RUNS,
  );
});

test('v3 stage 2: start levels, concatenated tables, S2AP', () => {
  fc.assert(
    fc.property(fc.integer(), stage2, address, access, (seed, setup, va, how) => {
      fc.pre(va < 1n << BigInt(OAS));
      const memory = new SparseMemory([TABLES, CONFIG], descriptors(seed));
      const sl0 = setup.granule === 12 ? 2 - setup.startLevel : 3 - setup.startLevel;
      const word2 =
        (BigInt(setup.tsz) << 32n) |
        (BigInt(sl0) << 38n) |
        (TG0[setup.granule] << 46n) |
        (BigInt(IPS.indexOf(setup.outputBits)) << 48n) |
        (1n << 51n) |
        (setup.affd ? 1n << 53n : 0n) |
        (1n << 58n);
      const smmu = v3(memory, [0xdn, 0n, word2, setup.base], [], 64);
      const expected = walkStage2(setup, va, how, read(memory));
      const got = answerOf(smmu.translate(transaction(va, how)));
      // Levels 0 and 1 of 64 KiB and level 0 of 16 KiB are no start levels at all: the entry is illegal.
      const illegal = setup.startLevel === 0 && setup.granule !== 12;
      expect(got).toEqual(
        illegal ? { fault: 'C_BAD_STE' } : 'pa' in expected ? expected : { fault: expected.fault },
      );
    }),
    RUNS,
  );
});

test('nested: stage 1 tables and outputs go through stage 2', () => {
  const code = ['', 'F_TRANSLATION', 'F_ADDR_SIZE', 'F_ACCESS', 'F_PERMISSION', 'F_WALK_EABT'];
  fc.assert(
    fc.property(fc.integer(), stage1, stage2, address, access, (seed, first, second, va, how) => {
      const memory = new SparseMemory([TABLES], descriptors(seed));
      const sl0 = second.granule === 12 ? 2 - second.startLevel : 3 - second.startLevel;
      const table = stage2Table(second.granule, 64 - second.tsz, sl0, Number(second.base), OAS);
      fc.pre(table !== undefined);
      const s2: Stage2 = {
        table: table!,
        outputBits: second.outputBits,
        accessFlagIgnored: second.affd,
        bigEndian: false,
        setAccessFlag: false,
        setDirty: false,
        tag: regimeTag(KIND.stage2, 0, 1, 0),
      };
      const s1 = regime(first);
      const walker = new Walker(memory, new Tlb(64), false);
      const { iova, iovaTop } = splitIova(va);
      const need = accessNeed(how.write, how.privileged, false);
      const expected: Answer = walkStage1(first, va, how, read(memory), (ipa, wanted) =>
        walkStage2(second, ipa, wanted, read(memory)),
      );
      const ok = walker.translate(s1, s2, iova, iovaTop, need);
      const got = ok ? { pa: BigInt(walker.pa) } : { fault: code[walker.fault], stage: walker.faultStage };
      expect(got).toEqual(expected);
    }),
    RUNS,
  );
});

function regime(setup: Stage1Setup): Stage1 {
  const table = (h: Half) =>
    h.disabled ? undefined : stage1Table(h.granule, 64 - h.tsz, Number(h.base), h.flat);
  return {
    format: 'aarch64',
    lower: table(setup.lower),
    upper: table(setup.upper),
    lowerBits: 64 - setup.lower.tsz,
    upperBits: 64 - setup.upper.tsz,
    lowerTagged: setup.lower.tbi,
    upperTagged: setup.upper.tbi,
    outputBits: setup.outputBits,
    accessFlagIgnored: setup.affd,
    accessFlagInAp: false,
    twoLevels: true,
    bigEndian: false,
    setAccessFlag: false,
    setDirty: false,
    tags: [regimeTag(KIND.el1, 0, 1, 1), regimeTag(KIND.el1, 1, 1, 1)],
    globalTags: [regimeTag(KIND.el1, 0, 1, GLOBAL), regimeTag(KIND.el1, 1, 1, GLOBAL)],
  };
}

test('a TLB changes nothing while the tables do not change', () => {
  const accesses = fc.array(fc.tuple(address, access), { minLength: 2, maxLength: 24 });
  fc.assert(
    fc.property(fc.integer(), stage1, accesses, (seed, setup, list) => {
      const memory = new SparseMemory([TABLES, CONFIG], descriptors(seed));
      const cd = contextDescriptor(setup);
      const cached = v3(memory, STAGE1_STE, cd, 16);
      const walking = v3(memory, STAGE1_STE, cd, 0);
      for (const [va, how] of [...list, ...list]) {
        const t = transaction(va, how);
        expect(answerOf(cached.translate(t))).toEqual(answerOf(walking.translate(t)));
      }
    }),
    { numRuns: 300 },
  );
});

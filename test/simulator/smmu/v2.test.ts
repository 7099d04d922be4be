import { expect, test } from 'vitest';
import { SparseMemory } from '../../../simulator/smmu/memory.ts';
import { SmmuV2 } from '../../../simulator/smmu/v2.ts';
import { BUFFER, outcome, RAM, RW, read, STREAM, tablesIn, v2Machine, write } from './machine.ts';

const IOVA = 0x6000_0000;

test('out of reset the client port is disabled: everything bypasses', () => {
  const smmu = new SmmuV2({ version: 2 }, new SparseMemory([RAM]));
  expect(write(smmu, BUFFER)).toBe('ok 0x48000000+64');
  expect(write(smmu, IOVA)).toBe('bus-error');
});

test('stream matching: masks, several matches, extended IDs', () => {
  const { smmu } = v2Machine();
  smmu.write('SMR0', 0x80ff_0100);
  smmu.write('S2CR0', 1 << 16);
  expect(write(smmu, BUFFER, 64, 0x1aa)).toBe('ok 0x48000000+64');
  expect(write(smmu, BUFFER, 64, 0x2aa)).toBe('abort USF');
  smmu.write('sGFSR', 0xffff_ffff);
  // Two groups match: a fault with SMCFCFG=1, else the lowest group wins.
  smmu.write('SMR5', 0x8000_01aa);
  smmu.write('S2CR5', 2 << 16);
  expect(write(smmu, BUFFER, 64, 0x1aa)).toBe('ok 0x48000000+64');
  smmu.write('sCR0', 0x20_1c36);
  expect(write(smmu, BUFFER, 64, 0x1aa)).toBe('abort SMCF');
  smmu.write('sGFSR', 0xffff_ffff);
  // EXIDENABLE: VALID moves to S2CR.EXIDVALID and the mask has 16 bits.
  smmu.write('sCR0', 0x1c3e);
  smmu.write('SMR0', 0x8000_1234);
  smmu.write('SMR5', 0);
  expect(write(smmu, BUFFER, 64, 0x9234)).toBe('abort USF');
  smmu.write('S2CR0', (1 << 16) | 0x400);
  expect(write(smmu, BUFFER, 64, 0x9234)).toBe('ok 0x48000000+64');
});

test('a second global fault only sets MULTI; the first one stays latched until it is cleared', () => {
  const { smmu } = v2Machine();
  write(smmu, 0x1000, 64, 0x55);
  write(smmu, 0x2000, 64, 0x66);
  expect(smmu.read('sGFSR')).toBe(0x8000_0002n);
  expect(smmu.read('sGFSYNR1')).toBe(0x55n);
  expect(smmu.read('sGFAR')).toBe(0x1000n);
  smmu.write('sGFSR', smmu.read('sGFSR'));
  expect(smmu.read('sGFSR')).toBe(0n);
  smmu.write('S2CR0', 2 << 16);
  expect(write(smmu, 0x2000)).toBe('abort ICF');
});

test('context faults: FSR, FAR, FSYNR0, the stream, HUPCF', () => {
  const { smmu, tables } = v2Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  expect(write(smmu, IOVA + 0xfe0, 64)).toBe('abort 0x48000fe0+32 CB1.TF');
  expect(smmu.read('CB1_FSR')).toBe(2n);
  expect(smmu.read('CB1_FAR')).toBe(BigInt(IOVA + 0x1000));
  expect(smmu.read('CB1_FSYNR0')).toBe(0x13n);
  expect(smmu.read('CBFRSYNRA1')).toBe(BigInt(STREAM));
  // HUPCF=0: one fault silences the bank, mapped pages too.
  expect(write(smmu, IOVA)).toBe('abort');
  smmu.write('CB1_SCTLR', 0x167);
  expect(write(smmu, IOVA)).toBe('ok 0x48000000+64');
  expect(write(smmu, IOVA + 0x5000)).toBe('abort (CB1.TF)');
  expect(smmu.read('CB1_FSR')).toBe(0x8000_0002n);
  expect(smmu.read('CB1_FAR')).toBe(BigInt(IOVA + 0x1000));
  smmu.write('CB1_FSR', 0xffff_ffff);
  smmu.write('CB1_SCTLR', 0x47);
  expect(write(smmu, IOVA + 0x5000)).toBe('raz-wi CB1.TF');
});

test('stalls wait until RESUME, and STALLD forbids them', () => {
  const { smmu, tables } = v2Machine({}, 0xe7);
  tables.map(IOVA, BUFFER, 0x1000, RW);
  expect(write(smmu, IOVA + 0x5000)).toBe('stall CB1.TF');
  expect(smmu.read('CB1_FSR')).toBe(0x4000_0002n);
  expect(write(smmu, IOVA)).toBe('stall');
  smmu.write('CB1_FSR', 0xffff_ffff);
  expect(smmu.read('CB1_FSR')).toBe(0x4000_0000n);
  expect(write(smmu, IOVA)).toBe('stall');
  smmu.write('CB1_RESUME', 1);
  expect(write(smmu, IOVA)).toBe('ok 0x48000000+64');
  smmu.write('sCR0', 0x1d36);
  expect(write(smmu, IOVA + 0x5000)).toBe('abort CB1.TF');
});

test('interrupts: pending, enabled, and how often the line went up', () => {
  const { smmu, tables } = v2Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  const line = (bank: number) => smmu.interrupts().find((entry) => entry.bank === bank)!;
  write(smmu, IOVA + 0x5000);
  write(smmu, IOVA + 0x5000);
  expect(line(1)).toMatchObject({ line: 'context', pending: true, enabled: true, level: true, raised: 1 });
  smmu.write('CB1_FSR', 0x1fe);
  write(smmu, IOVA + 0x5000);
  expect(line(1).raised).toBe(2);
  smmu.write('CB1_SCTLR', 0x27);
  expect(line(1)).toMatchObject({ pending: true, enabled: false });
  write(smmu, IOVA, 64, 0x99);
  expect(line(-1)).toMatchObject({ line: 'global', pending: true, enabled: true, raised: 1 });
  smmu.write('sCR0', 0x1c02);
  expect(line(-1)).toMatchObject({ pending: true, enabled: false });
});

test('a TLB entry outlives its table until the right invalidation', () => {
  const stale = (invalidate: (smmu: SmmuV2) => void) => {
    const { memory, smmu, tables } = v2Machine();
    tables.map(IOVA, BUFFER, 0x1000, RW);
    write(smmu, IOVA);
    for (const { pa, bytes } of tables.tables()) memory.fill(pa, bytes, 0);
    invalidate(smmu);
    return write(smmu, IOVA);
  };
  const landed = 'ok 0x48000000+64';
  const gone = 'abort CB1.TF';
  const page = BigInt(IOVA / 4096);
  expect(stale(() => undefined)).toBe(landed);
  expect(stale((smmu) => smmu.write('TLBIALLNSNH', 0xffff_ffff))).toBe(gone);
  expect(stale((smmu) => smmu.write('TLBIALLH', 0xffff_ffff))).toBe(landed);
  expect(stale((smmu) => smmu.write('TLBIVMID', 0))).toBe(gone);
  expect(stale((smmu) => smmu.write('TLBIVMID', 1))).toBe(landed);
  expect(stale((smmu) => smmu.write('CB1_TLBIASID', 5))).toBe(gone);
  expect(stale((smmu) => smmu.write('CB1_TLBIASID', 6))).toBe(landed);
  expect(stale((smmu) => smmu.write('CB1_TLBIALL', 0))).toBe(gone);
  expect(stale((smmu) => smmu.write('CB1_TLBIVAL', page | (5n << 48n)))).toBe(gone);
  expect(stale((smmu) => smmu.write('CB1_TLBIVAL', page | (6n << 48n)))).toBe(landed);
  expect(stale((smmu) => smmu.write('CB1_TLBIVAA', page))).toBe(gone);
  expect(stale((smmu) => smmu.write('CB1_TLBIVA', (page + 1n) | (5n << 48n)))).toBe(landed);
  expect(stale((smmu) => smmu.write('CB1_TLBIIPAS2', page))).toBe(landed);
  // Switching the SMMU off and on, or the bank, empties no cache.
  expect(stale((smmu) => [1, 0x1c36].map((value) => smmu.write('sCR0', value)))).toBe(landed);
  expect(stale((smmu) => [0x66, 0x67].map((value) => smmu.write('CB1_SCTLR', value)))).toBe(landed);
});

test('a stage 2 bank, and its invalidation by address', () => {
  const { memory, smmu } = v2Machine();
  const tables = tablesIn(memory, { stage: 2, ias: 40, oas: 40 }, 0x4300_0000);
  expect(tables.startLevel).toBe(1);
  tables.map(IOVA, BUFFER, 0x1000, RW);
  smmu.write('CBAR1', 7);
  smmu.write('CB1_TCR', 0x8000_3500 | (tables.ps << 16) | (tables.sl0 << 6) | tables.tsz);
  smmu.write('CB1_TTBR0', tables.ttb);
  expect(write(smmu, IOVA)).toBe('ok 0x48000000+64');
  tables.unmap(IOVA, 0x1000);
  smmu.write('TLBIVMID', 8);
  smmu.write('CB1_TLBIIPAS2', BigInt(IOVA / 4096) + 1n);
  expect(write(smmu, IOVA)).toBe('ok 0x48000000+64');
  smmu.write('CB1_TLBIIPAS2', IOVA / 4096);
  expect(write(smmu, IOVA)).toBe('abort CB1.TF');
});

test('32 bit contexts: long descriptors, TTBR1, and nothing above 4 GiB', () => {
  const { memory, smmu } = v2Machine();
  const tables = tablesIn(memory, { stage: 1, ias: 32, oas: 40 }, 0x4300_0000);
  tables.map(IOVA, BUFFER, 0x1000, RW);
  tables.map(0xf000_0000, BUFFER + 0x3000, 0x1000, RW);
  smmu.write('CBA2R1', 0);
  smmu.write('CB1_TCR', 0x8080_3500);
  smmu.write('CB1_TTBR0', tables.ttb);
  expect(write(smmu, IOVA)).toBe('ok 0x48000000+64');
  expect(write(smmu, 0xf000_0000)).toBe('ok 0x48003000+64');
  expect(write(smmu, 2 ** 32 + IOVA)).toBe('abort CB1.TF');
  smmu.write('CB1_FSR', 0x1fe);
  // T0SZ=1: the upper half belongs to TTBR1, which EPD1 disables.
  smmu.write('CB1_TCR', 0x8080_3501);
  smmu.write('TLBIALLNSNH', 0);
  expect(write(smmu, 0xf000_0000)).toBe('abort CB1.TF');
});

test('32 bit contexts: short descriptors', () => {
  const { memory, smmu } = v2Machine();
  const put = (pa: number, value: number) => {
    const word = memory.read64(pa - (pa % 8))!;
    const shift = pa % 8 === 0 ? 0n : 32n;
    memory.write64(pa - (pa % 8), (word & ~(0xffff_ffffn << shift)) | (BigInt(value >>> 0) << shift));
  };
  const ttb = 0x4300_0000;
  // A section with user access, a read-only one, a supersection, a page table with a large and a small page.
  put(ttb + 0x600 * 4, 0x4800_0c02);
  put(ttb + 0x601 * 4, 0x4810_8c02);
  put(ttb + 0x610 * 4, 0x4904_0c02);
  put(ttb + 0x700 * 4, 0x4300_8001);
  for (let entry = 0x10; entry < 0x20; entry++) put(0x4300_8000 + entry * 4, 0x4820_0031);
  put(0x4300_8000 + 0x21 * 4, 0x4830_0032);
  smmu.write('CBA2R1', 0);
  smmu.write('CB1_SCTLR', 0x63);
  smmu.write('CB1_TCR', 0);
  smmu.write('CB1_TTBR0', ttb);
  expect(write(smmu, 0x6000_1000)).toBe('ok 0x48001000+64');
  expect(read(smmu, 0x6010_0040)).toBe('ok 0x48100040+64');
  expect(write(smmu, 0x610f_0000)).toBe('ok 0x490f0000+64');
  expect(write(smmu, 0x7001_1000)).toBe('ok 0x48201000+64');
  expect(write(smmu, 0x7002_1008)).toBe('ok 0x48300008+64');
  expect(write(smmu, 0x6010_0000)).toBe('abort CB1.PF');
  smmu.write('CB1_FSR', 0x1fe);
  expect(write(smmu, 0x6020_0000)).toBe('abort CB1.TF');
  smmu.write('CB1_FSR', 0x1fe);
  // With SCTLR.AFE the lowest AP bit is the access flag.
  put(ttb + 0x602 * 4, 0x4800_0802);
  smmu.write('CB1_SCTLR', 0x67);
  expect(write(smmu, 0x6020_0000)).toBe('abort CB1.AFF');
});

test('SMMUv1: 32 bit contexts only, stream indexing', () => {
  const smmu = new SmmuV2({ version: 1, streamMatching: false }, new SparseMemory([RAM]));
  expect(() => smmu.write('CBA2R0', 1)).toThrow('SMMUv1 has no register CBA2R0');
  expect(() => smmu.write('SMR0', 0)).toThrow('SMMUv1 has no register SMR0');
  smmu.write('S2CR16', 1 << 16);
  smmu.write('CBAR0', 0x1_0000);
  smmu.write('sCR0', 0x1c36);
  expect(write(smmu, BUFFER)).toBe('ok 0x48000000+64');
  expect(write(smmu, BUFFER, 64, 200)).toBe('abort USF');
  expect(write(smmu, 2 ** 32, 64, 17)).toBe('raz-wi CB0.TF');
  expect(write(smmu, BUFFER, 64, 17)).toBe('raz-wi');
});

test('an SMMU without a clock passes, blocks or errors, as its SoC does', () => {
  for (const [clocksOff, expected] of [
    ['pass', 'ok 0x48000000+64'],
    ['block', 'stall'],
    ['error', 'abort'],
  ] as const) {
    const { smmu } = v2Machine({ clocksOff });
    smmu.powered = false;
    smmu.write('sCR0', 1);
    expect(write(smmu, BUFFER)).toBe(expected);
    smmu.powered = true;
    expect(smmu.read('sCR0')).toBe(0x1c36n);
  }
});

test('the Qualcomm quirk: bypass becomes fault, fault is lost', () => {
  const { smmu } = v2Machine({ qcomBypassQuirk: true });
  smmu.write('S2CR0', (1 << 16) | 0xff);
  expect(smmu.read('S2CR0')).toBe(0x2_00ffn);
  smmu.write('S2CR1', 1);
  smmu.write('S2CR1', 2 << 16);
  expect(smmu.read('S2CR1')).toBe(1n);
});

test('registers by offset, halves of 64 bit registers, unknown ones', () => {
  const { smmu } = v2Machine();
  expect(smmu.registerAt(0x804)).toBe('SMR1');
  expect(smmu.registerAt(0x1400)).toBe('CBFRSYNRA0');
  expect(smmu.registerAt(0x8_1020)).toBe('CB1_TTBR0');
  expect(smmu.registerAt(0x9_0000)).toBe('CB16_SCTLR');
  expect(smmu.registerAt(0x14)).toBeUndefined();
  smmu.writeAt(0x8_1024, 0x1234_0000, 4);
  expect(smmu.read('CB1_TTBR0') >> 32n).toBe(0x1234_0000n);
  expect(smmu.readAt(0x8_1024, 4)).toBe(0x1234_0000n);
  smmu.writeAt(0x8_1020, 0x5_0000_0000_0000n, 8);
  expect(smmu.readAt(0x8_1020, 8)).toBe(0x5_0000_0000_0000n);
  smmu.writeAt(0x14, 1, 4);
  expect(smmu.readAt(0x14, 4)).toBe(0n);
  expect(() => smmu.read('CB1_NOPE')).toThrow('SMMUv2 has no register CB1_NOPE');
  expect(() => smmu.write('SMR128', 0)).toThrow(RangeError);
});

test('a clone goes on from the same registers and TLB, alone', () => {
  const { memory, smmu, tables } = v2Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  write(smmu, IOVA);
  const other = memory.clone();
  const copy = smmu.clone(other);
  smmu.write('sCR0', 1);
  for (const { pa, bytes } of tables.tables()) other.fill(pa, bytes, 0);
  expect(write(copy, IOVA)).toBe('ok 0x48000000+64');
  copy.write('TLBIALLNSNH', 0);
  expect(write(copy, IOVA)).toBe('abort CB1.TF');
  expect(smmu.read('CB1_FSR')).toBe(0n);
});

test('explain names each thing that was looked at', () => {
  const { smmu, tables } = v2Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  const decision = smmu.explain({ iova: IOVA, len: 64, dir: 'write', streamId: STREAM });
  expect(outcome(decision)).toBe('ok 0x48000000+64');
  expect(decision.explain!.map((step) => step.kind)).toEqual([
    'smr',
    's2cr',
    'bank',
    'walk',
    'walk',
    'walk',
    'land',
  ]);
  expect(decision.explain![3]).toMatchObject({ stage: 1, level: 1, descriptor: 'table' });
  const again = smmu.explain({ iova: IOVA, len: 64, dir: 'write', streamId: STREAM });
  expect(again.explain!.map((step) => step.kind)).toEqual(['smr', 's2cr', 'bank', 'tlb', 'land']);
  expect(smmu.translate({ iova: IOVA, len: 64, dir: 'write', streamId: STREAM }).explain).toBeUndefined();
});

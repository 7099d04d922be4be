import { expect, test } from 'vitest';
import { SparseMemory } from '../../../simulator/smmu/memory.ts';
import { SmmuV3 } from '../../../simulator/smmu/v3.ts';
import { OPCODE } from '../../../simulator/smmu/v3-commands.ts';
import {
  BUFFER,
  CD,
  CMDQ,
  cdWord,
  command,
  EVENTQ,
  outcome,
  RAM,
  RW,
  read,
  STREAM,
  STRTAB,
  tablesIn,
  v3Machine,
  write,
} from './machine.ts';

const IOVA = 0x6000_0000;
const LANDED = 'ok 0x48000000+64';

test('SMMUEN=0: GBPA decides, and only a write with UPDATE=1 changes it', () => {
  const { smmu } = v3Machine();
  smmu.write('CR0', 0xc);
  expect(write(smmu, BUFFER)).toBe(LANDED);
  expect(write(smmu, 2 ** 44)).toBe('abort');
  smmu.write('GBPA', 0x10_0000);
  expect(write(smmu, BUFFER)).toBe(LANDED);
  smmu.write('GBPA', 0x8010_0000);
  expect(smmu.read('GBPA')).toBe(0x10_0000n);
  expect(write(smmu, BUFFER)).toBe('abort');
  expect(smmu.read('EVENTQ_PROD')).toBe(0n);
  // The implementation may come out of reset aborting.
  const fresh = new SmmuV3({ version: 3, gbpaAbort: 1 }, new SparseMemory([RAM]));
  expect(write(fresh, BUFFER)).toBe('abort');
});

test('stream table: entries, levels, limits', () => {
  const { memory, smmu } = v3Machine();
  const set = (word: bigint) => {
    memory.write64(STRTAB + 17 * 64, word);
    command(smmu, memory, BigInt(OPCODE.CFGI_STE) | (17n << 32n));
    return write(smmu, BUFFER, 64, 17);
  };
  expect(set(0n)).toBe('abort C_BAD_STE');
  expect(set(1n)).toBe('abort');
  expect(set(7n)).toBe('abort');
  expect(set(9n)).toBe(LANDED);
  expect(write(smmu, 2 ** 45, 64, 17)).toBe('abort F_ADDR_SIZE');
  expect(write(smmu, BUFFER, 64, 256)).toBe('abort C_BAD_STREAMID');
  smmu.write('CR2', 0);
  expect(write(smmu, BUFFER, 64, 256)).toBe('abort (C_BAD_STREAMID)');
  smmu.write('CR2', 2);
  // Two levels, split 8: first-level descriptors at a new place.
  const l1 = 0x4150_0000;
  smmu.write('STRTAB_BASE', l1);
  smmu.write('STRTAB_BASE_CFG', (1 << 16) | (8 << 6) | 16);
  expect(write(smmu, BUFFER, 64, 0x205)).toBe('abort C_BAD_STREAMID');
  memory.write64(l1 + 2 * 8, 0x4160_0000n | 3n);
  memory.write64(0x4160_0000 + 3 * 64, 9n);
  expect(write(smmu, BUFFER, 64, 0x203)).toBe(LANDED);
  expect(write(smmu, BUFFER, 64, 0x204)).toBe('abort C_BAD_STREAMID');
  memory.write64(l1 + 3 * 8, 0x9000_0000n | 9n);
  expect(write(smmu, BUFFER, 64, 0x300)).toBe('abort F_STE_FETCH');
});

test('illegal entries and descriptors', () => {
  const ste = (change: (memory: SparseMemory) => void, options = {}) => {
    const { memory, smmu, tables } = v3Machine(options);
    tables.map(IOVA, BUFFER, 0x1000, RW);
    change(memory);
    return write(smmu, IOVA);
  };
  const orWord = (pa: number, bits: bigint) => (memory: SparseMemory) =>
    void memory.write64(pa, memory.read64(pa)! | bits);
  const entry = STRTAB + STREAM * 64;
  expect(ste(() => undefined)).toBe(LANDED);
  // Without substreams in the implementation S1CDMax is ignored; with them it has a limit.
  expect(ste(orWord(entry, 3n << 59n))).toBe(LANDED);
  expect(ste(orWord(entry, 3n << 59n), { substreamIdBits: 2 })).toBe('abort C_BAD_STE');
  expect(ste(orWord(entry + 8, 1n << 30n))).toBe('abort C_BAD_STE');
  expect(ste(orWord(entry + 8, 1n << 30n), { hyp: false })).toBe(LANDED);
  expect(ste(orWord(entry + 8, 1n << 27n), { stallModel: 1 })).toBe('abort C_BAD_STE');
  expect(ste(orWord(entry, 1n << 50n))).toBe('abort C_BAD_STE');
  expect(ste(() => undefined, { stages: 'stage2' })).toBe('abort C_BAD_STE');
  expect(ste((memory) => void memory.write64(entry, 0x9000_000bn))).toBe('abort F_CD_FETCH');
  expect(ste((memory) => void memory.write64(CD, 0n))).toBe('abort C_BAD_CD');
  expect(ste(orWord(CD, 63n))).toBe('abort C_BAD_CD');
  expect(ste(orWord(CD, 3n << 6n))).toBe('abort C_BAD_CD');
  expect(ste(orWord(CD, 1n << 15n))).toBe('abort C_BAD_CD');
  expect(ste(orWord(CD + 8, 1n << 45n))).toBe('abort C_BAD_CD');
  expect(ste(orWord(CD, 1n << 43n))).toBe('abort C_BAD_CD');
  expect(ste(orWord(CD, 1n << 44n), { stallModel: 1 })).toBe('abort C_BAD_CD');
  expect(ste(() => undefined, { stallModel: 2 })).toBe('abort C_BAD_CD');
});

test('A and R: what the device hears and what is recorded', () => {
  const { memory, smmu, tables } = v3Machine();
  const change = (clear: bigint) => {
    memory.write64(CD, cdWord(tables) & ~clear);
    command(smmu, memory, BigInt(OPCODE.CFGI_CD) | (BigInt(STREAM) << 32n));
    return write(smmu, IOVA);
  };
  expect(change(0n)).toBe('abort F_TRANSLATION');
  expect(change(1n << 46n)).toBe('raz-wi F_TRANSLATION');
  expect(change(1n << 45n)).toBe('abort (F_TRANSLATION)');
  // External aborts of a walk are recorded whatever R says, and heard whatever A says.
  memory.write64(CD, cdWord(tables) & ~(3n << 45n));
  memory.write64(CD + 8, 0x9000_0000n);
  command(smmu, memory, BigInt(OPCODE.CFGI_CD) | (BigInt(STREAM) << 32n));
  expect(write(smmu, IOVA)).toBe('abort F_WALK_EABT');
});

test('event records land in memory, with their fields', () => {
  const { memory, smmu, tables } = v3Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  expect(read(smmu, IOVA + 0xfc0, 128)).toBe('abort 0x48000fc0+64 F_TRANSLATION');
  expect(memory.read64(EVENTQ)).toBe((BigInt(STREAM) << 32n) | 0x10n);
  expect(memory.read64(EVENTQ + 8)).toBe((1n << 35n) | (2n << 40n));
  expect(memory.read64(EVENTQ + 16)).toBe(BigInt(IOVA + 0x1000));
  expect(smmu.takeOwnWrites()).toEqual([{ what: 'event', pa: EVENTQ, len: 32, landed: true }]);
  expect(smmu.takeOwnWrites()).toEqual([]);
});

test('the event queue fills, overflows, is acknowledged, and wraps', () => {
  const { smmu } = v3Machine();
  for (let i = 0; i < 8; i++) expect(write(smmu, IOVA)).toBe('abort F_TRANSLATION');
  expect(smmu.read('EVENTQ_PROD')).toBe(8n);
  expect(write(smmu, IOVA)).toBe('abort (F_TRANSLATION)');
  expect(write(smmu, IOVA)).toBe('abort (F_TRANSLATION)');
  expect(smmu.read('EVENTQ_PROD')).toBe(0x8000_0008n);
  smmu.write('EVENTQ_CONS', 0x8000_0008);
  expect(write(smmu, IOVA)).toBe('abort F_TRANSLATION');
  expect(smmu.read('EVENTQ_PROD')).toBe(0x8000_0009n);
  smmu.write('CR0', 0x9);
  expect(write(smmu, IOVA)).toBe('abort (F_TRANSLATION)');
});

test('an event queue outside RAM raises a global error, once', () => {
  const { smmu } = v3Machine();
  smmu.write('IRQ_CTRL', 5);
  smmu.write('EVENTQ_BASE', 0x9000_0003);
  expect(write(smmu, IOVA)).toBe('abort (F_TRANSLATION)');
  expect(write(smmu, IOVA)).toBe('abort (F_TRANSLATION)');
  expect(smmu.read('GERROR')).toBe(4n);
  const gerror = smmu.interrupts().find(({ line }) => line === 'gerror')!;
  expect(gerror).toMatchObject({ pending: true, enabled: true, level: false, raised: 1 });
  smmu.write('EVENTQ_BASE', EVENTQ | 3);
  expect(write(smmu, IOVA)).toBe('abort (F_TRANSLATION)');
  smmu.write('GERRORN', 4);
  expect(write(smmu, IOVA)).toBe('abort F_TRANSLATION');
});

test('interrupts are MSIs written to memory, also after the disable that leaves IRQ_CTRL', () => {
  const { memory, smmu } = v3Machine();
  smmu.write('EVENTQ_IRQ_CFG0', 0x4140_0000);
  smmu.write('EVENTQ_IRQ_CFG1', 0x1234);
  write(smmu, IOVA);
  expect(memory.read64(0x4140_0000)).toBe(0n);
  smmu.write('IRQ_CTRL', 5);
  write(smmu, IOVA);
  expect(memory.read64(0x4140_0000)).toBe(0n);
  // Only the change from empty to not empty is signalled.
  smmu.write('EVENTQ_CONS', smmu.read('EVENTQ_PROD'));
  write(smmu, IOVA);
  expect(memory.read64(0x4140_0000)).toBe(0x1234n);
  expect(smmu.takeOwnWrites().map(({ what }) => what)).toEqual(['event', 'event', 'event', 'msi']);
  smmu.write('GERROR_IRQ_CFG0', 0x4140_0010);
  smmu.write('GERROR_IRQ_CFG1', 0x99);
  smmu.write('CR0', 0x8);
  command(smmu, memory, 0xffn);
  expect(memory.read64(0x4140_0010)).toBe(0x99n);
});

test('commands: unknown ones stop the queue until the error is acknowledged', () => {
  const { memory, smmu } = v3Machine();
  command(smmu, memory, 0xffn);
  expect(smmu.read('GERROR')).toBe(1n);
  expect(smmu.read('CMDQ_CONS')).toBe(0x0100_0000n);
  command(smmu, memory, BigInt(OPCODE.SYNC) | (1n << 12n) | (0xabcdn << 32n), 0x4140_0020n);
  expect(memory.read64(0x4140_0020)).toBe(0n);
  memory.write64(CMDQ, BigInt(OPCODE.SYNC));
  smmu.write('GERRORN', 1);
  expect(smmu.read('CMDQ_CONS') & 0x1fn).toBe(2n);
  expect(memory.read64(0x4140_0020)).toBe(0xabcdn);
  smmu.write('CMDQ_BASE', 0x9000_0004);
  smmu.write('CMDQ_PROD', 3);
  expect((smmu.read('CMDQ_CONS') >> 24n) & 0x7fn).toBe(2n);
});

/** Warm caches, a change in memory, commands, then the DMA again. */
function stale(
  change: (memory: SparseMemory, tables: ReturnType<typeof tablesIn>) => void,
  commands: readonly (readonly [bigint, bigint?])[],
): string {
  const { memory, smmu, tables } = v3Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  write(smmu, IOVA);
  change(memory, tables);
  for (const [first, second] of commands) command(smmu, memory, first, second);
  return write(smmu, IOVA);
}

const STREAM_FIELD = BigInt(STREAM) << 32n;
const ASID = 9n << 48n;

test('tables change: only TLB invalidation shows it', () => {
  const unmap = (_: SparseMemory, tables: ReturnType<typeof tablesIn>) => void tables.unmap(IOVA, 0x1000);
  const va = BigInt(IOVA);
  const gone = 'abort F_TRANSLATION';
  expect(stale(unmap, [])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.CFGI_STE_RANGE), 31n]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NSNH_ALL)]])).toBe(gone);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_EL2_ALL)]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_ALL)]])).toBe(gone);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_ALL) | (1n << 32n)]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_ASID) | ASID]])).toBe(gone);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_ASID) | (8n << 48n)]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_VA) | ASID, va | 1n]])).toBe(gone);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_VA) | ASID, va + 0x1000n]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_VA) | (8n << 48n), va]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_NH_VAA), va]])).toBe(gone);
  // A range: (NUM + 1) * 2^SCALE granules of 4 KiB that end at the page.
  const range = BigInt(OPCODE.TLBI_NH_VA) | ASID | (3n << 12n) | (1n << 20n);
  expect(stale(unmap, [[range, (va - 0x7000n) | (1n << 10n)]])).toBe(gone);
  expect(stale(unmap, [[range, (va - 0x8000n) | (1n << 10n)]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_S2_IPA), va]])).toBe(LANDED);
  expect(stale(unmap, [[BigInt(OPCODE.TLBI_S12_VMALL)]])).toBe(gone);
});

test('configuration changes: only configuration invalidation shows it', () => {
  const abort = (memory: SparseMemory) => void memory.write64(STRTAB + STREAM * 64, 1n);
  expect(stale(abort, [])).toBe(LANDED);
  expect(stale(abort, [[BigInt(OPCODE.TLBI_NSNH_ALL)]])).toBe(LANDED);
  expect(stale(abort, [[BigInt(OPCODE.CFGI_STE) | STREAM_FIELD, 1n]])).toBe('abort');
  expect(stale(abort, [[BigInt(OPCODE.CFGI_STE) | (17n << 32n), 1n]])).toBe(LANDED);
  expect(stale(abort, [[BigInt(OPCODE.CFGI_STE_RANGE) | (18n << 32n), 3n]])).toBe('abort');
  expect(stale(abort, [[BigInt(OPCODE.CFGI_STE_RANGE) | (18n << 32n), 0n]])).toBe(LANDED);
  expect(stale(abort, [[BigInt(OPCODE.CFGI_CD) | STREAM_FIELD]])).toBe(LANDED);
  const noContext = (memory: SparseMemory) => void memory.write64(CD, 0n);
  expect(stale(noContext, [])).toBe(LANDED);
  expect(stale(noContext, [[BigInt(OPCODE.CFGI_CD) | STREAM_FIELD]])).toBe('abort C_BAD_CD');
  expect(stale(noContext, [[BigInt(OPCODE.CFGI_CD_ALL) | STREAM_FIELD]])).toBe('abort C_BAD_CD');
  // Taking out the entry takes out the descriptors that were found through it.
  expect(stale(noContext, [[BigInt(OPCODE.CFGI_STE) | STREAM_FIELD]])).toBe('abort C_BAD_CD');
  // New tables behind a new descriptor: without TLBI the old translation is still used.
  const moved = (memory: SparseMemory) => {
    const tables = tablesIn(memory, { stage: 1, ias: 39, oas: 40 }, 0x4380_0000);
    tables.map(IOVA, BUFFER + 0x9000, 0x1000, RW);
    memory.write64(CD + 8, BigInt(tables.ttb));
  };
  expect(stale(moved, [[BigInt(OPCODE.CFGI_CD) | STREAM_FIELD]])).toBe(LANDED);
  expect(stale(moved, [[BigInt(OPCODE.TLBI_NSNH_ALL)]])).toBe(LANDED);
  const both = [[BigInt(OPCODE.CFGI_CD) | STREAM_FIELD], [BigInt(OPCODE.TLBI_NSNH_ALL)]] as const;
  expect(stale(moved, both)).toBe('ok 0x48009000+64');
});

test('turning SMMUEN off and on empties no cache', () => {
  const { memory, smmu, tables } = v3Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  write(smmu, IOVA);
  expect(smmu.cached()).toEqual({ tlb: 1, config: 2 });
  memory.fill(STRTAB, 0x4000, 0);
  smmu.write('CR0', 0);
  smmu.write('CR0', 0xd);
  expect(write(smmu, IOVA)).toBe(LANDED);
});

test('substreams: S1DSS, range, two levels of descriptors', () => {
  const { memory, smmu, tables } = v3Machine({ substreamIdBits: 8 });
  tables.map(IOVA, BUFFER, 0x1000, RW);
  const leaf = 0x4400_0000;
  const l1 = 0x4410_0000;
  memory.write64(l1, BigInt(leaf) | 1n);
  for (const substream of [0, 5]) {
    memory.write64(leaf + substream * 64, cdWord(tables, BigInt(20 + substream)));
    memory.write64(leaf + substream * 64 + 8, BigInt(tables.ttb));
  }
  const go = (dss: bigint, substreamId?: number) => {
    memory.write64(STRTAB + STREAM * 64, BigInt(l1) | 0x1bn | (7n << 59n));
    memory.write64(STRTAB + STREAM * 64 + 8, dss);
    command(smmu, memory, BigInt(OPCODE.CFGI_STE) | STREAM_FIELD);
    const t = { iova: IOVA, len: 64, dir: 'write' as const, streamId: STREAM };
    return outcome(smmu.translate(substreamId === undefined ? t : { ...t, substreamId }));
  };
  expect(go(0n)).toBe('abort F_STREAM_DISABLED');
  expect(go(1n)).toBe('bus-error');
  expect(go(2n)).toBe(LANDED);
  expect(go(2n, 5)).toBe(LANDED);
  expect(go(2n, 0)).toBe('abort F_STREAM_DISABLED');
  expect(go(0n, 0)).toBe(LANDED);
  expect(go(0n, 6)).toBe('abort C_BAD_CD');
  expect(go(0n, 64)).toBe('abort C_BAD_SUBSTREAMID');
  expect(go(0n, 128)).toBe('abort C_BAD_SUBSTREAMID');
  // A stream without stage 1 takes no substream.
  memory.write64(STRTAB + 17 * 64, 9n);
  const t = { iova: BUFFER, len: 64, dir: 'write' as const, streamId: 17, substreamId: 1 };
  expect(outcome(smmu.translate(t))).toBe('abort C_BAD_SUBSTREAMID');
});

test('nested translation: descriptors and tables lie at intermediate addresses', () => {
  const { memory, smmu, tables } = v3Machine();
  tables.map(IOVA, 0x7000_0000, 0x1000, RW);
  const second = tablesIn(memory, { stage: 2, ias: 44, oas: 44 }, 0x4500_0000);
  // Intermediate address 0x2_0000_0000 + x for everything the walk reads, so that no table is found by accident.
  const shift = 0x2_0000_0000;
  second.map(shift + 0x4000_0000, 0x4000_0000, 0x800_0000, RW);
  second.map(0x7000_0000, BUFFER + 0x5000, 0x1000, { read: true, write: false });
  for (const { pa } of tables.tables()) {
    for (let i = 0; i < 512; i++) {
      const word = memory.read64(pa + i * 8)!;
      if ((word & 3n) === 3n && (word & 0xffff_f000n) < 0x5000_0000n)
        memory.write64(pa + i * 8, word + BigInt(shift));
    }
  }
  memory.write64(CD + 8, BigInt(tables.ttb + shift));
  const vtcr = BigInt(second.tsz | (second.sl0 << 6) | (4 << 16));
  memory.write64(STRTAB + STREAM * 64, BigInt(CD + shift) | 0xfn);
  memory.write64(STRTAB + STREAM * 64 + 16, (vtcr << 32n) | (1n << 51n) | (1n << 58n) | 3n);
  memory.write64(STRTAB + STREAM * 64 + 24, BigInt(second.ttb));
  expect(read(smmu, IOVA)).toBe('ok 0x48005000+64');
  expect(write(smmu, IOVA)).toBe('abort F_PERMISSION');
  // S2=1, and the intermediate address in the last word.
  expect((memory.read64(EVENTQ + 8)! >> 39n) & 1n).toBe(1n);
  expect(memory.read64(EVENTQ + 24)).toBe(0x7000_0000n);
  // Stage 2 takes the table's page away: CLASS says it was a table fetch.
  second.unmap(shift + 0x4000_0000, 0x800_0000);
  command(smmu, memory, BigInt(OPCODE.TLBI_NSNH_ALL));
  expect(read(smmu, IOVA)).toBe('abort F_TRANSLATION');
  expect((memory.read64(EVENTQ + 40)! >> 40n) & 3n).toBe(1n);
  command(smmu, memory, BigInt(OPCODE.CFGI_STE_RANGE), 31n);
  expect(read(smmu, IOVA)).toBe('abort F_TRANSLATION');
  expect((memory.read64(EVENTQ + 72)! >> 40n) & 3n).toBe(0n);
});

test('hardware updates write the access flag and dirty state into the tables', () => {
  const { memory, smmu, tables } = v3Machine({ hardwareUpdates: 2 }, 3n << 42n);
  const [leaf] = tables.map(IOVA, BUFFER, 0x1000, { read: true, write: false });
  memory.write64(leaf!, (memory.read64(leaf!)! & ~0x400n) | (1n << 51n));
  expect(read(smmu, IOVA)).toBe(LANDED);
  expect(memory.read64(leaf!)! & 0x480n).toBe(0x480n);
  command(smmu, memory, BigInt(OPCODE.TLBI_NSNH_ALL));
  expect(write(smmu, IOVA)).toBe(LANDED);
  expect(memory.read64(leaf!)! & 0x480n).toBe(0x400n);
  expect(smmu.takeOwnWrites().map(({ what }) => what)).toEqual(['hardware-update', 'hardware-update']);
});

test('stalls are recorded even with R=0, and the device waits', () => {
  const { memory, smmu, tables } = v3Machine();
  memory.write64(CD, (cdWord(tables) & ~(1n << 45n)) | (1n << 44n));
  expect(write(smmu, IOVA)).toBe('stall F_TRANSLATION');
  expect((memory.read64(EVENTQ + 8)! >> 31n) & 1n).toBe(1n);
});

test('addresses of 64 bits: tags, the upper range, events', () => {
  const { memory, smmu, tables } = v3Machine({}, 1n << 38n);
  tables.map(IOVA, BUFFER, 0x1000, RW);
  const upper = tablesIn(memory, { stage: 1, ias: 39, oas: 40, upper: true }, 0x4600_0000);
  const high = 2 ** 52 - 2 ** 38;
  upper.map(high, BUFFER + 0x3000, 0x1000, RW);
  const word = cdWord(tables) & ~(1n << 30n);
  memory.write64(CD, word | (1n << 38n) | (BigInt(upper.tsz) << 16n) | (BigInt(upper.tg) << 22n));
  memory.write64(CD + 16, BigInt(upper.ttb));
  const go = (iova: number, iovaTop: number) =>
    outcome(smmu.translate({ iova, iovaTop, len: 64, dir: 'write', streamId: STREAM }));
  expect(go(IOVA, 0xab0)).toBe(LANDED);
  expect(go(high, 0xfff)).toBe('ok 0x48003000+64');
  expect(go(high, 0xabf)).toBe('abort F_TRANSLATION');
  expect(memory.read64(EVENTQ + 16)).toBe((0xabfn << 52n) | BigInt(high));
  command(smmu, memory, BigInt(OPCODE.TLBI_NH_VA) | ASID, 0xffff_ffc0_0000_0000n);
  expect(smmu.cached().tlb).toBe(1);
});

test('a clone goes on from the same registers and caches, alone', () => {
  const { memory, smmu, tables } = v3Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  write(smmu, IOVA);
  const other = memory.clone();
  const copy = smmu.clone(other);
  other.fill(STRTAB, 0x4000, 0);
  smmu.write('CR0', 0);
  expect(write(copy, IOVA)).toBe(LANDED);
  expect(write(copy, IOVA + 0x1000)).toBe('abort F_TRANSLATION');
  expect(memory.read64(EVENTQ)).toBe(0n);
  expect(other.read64(EVENTQ)).not.toBe(0n);
});

test('explain names each thing that was looked at; registers by offset', () => {
  const { smmu, tables } = v3Machine();
  tables.map(IOVA, BUFFER, 0x1000, RW);
  const t = { iova: IOVA, len: 64, dir: 'write' as const, streamId: STREAM };
  expect(smmu.explain(t).explain!.map((step) => step.kind)).toEqual([
    'ste',
    'cd',
    'walk',
    'walk',
    'walk',
    'land',
  ]);
  const again = smmu.explain(t).explain!;
  expect(again.map((step) => step.kind)).toEqual(['ste', 'cd', 'tlb', 'land']);
  expect(again[0]).toMatchObject({ cached: true, text: 'stage 1' });
  expect(smmu.registerAt(0x84)).toBe('STRTAB_BASE');
  expect(smmu.registerAt(0x100a8)).toBe('EVENTQ_PROD');
  smmu.writeAt(0x84, 1, 4);
  expect(smmu.readAt(0x80, 8)).toBe((1n << 32n) | BigInt(STRTAB));
  expect(() => smmu.write('NOPE', 0)).toThrow('SMMUv3 has no register NOPE');
  smmu.write('IDR0', 0);
  expect(smmu.read('IDR0')).not.toBe(0n);
});

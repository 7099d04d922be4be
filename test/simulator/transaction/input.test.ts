import { expect, test } from 'vitest';
import { runTransactionLine } from '../../../simulator/transaction/run.ts';

const GOOD = {
  id: 'a',
  smmu: { version: 2, regs: { sCR0: '0x1' }, smr: [], s2cr: [] },
  cb: {},
  dma: { iova: '0x41300000', len: 64, dir: 'write', streamid: 16 },
};

function run(change: object): unknown {
  return runTransactionLine(JSON.stringify({ ...GOOD, ...change }));
}

test('a good line gives segments, response, gfsr and banks', () => {
  expect(run({})).toEqual({
    id: 'a',
    segments: [{ iova: '0x41300000', pa: '0x41300000', len: 64 }],
    aborted: false,
    response: 'ok',
    gfsr: '0x0',
    context_banks: {},
  });
});

test.each([
  ['not json', '{', { id: null, error: expect.stringContaining('not JSON') }],
  ['not an object', '[1]', { id: null, error: 'the line is not a JSON object' }],
  ['empty', '', { id: null, error: expect.stringContaining('not JSON') }],
])('%s', (_, text, wanted) => {
  expect(runTransactionLine(text)).toEqual(wanted);
});

test.each([
  [{ smmu: undefined }, 'smmu: expected an object'],
  [{ smmu: { version: 4, regs: {} } }, 'smmu.version: expected 1, 2 or 3, got 4'],
  [{ smmu: { version: 2 } }, 'smmu.regs: expected an object'],
  [{ smmu: { version: 2, regs: { sCR0: 'x' } } }, 'smmu.regs.sCR0: expected an unsigned number'],
  [{ smmu: { version: 3, regs: { NOPE: 1 } } }, 'smmu.regs.NOPE: SMMUv3 has no such register'],
  [{ smmu: { version: 3, regs: { CR0: '0x100000000' } } }, 'smmu.regs.CR0: more than 32 bits'],
  [{ dma: undefined }, 'dma: expected an object'],
  [{ dma: { ...GOOD.dma, dir: 'sideways' } }, 'dma.dir: expected "read" or "write"'],
  [{ dma: { ...GOOD.dma, len: 0 } }, 'dma.len: a DMA has at least one byte'],
  [{ dma: { ...GOOD.dma, iova: '0x10000000000000000' } }, 'dma.iova: more than 64 bits'],
  [{ dma: { ...GOOD.dma, iova: -1 } }, 'dma.iova: expected an unsigned number'],
  [{ mem: [['0x40000001', '0x0']] }, 'mem[0]: 0x40000001 is not 8-byte aligned'],
  [{ mem: [['0x40000000', '0x10000000000000000']] }, 'mem[0]: 0x10000000000000000 has more than 64 bits'],
  [{ mem: [{ page: '0x40000000', hex: 'abc' }] }, 'mem[0].hex: expected pairs of hex digits'],
  [{ mem: [7] }, 'mem[0]: expected [address, value] or {page, hex}'],
  [{ smmu: { ...GOOD.smmu, smr: [{ n: 128, valid: 1, id: 0, mask: 0 }] } }, 'SMMUv2 has no register SMR128'],
  [{ cb: { 200: { CBAR: 0 } } }, 'cb.200: SMMUv2 has no register CBAR200'],
  [{ cb: { 1: { mappings: [{ iova: 1, pa: 0, perm: 'rw' }] } } }, 'not page aligned'],
  [{ cb: { 1: { mappings: [{ iova: 0, pa: 0, perm: 'rx' }] } } }, 'perm: expected rw, r, w or none'],
  [{ tlb: [{ cb: 1, iova: 0, pa: 0, size: 5000 }] }, 'tlb[].size: expected a power of two'],
])('a bad line says what is wrong: %j', (change, message) => {
  expect(run(change)).toEqual({ id: 'a', error: expect.stringContaining(message) });
});

test('the state of a case by hand: a cached translation, an earlier fault, a nested pair of banks', () => {
  const bank = {
    'CBAR.TYPE': 1,
    'CBA2R.VA64': 1,
    SCTLR: '0x67',
    FSR_before: '0x0',
    T0SZ: 25,
    PASize: 2,
    EPD0: 1,
    mappings: [],
  };
  const translating = {
    version: 2,
    regs: { sCR0: '0x1c36' },
    smr: [{ n: 0, valid: 1, id: '0x10', mask: '0x0' }],
    s2cr: [{ n: 0, type: 0, cbndx: 3 }],
  };
  const dma = { iova: '0x60000000', len: 64, dir: 'write', streamid: 16 };
  // EPD0 stops walks, not hits.
  const tlb = [{ cb: 3, iova: '0x60000000', pa: '0x41234000', perm: 'rw' }];
  expect(run({ smmu: translating, cb: { 3: bank }, tlb, dma })).toMatchObject({
    segments: [{ pa: '0x41234000' }],
    context_banks: {},
  });
  expect(run({ smmu: translating, cb: { 3: bank }, dma })).toMatchObject({
    segments: [],
    context_banks: { 3: { FSR: '0x2', FAR: '0x60000000' } },
  });
  // Stage 2 in a lower bank: its tables have to reach the stage 1 tables, which are built first.
  const first = {
    ...bank,
    'CBAR.TYPE': 3,
    EPD0: 0,
    s2cb: 1,
    mappings: [{ iova: '0x60000000', pa: '0x70000000', size: 4096, perm: 'rw' }],
  };
  const second = {
    ...bank,
    'CBAR.TYPE': 0,
    EPD0: 0,
    mappings: [{ iova: '0x70000000', pa: '0x41555000', size: 4096, perm: 'r' }],
  };
  const nested = { smmu: translating, cb: { 1: second, 3: first } };
  expect(run({ ...nested, dma: { ...dma, dir: 'read' } })).toMatchObject({
    segments: [{ iova: '0x60000000', pa: '0x41555000', len: 64 }],
  });
  expect(run({ ...nested, dma })).toMatchObject({ context_banks: { 1: { FSR: '0x8', FAR: '0x60000000' } } });
});

import type { Domain, RamRange, Sequence } from '../smmu/types.ts';
import { OPCODE } from '../smmu/v3-commands.ts';
import { IoPgtable } from './linux-io-pgtable.ts';
import { store } from './linux-steps.ts';
import { IDENTITY } from './linux-v2-domain.ts';
import type { LinuxSmmuV3 } from './linux-v3.ts';
import { STE, type SteWords } from './linux-v3-strtab.ts';

const FILE = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';
/** S1CIR and S1COR write-back, S1CSH inner shareable. */
const S1C = (1n << 2n) | (1n << 4n) | (3n << 6n);
const S1DSS_SSID0 = 2n;
const STRW_EL2 = 2n << 30n;
const S1STALLD = 1n << 27n;

/** Output address bits of IDR5. */
function outputBits(idr5: number): number {
  return [32, 36, 40, 42, 44, 48, 52][idr5 & 7] ?? 44;
}

/**
 * `arm_smmu_attach_dev`: a context descriptor and tables of the device's own, or a bypass entry; each stream's entry
 * is then changed the way `arm_smmu_write_entry` does it.
 */
export function* attachV3(
  driver: LinuxSmmuV3,
  streamIds: readonly number[],
  identity: boolean,
): Sequence<Domain> {
  for (const streamId of streamIds) yield* driver.strtab!.ensure(streamId);
  if (identity) {
    for (const streamId of streamIds) yield* writeSte(driver, streamId, driver.strtab!.bypassWords());
    return IDENTITY;
  }
  const { context } = driver;
  const oas = outputBits(Number(context.smmu.read('IDR5')));
  const idr0 = Number(context.smmu.read('IDR0'));
  const tables = new IoPgtable({ stage: 1, ias: 48, oas }, context);
  const asid = driver.allocAsid();
  // Linear table of one descriptor: no PASIDs (arm_smmu_alloc_cd_tables).
  const cdTable = context.alloc(64, 'context-descriptor');
  yield* writeCd(driver, cdTable, tables, asid);
  const stalls = ((idr0 >>> 24) & 3) === 0;
  const words: SteWords = [
    STE.stage1 | BigInt(cdTable),
    S1C | (stalls ? S1STALLD : 0n) | (driver.e2h ? STRW_EL2 : 0n) | S1DSS_SSID0,
    0n,
    0n,
  ];
  for (const streamId of streamIds) yield* writeSte(driver, streamId, words);
  return new ContextDomain(driver, asid, tables);
}

/** `arm_smmu_make_s1_cd`, `arm_smmu_write_cd_entry` (6.1: `arm_smmu_write_ctx_desc`): word 0 with V comes last. */
function* writeCd(driver: LinuxSmmuV3, pa: number, tables: IoPgtable, asid: number): Sequence {
  const source =
    driver.options.kernel === '6.1' ? `${FILE}:arm_smmu_write_ctx_desc` : `${FILE}:arm_smmu_write_cd_entry`;
  const first =
    BigInt(tables.tsz) |
    (BigInt(tables.tg) << 6n) |
    (1n << 8n) | // IRGN0, ORGN0: write-back, write-allocate; SH0: inner shareable
    (1n << 10n) |
    (3n << 12n) |
    (1n << 30n) | // EPD1
    (1n << 31n) | // V
    (BigInt(tables.ps) << 32n) |
    (1n << 41n) | // AA64
    (1n << 45n) | // R
    (1n << 46n) | // A
    (1n << 47n) | // ASET
    (BigInt(asid) << 48n);
  yield store(pa + 8, BigInt(tables.ttb), source);
  yield store(pa + 16, 0n, source);
  yield store(pa + 24, tables.mair, source);
  yield store(pa, first, source, `CD of ASID ${asid}`);
}

/** `arm_smmu_sync_ste_for_sid`: CMD_CFGI_STE with Leaf=1, and a CMD_SYNC. */
function syncSte(driver: LinuxSmmuV3, streamId: number): Sequence {
  const first = BigInt(OPCODE.CFGI_STE) | (BigInt(streamId) << 32n);
  return driver.cmdq!.issue(first, 1n, `CMD_CFGI_STE ${streamId}`);
}

/**
 * `arm_smmu_write_ste`, `arm_smmu_write_entry` (6.1: `arm_smmu_write_strtab_ent`): words other than the first, sync,
 * the first word, sync. From a live translating entry two words change, so V is cleared before (a break); 6.1 does
 * not make that transition.
 */
export function* writeSte(driver: LinuxSmmuV3, streamId: number, words: SteWords): Sequence {
  const source =
    driver.options.kernel === '6.1' ? `${FILE}:arm_smmu_write_strtab_ent` : `${FILE}:arm_smmu_write_entry`;
  const pa = driver.strtab!.entry(streamId);
  if (pa === undefined) throw new RangeError(`StreamID ${streamId} has no stream table entry`);
  const { memory } = driver.context;
  const old = memory.read64(pa) ?? 0n;
  const live = (old & 1n) === 1n && ((old >> 1n) & 7n) >= 5n;
  if (live && old !== words[0]) {
    yield store(pa, 0n, source, 'V=0 while the entry is rewritten');
    yield* syncSte(driver, streamId);
  }
  let changed = false;
  for (let i = 1; i < 4; i++) {
    if (memory.read64(pa + i * 8) === words[i]) continue;
    yield store(pa + i * 8, words[i]!, source);
    changed = true;
  }
  if (changed) yield* syncSte(driver, streamId);
  yield store(pa, words[0], source, `STE of stream ${streamId}`);
  yield* syncSte(driver, streamId);
}

class ContextDomain implements Domain {
  readonly identity = false;
  readonly iovaBits: number;
  readonly #driver: LinuxSmmuV3;
  readonly #asid: number;
  readonly #tables: IoPgtable;

  constructor(driver: LinuxSmmuV3, asid: number, tables: IoPgtable) {
    this.#driver = driver;
    this.#asid = asid;
    this.#tables = tables;
    this.iovaBits = tables.config.ias;
  }

  map(iova: number, pa: number, size: number, access: { read: boolean; write: boolean }): void {
    this.#tables.map(iova, pa, size, access);
  }

  /** `arm_smmu_tlb_inv_range_domain`: TLBI_NH_VA (EL2_VA with VHE) for every page, one SYNC behind them. */
  *unmap(iova: number, size: number): Sequence {
    const unmapped = this.#tables.unmap(iova, size);
    const opcode = BigInt(this.#driver.e2h ? OPCODE.TLBI_EL2_VA : OPCODE.TLBI_NH_VA);
    const first = opcode | (BigInt(this.#asid) << 48n);
    for (let done = 0; done < unmapped; done += 4096) {
      const last = done + 4096 >= unmapped;
      yield* this.#driver.cmdq!.issue(first, BigInt(iova + done) | 1n, 'CMD_TLBI by VA', last);
    }
  }

  tables(): readonly RamRange[] {
    return this.#tables.tables().map(({ pa, bytes }) => ({ base: pa, size: bytes }));
  }
}

import type { Domain, RamRange, Sequence } from '../smmu/types.ts';
import { IoPgtable } from './linux-io-pgtable.ts';
import { requestIrq, write } from './linux-steps.ts';
import type { LinuxSmmuV2 } from './linux-v2.ts';

const FILE = 'drivers/iommu/arm/arm-smmu/arm-smmu.c';
const DUMMY = 0xffff_ffff;

/** What a context bank is programmed with (`struct arm_smmu_cb`, `struct arm_smmu_cfg`). */
export interface ContextConfig {
  /** CBAR.TYPE: 0 stage 2, 1 stage 1 with stage 2 bypass. */
  readonly cbar: number;
  readonly va64: boolean;
  readonly asid: number;
  readonly vmid: number;
  readonly irptndx: number;
  readonly tcr: number;
  readonly tcr2: number;
  readonly ttbr0: bigint;
  readonly ttbr1: bigint;
  readonly mair: bigint;
}

/** An identity domain: no tables, IOVA = PA. */
export const IDENTITY: Domain = {
  identity: true,
  iovaBits: 64,
  map: () => undefined,
  *unmap() {},
  tables: () => [],
};

/** IAS, OAS and UBS fields of ID2 (`arm_smmu_id_size_to_bits`). */
function idSizeToBits(size: number): number {
  return [32, 36, 40, 42, 44][size] ?? 48;
}

/**
 * `arm_smmu_init_domain_context`: allocates a bank and tables (ARM_64_LPAE_S1, on SMMUv1 ARM_32_LPAE_S1), programs
 * the bank, requests its interrupt last.
 */
export function* attachDomain(driver: LinuxSmmuV2): Sequence<{ bank: number; domain: Domain }> {
  const { smmu } = driver.context;
  const v1 = smmu.version === 1;
  const id2 = Number(smmu.read('IDR2'));
  const ias = v1 ? 32 : idSizeToBits((id2 >>> 8) & 0xf);
  const oas = v1 ? Math.min(40, idSizeToBits(id2 & 0xf)) : idSizeToBits(id2 & 0xf);
  const bank = driver.allocBank();
  const tables = new IoPgtable({ stage: 1, ias, oas }, driver.context);
  const asid = bank;
  // arm_smmu_lpae_tcr: inner shareable, write-back write-allocate (coherent walks), EPD1; arm_smmu_lpae_tcr2: SEP.
  const tcr = ((tables.tg << 14) | 0x3500 | (tables.tsz & 0x3f) | 0x80_0000 | (v1 ? 0x8000_0000 : 0)) >>> 0;
  const asidField = BigInt(asid) << 48n;
  driver.banks[bank] = {
    cbar: 1,
    va64: !v1,
    asid,
    vmid: 0,
    irptndx: v1 ? driver.nextInterrupt() : bank,
    tcr,
    tcr2: tables.ps | (7 << 15) | (v1 ? 0 : 0x10),
    ttbr0: asidField | BigInt(tables.ttb),
    ttbr1: asidField,
    mair: tables.mair,
  };
  yield* driver.writeBank(bank);
  yield requestIrq('context', bank, `${FILE}:arm_smmu_init_domain_context`);
  return { bank, domain: new ContextDomain(bank, asid, !v1, tables) };
}

class ContextDomain implements Domain {
  readonly identity = false;
  readonly iovaBits: number;
  readonly #bank: number;
  readonly #asid: number;
  readonly #va64: boolean;
  readonly #tables: IoPgtable;

  constructor(bank: number, asid: number, va64: boolean, tables: IoPgtable) {
    this.iovaBits = tables.config.ias;
    this.#bank = bank;
    this.#asid = asid;
    this.#va64 = va64;
    this.#tables = tables;
  }

  map(iova: number, pa: number, size: number, access: { read: boolean; write: boolean }): void {
    this.#tables.map(iova, pa, size, access);
  }

  /** `arm_lpae_unmap_pages`, then `arm_smmu_tlb_add_page_s1` per page and `arm_smmu_tlb_sync_context`. */
  *unmap(iova: number, size: number): Sequence {
    const unmapped = this.#tables.unmap(iova, size);
    for (let done = 0; done < unmapped; done += 4096) {
      const page = BigInt(iova + done) >> 12n;
      const value = this.#va64 ? page | (BigInt(this.#asid) << 48n) : (page << 12n) | BigInt(this.#asid);
      yield write(`CB${this.#bank}_TLBIVAL`, value, `${FILE}:arm_smmu_tlb_inv_range_s1`);
    }
    yield write(`CB${this.#bank}_TLBSYNC`, DUMMY, `${FILE}:__arm_smmu_tlb_sync`);
  }

  tables(): readonly RamRange[] {
    return this.#tables.tables().map(({ pa, bytes }) => ({ base: pa, size: bytes }));
  }
}

import type {
  Domain,
  DriverContext,
  InterruptLine,
  IommuDriver,
  ProbeOptions,
  Sequence,
} from '../smmu/types.ts';
import { FSR, SCTLR } from '../smmu/v2-bank.ts';
import { SCR0 } from '../smmu/v2-state.ts';
import { clocks, log, requestIrq, write } from './linux-steps.ts';
import { attachDomain, type ContextConfig, IDENTITY } from './linux-v2-domain.ts';

const FILE = 'drivers/iommu/arm/arm-smmu/arm-smmu.c';
const QCOM = 'drivers/iommu/arm/arm-smmu/arm-smmu-qcom.c';
const IMPL = 'drivers/iommu/arm/arm-smmu/arm-smmu-impl.c';

/** QCOM_DUMMY_VAL: some hypervisors mis-emulate stores of the zero register. */
const DUMMY = 0xffff_ffff;
/** ARM_SMMU_CB_FSR_FAULT */
const FSR_FAULT = (FSR.MULTI | FSR.SS | FSR.faults) >>> 0;
const TYPE = { trans: 0, bypass: 1, fault: 2 } as const;

/** `struct arm_smmu_smr` and `struct arm_smmu_s2cr`: what the driver wants the registers to hold. */
interface StreamMapEntry {
  id: number;
  mask: number;
  valid: boolean;
  type: number;
  cbndx: number;
  privcfg: number;
  count: number;
}

/**
 * The arm-smmu driver (SMMUv1/v2, MMU-500, Qualcomm) of one kernel: `arm_smmu_device_probe`, `_reset`, `_shutdown`
 * and attach, as sequences of register writes in the order of 6.1 and 6.12, which do not differ here.
 */
export class LinuxSmmuV2 implements IommuDriver {
  readonly context: DriverContext;
  readonly options: ProbeOptions;
  readonly entries: StreamMapEntry[] = [];
  /** Context banks in use (`context_map`) and what is programmed into them (`cbs[].cfg`). */
  readonly banks: (ContextConfig | undefined)[] = [];
  readonly reserved = new Set<number>();
  /** False: stream indexing, there are no SMRs. */
  matching = true;
  /** Qualcomm's `bypass_quirk` and the bank that stands in for bypass. */
  #quirkBank = -1;
  #irptndx = 0;

  constructor(context: DriverContext, options: ProbeOptions) {
    this.context = context;
    this.options = options;
  }

  #read(register: string): number {
    return Number(this.context.smmu.read(register) & 0xffff_ffffn);
  }

  /** `arm_smmu_device_probe`: clocks, hardware configuration, global interrupt, RMRs, reset, SMR test. */
  *probe(): Sequence {
    const source = `${FILE}:arm_smmu_device_probe`;
    yield clocks(true, source, 'clk_bulk_prepare_enable');
    yield* this.configure();
    yield requestIrq('global', -1, source);
    yield* this.#installRmrs();
    yield* this.reset();
    yield* this.#testMasks();
  }

  /** `arm_smmu_device_cfg_probe`, with the Qualcomm part of it. */
  *configure(): Sequence {
    const id0 = this.#read('IDR0');
    this.matching = (id0 & 0x800_0000) !== 0;
    const groups = this.matching ? id0 & 0xff : 2 ** ((id0 >>> 9) & 0xf);
    const type = this.options.disableBypass ? TYPE.fault : TYPE.bypass;
    const count = Math.min(groups, 128);
    for (let i = 0; i < count; i++) {
      this.entries.push({ id: 0, mask: 0, valid: false, type, cbndx: 0, privcfg: 0, count: 0 });
    }
    const banks = this.#read('IDR1') & 0xff;
    for (let i = 0; i < banks; i++) this.banks.push(undefined);
    if (this.options.qcom) yield* this.#qcomConfigure();
  }

  /**
   * Software state from the hardware, for a driver that takes a running SMMU over: groups as they are, and every bank
   * that is switched on or that a group names is left alone.
   */
  *configureAdopted(): Sequence {
    yield* this.configure();
    for (const [index, entry] of this.entries.entries()) {
      const s2cr = this.#read(`S2CR${index}`);
      const smr = this.matching ? this.#read(`SMR${index}`) : 0x8000_0000;
      Object.assign(entry, {
        id: smr & 0xffff,
        mask: (smr >>> 16) & 0x7fff,
        valid: smr >>> 31 === 1,
        type: (s2cr >>> 16) & 3,
        cbndx: s2cr & 0xff,
        privcfg: (s2cr >>> 24) & 3,
      });
      if (entry.valid && entry.type === TYPE.trans) this.reserved.add(entry.cbndx);
    }
    for (let i = 0; i < this.banks.length; i++) {
      if ((this.#read(`CB${i}_SCTLR`) & SCTLR.M) !== 0) this.reserved.add(i);
    }
  }

  /**
   * `qcom_smmu_cfg_probe`: finds out whether the hypervisor turns bypass into fault, and keeps every SMR found valid
   * as a bypass: after kexec these are the previous kernel's.
   */
  *#qcomConfigure(): Sequence {
    const source = `${QCOM}:qcom_smmu_cfg_probe`;
    const last = this.entries.length - 1;
    yield write(`S2CR${last}`, (TYPE.bypass << 16) | 0xff, source, 'does a write of type bypass stick?');
    if (((this.#read(`S2CR${last}`) >>> 16) & 3) !== TYPE.bypass) {
      this.#quirkBank = this.banks.length - 1;
      this.reserved.add(this.#quirkBank);
      yield write(`CB${this.#quirkBank}_SCTLR`, 0, source, 'this bank stands in for bypass');
      yield write(`CBAR${this.#quirkBank}`, 0x1_0000, source);
    }
    if (!this.matching) return;
    for (const [index, entry] of this.entries.entries()) {
      const smr = this.#read(`SMR${index}`);
      if (smr >>> 31 === 0) continue;
      Object.assign(entry, {
        id: smr & 0xffff,
        mask: (smr >>> 16) & 0x7fff,
        valid: true,
        type: TYPE.bypass,
        privcfg: 0,
        cbndx: 0xff,
      });
    }
  }

  /** `arm_smmu_rmr_install_bypass_smr`: CLIENTPD is set whether or not there are RMRs, until the reset is done. */
  *#installRmrs(): Sequence {
    const source = `${FILE}:arm_smmu_rmr_install_bypass_smr`;
    const sCR0 = (this.#read('sCR0') | SCR0.CLIENTPD) >>> 0;
    yield write('sCR0', sCR0, source, 'everything bypasses until the reset writes sCR0');
    let kept = 0;
    for (const streamId of this.options.rmrStreams) {
      // The driver asks with a mask of all ones, which any valid group overlaps: only the first stream is kept.
      const entry = this.entries[this.findEntry(streamId, 0xffff)];
      if (entry === undefined) continue;
      kept++;
      if (entry.count === 0) Object.assign(entry, { id: streamId, mask: 0, valid: true });
      Object.assign(entry, { type: TYPE.bypass, privcfg: 0, count: entry.count + 1 });
    }
    yield log(`preserved ${kept} boot mapping${kept === 1 ? '' : 's'}`, source);
  }

  /** `arm_smmu_device_reset`: everything from software state, sCR0 last. */
  *reset(): Sequence {
    const source = `${FILE}:arm_smmu_device_reset`;
    yield write('sGFSR', this.#read('sGFSR'), source, 'clear global FSR');
    for (let i = 0; i < this.entries.length; i++) yield* this.#writeEntry(i);
    for (let i = 0; i < this.banks.length; i++) {
      yield* this.writeBank(i);
      yield write(`CB${i}_FSR`, FSR_FAULT, source);
    }
    yield write('TLBIALLH', DUMMY, source, 'invalidate the TLB, just in case');
    yield write('TLBIALLNSNH', DUMMY, source);
    let sCR0 = this.#read('sCR0');
    sCR0 |= SCR0.GFRE | SCR0.GFIE | SCR0.GCFGFRE | SCR0.GCFGFIE;
    sCR0 |= SCR0.VMIDPNE | SCR0.PTM;
    sCR0 &= ~SCR0.CLIENTPD;
    sCR0 = this.options.disableBypass ? sCR0 | SCR0.USFCFG : sCR0 & ~SCR0.USFCFG;
    sCR0 &= ~(SCR0.FB | SCR0.BSU);
    if (this.options.mmu500 === true) yield* this.#mmu500Reset();
    yield* this.syncGlobal();
    yield write('sCR0', sCR0 >>> 0, source, 'push the button');
  }

  /** `arm_mmu500_reset`: bypass TLB entries for unmatched streams, no prefetcher. */
  *#mmu500Reset(): Sequence {
    const source = `${IMPL}:arm_mmu500_reset`;
    const major = (this.#read('IDR7') >>> 4) & 0xf;
    let sACR = this.#read('sACR');
    if (major >= 2) sACR &= ~(1 << 26);
    yield write('sACR', (sACR | (1 << 8) | (1 << 10)) >>> 0, source);
    for (let i = 0; i < this.banks.length; i++) {
      yield write(`CB${i}_ACTLR`, (this.#read(`CB${i}_ACTLR`) & ~2) >>> 0, source);
    }
  }

  /** `arm_smmu_tlb_sync_global` */
  *syncGlobal(): Sequence {
    yield write('sTLBGSYNC', DUMMY, `${FILE}:__arm_smmu_tlb_sync`);
  }

  /** `arm_smmu_write_sme`: S2CR first, then SMR. */
  *#writeEntry(index: number): Sequence {
    yield* this.#writeS2cr(index);
    const entry = this.entries[index]!;
    if (!this.matching) return;
    const value = ((entry.valid ? 0x8000_0000 : 0) | (entry.mask << 16) | entry.id) >>> 0;
    yield write(`SMR${index}`, value, `${FILE}:arm_smmu_write_smr`);
  }

  /** `arm_smmu_write_s2cr`, `qcom_smmu_write_s2cr` */
  *#writeS2cr(index: number): Sequence {
    const entry = this.entries[index]!;
    let { type, cbndx } = entry;
    let source = `${FILE}:arm_smmu_write_s2cr`;
    if (this.#quirkBank >= 0) {
      source = `${QCOM}:qcom_smmu_write_s2cr`;
      if (type === TYPE.bypass) {
        type = TYPE.trans;
        cbndx = this.#quirkBank;
      } else if (type === TYPE.fault) {
        type = TYPE.bypass;
        cbndx = 0xff;
      }
    }
    yield write(`S2CR${index}`, ((entry.privcfg << 24) | (type << 16) | cbndx) >>> 0, source);
  }

  /** `arm_smmu_write_context_bank` */
  *writeBank(index: number): Sequence {
    const source = `${FILE}:arm_smmu_write_context_bank`;
    const config = this.banks[index];
    const cb = `CB${index}`;
    if (config === undefined) {
      yield write(`${cb}_SCTLR`, 0, source, 'unassigned banks only need disabling');
      return;
    }
    const v1 = this.context.smmu.version === 1;
    if (!v1) yield write(`CBA2R${index}`, config.va64 ? 1 : 0, source);
    const stage1 = config.cbar !== 0;
    const attributes = stage1 ? 0xf300 : config.vmid;
    const irptndx = v1 ? config.irptndx * 0x100_0000 : 0;
    yield write(`CBAR${index}`, irptndx + config.cbar * 0x1_0000 + attributes, source);
    if (stage1 && !v1) yield write(`${cb}_TCR2`, config.tcr2, source);
    yield write(`${cb}_TCR`, config.tcr, source);
    yield write(`${cb}_TTBR0`, config.ttbr0, source);
    if (stage1) {
      yield write(`${cb}_TTBR1`, config.ttbr1, source);
      yield write(`${cb}_MAIR0`, config.mair & 0xffff_ffffn, source);
      yield write(`${cb}_MAIR1`, config.mair >> 32n, source);
    }
    const sctlr = SCTLR.CFIE | SCTLR.CFRE | SCTLR.AFE | SCTLR.TRE | SCTLR.M | (stage1 ? 0x1000 : 0);
    yield write(`${cb}_SCTLR`, sctlr, source);
  }

  /** `arm_smmu_test_smr_masks`: uses the first group that is not valid. */
  *#testMasks(): Sequence {
    const source = `${FILE}:arm_smmu_test_smr_masks`;
    const free = this.entries.findIndex((entry) => !entry.valid);
    if (!this.matching || free < 0) return;
    const streamIdMask = 2 ** ((this.#read('IDR0') >>> 9) & 0xf) - 1;
    yield write(`SMR${free}`, streamIdMask, source, 'VALID=0: matches nothing');
    yield write(`SMR${free}`, (this.#read(`SMR${free}`) & 0xffff) << 16, source);
  }

  /**
   * `arm_smmu_find_sme`: the group for a stream; -1 = none is left (-ENOSPC), -2 = it would overlap a valid group
   * without being covered by it (-EINVAL).
   */
  findEntry(streamId: number, mask = 0): number {
    if (!this.matching) return streamId < this.entries.length ? streamId : -1;
    let free = -1;
    for (const [index, entry] of this.entries.entries()) {
      if (!entry.valid) {
        if (free < 0) free = index;
        continue;
      }
      const differs = (streamId ^ entry.id) & 0xffff;
      if ((mask & entry.mask) === mask && (differs & ~entry.mask) === 0) return index;
      if ((differs & ~(entry.mask | mask)) === 0) return -2;
    }
    return free;
  }

  /** `arm_smmu_probe_device` (stream map entries), then `arm_smmu_attach_dev` or `_attach_dev_identity`. */
  *attach(streamIds: readonly number[], identity: boolean): Sequence<Domain> {
    const indices = streamIds.map((streamId) => {
      const index = this.findEntry(streamId);
      const entry = this.entries[index];
      if (entry === undefined) throw new RangeError(`no stream mapping group for stream ${streamId}`);
      if (this.matching && entry.count === 0) Object.assign(entry, { id: streamId, mask: 0, valid: true });
      entry.count++;
      return index;
    });
    for (const index of indices) yield* this.#writeEntry(index);
    if (identity) {
      yield* this.#installS2crs(indices, TYPE.bypass, 0);
      return IDENTITY;
    }
    const { bank, domain } = yield* attachDomain(this);
    yield* this.#installS2crs(indices, TYPE.trans, bank);
    return domain;
  }

  /** `arm_smmu_master_install_s2crs` */
  *#installS2crs(indices: readonly number[], type: number, cbndx: number): Sequence {
    for (const index of indices) {
      const entry = this.entries[index]!;
      if (entry.type === type && entry.cbndx === cbndx) continue;
      Object.assign(entry, { type, cbndx, privcfg: 0 });
      yield* this.#writeS2cr(index);
    }
  }

  /** The next free context bank (`__arm_smmu_alloc_bitmap`). Throws RangeError when all are taken. */
  allocBank(): number {
    const free = this.banks.findIndex((config, index) => config === undefined && !this.reserved.has(index));
    if (free < 0) throw new RangeError('no context bank is left');
    return free;
  }

  /** v1: banks share the context interrupts in turn (`smmu->irptndx`). */
  nextInterrupt(): number {
    this.#irptndx = (this.#irptndx + 1) % this.banks.length;
    return this.#irptndx;
  }

  /** `arm_smmu_context_fault`, `arm_smmu_global_fault`: print (rate-limited), write the status back. */
  *handle(line: InterruptLine): Sequence {
    if (line.line === 'context') {
      const source = `${FILE}:arm_smmu_context_fault`;
      const fsr = this.#read(`CB${line.bank}_FSR`);
      if ((fsr & FSR_FAULT) === 0) return;
      yield log(`Unhandled context fault: fsr=0x${fsr.toString(16)}, cb=${line.bank}`, source);
      yield write(`CB${line.bank}_FSR`, fsr, source);
      return;
    }
    const source = `${FILE}:arm_smmu_global_fault`;
    const gfsr = this.#read('sGFSR');
    if (gfsr === 0) return;
    const streamId = this.#read('sGFSYNR1') & 0xffff;
    yield log(
      (gfsr & 2) !== 0
        ? `Blocked unknown Stream ID 0x${streamId.toString(16)}; boot with "arm-smmu.disable_bypass=0" to allow`
        : 'Unexpected global fault, this could be serious',
      source,
    );
    yield write('sGFSR', gfsr, source);
  }

  /** `arm_smmu_device_shutdown`: one write of the whole register, then the clocks go. */
  *shutdown(): Sequence {
    const source = `${FILE}:arm_smmu_device_shutdown`;
    yield write(
      'sCR0',
      SCR0.CLIENTPD,
      source,
      'turn the thing off: bypass; fault enables and USFCFG go with it',
    );
    yield clocks(false, source, 'pm_runtime_force_suspend or clk_bulk_disable');
  }
}

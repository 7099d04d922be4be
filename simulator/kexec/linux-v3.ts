import type {
  Domain,
  DriverContext,
  InterruptLine,
  IommuDriver,
  ProbeOptions,
  Sequence,
} from '../smmu/types.ts';
import { OPCODE } from '../smmu/v3-commands.ts';
import { CR0, CR2, GBPA, IRQ_CTRL } from '../smmu/v3-registers.ts';
import { log, requestIrq, store, write } from './linux-steps.ts';
import { attachV3 } from './linux-v3-domain.ts';
import { StreamTable } from './linux-v3-strtab.ts';

const FILE = 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c';

/** CR1 as the driver writes it: tables and queues inner shareable, write-back. */
const CR1 = (3 << 10) | (1 << 8) | (1 << 6) | (3 << 4) | (1 << 2) | 1;
/** log2 of queue entries: the command queue and the event queue fill a 2 MiB and a 1 MiB run in Linux; kept small. */
const QUEUE_SHIFT = { cmdq: 8, evtq: 7 } as const;

/** The command queue of a driver, as `arm_smmu_cmdq_issue_cmdlist` uses it: store, PROD, wait for CONS. */
export class CommandQueue {
  readonly base: number;
  readonly shift: number;
  #prod: number;

  constructor(base: number, shift: number, prod: number) {
    this.base = base;
    this.shift = shift;
    this.#prod = prod;
  }

  get prod(): number {
    return this.#prod;
  }

  /** One command, with the SYNC that `arm_smmu_cmdq_issue_cmd_with_sync` puts behind it. */
  *issue(first: bigint, second: bigint, note: string, sync = true): Sequence {
    const source = `${FILE}:arm_smmu_cmdq_issue_cmdlist`;
    yield* this.#put(first, second, note);
    // CMD_SYNC with CS=SEV: the driver polls CMDQ_CONS.
    if (sync) yield* this.#put(BigInt(OPCODE.SYNC) | (2n << 12n), 0n, 'CMD_SYNC');
    yield write('CMDQ_PROD', this.#prod, source);
  }

  *#put(first: bigint, second: bigint, note: string): Sequence {
    const source = `${FILE}:arm_smmu_cmdq_write_entries`;
    const at = this.base + (this.#prod % 2 ** this.shift) * 16;
    yield store(at, first, source, note);
    yield store(at + 8, second, source);
    this.#prod = (this.#prod + 1) % 2 ** (this.shift + 1);
  }
}

/**
 * The arm-smmu-v3 driver of one kernel: `arm_smmu_device_probe`, `_reset`, `_disable` and attach, as sequences of
 * register writes and stores in the order of 6.1 or 6.12 (`options.kernel`).
 */
export class LinuxSmmuV3 implements IommuDriver {
  readonly context: DriverContext;
  readonly options: ProbeOptions;
  strtab: StreamTable | undefined;
  cmdq: CommandQueue | undefined;
  #evtq = 0;
  #nextAsid = 1;

  constructor(context: DriverContext, options: ProbeOptions) {
    this.context = context;
    this.options = options;
  }

  #read(register: string): number {
    return Number(this.context.smmu.read(register) & 0xffff_ffffn);
  }

  /** EL2 with VHE: CR2.E2H and STRW=EL2 (FEAT_E2H). */
  get e2h(): boolean {
    return this.options.vhe === true && (this.#read('IDR0') & 0x200) !== 0;
  }

  allocAsid(): number {
    return this.#nextAsid++;
  }

  /** `arm_smmu_device_probe`: queues and stream table in memory, RMR entries, reset. */
  *probe(): Sequence {
    yield* this.initStructures();
    yield* this.#installRmrs();
    yield* this.reset();
  }

  /** `arm_smmu_init_structures` */
  *initStructures(): Sequence {
    const { context } = this;
    const cmdq = context.alloc(2 ** QUEUE_SHIFT.cmdq * 16, 'command-queue');
    this.cmdq = new CommandQueue(cmdq, QUEUE_SHIFT.cmdq, 0);
    this.#evtq = context.alloc(2 ** QUEUE_SHIFT.evtq * 32, 'event-queue');
    this.strtab = StreamTable.create(context, this.options, this.#read('IDR0'), this.#read('IDR1'));
    yield* this.strtab.initial();
  }

  /** `arm_smmu_rmr_install_bypass_ste`: before the table is live. */
  *#installRmrs(): Sequence {
    const source = `${FILE}:arm_smmu_rmr_install_bypass_ste`;
    for (const streamId of this.options.rmrStreams) {
      yield* this.strtab!.ensure(streamId);
      yield* this.strtab!.writeWords(streamId, this.strtab!.bypassWords(), source);
    }
  }

  /** `arm_smmu_update_gbpa` */
  *updateGbpa(set: number, clear: number): Sequence {
    const value = ((this.#read('GBPA') & ~clear) | set | GBPA.UPDATE) >>> 0;
    yield write('GBPA', value, `${FILE}:arm_smmu_update_gbpa`);
  }

  /** `arm_smmu_device_disable` */
  *disable(): Sequence {
    yield write('CR0', 0, `${FILE}:arm_smmu_device_disable`);
  }

  /** `arm_smmu_device_reset` */
  *reset(): Sequence {
    const source = `${FILE}:arm_smmu_device_reset`;
    if ((this.#read('CR0') & CR0.SMMUEN) !== 0) {
      yield log('SMMU currently enabled! Resetting...', source);
      yield* this.updateGbpa(GBPA.ABORT, 0);
    }
    yield* this.disable();
    yield write('CR1', CR1, source);
    yield write('CR2', CR2.PTM | CR2.RECINVSID | (this.e2h ? CR2.E2H : 0), source);
    yield* this.strtab!.program();
    let enables: number = CR0.CMDQEN;
    yield* this.#programCommandQueue(source);
    yield write('CR0', enables, source, 'command queue on');
    yield* this.cmdq!.issue(BigInt(OPCODE.CFGI_STE_RANGE), 31n, 'CMD_CFGI_ALL');
    if ((this.#read('IDR0') & 0x200) !== 0) {
      yield* this.cmdq!.issue(BigInt(OPCODE.TLBI_EL2_ALL), 0n, 'CMD_TLBI_EL2_ALL');
    }
    yield* this.cmdq!.issue(BigInt(OPCODE.TLBI_NSNH_ALL), 0n, 'CMD_TLBI_NSNH_ALL');
    yield write('EVENTQ_BASE', this.#queueBase(this.#evtq, QUEUE_SHIFT.evtq), source);
    yield write('EVENTQ_PROD', 0, source);
    yield write('EVENTQ_CONS', 0, source);
    enables |= CR0.EVENTQEN;
    yield write('CR0', enables, source, 'event queue on');
    yield* this.setupIrqs();
    if (this.options.kdump) enables &= ~CR0.EVENTQEN;
    if (this.options.kernel === '6.1' && this.options.noIommuCells === true && !this.options.disableBypass) {
      // 6.1 only: no usable device tree node, make sure of bypass in place of enabling.
      yield* this.updateGbpa(0, GBPA.ABORT);
    } else {
      enables |= CR0.SMMUEN;
    }
    yield write('CR0', enables, source, this.options.kdump ? 'kdump: no event queue' : 'enable');
  }

  #queueBase(pa: number, shift: number): bigint {
    // Q_BASE_RWA, then the address and log2 of the entries.
    return (1n << 62n) | BigInt(pa) | BigInt(shift);
  }

  *#programCommandQueue(source: string): Sequence {
    yield write('CMDQ_BASE', this.#queueBase(this.cmdq!.base, this.cmdq!.shift), source);
    yield write('CMDQ_PROD', this.cmdq!.prod, source);
    yield write('CMDQ_CONS', this.cmdq!.prod, source);
  }

  /** `arm_smmu_setup_irqs`, `arm_smmu_setup_unique_irqs`, `arm_smmu_setup_msis` */
  *setupIrqs(eventQueue = true): Sequence {
    const source = `${FILE}:arm_smmu_setup_irqs`;
    yield write('IRQ_CTRL', 0, source, 'disable IRQs first');
    yield write('GERROR_IRQ_CFG0', 0, `${FILE}:arm_smmu_setup_msis`);
    yield write('EVENTQ_IRQ_CFG0', 0, `${FILE}:arm_smmu_setup_msis`);
    const doorbell = this.options.msiDoorbell;
    if (doorbell !== undefined) {
      for (const [index, name] of ['EVENTQ', 'GERROR'].entries()) {
        yield write(`${name}_IRQ_CFG0`, doorbell, `${FILE}:arm_smmu_write_msi_msg`);
        yield write(`${name}_IRQ_CFG1`, index, `${FILE}:arm_smmu_write_msi_msg`);
        yield write(`${name}_IRQ_CFG2`, 1, `${FILE}:arm_smmu_write_msi_msg`);
      }
    }
    if (eventQueue) yield requestIrq('evtq', -1, `${FILE}:arm_smmu_setup_unique_irqs`);
    yield requestIrq('gerror', -1, `${FILE}:arm_smmu_setup_unique_irqs`);
    yield write('IRQ_CTRL', (eventQueue ? IRQ_CTRL.EVENTQ : 0) | IRQ_CTRL.GERROR, source);
  }

  /**
   * Takes a running SMMU over in place of resetting it: SMMUEN stays 1, the old stream table stays, the command queue
   * is the new kernel's. Not in 6.1 or 6.12: the order is that of the "arm-smmu-v3 kdump adoption" series of 2026,
   * which leaves the event queue off.
   */
  *adopt(): Sequence {
    const source = 'arm-smmu-v3 adoption series (2026, not merged)';
    const cmdq = this.context.alloc(2 ** QUEUE_SHIFT.cmdq * 16, 'command-queue');
    this.cmdq = new CommandQueue(cmdq, QUEUE_SHIFT.cmdq, 0);
    this.strtab = StreamTable.adopt(this.context, this.options, this.#read('IDR1'));
    yield log('adopting the stream table of the previous kernel', source);
    // ASIDs in use stay with the old contexts: sharing one would mix two sets of tables in the TLB.
    this.#nextAsid = this.strtab.largestAsid() + 1;
    yield write('CR0', CR0.SMMUEN, source, 'queues off, translation stays on');
    yield* this.#programCommandQueue(source);
    yield write('CR0', CR0.SMMUEN | CR0.CMDQEN, source);
    yield* this.setupIrqs(false);
  }

  /** `arm_smmu_insert_master` and `arm_smmu_attach_dev` or `_attach_dev_identity`. */
  attach(streamIds: readonly number[], identity: boolean): Sequence<Domain> {
    return attachV3(this, streamIds, identity);
  }

  /** `arm_smmu_evtq_thread`, `arm_smmu_gerror_handler` */
  *handle(line: InterruptLine): Sequence {
    if (line.line === 'evtq') {
      const source = `${FILE}:arm_smmu_evtq_thread`;
      const prod = this.#read('EVENTQ_PROD');
      const cons = this.#read('EVENTQ_CONS');
      if (((prod ^ cons) & 0x7fff_ffff) === 0) return;
      yield log('event 0x.. received', source);
      // All records consumed; the overflow flag is acknowledged by copying it (queue_sync_cons_ovf).
      yield write('EVENTQ_CONS', prod, source);
      return;
    }
    const source = `${FILE}:arm_smmu_gerror_handler`;
    const gerror = this.#read('GERROR');
    if (gerror === this.#read('GERRORN')) return;
    yield log(`unexpected global error reported (0x${gerror.toString(16)}), this could be serious`, source);
    yield write('GERRORN', gerror, source);
  }

  /** `arm_smmu_device_shutdown`: CR0 = 0, and GBPA decides from there on. */
  *shutdown(): Sequence {
    yield* this.disable();
  }
}

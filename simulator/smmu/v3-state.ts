import { field, TWO32 } from './bits.ts';
import type { Tlb } from './tlb.ts';
import type { EventName, InterruptLine, OwnWrite, PhysicalMemory, SmmuOptions } from './types.ts';
import { applyCommand, type CommandTarget } from './v3-commands.ts';
import { type Capabilities, type ContextEntry, capabilities, type StreamEntry } from './v3-config.ts';
import { CR0, CR2, GBPA, GERROR, IRQ_CTRL, V3_REGISTERS } from './v3-registers.ts';

/** Event numbers (IHI 0070, 7.3). */
export const EVENT_CODE: Readonly<Record<EventName, number>> = {
  F_UUT: 0x01,
  C_BAD_STREAMID: 0x02,
  F_STE_FETCH: 0x03,
  C_BAD_STE: 0x04,
  F_BAD_ATS_TREQ: 0x05,
  F_STREAM_DISABLED: 0x06,
  F_TRANSL_FORBIDDEN: 0x07,
  C_BAD_SUBSTREAMID: 0x08,
  F_CD_FETCH: 0x09,
  C_BAD_CD: 0x0a,
  F_WALK_EABT: 0x0b,
  F_TRANSLATION: 0x10,
  F_ADDR_SIZE: 0x11,
  F_ACCESS: 0x12,
  F_PERMISSION: 0x13,
  F_TLB_CONFLICT: 0x20,
  F_CFG_CONFLICT: 0x21,
};

/** Largest log2 of queue entries: IDR1.EVENTQS and IDR1.CMDQS. */
const QUEUE_BITS = 19;
const IDR5_OAS: Readonly<Record<number, number>> = { 32: 0, 36: 1, 40: 2, 42: 3, 44: 4, 48: 5, 52: 6 };
const EVENT_BYTES = 32;
const COMMAND_BYTES = 16;
/** CMDQ_CONS.ERR. */
const CERROR = { illegal: 1, abort: 2 } as const;

/** A circular queue in memory as its registers describe it. */
export interface Queue {
  readonly base: number;
  readonly bits: number;
}

/** Registers, queues and configuration caches of an SMMUv3. */
export class V3State implements CommandTarget {
  readonly options: SmmuOptions;
  readonly caps: Capabilities;
  readonly memory: PhysicalMemory;
  readonly tlb: Tlb;
  /** Stream table entries by StreamID, context descriptors by StreamID * 2^20 + SubstreamID. */
  readonly steCache: Map<number, StreamEntry>;
  readonly cdCache: Map<number, ContextEntry>;
  ownWrites: OwnWrite[] = [];
  #values: Record<string, bigint> = {};
  /** Taken out of the registers for speed. */
  enabled = false;
  bypassAborts = false;
  recordInvalidSid = false;
  e2h = false;
  strtabBase = 0;
  strtabBits = 0;
  /** Bits of StreamID that the second level resolves; -1 = linear. */
  strtabSplit = -1;
  readonly #raised = { evtq: 0, gerror: 0, 'cmdq-sync': 0 };

  constructor(
    options: SmmuOptions,
    memory: PhysicalMemory,
    tlb: Tlb,
    caches?: { ste: Map<number, StreamEntry>; cd: Map<number, ContextEntry> },
  ) {
    this.options = options;
    this.caps = capabilities(options);
    this.memory = memory;
    this.tlb = tlb;
    this.steCache = caches?.ste ?? new Map();
    this.cdCache = caches?.cd ?? new Map();
    for (const name of Object.keys(V3_REGISTERS)) this.#values[name] = 0n;
    const { caps } = this;
    // COHACC, HYP, CD2L, two-level stream tables, 16 bit ASIDs and VMIDs, AArch64 tables, little-endian, MSI.
    this.#values.IDR0 = BigInt(
      (1 << 27) |
        (caps.stallModel << 24) |
        (caps.termModel << 26) |
        (2 << 21) |
        (1 << 19) |
        (1 << 18) |
        (1 << 13) |
        (1 << 12) |
        (caps.hyp ? 1 << 9 : 0) |
        (caps.hardwareUpdates << 6) |
        (1 << 4) |
        (2 << 2) |
        (caps.stage1 ? 2 : 0) |
        (caps.stage2 ? 1 : 0),
    );
    this.#values.IDR1 = BigInt(
      (QUEUE_BITS << 21) | (QUEUE_BITS << 16) | (caps.substreamIdBits << 6) | caps.streamIdBits,
    );
    this.#values.IDR5 = BigInt(0x70 | (IDR5_OAS[caps.outputBits] ?? 4));
    this.#values.GBPA = options.gbpaAbort === 1 ? BigInt(GBPA.ABORT) : 0n;
    this.#derive();
  }

  get(name: string): number {
    return Number(this.#values[name]! & 0xffff_ffffn);
  }

  #set(name: string, value: number): void {
    this.#values[name] = BigInt(value >>> 0);
  }

  #derive(): void {
    const values = this.#values;
    this.enabled = (this.get('CR0ACK') & CR0.SMMUEN) !== 0;
    this.bypassAborts = (this.get('GBPA') & GBPA.ABORT) !== 0;
    this.recordInvalidSid = (this.get('CR2') & CR2.RECINVSID) !== 0;
    this.e2h = (this.get('CR2') & CR2.E2H) !== 0;
    const config = this.get('STRTAB_BASE_CFG');
    const bits = config & 0x3f;
    const split = (config >>> 6) & 0x1f;
    this.strtabBits = bits;
    // Other values of SPLIT are reserved and behave as 6; of FMT as linear.
    const twoLevel = ((config >>> 16) & 3) === 1;
    this.strtabSplit = !twoLevel ? -1 : split === 8 || split === 10 ? split : 6;
    const align = twoLevel ? Math.max(6, bits - this.strtabSplit + 3) : bits + 6;
    const base = field(values.STRTAB_BASE!, 51, 6) * 64;
    this.strtabBase = Math.floor(base / 2 ** align) * 2 ** align;
  }

  read(register: string): bigint {
    const value = this.#values[register];
    if (value === undefined) throw new RangeError(`SMMUv3 has no register ${register}`);
    return value;
  }

  /** Throws RangeError for a name that this SMMU does not have. */
  write(register: string, value: number | bigint): void {
    const entry = Object.hasOwn(V3_REGISTERS, register) ? V3_REGISTERS[register] : undefined;
    if (entry === undefined) throw new RangeError(`SMMUv3 has no register ${register}`);
    if (entry.readOnly === true) return;
    const written = BigInt.asUintN(entry.bits, BigInt(value));
    if (register === 'GBPA') {
      // Only a write with UPDATE=1 counts, and UPDATE reads as 0 once it has taken effect.
      if ((Number(written) & GBPA.UPDATE) !== 0) this.#values.GBPA = written & ~BigInt(GBPA.UPDATE);
    } else {
      this.#values[register] = written;
    }
    if (register === 'CR0') this.#values.CR0ACK = written & 0x1fn;
    if (register === 'IRQ_CTRL') this.#values.IRQ_CTRLACK = written & 0x7n;
    this.#derive();
    if (register === 'CMDQ_PROD' || register === 'CR0') this.#consumeCommands();
    if (register === 'GERRORN') this.#consumeCommands();
  }

  /** Sets a register without side effects: what a recorded state says it holds. Read-only ones too. */
  restore(register: string, value: bigint): void {
    if (!Object.hasOwn(V3_REGISTERS, register)) throw new RangeError(`SMMUv3 has no register ${register}`);
    this.#values[register] = value;
    this.#derive();
  }

  #queue(name: 'CMDQ_BASE' | 'EVENTQ_BASE', bytes: number): Queue {
    const raw = this.#values[name]!;
    const bits = Math.min(field(raw, 4, 0), QUEUE_BITS);
    const size = 2 ** bits * bytes;
    const base = field(raw, 51, 5) * 32;
    return { base: Math.floor(base / size) * size, bits };
  }

  // ------------------------------------------------------------------------------------------------ events

  /**
   * Writes an event record. Returns why it was not written, or where it was.
   * @param words the record's four words
   */
  recordEvent(words: readonly [bigint, bigint, bigint, bigint]): { recorded: boolean; note: string } {
    if ((this.get('CR0ACK') & CR0.EVENTQEN) === 0) {
      return { recorded: false, note: 'the event queue is off (CR0.EVENTQEN=0)' };
    }
    if (((this.get('GERROR') ^ this.get('GERRORN')) & GERROR.EVENTQ_ABT) !== 0) {
      return { recorded: false, note: 'the event queue has aborted (GERROR.EVENTQ_ABT_ERR)' };
    }
    const queue = this.#queue('EVENTQ_BASE', EVENT_BYTES);
    const prod = this.get('EVENTQ_PROD');
    const cons = this.get('EVENTQ_CONS');
    const wrap = 2 ** queue.bits;
    const mask = 2 * wrap - 1;
    if (((prod ^ cons) & mask) === wrap) {
      // Overflow: OVFLG differs from OVACKFLG until software has seen it.
      if (prod >>> 31 === cons >>> 31) this.#set('EVENTQ_PROD', prod ^ 0x8000_0000);
      return { recorded: false, note: 'the event queue is full' };
    }
    const pa = queue.base + (prod & (wrap - 1)) * EVENT_BYTES;
    let landed = true;
    for (let i = 0; i < 4; i++) landed = this.memory.write64(pa + i * 8, words[i]!) && landed;
    this.ownWrites.push({ what: 'event', pa, len: EVENT_BYTES, landed });
    if (!landed) {
      this.raiseError(GERROR.EVENTQ_ABT);
      return { recorded: false, note: `the event queue is not in RAM (0x${pa.toString(16)})` };
    }
    const empty = ((prod ^ cons) & mask) === 0;
    this.#set('EVENTQ_PROD', (prod & 0x8000_0000) | ((prod + 1) & mask));
    if (empty) this.#interrupt('evtq', 'EVENTQ_IRQ_CFG', IRQ_CTRL.EVENTQ);
    return { recorded: true, note: `record at 0x${pa.toString(16)}` };
  }

  /** Activates a global error: its bit differs from GERRORN's until software acknowledges. */
  raiseError(error: number): void {
    const gerror = this.get('GERROR');
    if (((gerror ^ this.get('GERRORN')) & error) !== 0) return;
    this.#set('GERROR', gerror ^ error);
    this.#interrupt('gerror', 'GERROR_IRQ_CFG', IRQ_CTRL.GERROR);
  }

  /** An edge on a line, and the MSI where an address is programmed: MSIs outlive a shutdown that leaves IRQ_CTRL. */
  #interrupt(line: 'evtq' | 'gerror', config: string, enable: number): void {
    if ((this.get('IRQ_CTRLACK') & enable) === 0) return;
    this.#raised[line]++;
    this.#msi(field(this.#values[`${config}0`]!, 51, 2) * 4, this.get(`${config}1`), 'msi');
  }

  /** A doorbell need not be RAM, so one that does not land is no error. */
  #msi(pa: number, data: number, what: 'msi' | 'sync'): void {
    if (pa === 0) return;
    const bytes = new Uint8Array([data, data >>> 8, data >>> 16, data >>> 24]);
    const landed = this.memory.writeBytes(pa, bytes) === 4;
    this.ownWrites.push({ what, pa, len: 4, landed });
  }

  interrupts(): InterruptLine[] {
    const prod = this.get('EVENTQ_PROD') & 0x7fff_ffff;
    const cons = this.get('EVENTQ_CONS') & 0x7fff_ffff;
    const control = this.get('IRQ_CTRLACK');
    return [
      {
        line: 'evtq',
        bank: -1,
        pending: prod !== cons,
        enabled: (control & IRQ_CTRL.EVENTQ) !== 0,
        level: false,
        raised: this.#raised.evtq,
      },
      {
        line: 'gerror',
        bank: -1,
        pending: this.get('GERROR') !== this.get('GERRORN'),
        enabled: (control & IRQ_CTRL.GERROR) !== 0,
        level: false,
        raised: this.#raised.gerror,
      },
      {
        line: 'cmdq-sync',
        bank: -1,
        pending: false,
        enabled: true,
        level: false,
        raised: this.#raised['cmdq-sync'],
      },
    ];
  }

  // ---------------------------------------------------------------------------------------------- commands

  #consumeCommands(): void {
    if ((this.get('CR0ACK') & CR0.CMDQEN) === 0) return;
    const queue = this.#queue('CMDQ_BASE', COMMAND_BYTES);
    const wrap = 2 ** queue.bits;
    const mask = 2 * wrap - 1;
    for (;;) {
      const error = (this.get('GERROR') ^ this.get('GERRORN')) & GERROR.CMDQ_ERR;
      const cons = this.get('CMDQ_CONS');
      if (error !== 0 || ((this.get('CMDQ_PROD') ^ cons) & mask) === 0) return;
      const pa = queue.base + (cons & (wrap - 1)) * COMMAND_BYTES;
      const first = this.memory.read64(pa);
      const second = this.memory.read64(pa + 8);
      if (first === undefined || second === undefined) {
        this.#commandError(CERROR.abort);
        return;
      }
      if (!applyCommand(this, first, second)) {
        this.#commandError(CERROR.illegal);
        return;
      }
      this.#set('CMDQ_CONS', (cons & 0x7f00_0000) | ((cons + 1) & mask));
    }
  }

  #commandError(reason: number): void {
    this.#set('CMDQ_CONS', (this.get('CMDQ_CONS') & ~0x7f00_0000) | (reason << 24));
    this.raiseError(GERROR.CMDQ_ERR);
  }

  sync(first: bigint, second: bigint): void {
    if (field(first, 13, 12) !== 1) return;
    this.#raised['cmdq-sync']++;
    this.#msi(field(second, 51, 2) * 4, Number(first / BigInt(TWO32)), 'sync');
  }

  clone(memory: PhysicalMemory, tlb: Tlb): V3State {
    const caches = { ste: new Map(this.steCache), cd: new Map(this.cdCache) };
    const copy = new V3State(this.options, memory, tlb, caches);
    copy.#values = { ...this.#values };
    Object.assign(copy.#raised, this.#raised);
    copy.#derive();
    return copy;
  }
}

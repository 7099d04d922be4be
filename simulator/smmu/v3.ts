import { hex, POW2 } from './bits.ts';
import { advance, Landing, physical } from './landing.ts';
import { type AccessNeed, accessNeed } from './permissions.ts';
import { Tlb } from './tlb.ts';
import type {
  ClocksOffEffect,
  Decision,
  EventName,
  ExplainStep,
  InterruptLine,
  OwnWrite,
  PhysicalMemory,
  Smmu,
  SmmuOptions,
  Transaction,
} from './types.ts';
import { type ContextEntry, STE_CONFIG, type StreamEntry } from './v3-config.ts';
import { ConfigLookup, NO_STAGE1 } from './v3-lookup.ts';
import { v3NameAt } from './v3-registers.ts';
import { EVENT_CODE, V3State } from './v3-state.ts';
import { FAULT, type FaultCode, Walker } from './walk.ts';

/** What an event record says beyond its name. */
interface EventDetail {
  readonly iova: number;
  readonly iovaTop: number;
  /** The faulting fetch or the intermediate address; 0 where it does not apply. */
  readonly fetch: number;
  readonly stage2: boolean;
  /** CLASS: what was being accessed when a walk faulted: 0 CD, 1 translation table, 2 the input address. */
  readonly from: 0 | 1 | 2;
  readonly stalled: boolean;
  /** Why the event must not be recorded. */
  readonly suppressed: string | undefined;
}

const PLAIN: EventDetail = {
  iova: 0,
  iovaTop: 0,
  fetch: 0,
  stage2: false,
  from: 0,
  stalled: false,
  suppressed: undefined,
};

const WALK_EVENT: Readonly<Record<Exclude<FaultCode, 0>, EventName>> = {
  1: 'F_TRANSLATION',
  2: 'F_ADDR_SIZE',
  3: 'F_ACCESS',
  4: 'F_PERMISSION',
  5: 'F_WALK_EABT',
};

/**
 * An SMMUv3 (IHI 0070), non-secure side. Order of a transaction: SMMUEN and GBPA, the stream table entry, the
 * context descriptor, the walk. Entries and descriptors come from the configuration cache until a command takes them
 * out, translations from the TLB: each can be stale without the other.
 */
export class SmmuV3 implements Smmu {
  readonly version = 3;
  readonly memory: PhysicalMemory;
  readonly clocksOff: ClocksOffEffect;
  powered = true;
  readonly #state: V3State;
  readonly #walker: Walker;
  readonly #landing: Landing;
  readonly #lookup: ConfigLookup;

  constructor(options: SmmuOptions, memory: PhysicalMemory, state?: V3State) {
    this.memory = memory;
    this.clocksOff = options.clocksOff ?? 'pass';
    this.#state = state ?? new V3State(options, memory, new Tlb(options.tlbEntries ?? 512));
    this.#walker = new Walker(memory, this.#state.tlb, this.#state.caps.outputBits === 52);
    // Hardware updates of table entries go to the same list as events and MSIs.
    this.#walker.ownWrites = this.#state.ownWrites;
    this.#landing = new Landing(memory);
    this.#lookup = new ConfigLookup(this.#state, this.#walker);
  }

  write(register: string, value: number | bigint): void {
    if (this.powered) this.#state.write(register, value);
  }

  read(register: string): bigint {
    return this.powered ? this.#state.read(register) : 0n;
  }

  /** Sets a register without side effects: what a recorded state says it holds. */
  restore(register: string, value: bigint): void {
    this.#state.restore(register, value);
  }

  registerAt(offset: number): string | undefined {
    return v3NameAt(offset)?.register;
  }

  writeAt(offset: number, value: number | bigint, size: 4 | 8): void {
    const found = v3NameAt(offset);
    if (found === undefined) return;
    const given = BigInt.asUintN(size * 8, BigInt(value));
    const old = this.#state.read(found.register);
    if (found.upper) this.write(found.register, (old & 0xffff_ffffn) | (given << 32n));
    else this.write(found.register, size === 8 ? given : (old & ~0xffff_ffffn) | given);
  }

  readAt(offset: number, size: 4 | 8): bigint {
    const found = v3NameAt(offset);
    if (found === undefined) return 0n;
    const value = this.read(found.register);
    return BigInt.asUintN(size * 8, found.upper ? value >> 32n : value);
  }

  translate(transaction: Transaction): Decision {
    return this.#run(transaction, undefined);
  }

  explain(transaction: Transaction): Decision {
    return this.#run(transaction, []);
  }

  #run(t: Transaction, trace: ExplainStep[] | undefined): Decision {
    const landing = this.#landing;
    landing.start(trace);
    this.#walker.trace = trace;
    const state = this.#state;
    if (!this.powered) {
      trace?.push({ kind: 'gate', register: 'clocks', value: this.clocksOff, text: 'the SMMU has no clock' });
      if (this.clocksOff === 'pass') this.#pass(t);
      else landing.refuse(this.clocksOff === 'block' ? 'stall' : 'abort');
    } else if (!state.enabled) {
      // Addresses beyond the output size do not pass even here (IHI 0070, 3.4).
      const tooLarge = this.#exceedsOutput(t.iova + t.len - 1, t.iovaTop ?? 0);
      trace?.push({
        kind: 'gate',
        register: 'GBPA',
        value: hex(state.read('GBPA')),
        text: `SMMUEN=0: GBPA.ABORT=${state.bypassAborts ? '1, terminated without an event' : '0, bypass'}`,
      });
      if (state.bypassAborts || tooLarge) landing.refuse('abort');
      else this.#pass(t);
    } else {
      this.#stream(t);
    }
    return landing.finish();
  }

  #pass(t: Transaction): void {
    this.#landing.land(t.iova, t.iovaTop ?? 0, physical(t.iova, t.iovaTop ?? 0), t.len);
  }

  #exceedsOutput(iova: number, iovaTop: number): boolean {
    return iovaTop !== 0 || iova >= POW2[this.#state.caps.outputBits]!;
  }

  #stream(t: Transaction): void {
    const ste = this.#lookup.stream(t.streamId, this.#landing.trace);
    if ('event' in ste) {
      this.#event(ste.event, t, { ...PLAIN, fetch: ste.fetch, suppressed: ste.suppressed });
      return;
    }
    if (ste.config < STE_CONFIG.bypass) {
      this.#landing.refuse('abort');
      return;
    }
    const substream = this.#lookup.substream(ste, t.substreamId);
    if (typeof substream !== 'number') this.#event(substream.event, t, PLAIN);
    else if (substream === NO_STAGE1 && ste.stage2 === undefined) this.#bypass(t);
    else if (substream === NO_STAGE1) this.#pieces(t, ste, undefined);
    else this.#context(t, ste, substream);
  }

  #context(t: Transaction, ste: StreamEntry, substream: number): void {
    const cd = this.#lookup.context(t.streamId, ste, substream, this.#landing.trace);
    if (cd === 'walk') this.#walkFault(t, ste, undefined, t.iova, t.iovaTop ?? 0, 0);
    else if ('event' in cd) this.#event(cd.event, t, { ...PLAIN, fetch: cd.fetch });
    else this.#pieces(t, ste, cd);
  }

  /** STE.Config=0b100, or stage 1 skipped without a stage 2. */
  #bypass(t: Transaction): void {
    if (this.#exceedsOutput(t.iova + t.len - 1, t.iovaTop ?? 0)) {
      this.#event('F_ADDR_SIZE', t, { ...PLAIN, iova: t.iova, iovaTop: t.iovaTop ?? 0, from: 2 });
    } else {
      this.#pass(t);
    }
  }

  // ------------------------------------------------------------------------------------------ translation

  #pieces(t: Transaction, ste: StreamEntry, cd: ContextEntry | undefined): void {
    const walker = this.#walker;
    const privileged = ste.privileged === 3 || (ste.privileged < 2 && t.privileged === true);
    const instruction = ste.instruction === 3 || (ste.instruction < 2 && t.instruction === true);
    const need: AccessNeed = accessNeed(t.dir === 'write', privileged, instruction);
    let iova = t.iova;
    let iovaTop = t.iovaTop ?? 0;
    for (let done = 0; done < t.len; ) {
      const left = t.len - done;
      let run = Math.min(left, 4096 - (iova % 4096));
      if (cd === undefined && this.#exceedsOutput(iova, iovaTop)) {
        // Stage 1 is bypassed: its input must fit the intermediate address size.
        this.#event('F_ADDR_SIZE', t, { ...PLAIN, iova, iovaTop, from: 2 });
      } else if (walker.translate(cd?.stage1, ste.stage2, iova, iovaTop, need)) {
        const size = POW2[walker.shift]!;
        run = Math.min(left, size - (iova % size));
        this.#landing.land(iova, iovaTop, walker.pa, run);
      } else {
        this.#walkFault(t, ste, cd, iova, iovaTop, walker.onTableWalk ? 1 : 2);
      }
      done += run;
      if (done < t.len) ({ iova, iovaTop } = advance(t.iova, t.iovaTop ?? 0, done));
    }
  }

  /** The event of a failed walk, and what the device hears. */
  #walkFault(
    t: Transaction,
    ste: StreamEntry,
    cd: ContextEntry | undefined,
    iova: number,
    iovaTop: number,
    from: 0 | 1 | 2,
  ): void {
    const walker = this.#walker;
    const code = walker.fault;
    if (code === FAULT.none) throw new Error('a fault without a cause');
    const stage2 = walker.faultStage === 2;
    const external = code === FAULT.external;
    // External aborts are always recorded and never stall.
    const stalls = !external && (stage2 ? ste.stallStage2 : cd?.stall === true);
    const recorded = stage2 ? ste.recordStage2 : cd === undefined || cd.record;
    const suppressed = external || recorded || stalls ? undefined : stage2 ? 'STE.S2R=0' : 'CD.R=0';
    const silent = !stage2 && !external && cd?.abort === false;
    const detail = {
      iova,
      iovaTop,
      fetch: stage2 ? walker.ipa : 0,
      stage2,
      from: external ? (1 as const) : from,
      stalled: stalls,
      suppressed,
    };
    this.#event(WALK_EVENT[code], t, detail, stalls ? 'stall' : silent ? 'raz-wi' : 'abort');
  }

  #event(
    name: EventName,
    t: Transaction,
    detail: EventDetail,
    response: 'abort' | 'raz-wi' | 'stall' = 'abort',
  ): void {
    const code = EVENT_CODE[name];
    const { iova, iovaTop } =
      detail.iova === 0 && detail.iovaTop === 0 ? { iova: t.iova, iovaTop: t.iovaTop ?? 0 } : detail;
    const outcome =
      detail.suppressed === undefined
        ? this.#state.recordEvent(record(code, t, iova, iovaTop, detail))
        : { recorded: false, note: detail.suppressed };
    this.#landing.fault({ kind: 'event', name, code, streamId: t.streamId, iova, iovaTop, ...outcome });
    this.#landing.trace?.push({ kind: 'fault', name, text: outcome.note });
    this.#landing.refuse(response);
  }

  interrupts(): InterruptLine[] {
    return this.#state.interrupts();
  }

  takeOwnWrites(): OwnWrite[] {
    return this.#state.ownWrites.splice(0);
  }

  cached(): { tlb: number; config: number } {
    return { tlb: this.#state.tlb.size, config: this.#state.steCache.size + this.#state.cdCache.size };
  }

  clone(memory: PhysicalMemory): SmmuV3 {
    const state = this.#state.clone(memory, this.#state.tlb.clone());
    const copy = new SmmuV3(this.#state.options, memory, state);
    copy.powered = this.powered;
    return copy;
  }
}

/** The four words of an event record (arm-smmu-v3.h, EVTQ_*). */
function record(
  code: number,
  t: Transaction,
  iova: number,
  iovaTop: number,
  detail: EventDetail,
): [bigint, bigint, bigint, bigint] {
  const substream = t.substreamId;
  const first =
    BigInt(code) |
    (substream === undefined ? 0n : (1n << 11n) | (BigInt(substream) << 12n)) |
    (BigInt(t.streamId) << 32n);
  const second =
    (detail.stalled ? 1n << 31n : 0n) |
    (t.privileged === true ? 1n << 33n : 0n) |
    (t.instruction === true ? 1n << 34n : 0n) |
    (t.dir === 'read' ? 1n << 35n : 0n) |
    (detail.stage2 ? 1n << 39n : 0n) |
    (BigInt(detail.from) << 40n);
  return [first, second, (BigInt(iovaTop) << 52n) | BigInt(iova), BigInt(detail.fetch)];
}

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
import { cdKey } from './v3-commands.ts';
import { type ContextEntry, decodeCd, decodeSte, STE_CONFIG, type StreamEntry } from './v3-config.ts';
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

  constructor(options: SmmuOptions, memory: PhysicalMemory, state?: V3State) {
    this.memory = memory;
    this.clocksOff = options.clocksOff ?? 'pass';
    this.#state = state ?? new V3State(options, memory, new Tlb(options.tlbEntries ?? 512));
    this.#walker = new Walker(memory, this.#state.tlb, this.#state.caps.outputBits === 52);
    // Hardware updates of table entries go to the same list as events and MSIs.
    this.#walker.ownWrites = this.#state.ownWrites;
    this.#landing = new Landing(memory);
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
    const cached = this.#state.steCache.get(t.streamId);
    const ste = cached ?? this.#fetchSte(t);
    if (ste === undefined) return;
    this.#show('ste', ste.pa, ste.words, STE_TEXT[ste.config] ?? 'abort, no event', cached !== undefined);
    if (ste.config < STE_CONFIG.bypass) {
      this.#landing.refuse('abort');
      return;
    }
    if (!ste.stage1 && t.substreamId !== undefined) {
      this.#event('C_BAD_SUBSTREAMID', t, PLAIN);
      return;
    }
    if (ste.config === STE_CONFIG.bypass) {
      this.#bypass(t);
      return;
    }
    if (!ste.stage1) {
      this.#pieces(t, ste, undefined);
      return;
    }
    const substream = this.#substream(t, ste);
    if (substream === -1) return;
    if (substream === -2) {
      // S1DSS=1: stage 1 is bypassed for transactions without a SubstreamID.
      if (ste.stage2 === undefined) this.#bypass(t);
      else this.#pieces(t, ste, undefined);
      return;
    }
    const cachedCd = this.#state.cdCache.get(cdKey(t.streamId, substream));
    const cd = cachedCd ?? this.#fetchCd(t, ste, substream);
    if (cd === undefined) return;
    this.#show('cd', cd.pa, cd.words, 'stage 1', cachedCd !== undefined);
    this.#pieces(t, ste, cd);
  }

  /** STE.Config=0b100, or stage 1 skipped without a stage 2. */
  #bypass(t: Transaction): void {
    if (this.#exceedsOutput(t.iova + t.len - 1, t.iovaTop ?? 0)) {
      this.#event('F_ADDR_SIZE', t, { ...PLAIN, iova: t.iova, iovaTop: t.iovaTop ?? 0, from: 2 });
    } else {
      this.#pass(t);
    }
  }

  // ---------------------------------------------------------------------------------------- configuration

  #fetchSte(t: Transaction): StreamEntry | undefined {
    const state = this.#state;
    const sid = t.streamId;
    if (sid >= 2 ** Math.min(state.strtabBits, state.caps.streamIdBits)) {
      this.#badStream(t, 'beyond the stream table');
      return undefined;
    }
    let at = state.strtabBase + sid * 64;
    if (state.strtabSplit >= 0) {
      const split = 2 ** state.strtabSplit;
      const l1 = state.strtabBase + Math.floor(sid / split) * 8;
      const descriptor = this.memory.read64(l1);
      if (descriptor === undefined) {
        this.#event('F_STE_FETCH', t, { ...PLAIN, fetch: l1 });
        return undefined;
      }
      const span = Number(descriptor & 0x1fn);
      this.#landing.trace?.push({ kind: 'l1std', pa: l1, value: hex(descriptor), text: `span ${span}` });
      // Span 0 and the reserved values are invalid; otherwise 2^(span-1) entries are behind it.
      if (span === 0 || span > 11 || sid % split >= 2 ** (span - 1)) {
        this.#badStream(t, 'no second-level entry');
        return undefined;
      }
      const align = 2 ** (span - 1) * 64;
      const l2 = Math.floor(Number(descriptor & 0xf_ffff_ffff_ffc0n) / align) * align;
      at = l2 + (sid % split) * 64;
    }
    const words = this.#words(at);
    if (words === undefined) {
      this.#event('F_STE_FETCH', t, { ...PLAIN, fetch: at });
      return undefined;
    }
    const ste = decodeSte(words, at, state.caps, state.e2h);
    if (ste === undefined) {
      this.#show('ste', at, words, 'not valid or illegal', false);
      this.#event('C_BAD_STE', t, PLAIN);
      return undefined;
    }
    state.steCache.set(sid, ste);
    return ste;
  }

  #badStream(t: Transaction, why: string): void {
    const suppressed = this.#state.recordInvalidSid ? undefined : `${why}; CR2.RECINVSID=0`;
    this.#event('C_BAD_STREAMID', t, { ...PLAIN, suppressed });
  }

  #words(at: number): bigint[] | undefined {
    const words: bigint[] = [];
    for (let i = 0; i < 8; i++) {
      const value = this.memory.read64(at + i * 8);
      if (value === undefined) return undefined;
      words.push(value);
    }
    return words;
  }

  #show(kind: 'ste' | 'cd', pa: number, words: readonly bigint[], text: string, cached: boolean): void {
    if (this.#landing.trace === undefined) return;
    this.#landing.trace.push({ kind, pa, words: words.map(hex), cached, text });
  }

  /** The context descriptor's number; -1: terminated, -2: stage 1 is skipped. */
  #substream(t: Transaction, ste: StreamEntry): number {
    const given = t.substreamId;
    if (ste.cdMax === 0) {
      if (given === undefined) return 0;
      this.#event('C_BAD_SUBSTREAMID', t, PLAIN);
      return -1;
    }
    if (given === undefined) {
      if (ste.defaultSubstream === 1) return -2;
      if (ste.defaultSubstream === 2) return 0;
      this.#event('F_STREAM_DISABLED', t, PLAIN);
      return -1;
    }
    if (given >= 2 ** ste.cdMax) {
      this.#event('C_BAD_SUBSTREAMID', t, PLAIN);
      return -1;
    }
    // Substream 0 is taken by the transactions without one.
    if (given === 0 && ste.defaultSubstream === 2) {
      this.#event('F_STREAM_DISABLED', t, PLAIN);
      return -1;
    }
    return given;
  }

  #fetchCd(t: Transaction, ste: StreamEntry, substream: number): ContextEntry | undefined {
    let at = ste.contextPtr + substream * 64;
    if (ste.cdMax !== 0 && ste.format !== 0) {
      const leaf = ste.format === 1 ? 64 : 1024;
      const l1 = this.#fetchAddress(t, ste, ste.contextPtr + Math.floor(substream / leaf) * 8);
      if (l1 === undefined) return undefined;
      const descriptor = this.memory.read64(l1);
      if (descriptor === undefined) {
        this.#event('F_CD_FETCH', t, { ...PLAIN, fetch: l1 });
        return undefined;
      }
      if ((descriptor & 1n) === 0n) {
        this.#event('C_BAD_SUBSTREAMID', t, PLAIN);
        return undefined;
      }
      const base = Number(descriptor & 0xf_ffff_ffff_f000n);
      at = Math.floor(base / (leaf * 64)) * leaf * 64 + (substream % leaf) * 64;
    }
    const pa = this.#fetchAddress(t, ste, at);
    if (pa === undefined) return undefined;
    const words = this.#words(pa);
    if (words === undefined) {
      this.#event('F_CD_FETCH', t, { ...PLAIN, fetch: pa });
      return undefined;
    }
    const cd = decodeCd(words, pa, ste, this.#state.caps);
    if (cd === undefined) {
      this.#show('cd', pa, words, 'not valid or illegal', false);
      this.#event('C_BAD_CD', t, PLAIN);
      return undefined;
    }
    this.#state.cdCache.set(cdKey(t.streamId, substream), cd);
    return cd;
  }

  /** Context descriptors lie at intermediate addresses where there is a stage 2. */
  #fetchAddress(t: Transaction, ste: StreamEntry, at: number): number | undefined {
    if (ste.stage2 === undefined) return at;
    const walker = this.#walker;
    if (walker.stage2(ste.stage2, at, accessNeed(false, true, false))) return walker.pa;
    walker.ipa = at;
    this.#walkFault(t, ste, undefined, t.iova, t.iovaTop ?? 0, 0);
    return undefined;
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

const STE_TEXT: Readonly<Record<number, string>> = {
  4: 'bypass',
  5: 'stage 1',
  6: 'stage 2',
  7: 'stage 1, then stage 2',
};

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

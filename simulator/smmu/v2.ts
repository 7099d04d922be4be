import { hex, POW2 } from './bits.ts';
import { advance, Landing, physical } from './landing.ts';
import { type AccessNeed, accessNeed } from './permissions.ts';
import type { Stage1, Stage2 } from './regime.ts';
import { Tlb } from './tlb.ts';
import type {
  ClocksOffEffect,
  Decision,
  ExplainStep,
  GlobalFault,
  InterruptLine,
  OwnWrite,
  PhysicalMemory,
  Smmu,
  SmmuOptions,
  Transaction,
} from './types.ts';
import { CBAR_TYPE, type ContextBank, SCTLR } from './v2-bank.ts';
import { V2Faults } from './v2-faults.ts';
import { nameAt } from './v2-registers.ts';
import { SCR0, V2State } from './v2-state.ts';
import { FAULT, Walker } from './walk.ts';

/** S2CR.TYPE. */
export const S2CR_TYPE = { translate: 0, bypass: 1, fault: 2 } as const;

/**
 * An SMMUv1 or SMMUv2 (IHI 0062; MMU-400/401/500). v1 has no 64 bit contexts (CBA2R), so every context bank takes
 * 32 bit input addresses, and may index streams in place of matching them.
 *
 * Order of a transaction: CLIENTPD, stream matching, S2CR.TYPE, the context bank, its pending fault, the walk.
 */
export class SmmuV2 implements Smmu {
  readonly version: 1 | 2;
  readonly memory: PhysicalMemory;
  readonly clocksOff: ClocksOffEffect;
  powered = true;
  readonly #state: V2State;
  readonly #walker: Walker;
  readonly #landing: Landing;
  readonly #faults: V2Faults;

  constructor(options: SmmuOptions, memory: PhysicalMemory, state?: V2State) {
    this.version = options.version === 1 ? 1 : 2;
    this.memory = memory;
    this.clocksOff = options.clocksOff ?? 'pass';
    this.#state = state ?? new V2State(options, new Tlb(options.tlbEntries ?? 512));
    this.#walker = new Walker(memory, this.#state.tlb, false);
    this.#landing = new Landing(memory);
    this.#faults = new V2Faults(this.#state, this.#landing, this.#walker);
  }

  write(register: string, value: number | bigint): void {
    if (this.powered) this.#state.write(register, value);
  }

  read(register: string): bigint {
    return this.powered ? this.#state.read(register) : 0n;
  }

  registerAt(offset: number): string | undefined {
    return nameAt(offset)?.register;
  }

  writeAt(offset: number, value: number | bigint, size: 4 | 8): void {
    const found = nameAt(offset);
    if (found === undefined || !this.#exists(found.register)) return;
    const given = BigInt.asUintN(size * 8, BigInt(value));
    const old = size === 8 || found.register.includes('TLBI') ? 0n : this.#state.read(found.register);
    const merged = found.upper
      ? (old & 0xffff_ffffn) | (given << 32n)
      : size === 8
        ? given
        : (old & ~0xffff_ffffn) | given;
    this.write(found.register, merged);
  }

  readAt(offset: number, size: 4 | 8): bigint {
    const found = nameAt(offset);
    if (found === undefined || !this.#exists(found.register)) return 0n;
    const value = this.read(found.register);
    return BigInt.asUintN(size * 8, found.upper ? value >> 32n : value);
  }

  #exists(register: string): boolean {
    try {
      this.#state.read(register);
      return true;
    } catch {
      return false;
    }
  }

  /** Puts a translation into the TLB as if it had been walked: what a recorded state says was cached. */
  preload(bank: number, iova: number, shift: number, pa: number, perm: number): void {
    const context = this.#state.banks[bank];
    if (context === undefined) throw new RangeError(`there is no context bank ${bank}`);
    const vmid16 = this.#state.vmid16;
    const tag =
      context.type === CBAR_TYPE.s2
        ? context.stage2(this.#state.outputBits, vmid16).stage?.tag
        : context.stage1(this.#state.outputBits, vmid16).stage?.tags[0];
    if (tag !== undefined) this.#state.tlb.insert(tag, iova, shift, pa, perm);
  }

  // ------------------------------------------------------------------------------------------- transactions

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
    const sCR0 = this.#state.sCR0;
    if (!this.powered) {
      trace?.push({ kind: 'gate', register: 'clocks', value: this.clocksOff, text: 'the SMMU has no clock' });
      if (this.clocksOff === 'pass')
        landing.land(t.iova, t.iovaTop ?? 0, physical(t.iova, t.iovaTop ?? 0), t.len);
      else landing.refuse(this.clocksOff === 'block' ? 'stall' : 'abort');
      return landing.finish();
    }
    if ((sCR0 & SCR0.CLIENTPD) !== 0) {
      trace?.push({
        kind: 'gate',
        register: 'sCR0',
        value: hex(sCR0),
        text: 'CLIENTPD=1: the client port is disabled, everything bypasses before any stream is looked at',
      });
      landing.land(t.iova, t.iovaTop ?? 0, physical(t.iova, t.iovaTop ?? 0), t.len);
      return landing.finish();
    }
    this.#stream(t, sCR0, trace);
    return landing.finish();
  }

  #stream(t: Transaction, sCR0: number, trace: ExplainStep[] | undefined): void {
    const streams = this.#state.streams;
    const match = streams.match(
      t.streamId,
      (sCR0 & SCR0.EXIDENABLE) !== 0 && this.version === 2,
      (sCR0 & SCR0.SMCFCFG) !== 0,
    );
    if (match.kind === 'unmatched') {
      const faults = (sCR0 & SCR0.USFCFG) !== 0;
      trace?.push({
        kind: 'gate',
        register: 'sCR0',
        value: hex(sCR0),
        text: `no stream mapping group matches stream ${hex(t.streamId)}: USFCFG=${faults ? '1, fault' : '0, bypass'}`,
      });
      if (faults) this.#faults.global('USF', t, false);
      else this.#landing.land(t.iova, t.iovaTop ?? 0, physical(t.iova, t.iovaTop ?? 0), t.len);
      return;
    }
    if (match.kind === 'conflict') {
      for (const index of match.groups) this.#showGroup(trace, index, 'one of several that match');
      this.#faults.global('SMCF', t, false);
      return;
    }
    this.#showGroup(trace, match.index, 'matches');
    const s2cr = streams.S2CR[match.index]!;
    const type = (s2cr >>> 16) & 3;
    const bank = s2cr & 0xff;
    if (trace !== undefined) {
      const text = ['translate by', 'bypass, not', 'fault, not', 'reserved, not'][type]!;
      trace.push({
        kind: 's2cr',
        index: match.index,
        value: hex(s2cr),
        text: `${text} context bank ${bank}`,
      });
    }
    if (type === S2CR_TYPE.bypass)
      this.#landing.land(t.iova, t.iovaTop ?? 0, physical(t.iova, t.iovaTop ?? 0), t.len);
    else if (type !== S2CR_TYPE.translate) this.#faults.global('ICF', t, false);
    else this.#bank(t, s2cr, bank, trace);
  }

  #showGroup(trace: ExplainStep[] | undefined, index: number, text: string): void {
    trace?.push({ kind: 'smr', index, value: hex(this.#state.streams.SMR[index]!), text });
  }

  /** The context bank that S2CR names, and the second one of a nested translation. */
  #bank(t: Transaction, s2cr: number, index: number, trace: ExplainStep[] | undefined): void {
    const banks = this.#state.banks;
    const first = banks[index];
    const second = first?.type === CBAR_TYPE.nested ? banks[(first.CBAR >>> 8) & 0xff] : undefined;
    if (first !== undefined) this.#showBank(trace, first);
    if (second !== undefined) this.#showBank(trace, second);
    const wrong = this.#wrongBank(first, second);
    if (first === undefined || wrong !== undefined) {
      this.#faults.global(wrong ?? 'UCBF', t, first !== undefined && first.type >= CBAR_TYPE.s1Fault);
      return;
    }
    const privileges = (s2cr >>> 24) & 3;
    const fetch = (s2cr >>> 26) & 3;
    const need = accessNeed(
      t.dir === 'write',
      privileges === 3 || (privileges < 2 && t.privileged === true),
      fetch === 3 || (fetch < 2 && t.instruction === true),
    );
    this.#pieces(t, first, second, need);
  }

  /** The global fault of a stream whose banks do not exist or do not fit together (IHI 0062, 3.8). */
  #wrongBank(
    first: ContextBank | undefined,
    second: ContextBank | undefined,
  ): GlobalFault['name'] | undefined {
    if (first === undefined) return 'UCBF';
    if (first.type === CBAR_TYPE.s1Fault) return 'ICF';
    if (first.type === CBAR_TYPE.nested && second === undefined) return 'UCBF';
    if (second !== undefined && second.type !== CBAR_TYPE.s2) return 'ICF';
    if (this.version === 1 && first.CBAR >>> 24 >= this.#state.banks.length) return 'UCIF';
    return undefined;
  }

  #showBank(trace: ExplainStep[] | undefined, bank: ContextBank): void {
    if (trace === undefined) return;
    const kind = ['stage 2', 'stage 1', 'stage 1 with stage 2 fault', 'stage 1, then stage 2'][bank.type]!;
    trace.push({
      kind: 'bank',
      index: bank.index,
      cbar: hex(bank.CBAR),
      sctlr: hex(bank.SCTLR),
      text: `${kind}${bank.enabled ? '' : ', SCTLR.M=0: passes through'}${bank.FSR === 0 ? '' : `, FSR ${hex(bank.FSR)}`}`,
    });
  }

  /** Takes the transaction page by page through its banks. */
  #pieces(t: Transaction, first: ContextBank, second: ContextBank | undefined, need: AccessNeed): void {
    const stage2Bank = first.type === CBAR_TYPE.s2 ? first : second;
    const { outputBits, vmid16 } = this.#state;
    const walker = this.#walker;
    for (let done = 0; done < t.len; ) {
      const { iova, iovaTop } =
        done === 0 ? { iova: t.iova, iovaTop: t.iovaTop ?? 0 } : advance(t.iova, t.iovaTop ?? 0, done);
      const left = t.len - done;
      const page = Math.min(left, 4096 - (iova % 4096));
      const waiting =
        this.#faults.pending(first) ?? (second === undefined ? undefined : this.#faults.pending(second));
      if (waiting !== undefined) {
        this.#landing.refuse(waiting);
        this.#landing.trace?.push({
          kind: 'fault',
          name: 'HUPCF=0',
          text: 'the bank still holds an earlier fault: nothing passes until FSR is cleared',
        });
        done += page;
        continue;
      }
      const stage1On = first.type !== CBAR_TYPE.s2 && first.enabled;
      const stage2On = stage2Bank?.enabled === true;
      const cause = { t, iova, iovaTop, streamBank: first, need };
      if (!first.va64 && first.type !== CBAR_TYPE.s2 && (iovaTop !== 0 || iova >= POW2[32]!)) {
        // A 32 bit context takes 32 bit addresses, translation on or off.
        this.#faults.context(first, { code: FAULT.translation, stage: 1, level: 0 }, cause);
        done += page;
        continue;
      }
      if (!stage1On && !stage2On) {
        this.#landing.land(iova, iovaTop, physical(iova, iovaTop), page);
        done += page;
        continue;
      }
      const s1 = stage1On ? first.stage1(outputBits, vmid16) : undefined;
      const s2 = stage2On ? stage2Bank.stage2(outputBits, vmid16) : undefined;
      if (s1 !== undefined && s1.stage === undefined) {
        this.#faults.context(first, { code: s1.fault, stage: 1, level: 0 }, cause);
        done += page;
      } else if (s2 !== undefined && s2.stage === undefined) {
        this.#faults.context(stage2Bank!, { code: s2.fault, stage: 2, level: 0 }, cause);
        done += page;
      } else if (this.#walk(s1?.stage, s2?.stage, iova, iovaTop, need)) {
        const size = POW2[walker.shift]!;
        const run = Math.min(left, size - (iova % size));
        this.#landing.land(iova, iovaTop, walker.pa, run);
        done += run;
      } else {
        const { fault: code, faultStage: stage, faultLevel: level } = walker;
        this.#faults.context(stage === 2 ? stage2Bank! : first, { code, stage, level }, cause);
        done += page;
      }
    }
  }

  #walk(
    s1: Stage1 | undefined,
    s2: Stage2 | undefined,
    iova: number,
    iovaTop: number,
    need: AccessNeed,
  ): boolean {
    if (s1 === undefined && iovaTop !== 0) {
      this.#walker.fault = FAULT.translation;
      this.#walker.faultStage = 2;
      this.#walker.faultLevel = 0;
      return false;
    }
    // Bit 48 is the upstream bus's topmost bit: it is extended (TCR2.SEP = upstream).
    const extended = iovaTop === 0 && iova >= POW2[48]! && iova < POW2[49]!;
    const address = extended ? iova + (POW2[52]! - POW2[49]!) : iova;
    return this.#walker.translate(s1, s2, address, extended ? 0xfff : iovaTop, need);
  }

  interrupts(): InterruptLine[] {
    const lines = [this.#state.line(-1)];
    for (const bank of this.#state.banks) {
      if (bank.FSR !== 0 || (bank.SCTLR & SCTLR.CFIE) !== 0) lines.push(this.#state.line(bank.index));
    }
    return lines;
  }

  takeOwnWrites(): OwnWrite[] {
    return this.#walker.ownWrites.splice(0);
  }

  cached(): { tlb: number; config: number } {
    return { tlb: this.#state.tlb.size, config: 0 };
  }

  clone(memory: PhysicalMemory): SmmuV2 {
    const copy = new SmmuV2(this.#state.options, memory, this.#state.clone(this.#state.tlb.clone()));
    copy.powered = this.powered;
    return copy;
  }
}

import type { Landing } from './landing.ts';
import type { AccessNeed } from './permissions.ts';
import type { GlobalFault, Transaction } from './types.ts';
import { type ContextBank, FSR, SCTLR } from './v2-bank.ts';
import { GFSR, SCR0, type V2State } from './v2-state.ts';
import { FAULT, type FaultCode, type Walker } from './walk.ts';

const FAULT_BIT = { 1: FSR.TF, 2: FSR.ASF, 3: FSR.AFF, 4: FSR.PF, 5: FSR.EF } as const;
const FAULT_NAME = { 1: 'TF', 2: 'ASF', 3: 'AFF', 4: 'PF', 5: 'EF' } as const;
const GLOBAL_FAULT_TEXT: Readonly<Record<GlobalFault['name'], string>> = {
  ICF: 'invalid context: the stream is mapped to a fault',
  USF: 'unidentified stream: no group matches and USFCFG=1',
  SMCF: 'several groups match and SMCFCFG=1',
  UCBF: 'the context bank does not exist',
  UCIF: 'the context interrupt does not exist',
  CAF: 'configuration access',
  EF: 'external abort',
  PF: 'permission',
  UUT: 'unsupported upstream transaction',
};

/** The access that faulted. */
export interface Cause {
  readonly t: Transaction;
  /** Of the piece, which may lie further on than the transaction's. */
  readonly iova: number;
  readonly iovaTop: number;
  /** The bank that S2CR names; another one may hold the fault (stage 2 of a nested translation). */
  readonly streamBank: ContextBank;
  readonly need: AccessNeed;
}

/** Records faults in the registers of an SMMUv1/v2 and says what the device hears (IHI 0062, "Fault handling"). */
export class V2Faults {
  readonly #state: V2State;
  readonly #landing: Landing;
  readonly #walker: Walker;

  constructor(state: V2State, landing: Landing, walker: Walker) {
    this.#state = state;
    this.#landing = landing;
    this.#walker = walker;
  }

  /** A global fault: the first one is latched, a later one only sets MULTI. `nested`: in a second bank. */
  global(name: GlobalFault['name'], t: Transaction, nested: boolean): void {
    const state = this.#state;
    const iovaTop = t.iovaTop ?? 0;
    const multi = state.sGFSR !== 0;
    if (multi) {
      state.sGFSR = (state.sGFSR | GFSR.MULTI) >>> 0;
    } else {
      state.sGFSR = GFSR[name];
      state.sGFAR = (BigInt(iovaTop) << 52n) | BigInt(t.iova);
      state.sGFSYNR0 =
        (nested ? 1 : 0) |
        (t.dir === 'write' ? 2 : 0) |
        (t.privileged === true ? 4 : 0) |
        (t.instruction === true ? 8 : 0);
      state.sGFSYNR1 = t.streamId & 0xffff;
    }
    this.#landing.fault({ kind: 'global', name, iova: t.iova, iovaTop, streamId: t.streamId, multi });
    this.#landing.trace?.push({ kind: 'fault', name: `sGFSR.${name}`, text: GLOBAL_FAULT_TEXT[name] });
    this.#landing.refuse((state.sCR0 & SCR0.GFRE) !== 0 ? 'abort' : 'raz-wi');
    state.lineChanged(-1);
  }

  /** What an earlier fault of the bank does to this access: `undefined` = nothing (no fault, or HUPCF=1). */
  pending(bank: ContextBank): 'abort' | 'raz-wi' | 'stall' | undefined {
    if (bank.FSR === 0 || (bank.SCTLR & SCTLR.HUPCF) !== 0) return undefined;
    if ((bank.FSR & FSR.SS) !== 0) return 'stall';
    if ((bank.FSR & FSR.faults) === 0) return undefined;
    return (bank.SCTLR & SCTLR.CFRE) !== 0 ? 'abort' : 'raz-wi';
  }

  /** A context fault: terminated or stalled (CFCFG), recorded unless the bank holds a fault already. */
  context(
    bank: ContextBank,
    fault: { readonly code: FaultCode; readonly stage: 1 | 2; readonly level: number },
    cause: Cause,
  ): void {
    const { stage, level } = fault;
    const { t, iova, iovaTop, streamBank, need } = cause;
    // 32 bit contexts have no address size fault: it is a translation fault there.
    const kind = fault.code === FAULT.addressSize && !bank.va64 ? FAULT.translation : fault.code;
    if (kind === FAULT.none) throw new Error('a context fault without a cause');
    const earlier = (bank.FSR & (FSR.faults | FSR.SS)) !== 0;
    const stall = (bank.SCTLR & SCTLR.CFCFG) !== 0 && (this.#state.sCR0 & SCR0.STALLD) === 0;
    if (earlier) {
      bank.FSR = (bank.FSR | FSR.MULTI) >>> 0;
    } else {
      bank.FSR = (FAULT_BIT[kind] | (stall ? FSR.SS : 0)) >>> 0;
      bank.FAR = (BigInt(iovaTop) << 52n) | BigInt(iova);
      bank.IPAFAR = stage === 2 ? BigInt(this.#walker.ipa) : 0n;
      const walkFault = kind === FAULT.external || (stage === 2 && this.#walker.onTableWalk);
      bank.FSYNR0 =
        Math.max(0, level) |
        (need.write ? 0x10 : 0) |
        (t.privileged === true ? 0x20 : 0) |
        (t.instruction === true ? 0x40 : 0) |
        (walkFault ? 0x400 : 0) |
        (bank !== streamBank ? streamBank.index << 16 : 0);
      bank.CBFRSYNRA = t.streamId & 0xffff;
    }
    const name = FAULT_NAME[kind];
    this.#landing.fault({
      kind: 'context',
      bank: bank.index,
      name,
      level,
      iova,
      iovaTop,
      stage,
      recorded: !earlier,
      multi: earlier,
    });
    this.#landing.trace?.push({
      kind: 'fault',
      name: `CB${bank.index} FSR.${name}`,
      text: `stage ${stage}, level ${level}${earlier ? '; the bank held a fault already, only MULTI is set' : ''}`,
    });
    this.#landing.refuse(stall ? 'stall' : (bank.SCTLR & SCTLR.CFRE) !== 0 ? 'abort' : 'raz-wi');
    this.#state.lineChanged(bank.index);
  }
}

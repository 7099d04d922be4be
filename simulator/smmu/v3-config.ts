import { bit, field } from './bits.ts';
import {
  addressBits,
  exceeds,
  granuleTg0,
  granuleTg1,
  type Stage1,
  type Stage2,
  stage1Table,
  stage2Table,
  type TableBase,
} from './regime.ts';
import { GLOBAL, KIND, regimeTag } from './tlb.ts';
import type { SmmuOptions } from './types.ts';

/** What the implementation offers, from `SmmuOptions`. */
export interface Capabilities {
  readonly outputBits: number;
  readonly streamIdBits: number;
  readonly substreamIdBits: number;
  readonly stallModel: number;
  readonly termModel: number;
  readonly hardwareUpdates: number;
  readonly stage1: boolean;
  readonly stage2: boolean;
  /** IDR0.HYP: EL2 regimes exist, STE.STRW counts. */
  readonly hyp: boolean;
}

export function capabilities(options: SmmuOptions): Capabilities {
  return {
    outputBits: options.outputBits ?? 44,
    streamIdBits: options.streamIdBits ?? 16,
    substreamIdBits: options.substreamIdBits ?? 0,
    stallModel: options.stallModel ?? 0,
    termModel: options.termModel ?? 0,
    hardwareUpdates: options.hardwareUpdates ?? 0,
    stage1: options.stages !== 'stage2',
    stage2: options.stages !== 'stage1',
    hyp: options.hyp ?? true,
  };
}

/** STE.Config, without the values that abort (0b0xx). */
export const STE_CONFIG = { bypass: 4, stage1: 5, stage2: 6, nested: 7 } as const;

/** A stream table entry that is not illegal. */
export interface StreamEntry {
  readonly pa: number;
  readonly words: readonly bigint[];
  /** STE.Config; below 4 = abort. */
  readonly config: number;
  /** Stage 1 is enabled: where the context descriptors are. */
  readonly stage1: boolean;
  readonly contextPtr: number;
  readonly cdMax: number;
  /** S1Fmt: 0 linear, 1 two levels of 4 KiB, 2 two levels of 64 KiB. */
  readonly format: number;
  readonly defaultSubstream: number;
  readonly stallDisabled: boolean;
  /** TLB kind of stage 1 (STRW). */
  readonly kind: number;
  readonly vmid: number;
  readonly stage2: Stage2 | undefined;
  readonly recordStage2: boolean;
  readonly stallStage2: boolean;
  /** PRIVCFG and INSTCFG: 0 and 1 as driven, 2 forced off, 3 forced on. */
  readonly privileged: number;
  readonly instruction: number;
}

/** A context descriptor that is not illegal. */
export interface ContextEntry {
  readonly pa: number;
  readonly words: readonly bigint[];
  readonly stage1: Stage1;
  /** R: stage 1 faults are recorded. */
  readonly record: boolean;
  /** A: a terminated access hears an abort; 0 = RAZ/WI. */
  readonly abort: boolean;
  readonly stall: boolean;
}

/**
 * Decodes eight words of a stream table entry (IHI 0070, 5.2); `undefined`: C_BAD_STE.
 * @param e2h CR2.E2H
 */
export function decodeSte(
  words: readonly bigint[],
  pa: number,
  caps: Capabilities,
  e2h: boolean,
): StreamEntry | undefined {
  const [w0, w1, w2] = words as [bigint, bigint, bigint];
  if (!bit(w0, 0)) return undefined;
  const config = field(w0, 3, 1);
  const active = config >= STE_CONFIG.bypass;
  const stage1 = active && (config & 1) !== 0;
  const stage2 = active && (config & 2) !== 0;
  if ((stage1 && !caps.stage1) || (stage2 && !caps.stage2)) return undefined;
  // Without substreams in the implementation S1CDMax, S1Fmt and S1DSS are ignored; reserved values behave as 0.
  const cdMax = caps.substreamIdBits === 0 ? 0 : field(w0, 63, 59);
  const format = field(w0, 5, 4) % 3;
  const defaultSubstream = field(w1, 1, 0) % 3;
  const contextPtr = field(w0, 51, 6) * 64;
  const stallDisabled = bit(w1, 27);
  const strw = field(w1, 31, 30);
  const strwUsed = active && !stage2 && config !== STE_CONFIG.bypass && caps.stage1 && caps.hyp;
  if (strwUsed && (strw & 1) !== 0) return undefined;
  if (stage1) {
    if (cdMax > caps.substreamIdBits) return undefined;
    if (stallDisabled && caps.stallModel !== 0) return undefined;
    if (!stage2 && exceeds(contextPtr, caps.outputBits)) return undefined;
  }
  const vmid = caps.stage2 ? field(w2, 15, 0) : 0;
  let decoded: Stage2 | undefined;
  if (stage2) {
    decoded = decodeStage2(words, caps, vmid);
    if (decoded === undefined) return undefined;
  }
  const hyp = strwUsed && strw === 2;
  return {
    pa,
    words,
    config,
    stage1,
    contextPtr,
    cdMax,
    format,
    defaultSubstream,
    stallDisabled,
    kind: hyp ? (e2h ? KIND.e2h : KIND.el2) : KIND.el1,
    vmid: hyp ? 0 : vmid,
    stage2: decoded,
    recordStage2: bit(w2, 58),
    stallStage2: bit(w2, 57) && caps.stallModel !== 1,
    privileged: field(w1, 49, 48),
    instruction: field(w1, 51, 50),
  };
}

function decodeStage2(words: readonly bigint[], caps: Capabilities, vmid: number): Stage2 | undefined {
  const w2 = words[2]!;
  if (!bit(w2, 51)) return undefined; // AArch32 tables: IDR0.TTF says AArch64 only
  const granule = granuleTg0(field(w2, 47, 46));
  if (granule === undefined) return undefined;
  const t0sz = field(w2, 37, 32);
  // Input size: at most IAS, which equals OAS where only AArch64 tables exist; at least 25 bits.
  const smallest = Math.max(64 - caps.outputBits, granule === 16 ? 12 : 16);
  if (t0sz > 39 || t0sz < smallest) return undefined;
  const outputBits = Math.min(addressBits(field(w2, 50, 48)), caps.outputBits);
  const base = field(words[3]!, 51, 4) * 16;
  if (exceeds(base, outputBits)) return undefined;
  if (bit(w2, 52)) return undefined; // S2ENDI: IDR0.TTENDIAN says little-endian only
  const setDirty = bit(w2, 55);
  const setAccessFlag = bit(w2, 56);
  if (!updatesAllowed(setAccessFlag, setDirty, caps)) return undefined;
  if (!stallAllowed(bit(w2, 57), caps)) return undefined;
  const table = stage2Table(granule, 64 - t0sz, field(w2, 39, 38), base, caps.outputBits);
  if (table === undefined) return undefined;
  return {
    table,
    outputBits,
    accessFlagIgnored: bit(w2, 53),
    bigEndian: false,
    setAccessFlag,
    setDirty: setDirty && setAccessFlag,
    tag: regimeTag(KIND.stage2, 0, vmid, 0),
  };
}

/** HA needs HTTU 1, HD needs HTTU 2. HD without HA is reserved and does nothing. */
function updatesAllowed(setAccessFlag: boolean, setDirty: boolean, caps: Capabilities): boolean {
  if (setDirty && caps.hardwareUpdates < 2) return false;
  return !setAccessFlag || caps.hardwareUpdates > 0;
}

/** CD.S and STE.S2S against IDR0.STALL_MODEL. */
function stallAllowed(stall: boolean, caps: Capabilities): boolean {
  return caps.stallModel === 0 || stall === (caps.stallModel === 2);
}

/** Decodes the words of a context descriptor (IHI 0070, 5.4); `undefined`: C_BAD_CD. */
export function decodeCd(
  words: readonly bigint[],
  pa: number,
  ste: StreamEntry,
  caps: Capabilities,
): ContextEntry | undefined {
  const w0 = words[0]!;
  const stall = bit(w0, 44);
  const abort = bit(w0, 46);
  const setDirty = bit(w0, 42);
  const setAccessFlag = bit(w0, 43);
  if (!bit(w0, 31)) return undefined;
  if (!bit(w0, 41)) return undefined; // AA64=0: AArch64 tables only
  if (!abort && caps.termModel === 1) return undefined;
  if (!stallAllowed(stall, caps) || (stall && ste.stallDisabled)) return undefined;
  if (!updatesAllowed(setAccessFlag, setDirty, caps)) return undefined;
  const outputBits = Math.min(addressBits(field(w0, 34, 32)), caps.outputBits);
  const lower = decodeHalf(words, false, outputBits, caps);
  const upper = decodeHalf(words, true, outputBits, caps);
  if (lower === 'illegal' || upper === 'illegal') return undefined;
  const { kind, vmid } = ste;
  // The plain EL2 regime has no ASIDs and no upper range; EL2 with E2H has both.
  const asid = kind === KIND.el2 ? 0 : field(w0, 63, 48);
  const single = kind === KIND.el2;
  return {
    pa,
    words,
    stage1: {
      format: 'aarch64',
      lower,
      upper: single ? undefined : upper,
      lowerBits: lower?.inputBits ?? 48,
      upperBits: upper?.inputBits ?? 48,
      lowerTagged: bit(w0, 38),
      upperTagged: bit(w0, 39),
      outputBits,
      accessFlagIgnored: bit(w0, 35),
      accessFlagInAp: false,
      twoLevels: !single,
      bigEndian: false,
      setAccessFlag,
      setDirty: setDirty && setAccessFlag,
      tags: [regimeTag(kind, 0, vmid, asid), regimeTag(kind, 1, vmid, asid)],
      globalTags: [regimeTag(kind, 0, vmid, GLOBAL), regimeTag(kind, 1, vmid, GLOBAL)],
    },
    record: bit(w0, 45),
    abort,
    stall: stall && caps.stallModel !== 1,
  };
}

/** One half of a context descriptor; `undefined`: disabled by EPD (its size then does not count). */
function decodeHalf(
  words: readonly bigint[],
  upper: boolean,
  outputBits: number,
  caps: Capabilities,
): TableBase | undefined | 'illegal' {
  const w0 = words[0]!;
  const shift = upper ? 16 : 0;
  if (bit(w0, shift + 14)) return undefined;
  const size = field(w0, shift + 5, shift);
  const encoding = field(w0, shift + 7, shift + 6);
  const granule = upper ? granuleTg1(encoding) : granuleTg0(encoding);
  if (granule === undefined) return 'illegal';
  const smallest = granule === 16 && caps.outputBits === 52 ? 12 : 16;
  if (size < smallest || size > 39) return 'illegal';
  if (bit(w0, 15)) return 'illegal'; // ENDI: little-endian only
  const word = words[upper ? 2 : 1]!;
  const address = field(word, 51, 4) * 16;
  if (exceeds(address, granule === 16 ? outputBits : Math.min(outputBits, 48))) return 'illegal';
  return stage1Table(granule, 64 - size, address, bit(word, 1));
}

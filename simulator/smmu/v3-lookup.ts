import { hex } from './bits.ts';
import { TABLE_READ } from './permissions.ts';
import type { EventName, ExplainStep } from './types.ts';
import { cdKey } from './v3-commands.ts';
import { type ContextEntry, decodeCd, decodeSte, type StreamEntry } from './v3-config.ts';
import type { V3State } from './v3-state.ts';
import type { Walker } from './walk.ts';

/** Why there is no configuration: the event to record. */
export interface Refusal {
  readonly event: EventName;
  /** Address of a fetch that failed, 0 where there was none. */
  readonly fetch: number;
  /** Why the event must not be recorded. */
  readonly suppressed: string | undefined;
}

/** In place of a SubstreamID: the transaction skips stage 1. */
export const NO_STAGE1 = -1;

const STE_TEXT: Readonly<Record<number, string>> = {
  4: 'bypass',
  5: 'stage 1',
  6: 'stage 2',
  7: 'stage 1, then stage 2',
};

function refuse(event: EventName, fetch = 0, suppressed?: string): Refusal {
  return { event, fetch, suppressed };
}

/** Finds stream table entries and context descriptors, in the configuration cache or in memory. */
export class ConfigLookup {
  readonly #state: V3State;
  readonly #walker: Walker;

  constructor(state: V3State, walker: Walker) {
    this.#state = state;
    this.#walker = walker;
  }

  /** The entry of a stream (IHI 0070, 3.3.1, 5.1, 5.2). */
  stream(streamId: number, trace: ExplainStep[] | undefined): StreamEntry | Refusal {
    const cached = this.#state.steCache.get(streamId);
    const ste = cached ?? this.#fetchStream(streamId, trace);
    if (trace !== undefined && !('event' in ste)) {
      const text = STE_TEXT[ste.config] ?? 'abort, no event';
      show(trace, 'ste', ste.pa, ste.words, text, cached !== undefined);
    }
    return ste;
  }

  #fetchStream(streamId: number, trace: ExplainStep[] | undefined): StreamEntry | Refusal {
    const state = this.#state;
    if (streamId >= 2 ** Math.min(state.strtabBits, state.caps.streamIdBits)) {
      return this.#badStream('beyond the stream table');
    }
    let at = state.strtabBase + streamId * 64;
    if (state.strtabSplit >= 0) {
      const split = 2 ** state.strtabSplit;
      const l1 = state.strtabBase + Math.floor(streamId / split) * 8;
      const descriptor = state.memory.read64(l1);
      if (descriptor === undefined) return refuse('F_STE_FETCH', l1);
      const span = Number(descriptor & 0x1fn);
      trace?.push({ kind: 'l1std', pa: l1, value: hex(descriptor), text: `span ${span}` });
      // Span 0 and the reserved values are invalid; otherwise 2^(span-1) entries are behind it.
      if (span === 0 || span > 11 || streamId % split >= 2 ** (span - 1)) {
        return this.#badStream('no second-level entry');
      }
      const align = 2 ** (span - 1) * 64;
      const l2 = Math.floor(Number(descriptor & 0xf_ffff_ffff_ffc0n) / align) * align;
      at = l2 + (streamId % split) * 64;
    }
    const words = this.#words(at);
    if (words === undefined) return refuse('F_STE_FETCH', at);
    const ste = decodeSte(words, at, state.caps, state.e2h);
    if (ste === undefined) {
      show(trace, 'ste', at, words, 'not valid or illegal', false);
      return refuse('C_BAD_STE');
    }
    state.steCache.set(streamId, ste);
    return ste;
  }

  #badStream(why: string): Refusal {
    return refuse('C_BAD_STREAMID', 0, this.#state.recordInvalidSid ? undefined : `${why}; CR2.RECINVSID=0`);
  }

  #words(at: number): bigint[] | undefined {
    const words: bigint[] = [];
    for (let i = 0; i < 8; i++) {
      const value = this.#state.memory.read64(at + i * 8);
      if (value === undefined) return undefined;
      words.push(value);
    }
    return words;
  }

  /** Which context descriptor a transaction uses, or NO_STAGE1 (IHI 0070, 3.9.2 and STE.S1DSS). */
  substream(ste: StreamEntry, given: number | undefined): number | Refusal {
    if (!ste.stage1) return given === undefined ? NO_STAGE1 : refuse('C_BAD_SUBSTREAMID');
    if (ste.cdMax === 0) return given === undefined ? 0 : refuse('C_BAD_SUBSTREAMID');
    if (given === undefined) {
      if (ste.defaultSubstream === 1) return NO_STAGE1;
      return ste.defaultSubstream === 2 ? 0 : refuse('F_STREAM_DISABLED');
    }
    if (given >= 2 ** ste.cdMax) return refuse('C_BAD_SUBSTREAMID');
    // With S1DSS=2 substream 0 is taken by the transactions without one.
    return given === 0 && ste.defaultSubstream === 2 ? refuse('F_STREAM_DISABLED') : given;
  }

  /** The context descriptor; 'walk': stage 2 did not translate its address, the walker knows why. */
  context(
    streamId: number,
    ste: StreamEntry,
    substream: number,
    trace: ExplainStep[] | undefined,
  ): ContextEntry | Refusal | 'walk' {
    const key = cdKey(streamId, substream);
    const cached = this.#state.cdCache.get(key);
    const cd = cached ?? this.#fetchContext(ste, substream, trace);
    if (cd === 'walk' || 'event' in cd) return cd;
    if (cached === undefined) this.#state.cdCache.set(key, cd);
    show(trace, 'cd', cd.pa, cd.words, 'stage 1', cached !== undefined);
    return cd;
  }

  #fetchContext(
    ste: StreamEntry,
    substream: number,
    trace: ExplainStep[] | undefined,
  ): ContextEntry | Refusal | 'walk' {
    const { memory, caps } = this.#state;
    let at = ste.contextPtr + substream * 64;
    if (ste.cdMax !== 0 && ste.format !== 0) {
      const leaf = ste.format === 1 ? 64 : 1024;
      const l1 = this.#physical(ste, ste.contextPtr + Math.floor(substream / leaf) * 8);
      if (l1 === undefined) return 'walk';
      const descriptor = memory.read64(l1);
      if (descriptor === undefined) return refuse('F_CD_FETCH', l1);
      if ((descriptor & 1n) === 0n) return refuse('C_BAD_SUBSTREAMID');
      const base = Number(descriptor & 0xf_ffff_ffff_f000n);
      at = Math.floor(base / (leaf * 64)) * leaf * 64 + (substream % leaf) * 64;
    }
    const pa = this.#physical(ste, at);
    if (pa === undefined) return 'walk';
    const words = this.#words(pa);
    if (words === undefined) return refuse('F_CD_FETCH', pa);
    const cd = decodeCd(words, pa, ste, caps);
    if (cd !== undefined) return cd;
    show(trace, 'cd', pa, words, 'not valid or illegal', false);
    return refuse('C_BAD_CD');
  }

  /** Context descriptors lie at intermediate addresses where there is a stage 2. */
  #physical(ste: StreamEntry, at: number): number | undefined {
    if (ste.stage2 === undefined) return at;
    const walker = this.#walker;
    if (walker.stage2(ste.stage2, at, TABLE_READ)) return walker.pa;
    walker.ipa = at;
    return undefined;
  }
}

function show(
  trace: ExplainStep[] | undefined,
  kind: 'ste' | 'cd',
  pa: number,
  words: readonly bigint[],
  text: string,
  cached: boolean,
): void {
  trace?.push({ kind, pa, words: words.map(hex), cached, text });
}

/** What stream matching found. */
export type StreamMatch =
  /** The index of the stream mapping group. */
  | { readonly kind: 'group'; readonly index: number; readonly also: readonly number[] }
  | { readonly kind: 'conflict'; readonly groups: readonly number[] }
  | { readonly kind: 'unmatched' };

const UNMATCHED: StreamMatch = { kind: 'unmatched' };

/**
 * The stream mapping registers of an SMMUv1/v2: SMRn and S2CRn, and which of them a StreamID selects (IHI 0062,
 * "Stream mapping"). Results are remembered until a register changes.
 */
export class StreamMap {
  readonly groups: number;
  /** False: no SMRs, StreamID n selects S2CRn (IDR0.SMS=0). */
  readonly matching: boolean;
  readonly SMR: Uint32Array;
  readonly S2CR: Uint32Array;
  #known = new Map<number, StreamMatch>();

  constructor(groups: number, matching: boolean) {
    this.groups = groups;
    this.matching = matching;
    this.SMR = new Uint32Array(groups);
    this.S2CR = new Uint32Array(groups);
  }

  /** SMR, S2CR or sCR0 was written. */
  changed(): void {
    this.#known.clear();
  }

  /**
   * @param extended sCR0.EXIDENABLE: 16 bit IDs and masks, S2CR.EXIDVALID in place of SMR.VALID
   * @param conflictFaults sCR0.SMCFCFG: several matches are a fault. With 0 the architecture leaves the choice open;
   *   here the lowest group wins.
   */
  match(streamId: number, extended: boolean, conflictFaults: boolean): StreamMatch {
    const known = this.#known.get(streamId);
    if (known !== undefined) return known;
    const found = this.#find(streamId, extended, conflictFaults);
    this.#known.set(streamId, found);
    return found;
  }

  #find(streamId: number, extended: boolean, conflictFaults: boolean): StreamMatch {
    if (!this.matching) {
      return streamId < this.groups ? { kind: 'group', index: streamId, also: [] } : UNMATCHED;
    }
    const hits: number[] = [];
    for (let index = 0; index < this.groups; index++) {
      const smr = this.SMR[index]!;
      const valid = extended ? (this.S2CR[index]! & 0x400) !== 0 : smr >>> 31 === 1;
      // Without extended IDs MASK has 15 bits: bit 31 is VALID.
      const mask = extended ? smr >>> 16 : (smr >>> 16) & 0x7fff;
      if (valid && ((streamId ^ smr) & 0xffff & ~mask) === 0) hits.push(index);
    }
    if (hits.length === 0) return UNMATCHED;
    if (hits.length > 1 && conflictFaults) return { kind: 'conflict', groups: hits };
    return { kind: 'group', index: hits[0]!, also: hits.slice(1) };
  }

  clone(): StreamMap {
    const copy = new StreamMap(this.groups, this.matching);
    copy.SMR.set(this.SMR);
    copy.S2CR.set(this.S2CR);
    return copy;
  }
}

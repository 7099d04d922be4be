import { hexIova, TWO52 } from './bits.ts';
import type { Decision, ExplainStep, Fault, PhysicalMemory, Response, Segment } from './types.ts';

const NO_SEGMENTS: readonly Segment[] = Object.freeze([]);
const NO_FAULTS: readonly Fault[] = Object.freeze([]);

/**
 * Collects where the pieces of one transaction went and makes the decision of it. One per SMMU, reused: `start`
 * before, `finish` after.
 */
export class Landing {
  readonly #memory: PhysicalMemory;
  #segments: Segment[] | undefined;
  #undecoded: Segment[] | undefined;
  #faults: Fault[] | undefined;
  #response: Response = 'ok';
  #aborted = false;
  trace: ExplainStep[] | undefined;

  constructor(memory: PhysicalMemory) {
    this.#memory = memory;
  }

  start(trace: ExplainStep[] | undefined): void {
    this.#segments = undefined;
    this.#undecoded = undefined;
    this.#faults = undefined;
    this.#response = 'ok';
    this.#aborted = false;
    this.trace = trace;
  }

  /** `len` bytes were sent on to `pa`: those that hit RAM land, the rest gets a bus error. */
  land(iova: number, iovaTop: number, pa: number, len: number): void {
    for (let done = 0; done < len; ) {
      const ram = this.#memory.ramLength(pa + done, len - done);
      if (ram > 0) {
        this.#segments = join(this.#segments, iova + done, iovaTop, pa + done, ram);
        this.#show(iova + done, iovaTop, pa + done, ram, true);
        done += ram;
      } else {
        const gap = Math.min(len - done, this.#gap(pa + done));
        this.#undecoded = join(this.#undecoded, iova + done, iovaTop, pa + done, gap);
        this.#show(iova + done, iovaTop, pa + done, gap, false);
        this.refuse('bus-error');
        done += gap;
      }
    }
  }

  /** Bytes up to the next RAM above an address that is none. */
  #gap(pa: number): number {
    for (const range of this.#memory.ram) if (range.base > pa) return range.base - pa;
    return Number.POSITIVE_INFINITY;
  }

  #show(iova: number, iovaTop: number, pa: number, len: number, ram: boolean): void {
    this.trace?.push({ kind: 'land', iova: hexIova(iova, iovaTop), pa, len, ram });
  }

  /** Some bytes do not arrive. What the device hears is the first refusal. */
  refuse(response: Exclude<Response, 'ok'>): void {
    this.#aborted = true;
    if (this.#response === 'ok') this.#response = response;
  }

  fault(fault: Fault): void {
    if (this.#faults === undefined) this.#faults = [];
    this.#faults.push(fault);
  }

  finish(): Decision {
    const decision = {
      segments: this.#segments ?? NO_SEGMENTS,
      undecoded: this.#undecoded ?? NO_SEGMENTS,
      aborted: this.#aborted,
      response: this.#response,
      faults: this.#faults ?? NO_FAULTS,
    };
    return this.trace === undefined ? decision : { ...decision, explain: this.trace };
  }
}

/** Adds a run to a list, joined with the last one where both addresses go on. */
function join(
  list: Segment[] | undefined,
  iova: number,
  iovaTop: number,
  pa: number,
  len: number,
): Segment[] {
  const run: Segment = iovaTop === 0 ? { iova, pa, len } : { iova, iovaTop, pa, len };
  if (list === undefined) return [run];
  const last = list[list.length - 1]!;
  if (last.pa + last.len === pa && last.iova + last.len === iova && (last.iovaTop ?? 0) === iovaTop) {
    list[list.length - 1] = { ...last, len: last.len + len };
  } else {
    list.push(run);
  }
  return list;
}

/** The two parts of an input address after adding `offset`, modulo 2^64. */
export function advance(iova: number, iovaTop: number, offset: number): { iova: number; iovaTop: number } {
  const sum = iova + offset;
  return sum < TWO52 ? { iova: sum, iovaTop } : { iova: sum - TWO52, iovaTop: (iovaTop + 1) & 0xfff };
}

/** The physical address of a transaction that is not translated; beyond every RAM when it has more than 52 bits. */
export function physical(iova: number, iovaTop: number): number {
  return iovaTop === 0 ? iova : iova + iovaTop * TWO52;
}

import type { Facts } from '../facts/types.ts';
import { unpackFacts } from '../tree/task.ts';

const CACHE = 256;

/** Packed facts of many files; unpacks on demand and keeps the last ones. */
export class FactStore {
  private readonly packed = new Map<string, Uint8Array>();
  private readonly recent = new Map<string, Facts>();

  set(file: string, facts: Uint8Array): void {
    this.packed.set(file, facts);
    this.recent.delete(file);
  }

  has(file: string): boolean {
    return this.packed.has(file);
  }

  get(file: string): Facts | undefined {
    const known = this.recent.get(file);
    if (known) {
      this.recent.delete(file);
      this.recent.set(file, known);
      return known;
    }
    const bytes = this.packed.get(file);
    if (!bytes) return undefined;
    const facts = unpackFacts(bytes);
    this.recent.set(file, facts);
    if (this.recent.size > CACHE) this.recent.delete(this.recent.keys().next().value!);
    return facts;
  }

  /** Bytes held. */
  get bytes(): number {
    let sum = 0;
    for (const value of this.packed.values()) sum += value.byteLength;
    return sum;
  }
}

import type { SourceFile } from '../audit/scope.ts';
import { unpackFacts } from '../tree/task.ts';

const CACHE = 256;

/** Packed facts of many files; unpacks on demand and keeps the last ones. `display` names the files. */
export class FactStore {
  private readonly packed = new Map<string, Uint8Array>();
  private readonly recent = new Map<string, SourceFile>();
  private readonly display: (file: string) => string;

  constructor(display: (file: string) => string) {
    this.display = display;
  }

  set(file: string, facts: Uint8Array): void {
    this.packed.set(file, facts);
    this.recent.delete(file);
  }

  delete(file: string): void {
    this.packed.delete(file);
    this.recent.delete(file);
  }

  has(file: string): boolean {
    return this.packed.has(file);
  }

  get(file: string): SourceFile | undefined {
    const known = this.recent.get(file);
    if (known) {
      this.recent.delete(file);
      this.recent.set(file, known);
      return known;
    }
    const bytes = this.packed.get(file);
    if (!bytes) return undefined;
    const source = { path: this.display(file), facts: unpackFacts(bytes) };
    this.recent.set(file, source);
    if (this.recent.size > CACHE) this.recent.delete(this.recent.keys().next().value!);
    return source;
  }

  /** Bytes held. */
  get bytes(): number {
    let sum = 0;
    for (const value of this.packed.values()) sum += value.byteLength;
    return sum;
  }
}

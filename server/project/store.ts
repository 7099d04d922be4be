import type { SourceFile } from '../audit/scope.ts';
import { unpackFacts } from '../tree/packed.ts';

/** Packed bytes whose unpacked facts are kept: about ten times as much in memory. */
const RECENT_BYTES = 4 * 1024 * 1024;

/** Packed facts of many files; unpacks on demand and keeps the last ones. `display` names the files. */
export class FactStore {
  private readonly bytesOf = new Map<string, Uint8Array>();
  private readonly recent = new Map<string, SourceFile>();
  private recentBytes = 0;
  private readonly display: (file: string) => string;

  constructor(display: (file: string) => string) {
    this.display = display;
  }

  set(file: string, facts: Uint8Array): void {
    this.forget(file);
    this.bytesOf.set(file, facts);
  }

  delete(file: string): void {
    this.forget(file);
    this.bytesOf.delete(file);
  }

  has(file: string): boolean {
    return this.bytesOf.has(file);
  }

  /** A file's facts as they are kept. */
  packed(file: string): Uint8Array | undefined {
    return this.bytesOf.get(file);
  }

  get(file: string): SourceFile | undefined {
    const known = this.recent.get(file);
    if (known) {
      this.recent.delete(file);
      this.recent.set(file, known);
      return known;
    }
    const bytes = this.bytesOf.get(file);
    if (!bytes) return undefined;
    const source = { path: this.display(file), facts: unpackFacts(bytes) };
    this.recent.set(file, source);
    this.recentBytes += bytes.byteLength;
    for (const [oldest] of this.recent) {
      if (this.recentBytes <= RECENT_BYTES || oldest === file) break;
      this.forget(oldest);
    }
    return source;
  }

  private forget(file: string): void {
    if (this.recent.delete(file)) this.recentBytes -= this.bytesOf.get(file)?.byteLength ?? 0;
  }

  /** Bytes held. */
  get bytes(): number {
    let sum = 0;
    for (const value of this.bytesOf.values()) sum += value.byteLength;
    return sum;
  }
}

import type { SourceFile } from '../audit/module.ts';
import { unpackFacts } from '../tree/packed.ts';
import { type Place, Spill } from './spill.ts';

/** Packed bytes whose unpacked facts are kept: about ten times as much in memory. */
const RECENT_BYTES = 4 * 1024 * 1024;

/** How a store keeps what it is given. */
export interface StoreOptions {
  /** Packed bytes to hold in memory; what is more goes to a temporary file. Default: all stay in memory. */
  readonly memory?: number;
}

/** Packed facts of many files; unpacks on demand and keeps the last ones. `display` names the files. */
export class FactStore {
  private readonly kept = new Map<string, Uint8Array | Place>();
  private readonly recent = new Map<string, { source: SourceFile; bytes: number }>();
  private recentBytes = 0;
  private readonly display: (file: string) => string;
  private room: number;
  /** Where what does not fit goes; null where there is no such place. */
  private spill: Spill | null | undefined;

  constructor(display: (file: string) => string, options: StoreOptions = {}) {
    this.display = display;
    this.room = options.memory ?? Number.POSITIVE_INFINITY;
  }

  set(file: string, facts: Uint8Array): void {
    this.delete(file);
    this.kept.set(file, this.put(facts));
  }

  delete(file: string): void {
    this.forget(file);
    const was = this.kept.get(file);
    if (was instanceof Uint8Array) this.room += was.byteLength;
    this.kept.delete(file);
  }

  has(file: string): boolean {
    return this.kept.has(file);
  }

  /** A file's facts as they are kept. */
  packed(file: string): Uint8Array | undefined {
    const kept = this.kept.get(file);
    return kept === undefined || kept instanceof Uint8Array ? kept : this.spill!.read(kept);
  }

  get(file: string): SourceFile | undefined {
    const known = this.recent.get(file);
    if (known) {
      this.recent.delete(file);
      this.recent.set(file, known);
      return known.source;
    }
    const bytes = this.packed(file);
    if (!bytes) return undefined;
    const source = { path: this.display(file), facts: unpackFacts(bytes) };
    this.recent.set(file, { source, bytes: bytes.byteLength });
    this.recentBytes += bytes.byteLength;
    for (const [oldest] of this.recent) {
      if (this.recentBytes <= RECENT_BYTES || oldest === file) break;
      this.forget(oldest);
    }
    return source;
  }

  /** Gives a temporary file's room back; what lay in it is gone. */
  close(): void {
    this.spill?.close();
    this.spill = null;
  }

  private put(facts: Uint8Array): Uint8Array | Place {
    if (facts.byteLength > this.room) {
      const place = this.aside(facts);
      if (place) return place;
    }
    this.room -= facts.byteLength;
    return facts;
  }

  /** Puts bytes into the temporary file; undefined where that can't be done, and from then on all stay in memory. */
  private aside(facts: Uint8Array): Place | undefined {
    try {
      this.spill ??= new Spill();
      return this.spill.add(facts);
    } catch {
      this.room = Number.POSITIVE_INFINITY;
      return undefined;
    }
  }

  private forget(file: string): void {
    this.recentBytes -= this.recent.get(file)?.bytes ?? 0;
    this.recent.delete(file);
  }
}

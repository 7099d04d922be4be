import type { SourceFile } from '../audit/module.ts';
import { unpackFacts } from '../tree/packed.ts';
import { type Place, readPlace, Spill } from './spill.ts';

/** Packed bytes whose unpacked facts are kept: about ten times as much in memory. */
const RECENT_BYTES = 2 * 1024 * 1024;

/** How a store keeps what it is given. */
export interface StoreOptions {
  /** Packed bytes to hold in memory; what is more goes to a temporary file. Default: all stay in memory. */
  readonly memory?: number;
}

/** Facts that were unpacked last. */
class Recent {
  private readonly known = new Map<string, { source: SourceFile; bytes: number }>();
  private bytes = 0;

  get(file: string): SourceFile | undefined {
    const known = this.known.get(file);
    if (!known) return undefined;
    this.known.delete(file);
    this.known.set(file, known);
    return known.source;
  }

  /** Unpacks a file's facts and remembers them. */
  unpack(file: string, path: string, packed: Uint8Array): SourceFile {
    const source = { path, facts: unpackFacts(packed) };
    this.known.set(file, { source, bytes: packed.byteLength });
    this.bytes += packed.byteLength;
    for (const [oldest] of this.known) {
      if (this.bytes <= RECENT_BYTES || oldest === file) break;
      this.forget(oldest);
    }
    return source;
  }

  forget(file: string): void {
    this.bytes -= this.known.get(file)?.bytes ?? 0;
    this.known.delete(file);
  }
}

/** A store as another thread of the process reads it, until the store is closed: plain data. */
export interface SharedFacts {
  readonly fd: number;
  readonly places: ReadonlyMap<string, Place>;
}

/** Reads what a store of another thread holds; `display` names the files. */
export class SharedReader {
  private readonly recent = new Recent();
  private readonly shared: SharedFacts;
  private readonly display: (file: string) => string;

  constructor(shared: SharedFacts, display: (file: string) => string) {
    this.shared = shared;
    this.display = display;
  }

  get(file: string): SourceFile | undefined {
    const known = this.recent.get(file);
    if (known) return known;
    const place = this.shared.places.get(file);
    return place && this.recent.unpack(file, this.display(file), readPlace(this.shared.fd, place));
  }
}

/** Packed facts of many files; unpacks on demand and keeps the last ones. `display` names the files. */
export class FactStore {
  private readonly kept = new Map<string, Uint8Array | Place>();
  private readonly recent = new Recent();
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
    this.recent.forget(file);
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
    if (known) return known;
    const bytes = this.packed(file);
    return bytes && this.recent.unpack(file, this.display(file), bytes);
  }

  /**
   * Puts everything into the temporary file, for other threads to read.
   * @returns undefined where there is no such place
   */
  share(): SharedFacts | undefined {
    const places = new Map<string, Place>();
    for (const [file, kept] of this.kept) {
      const place = kept instanceof Uint8Array ? this.aside(kept) : kept;
      if (!place) return undefined;
      if (kept instanceof Uint8Array) this.room += kept.byteLength;
      this.kept.set(file, place);
      places.set(file, place);
    }
    try {
      return this.spill ? { fd: this.spill.descriptor(), places } : undefined;
    } catch {
      return undefined;
    }
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
}

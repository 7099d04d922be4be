import type { TextRef } from './data.ts';

/** Texts, each kept once. */
export class Texts {
  readonly list: string[] = [];
  private readonly known = new Map<string, TextRef>();

  /** The place of a text in the list. */
  ref(text: string): TextRef {
    const old = this.known.get(text);
    if (old !== undefined) return old;
    this.known.set(text, this.list.length);
    this.list.push(text);
    return this.list.length - 1;
  }
}

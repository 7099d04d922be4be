/** What a value in a configuration may be. Parser, JSON schema and documentation all follow it. */
export type Shape =
  | { readonly kind: 'flag' }
  /** One of some words; `not` says why others that one could think of are none. */
  | {
      readonly kind: 'choice';
      readonly of: readonly string[];
      readonly not?: Readonly<Record<string, string>>;
    }
  /** Text; `what` names it in a message: `a kernel version such as 6.12`. A number is taken as it is spelled. */
  | { readonly kind: 'text'; readonly what: string; readonly pattern?: string }
  | { readonly kind: 'whole'; readonly min: number; readonly max: number }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'map'; readonly keys: Readonly<Record<string, Key>> };

/** One key of a map. */
export interface Key {
  readonly shape: Shape;
  readonly required?: true;
  /** One sentence, for the documentation and for an editor's completion. */
  readonly doc: string;
  /** What holds when the key is absent, where that needs saying. */
  readonly absent?: string;
}

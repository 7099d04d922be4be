/** A page as plain data, for the formats that write the same page down in different ways. */

/** A piece of a line: plain text, code, what stands out, a link, a verdict of the simulator's. */
export type Span =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly href: string; readonly text: string }
  | { readonly verdict: string; readonly text: string; readonly isToday?: boolean };

/** One line of spans. */
export type Line = readonly Span[];

/** One part of a page. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly line: Line }
  | { readonly kind: 'list'; readonly items: readonly Line[] }
  | { readonly kind: 'table'; readonly head: readonly Line[]; readonly rows: readonly (readonly Line[])[] }
  | { readonly kind: 'diff'; readonly text: string };

/** `a`, `a, b`: lines with a comma between them. */
export function listed(lines: readonly Line[]): Span[] {
  return lines.flatMap((line, at) => (at === 0 ? line : [', ', ...line]));
}

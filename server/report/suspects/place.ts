import { hex, intersect, type Span } from '../../../simulator/machine/address.ts';
import type { Board } from '../../../simulator/machine/board.ts';

/** What a machine's memory map has at an address, for a sentence; null: nothing. */
export function placeOf(board: Board, address: Span): string | null {
  const named = (spans: readonly (Span & { readonly name?: string })[], what: string): string | null => {
    const found = spans.find((span) => intersect(span, address));
    return found ? what.replace('%', found.name ?? hex(found.start)) : null;
  };
  return (
    named(board.secure, 'secure memory (%): writes of devices are refused') ??
    named(board.reserved, 'memory that firmware or a carve-out holds (%)') ??
    named(board.fixed, 'a table that hardware goes on using (%)') ??
    named(board.mmio, 'registers (%), no memory') ??
    named(board.ram, 'RAM')
  );
}

/** An address as it was asked for: one number, or a range with an end that is inside. */
export function addressText({ start, end }: Span): string {
  return end - start === 1 ? hex(start) : `${hex(start)}-${hex(end - 1)}`;
}

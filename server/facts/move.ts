/** A fact with a line, and with others below it that have lines. */
interface Movable {
  readonly line: number;
}

/** Lists of a fact whose elements have lines of their own (or are names, which have none). */
const LISTS = ['members', 'calls', 'refs', 'flows'] as const;

/** Facts some lines further down. */
export function moved<T extends Movable>(facts: readonly T[], by: number): T[] {
  return facts.map((fact) => {
    const copy: T & { line: number; endLine?: number } & Record<string, unknown> = { ...fact } as never;
    copy.line += by;
    if (copy.endLine !== undefined) copy.endLine += by;
    for (const name of LISTS) {
      const list = copy[name];
      if (Array.isArray(list) && list.length > 0 && typeof list[0] !== 'string')
        copy[name as keyof typeof copy] = list.map((item: Movable) => ({
          ...item,
          line: item.line + by,
        })) as never;
    }
    return copy;
  });
}

import { closest, distance } from 'fastest-levenshtein';

/** The valid name that a wrong one is most like, where one is near enough to be meant. */
export function nearest(wrong: string, valid: readonly string[]): string | undefined {
  if (valid.length === 0) return undefined;
  const near = closest(wrong, valid as string[]);
  return distance(wrong, near) <= Math.max(2, wrong.length / 2) ? near : undefined;
}

/** ` Did you mean 'x'? Valid: …`. */
export function hintFor(wrong: string, valid: readonly string[]): string {
  const near = nearest(wrong, valid);
  return `${near ? ` Did you mean '${near}'?` : ''} Valid: ${valid.join(', ')}`;
}

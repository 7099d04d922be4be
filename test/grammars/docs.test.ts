import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MASK_ROWS } from '../../grammars/mask/rows.ts';

describe('docs/parsing.md', () => {
  const rows = Array.from(
    readFileSync('docs/parsing.md', 'utf8').matchAll(/^\| `(\w+)` \| \d+ \| \d+ \| (.*) \|$/gm),
    (match) => [match[1], match[2]],
  );

  it('lists every row of the mask with its reason', () => {
    expect(rows).toEqual(MASK_ROWS.map(({ name, why }) => [name, why.replaceAll('|', '\\|')]));
  });
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderKernelFacts } from '../../tools/kernel-facts.ts';

it('docs/kernel-facts.md is what the tables say', () => {
  const page = readFileSync(new URL('../../../docs/kernel-facts.md', import.meta.url), 'utf8');
  expect(page, 'run test/tools/kernel-facts.ts --write docs/kernel-facts.md').toBe(renderKernelFacts());
});

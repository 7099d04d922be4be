import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { expect, test } from 'vitest';
import { startQuickly } from '../../../server/lsp/start.ts';

setFlagsFromString('--allow-natives-syntax');
const statusOf = new Function('f', 'return %GetOptimizationStatus(f)') as (f: unknown) => number;
setFlagsFromString('--no-allow-natives-syntax');
/** `src/runtime/runtime.h:OptimizationStatus::kOptimized` of V8. */
const OPTIMISED = 1 << 4;

/** Calls a function a million times at most; true when V8 optimised it. */
async function becomesOptimised(hot: (n: number) => number): Promise<boolean> {
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 20_000; i++) hot(i);
    if ((statusOf(hot) & OPTIMISED) !== 0) return true;
    await pause(10);
  }
  return false;
}

test('code is not optimised while the server starts, and is from then on, also what was hot before', async () => {
  const early = new Function(
    'n',
    'let s = 0; for (let i = 0; i < 50; i++) s += i ^ n; return s;',
  ) as () => number;
  const settle = startQuickly();
  expect(await becomesOptimised(early)).toBe(false);
  settle();
  expect(await becomesOptimised(early)).toBe(true);
});

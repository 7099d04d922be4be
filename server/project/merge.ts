import type { Confidence, DmaClass, Driver, HookState } from '../audit/model.ts';
import type { Examined } from '../audit/report.ts';

const DMA_RANK: readonly DmaClass[] = ['provider', 'direct', 'library', 'client', 'mask-only', 'none'];
const HOOK_RANK: readonly HookState[] = [
  'present',
  'conditional',
  'ineffective',
  'empty',
  'ignored',
  'missing',
];
const CONFIDENCE_RANK: readonly Confidence[] = ['direct', 'library', 'weak', 'not-judged'];

/**
 * One record for each (file, instance), also when several modules contain it: the strongest DMA class, then the best
 * hook, then the best confidence speaks; all modules are listed.
 */
export function mergeExamined(examined: readonly Examined[]): Examined[] {
  const merged = new Map<string, Examined>();
  for (const one of examined) {
    const { file, instance, struct } = one.driver;
    const key = `${file}\0${instance}\0${struct}`;
    const other = merged.get(key);
    merged.set(key, other ? stronger(other, one) : one);
  }
  return [...merged.values()];
}

/** By file, then by place in it. */
export function sortDrivers(drivers: readonly Driver[]): Driver[] {
  return [...drivers].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

function stronger(a: Examined, b: Examined): Examined {
  const order =
    DMA_RANK.indexOf(a.driver.dma.class) - DMA_RANK.indexOf(b.driver.dma.class) ||
    HOOK_RANK.indexOf(a.driver.hook.state) - HOOK_RANK.indexOf(b.driver.hook.state) ||
    CONFIDENCE_RANK.indexOf(a.driver.confidence) - CONFIDENCE_RANK.indexOf(b.driver.confidence);
  const best = order <= 0 ? a : b;
  const modules = [...new Set([...a.driver.modules, ...b.driver.modules])].sort();
  return { ...best, driver: { ...best.driver, modules } };
}

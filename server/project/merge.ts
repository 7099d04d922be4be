import type { Confidence, DmaClass, Driver, HookState } from '../audit/model.ts';

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
export function mergeDrivers(drivers: readonly Driver[]): Driver[] {
  const merged = new Map<string, Driver>();
  for (const driver of drivers) {
    const key = `${driver.file}\0${driver.instance}\0${driver.struct}`;
    const other = merged.get(key);
    merged.set(key, other ? stronger(other, driver) : driver);
  }
  return [...merged.values()].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

function stronger(a: Driver, b: Driver): Driver {
  const order =
    DMA_RANK.indexOf(a.dma.class) - DMA_RANK.indexOf(b.dma.class) ||
    HOOK_RANK.indexOf(a.hook.state) - HOOK_RANK.indexOf(b.hook.state) ||
    CONFIDENCE_RANK.indexOf(a.confidence) - CONFIDENCE_RANK.indexOf(b.confidence);
  return { ...(order <= 0 ? a : b), modules: [...new Set([...a.modules, ...b.modules])].sort() };
}

import type { Examined } from '../audit/examined.ts';
import type { Confidence, DmaClass, Driver, HookState, JudgedDriver } from '../audit/model.ts';
import { anyOf } from '../tree/kbuild/index.ts';

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
    const key = keyOf(one.driver);
    const other = merged.get(key);
    if (!other) merged.set(key, one);
    else {
      const best = order(other.driver, one.driver) <= 0 ? other : one;
      merged.set(key, { ...best, driver: { ...best.driver, ...builtBy(other.driver, one.driver) } });
    }
  }
  return [...merged.values()];
}

/** The same for drivers that are reported already, sorted by file and place. */
export function mergeDrivers(drivers: readonly Driver[]): Driver[] {
  const merged = new Map<string, Driver>();
  for (const driver of drivers) {
    const other = merged.get(keyOf(driver));
    const best = other && order(other, driver) <= 0 ? other : driver;
    merged.set(keyOf(driver), other ? { ...best, ...builtBy(other, driver) } : driver);
  }
  return sortDrivers([...merged.values()]);
}

/** By file, then by place in it. */
export function sortDrivers(drivers: readonly Driver[]): Driver[] {
  return [...drivers].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}

function keyOf({ file, instance, struct }: JudgedDriver): string {
  return `${file}\0${instance}\0${struct}`;
}

/** The modules of both, either of which will do. */
function builtBy(a: JudgedDriver, b: JudgedDriver): Pick<JudgedDriver, 'modules' | 'configs'> {
  return {
    modules: [...new Set([...a.modules, ...b.modules])].sort(),
    configs: anyOf(a.configs, b.configs),
  };
}

function order(a: JudgedDriver, b: JudgedDriver): number {
  return (
    DMA_RANK.indexOf(a.dma.class) - DMA_RANK.indexOf(b.dma.class) ||
    HOOK_RANK.indexOf(a.hook.state) - HOOK_RANK.indexOf(b.hook.state) ||
    CONFIDENCE_RANK.indexOf(a.confidence) - CONFIDENCE_RANK.indexOf(b.confidence)
  );
}

/** What a change did: the drivers of a tree before it against those after it. Pure. */
import type { Driver, Finding, HookState, Severity } from './model.ts';
import { isMaster } from './rule.ts';
import { RULES } from './rules/index.ts';

/** From the best hook to the worst. */
const HOOKS: readonly (readonly HookState[])[] = [
  ['present'],
  ['conditional'],
  ['ineffective'],
  ['empty'],
  ['ignored', 'missing'],
];
const SEVERITIES: readonly Severity[] = ['note', 'warning'];
const ABOUT_HOOK = new Set(RULES.filter((rule) => rule.aboutHook).map((rule) => rule.id));

/** A finding that a change brought. */
export interface Introduced {
  readonly driver: Driver;
  readonly finding: Finding;
  /** The driver before the change; null for a new one. */
  readonly before: Driver | null;
}

/** A finding that a change ended. */
export interface Fixed {
  readonly driver: Driver;
  /** As it was before. */
  readonly finding: Finding;
  /** The driver after the change; null for one that is gone. */
  readonly after: Driver | null;
}

/** A hook that got worse, or a finding that weighs more, without a new finding. */
export interface Weaker {
  readonly driver: Driver;
  readonly before: Driver;
  /** The finding that weighs more; null where only the hook got worse. */
  readonly finding: Finding | null;
}

/** What a change did. Each driver's hook is spoken of once. */
export interface Changes {
  readonly introduced: readonly Introduced[];
  readonly fixed: readonly Fixed[];
  readonly weaker: readonly Weaker[];
}

/** One driver on both sides; null on the side where there is none. */
export interface Pair {
  readonly before: Driver | null;
  readonly after: Driver | null;
}

/**
 * Compares by rule and driver struct, never by line.
 * @param renamed paths after the change by paths before it
 */
export function compareDrivers(
  before: readonly Driver[],
  after: readonly Driver[],
  renamed: ReadonlyMap<string, string> = new Map(),
): Changes {
  const introduced: Introduced[] = [];
  const fixed: Fixed[] = [];
  const weaker: Weaker[] = [];
  for (const pair of pairDrivers(before, after, renamed)) {
    const added = addedBy(pair);
    introduced.push(...added);
    fixed.push(...endedBy(pair, added));
    const worse = weakerBy(pair, added);
    if (worse) weaker.push(worse);
  }
  return { introduced, fixed, weaker };
}

/**
 * The drivers of both sides, each with itself: by file and struct; then, for those left over, by the struct's name
 * where it is the only one (moved code that git takes for no rename); then by what they bind to, in one file.
 */
export function pairDrivers(
  before: readonly Driver[],
  after: readonly Driver[],
  renamed: ReadonlyMap<string, string>,
): Pair[] {
  const fileAfter = (driver: Driver): string => renamed.get(driver.file) ?? driver.file;
  const byPlace = group(before, (driver) => `${fileAfter(driver)}\0${driver.instance}`);
  const pairs: Pair[] = [];
  let fresh: Driver[] = [];
  for (const driver of after) {
    const same = byPlace.get(`${driver.file}\0${driver.instance}`)?.shift();
    if (same) pairs.push({ before: same, after: driver });
    else fresh.push(driver);
  }
  let gone = [...byPlace.values()].flat();
  const join = (older: (driver: Driver) => string, newer: (driver: Driver) => string): void => {
    const [olds, news] = [group(gone, older), group(fresh, newer)];
    for (const [key, [one, ...more]] of news) {
      const other = olds.get(key) ?? [];
      if (key === '' || more.length > 0 || other.length !== 1) continue;
      pairs.push({ before: other[0]!, after: one! });
      gone = gone.filter((driver) => driver !== other[0]);
      fresh = fresh.filter((driver) => driver !== one);
    }
  };
  const named = (driver: Driver): string => `${driver.struct}\0${driver.instance}`;
  join(named, named);
  join(
    (driver) => bindsTo(driver, fileAfter(driver)),
    (driver) => bindsTo(driver, driver.file),
  );
  return [
    ...pairs,
    ...fresh.map((driver) => ({ before: null, after: driver })),
    ...gone.map((driver) => ({ before: driver, after: null })),
  ];
}

/** True when the change did nothing that is worth a word. */
export function isNothing({ introduced, fixed, weaker }: Changes): boolean {
  return introduced.length + fixed.length + weaker.length === 0;
}

/** How good a hook is: 0 for the best. */
export function hookRank(state: HookState): number {
  return HOOKS.findIndex((states) => states.includes(state));
}

function addedBy({ before, after }: Pair): Introduced[] {
  const known = new Set(before?.findings.map(({ rule }) => rule));
  return (after?.findings ?? [])
    .filter(({ rule }) => !known.has(rule))
    .map((finding) => ({ driver: after!, finding, before }));
}

function endedBy({ before, after }: Pair, added: readonly Introduced[]): Fixed[] {
  // A driver that can't be read any more is not better for it.
  if (!before || after?.confidence === 'not-judged') return [];
  const left = new Set(after?.findings.map(({ rule }) => rule));
  const hidden = new Set(after?.suppressed.map(({ finding }) => finding.rule));
  const isReplaced = added.some(({ finding }) => ABOUT_HOOK.has(finding.rule));
  return before.findings
    .filter(({ rule }) => !left.has(rule) && !hidden.has(rule) && !(isReplaced && ABOUT_HOOK.has(rule)))
    .map((finding) => ({ driver: after ?? before, finding, after }));
}

function weakerBy({ before, after }: Pair, added: readonly Introduced[]): Weaker | null {
  if (!before || !after || after.confidence === 'not-judged') return null;
  if (added.some(({ finding }) => ABOUT_HOOK.has(finding.rule))) return null;
  const heavier = after.findings.find((finding) => {
    const old = before.findings.find(({ rule }) => rule === finding.rule);
    return old && SEVERITIES.indexOf(finding.severity) > SEVERITIES.indexOf(old.severity);
  });
  if (heavier) return { driver: after, before, finding: heavier };
  // A hook that was never about DMA may go.
  const isWorse = mayDoDma(after) && hookRank(after.hook.state) > hookRank(before.hook.state);
  return isWorse ? { driver: after, before, finding: null } : null;
}

/** True for a driver that the rules about hooks may speak of. */
function mayDoDma(driver: Driver): boolean {
  return isMaster(driver) || driver.dma.class === 'mask-only';
}

/** What a driver binds to, in its file; `''` for one that says nothing of it. */
function bindsTo({ struct, match }: Driver, file: string): string {
  const ids = [...match.of, ...match.pci, ...match.amba, ...match.acpi, ...match.platform];
  return ids.length === 0 ? '' : `${file}\0${struct}\0${ids.sort().join('\0')}`;
}

function group<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const list = groups.get(key(item));
    if (list) list.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

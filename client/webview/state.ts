/** What the panel shows, and what of it survives a reload. Pure: the page and its tests share it. */
import { PHASES } from '../../simulator/kexec/clock.ts';
import type { PolicyOutcome } from '../../simulator/kexec/outcome-types.ts';
import { POLICY_CHOICES, type PolicyChoice } from '../../simulator/kexec/scenario-types.ts';
import { countUntil, type TimelineColumns } from '../../simulator/view/columns.ts';
import { MARKS, type Mark } from '../../simulator/view/marks.ts';
import type { Subject } from './messages.ts';
import type { Changes } from './scenario.ts';
import type { Machine, Played } from './sim/protocol.ts';

/** What the memory map shows: all of it, a stretch, and beside it one page byte by byte. */
export interface Zoom {
  readonly span: { readonly start: number; readonly end: number } | null;
  /** Address of a page of 4 KiB. */
  readonly page: number | null;
}

/** Kept by the editor while the panel is hidden or the window reloads. */
export interface Kept {
  readonly version: 1;
  readonly subject: Subject;
  readonly machine: Machine | null;
  readonly changes: Changes;
  /** Null: today's. */
  readonly policy: PolicyChoice | null;
  readonly other: PolicyChoice | null;
  /** The playhead, microseconds. */
  readonly t: number;
  /** The access that the playhead is on; -1: before the first. Several can have one moment. */
  readonly index: number;
  readonly zoom: Zoom;
  /** Transactions a second of a simulated second: how fast `play` goes. */
  readonly speed: number;
}

/** The playhead was not moved yet: it goes to the worst that happens. */
export const UNSET = -1;

export const NO_ZOOM: Zoom = { span: null, page: null };

/** A panel that was just opened on a subject. */
export function opened(subject: Subject): Kept {
  return {
    version: 1,
    subject,
    machine: null,
    changes: {},
    policy: null,
    other: null,
    t: UNSET,
    index: -1,
    zoom: NO_ZOOM,
    speed: 1,
  };
}

/** What was kept before, when it is of this version; anything else is forgotten. */
export function restored(value: unknown): Kept | undefined {
  const kept = value as Partial<Kept> | null | undefined;
  if (kept?.version !== 1 || !kept.subject) return undefined;
  return { ...opened(kept.subject), ...kept } as Kept;
}

/** A change of one control; `undefined` takes it back to its default. */
export function changed(kept: Kept, field: string, value: unknown): Kept {
  const { [field]: _, ...rest } = kept.changes;
  return { ...kept, changes: value === undefined ? rest : { ...rest, [field]: value }, zoom: NO_ZOOM };
}

/** The other policy beside the first; choosing the same one ends the comparison. */
export function compared(kept: Kept, policy: PolicyChoice, shown: PolicyChoice): Kept {
  return { ...kept, other: policy === kept.other || policy === shown ? null : policy };
}

/** Another policy to look at. The moment stays; the access is the last one of it. */
export function chosen(kept: Kept, policy: PolicyChoice, columns: TimelineColumns | undefined): Kept {
  const index = columns ? countUntil(columns, kept.t) - 1 : -1;
  return { ...kept, policy, index, other: kept.other === policy ? null : kept.other };
}

/** The playhead at a moment. */
export function at(kept: Kept, columns: TimelineColumns, t: number): Kept {
  return { ...kept, t, index: countUntil(columns, t) - 1 };
}

/** The playhead `by` accesses on (or back). */
export function stepped(kept: Kept, columns: TimelineColumns, by: number): Kept {
  if (columns.count === 0) return kept;
  const index = Math.max(0, Math.min(columns.count - 1, kept.index + by));
  return { ...kept, index, t: columns.t[index]! };
}

/** The first access at or after `from` whose mark is one of `marks`; -1: there is none. */
export function findMark(columns: TimelineColumns, marks: readonly number[], from = 0): number {
  for (let i = from; i < columns.count; i++) if (marks.includes(columns.mark[i]!)) return i;
  return -1;
}

/** Marks of what a person wants to see first under an outcome, and what to call it; undefined: nothing happens. */
export function highlightOf(
  outcome: PolicyOutcome,
): { readonly marks: readonly number[]; readonly name: string } | undefined {
  const marks = (name: Mark) => [MARKS.findIndex(([mark]) => mark === name)];
  if (outcome.overwritten.length > 0) return { marks: marks('bad'), name: 'First overwrite' };
  if (outcome.leaked.length > 0) return { marks: marks('leak'), name: 'First leak' };
  if (outcome.intoFree.length > 0) return { marks: marks('unsure'), name: 'First into free memory' };
  if (outcome.blocked > 0) return { marks: marks('stop'), name: 'First blocked' };
  return undefined;
}

/** The playhead where the panel opens: on the worst that happens, else at the start. */
export function settled(kept: Kept, { outcome, columns }: Pick<Played, 'outcome' | 'columns'>): Kept {
  if (kept.t !== UNSET) return kept;
  const first = highlightOf(outcome);
  const found = first ? findMark(columns, first.marks) : -1;
  return found < 0 ? at(kept, columns, 0) : { ...kept, index: found, t: columns.t[found]! };
}

/** The matrix in the order of the tables, whatever order it was played in. */
export function ordered(played: ReadonlyMap<PolicyChoice, Played>): Played[] {
  return POLICY_CHOICES.flatMap((policy) => played.get(policy) ?? []);
}

/** Starts of the phases and the end. */
export function phaseEdges(clock: {
  jump: number;
  p2: number;
  p3: number;
  p4: number;
  end: number;
}): readonly number[] {
  const edges = [0, clock.jump, clock.p2, clock.p3, clock.p4, clock.end];
  return edges.slice(0, PHASES.length + 1);
}

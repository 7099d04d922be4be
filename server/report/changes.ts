import type { Changes } from '../audit/compare.ts';
import type { Driver, Finding } from '../audit/model.ts';

/** A patch of a series, as reports name it. */
export interface PatchName {
  readonly subject: string;
  readonly number: number | null;
  readonly total: number | null;
}

/** What one patch did, for saying which one it was. */
export interface PatchStep {
  readonly patch: PatchName;
  readonly changes: Changes;
  /** Printed files before the patch to those after it. */
  readonly renamed: ReadonlyMap<string, string>;
}

/** What a change did, as reports get it. */
export interface ChangeReport {
  /** Absolute path of the directory that changed files are named from. */
  readonly top: string;
  /** What was compared: `the work tree against v6.12`. */
  readonly against: string;
  /** What a person should know of how the change was read. */
  readonly notes: readonly string[];
  readonly changes: Changes;
  /** What it introduced and a baseline knows: not among `changes`. */
  readonly known?: Changes['introduced'];
  /** What each patch of a series did; empty for a change that is no series. */
  readonly steps: readonly PatchStep[];
}

/** A finding that a patch of a series brings and a later one ends. */
export interface Passing {
  readonly driver: Driver;
  readonly rule: string;
  readonly patch: PatchName;
}

type Kind = keyof Changes;

/** The patch that did something: the last one that did it to this driver; null outside of a series. */
export function patchOf(
  report: ChangeReport,
  kind: Kind,
  driver: Driver,
  rule: string | null,
): PatchName | null {
  let files = new Set([driver.file]);
  for (const step of [...report.steps].reverse()) {
    const isSame = (one: { driver: Driver }): boolean =>
      one.driver.instance === driver.instance && files.has(one.driver.file);
    const list: readonly { driver: Driver; finding: { rule: string } | null }[] = step.changes[kind];
    const own = list.filter(isSame);
    // A finding may have changed its rule on the way: then the driver's last change is meant.
    if (own.some(({ finding }) => finding?.rule === rule) || (kind !== 'introduced' && own.length > 0)) {
      return step.patch;
    }
    const older = [...step.renamed].filter(([, to]) => files.has(to)).map(([from]) => from);
    files = new Set([...files, ...older]);
  }
  return null;
}

/** Findings that come and go within a series: nothing at its end, but a trap for who bisects. */
export function passingOf({ changes, known = [], steps }: ChangeReport): Passing[] {
  const kept = new Set([...changes.introduced, ...known].map(textOf));
  return steps.flatMap(({ patch, changes: { introduced } }, at) =>
    introduced
      .filter((one) => !kept.has(textOf(one)))
      // What an earlier patch of the series fixed, and this one brings back, may also stay.
      .filter((one) => steps.slice(at + 1).some((later) => ends(later.changes, one)))
      .map(({ driver, finding }) => ({ driver, rule: finding.rule, patch })),
  );
}

interface Found {
  readonly driver: Driver;
  readonly finding: Finding;
}

/** A driver may move its file on the way: its name is what is held on to. */
function textOf({ driver, finding }: Found): string {
  return `${driver.instance}\0${finding.rule}`;
}

/** Whether a change ends a finding, or puts another one of the same driver in its place. */
function ends({ fixed, introduced }: Changes, one: Found): boolean {
  const isReplaced = ({ driver, finding }: Found): boolean =>
    driver.instance === one.driver.instance && finding.rule !== one.finding.rule;
  return fixed.some((other) => textOf(other) === textOf(one)) || introduced.some(isReplaced);
}

/** `2/3 "dma: foo: …"`, or the subject alone. */
export function nameOfPatch({ subject, number, total }: PatchName): string {
  return number === null ? `"${subject}"` : `${number}/${total} "${subject}"`;
}

/** Something that a change did besides new findings, in one sentence without its full stop. */
export interface ChangeSentence {
  readonly kind: 'fixed' | 'weaker' | 'passing';
  readonly driver: Driver;
  readonly text: string;
}

/** What was fixed, what got weaker, and what only comes and goes within a series. */
export function changeSentences(report: ChangeReport): ChangeSentence[] {
  const { changes } = report;
  const by = (patch: PatchName | null): string => (patch ? `, by patch ${nameOfPatch(patch)}` : '');
  return [
    ...changes.fixed.map(({ driver, finding, after }) => ({
      kind: 'fixed' as const,
      driver,
      text: `${fixedHow(driver, finding.rule, after)}${by(patchOf(report, 'fixed', driver, finding.rule))}`,
    })),
    ...changes.weaker.map(({ driver, before, finding }) => ({
      kind: 'weaker' as const,
      driver,
      text: `${weakerHow(driver, before, finding)}${by(patchOf(report, 'weaker', driver, finding?.rule ?? null))}`,
    })),
    ...passingOf(report).map(({ driver, rule, patch }) => ({
      kind: 'passing' as const,
      driver,
      text: `patch ${nameOfPatch(patch)} brings ${rule} to ${driver.instance}, and a later patch ends it`,
    })),
  ];
}

function fixedHow(driver: Driver, rule: string, after: Driver | null): string {
  if (!after) return `${driver.instance} is gone, and with it its ${rule}`;
  const { state, function: hook } = after.hook;
  if (state === 'present' && hook)
    return `${driver.instance} now has ${hook} as .shutdown hook (was ${rule})`;
  return `${driver.instance} has no ${rule} any more`;
}

function weakerHow(driver: Driver, before: Driver, finding: Finding | null): string {
  if (finding) return `${finding.rule} of ${driver.instance} is a ${finding.severity} now`;
  return `the .shutdown hook of ${driver.instance} was ${before.hook.state} and is ${driver.hook.state}`;
}

/** What a change did, as JSON readers get it. */
export function changeObject(report: ChangeReport) {
  const { against, notes, changes } = report;
  const patch = (kind: Kind, driver: Driver, rule: string | null): PatchName | null =>
    patchObject(patchOf(report, kind, driver, rule));
  return {
    against,
    notes,
    introduced: changes.introduced.map(({ driver, finding, before }) => ({
      ...placeOf(driver),
      rule: finding.rule,
      severity: finding.severity,
      hook: { before: before?.hook.state ?? null, after: driver.hook.state },
      patch: patch('introduced', driver, finding.rule),
    })),
    fixed: changes.fixed.map(({ driver, finding, after }) => ({
      ...placeOf(driver),
      rule: finding.rule,
      hook: { after: after?.hook.state ?? null },
      patch: patch('fixed', driver, finding.rule),
    })),
    weaker: changes.weaker.map(({ driver, before, finding }) => ({
      ...placeOf(driver),
      rule: finding?.rule ?? null,
      hook: { before: before.hook.state, after: driver.hook.state },
      patch: patch('weaker', driver, finding?.rule ?? null),
    })),
    passing: passingOf(report).map(({ driver, rule, patch: by }) => ({
      ...placeOf(driver),
      rule,
      patch: patchObject(by),
    })),
  };
}

function placeOf({ file, line, instance }: Driver): Pick<Driver, 'file' | 'line' | 'instance'> {
  return { file, line, instance };
}

function patchObject(patch: PatchName | null): PatchName | null {
  return patch && { number: patch.number, total: patch.total, subject: patch.subject };
}

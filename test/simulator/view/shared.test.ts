import { describe, expect, it } from 'vitest';
import { simulate } from '../../../simulator/kexec/engine.ts';
import { POLICIES } from '../../../simulator/kexec/policies.ts';
import { resolveScenario } from '../../../simulator/kexec/scenario.ts';
import { POLICY_CHOICES, type ScenarioInput } from '../../../simulator/kexec/scenario-types.ts';
import { answerOf, stoppers } from '../../../simulator/view/answer.ts';
import { assumedGroups } from '../../../simulator/view/assumed.ts';
import { columnsOf, countUntil } from '../../../simulator/view/columns.ts';
import { GLOSSARY, termOf } from '../../../simulator/view/glossary.ts';
import { MARKS } from '../../../simulator/view/marks.ts';
import { matrixRow, OUTCOME_COLUMNS, POLICY_BRIEF } from '../../../simulator/view/matrix.ts';

const run = (input: ScenarioInput = {}) => simulate(resolveScenario(input), { timeline: true });

describe('the matrix', () => {
  const { outcomes } = run();

  it('marks one cell of a row as the verdict, and the others that hold', () => {
    for (const o of outcomes.filter((one) => one.applicable)) {
      const row = matrixRow(o);
      const verdicts = OUTCOME_COLUMNS.filter(({ verdict }) => row.cells[verdict].isVerdict);
      expect(verdicts.map((c) => c.verdict)).toEqual([o.verdict]);
      for (const { verdict } of OUTCOME_COLUMNS)
        expect(row.cells[verdict].holds).toBe(o.effects.includes(verdict));
    }
  });

  it('shows the numbers of the outcome', () => {
    const bypass = outcomes.find((o) => o.policy === 'bypass')!;
    expect(bypass.bytesOverwritten).toBeGreaterThan(0);
    expect(matrixRow(bypass).cells.corrupts.value).toBe(bypass.bytesOverwritten);
    const abort = outcomes.find((o) => o.policy === 'abort')!;
    expect(matrixRow(abort).cells.blocked.text).toBe(String(abort.blocked));
  });

  it('leaves the cells of a policy without meaning empty', () => {
    const { outcomes: without } = run({ smmu: 'none' });
    const row = matrixRow(without.find((o) => o.policy === 'bypass')!);
    expect(row.applicable).toBe(false);
    expect(Object.values(row.cells).every((cell) => !cell.holds && cell.text === '')).toBe(true);
  });

  it('counts what stays open where nothing lands in free memory', () => {
    const { outcomes: foreign } = run({ target: 'not-smmu-aware' });
    const open = foreign.filter((o) => o.effects.includes('unknown') && o.intoFree.length === 0);
    expect(open.length).toBeGreaterThan(0);
    for (const o of open) expect(matrixRow(o).cells.unknown.text).toBe(`${o.unknowns.length} open`);
  });

  it('has a few words for each policy', () => {
    expect(Object.keys(POLICY_BRIEF)).toEqual(POLICY_CHOICES);
    expect(Object.keys(POLICIES).every((name) => name in POLICY_BRIEF)).toBe(true);
  });
});

describe('the answers', () => {
  it('say what is overwritten, whose it is, when, and what would stop it', () => {
    const { outcomes, scenario } = run();
    const bypass = outcomes.find((o) => o.policy === 'bypass')!;
    const answer = answerOf(outcomes, 'bypass', scenario.assumptions)!;
    expect(answer.what).toContain('are written by');
    expect(answer.whose).toContain(bypass.overwritten[0]!.owner);
    expect(answer.when).toContain(`in ${bypass.firstCorruption!.phase}`);
    expect(answer.stops).toMatch(/^A \.shutdown hook in the driver, or the policies abort, abort-quiet/);
    expect(answer.assumed).toMatch(/^0 values come from the driver's own code; \d+ are assumed/);
  });

  it('name the policies that cost the target its DMA apart', () => {
    const { outcomes } = run({ target: 'not-smmu-aware' });
    const { clean, breaking } = stoppers(outcomes);
    expect(clean).toEqual(['hook']);
    expect(breaking).toContain('abort-quiet');
  });

  it('say nothing is touched where nothing is', () => {
    const { outcomes, scenario } = run();
    const answer = answerOf(outcomes, 'hook', scenario.assumptions)!;
    expect([answer.whose, answer.when]).toEqual(["Nobody's.", 'Never.']);
    expect(answer.what).toContain("the driver's own hook stops it");
  });

  it('group what was assumed by its reason', () => {
    const groups = assumedGroups([
      { field: 'a', value: '1', because: 'usual' },
      { field: 'b', value: '2', because: 'usual' },
      { field: 'b', value: '2', because: 'usual', file: 'x.c', line: 3 },
    ]);
    expect(groups).toEqual([
      { fields: ['a=1', 'b=2'], because: 'usual' },
      { fields: ['b=2'], because: 'usual', file: 'x.c', line: 3 },
    ]);
  });
});

describe('columns', () => {
  it('hold every access and every piece in the order of time', () => {
    const timeline = run().outcomes[0]!.timeline;
    const columns = columnsOf(timeline);
    expect(columns.count).toBe(timeline.length);
    timeline.forEach((entry, i) => {
      expect(columns.t[i]).toBe(entry.t);
      expect(columns.iova[i]).toBe(entry.iova);
    });
    expect([...columns.of].every((owner, k) => k === 0 || owner >= columns.of[k - 1]!)).toBe(true);
    const landed = timeline.findIndex((e) => e.phase === 'P1' && e.pieces.some((p) => p.owner.live));
    expect(MARKS[columns.mark[landed]!]![0]).toBe('bad');
  });

  it('count what happened until a moment', () => {
    const columns = { count: 3, t: Float64Array.of(0, 10, 10) };
    expect([-1, 0, 9, 10, 11].map((t) => countUntil(columns, t))).toEqual([0, 1, 1, 3, 3]);
  });
});

describe('the glossary', () => {
  it('explains each word in one sentence', () => {
    for (const { name, says } of GLOSSARY) {
      expect([name, /^[A-Z][^!?]*[^.]\.$/.test(says) && !/\. [A-Z]/.test(says)]).toEqual([name, true]);
    }
    const names = GLOSSARY.flatMap((t) => [t.name, ...(t.also ?? [])]).map((n) => n.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  it('knows a word in any spelling', () => {
    expect(termOf('streamid')?.name).toBe('StreamID');
    expect(termOf('SMMUEN')?.name).toBe('CR0');
    expect(termOf('no such word')).toBeUndefined();
  });
});

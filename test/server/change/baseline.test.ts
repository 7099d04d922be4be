/** A change in a project that has a baseline: what is known is not reported, what the change ended is said. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quiesce } from '../cli/run.ts';
import { checkedIn, dropHook } from './checked.ts';
import { Repository } from './repository.ts';

const GOOD = 'drivers/platform/recorder_good.c';
const BAD = 'drivers/platform/recorder.c';
const FOUND = `${GOOD} recorder_good_driver missing-shutdown`;

let repository: Repository;
beforeEach(async () => {
  repository = Repository.ofExamples();
  repository.write('.quiesce.yaml', 'root: true\nbaseline: known.json\n');
});
afterEach(() => repository.remove());

const check = (...args: string[]) => quiesce(['check', ...args], { cwd: repository.root });
const checked = (...args: string[]) => checkedIn(repository.root, args);

/** Writes down what is there, and commits it. */
async function adopt(): Promise<void> {
  expect((await check('.', '--write-baseline')).code).toBe(0);
  repository.commit('adopt');
}

const addHook = (text: string): string =>
  text.replace(/^(\t\.probe\s*=.*\n)/m, '$1\t.shutdown = recorder_remove,\n');

describe('a change', () => {
  it('reports no new finding that the baseline has, and counts it', async () => {
    repository.edit(GOOD, dropHook);
    await adopt();
    expect(await checked('--since', 'HEAD~1')).toMatchObject({
      code: 0,
      introduced: [],
      findings: [],
      baseline: { known: 1, fixed: [], gone: [] },
    });
    expect(await checked('--since', 'HEAD~1', '--no-baseline')).toMatchObject({
      code: 1,
      introduced: [FOUND],
    });
    const { stdout } = await check('--since', 'HEAD~1');
    expect(stdout).toContain('0 introduced, 0 fixed, 0 made weaker');
    expect(stdout).toContain('baseline: 1 known finding not shown');
    const sarif = JSON.parse((await check('--since', 'HEAD~1', '--format', 'sarif')).stdout);
    expect(sarif.runs[0].results).toEqual([]);
    expect(sarif.runs[0].properties.baseline).toEqual({ known: 1, fixed: 0, gone: 0 });
  });

  it('reports what the baseline does not have, of the work tree, the index and a series', async () => {
    await adopt();
    repository.edit(GOOD, dropHook);
    repository.git('add', '-A');
    const introduced = { code: 1, introduced: [FOUND], baseline: { known: 0 } };
    expect(await checked('--since', 'HEAD')).toMatchObject(introduced);
    expect(await checked('--staged')).toMatchObject(introduced);
    repository.commit('drop it');
    const [mail] = repository.mails('HEAD~1');
    repository.git('checkout', '-q', 'HEAD~1');
    expect(await checked('--mbox', repository.put('s.mbox', mail!))).toMatchObject(introduced);
  });

  it('says which entries it ended, and fails on them when strict', async () => {
    await adopt();
    repository.edit(BAD, addHook);
    repository.git('rm', '-q', 'drivers/platform/scaler_dead.c');
    const entry = { file: BAD, instance: 'recorder_driver', rule: 'missing-shutdown' };
    const gone = { file: 'drivers/platform/scaler_dead.c', instance: 'scaler_driver' };
    const { code, fixed, baseline } = await checked('--since', 'HEAD');
    expect(code).toBe(0);
    expect(fixed).toContain(`${BAD} recorder_driver missing-shutdown`);
    expect(baseline).toMatchObject({ known: 0, fixed: [entry], gone: [gone] });
    const strict = await check('--since', 'HEAD', '--strict-baseline');
    expect([strict.code, strict.stderr]).toEqual([
      1,
      'quiesce: baseline: fixed drivers/platform/recorder.c: recorder_driver [missing-shutdown]\n' +
        'quiesce: baseline: gone drivers/platform/scaler_dead.c: scaler_driver [ignored-shutdown]\n',
    ]);
  });

  it('does not take a known finding for one that comes and goes within the series', async () => {
    await adopt();
    repository.edit(GOOD, dropHook);
    repository.commit('drop it');
    repository.edit(BAD, (text) => `${text}\n/* a word */\n`);
    repository.commit('a word');
    const mails = repository.mails('HEAD~2').join('');
    repository.git('checkout', '-q', 'HEAD~2');
    repository.edit('known.json', (text) =>
      text.replaceAll('recorder_driver', 'recorder_good_driver').replaceAll(BAD, GOOD),
    );
    expect(await checked('--mbox', repository.put('s.mbox', mails))).toMatchObject({
      introduced: [],
      passing: [],
      baseline: { known: 1 },
    });
  });

  it('writes no baseline', async () => {
    const { code, stdout, stderr } = await check('--since', 'HEAD', '--write-baseline');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^quiesce: --write-baseline: [^\n]+\n$/);
    expect(repository.git('status', '--porcelain')).toBe('?? .quiesce.yaml\n');
  });
});

/** Hooks that a change makes weaker, with and without a new finding. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { quiesce } from '../cli/run.ts';
import { checkedIn, dropHook } from './checked.ts';
import { Repository } from './repository.ts';

const GOOD = 'drivers/platform/recorder_good.c';
const BAD = 'drivers/platform/recorder.c';
const LEDS = 'drivers/platform/leds.c';
const SUPPRESS = '/* quiesce-ignore missing-shutdown: the bridge resets it */\n';

let repository: Repository;
beforeEach(() => {
  repository = Repository.ofExamples();
});
afterEach(() => repository.remove());

const since = () => checkedIn(repository.root, ['--since', 'HEAD']);

describe('a hook that gets weaker', () => {
  it.each([
    ['empty', 'empty-shutdown', /^\trecorder_stop\(rec\);\n/m, '', /\tif \(pm_runtime[\s\S]*?return;\n/, ''],
    [
      'conditional',
      'conditional-shutdown',
      /^(\t\.shutdown = .*\n)/m,
      '#ifdef CONFIG_PM_SLEEP\n$1#endif\n',
      /$^/,
      '',
    ],
  ] as const)('to %s is a new finding that names both states', async (state, rule, from, to, also, then) => {
    repository.edit(GOOD, (text) =>
      text
        .replace(from, to)
        .replace(also, then)
        .replace(state === 'empty' ? /^\tpm_runtime_put.*\n/m : /$^/, ''),
    );
    const { code, introduced, change, weaker } = await since();
    expect([code, introduced, weaker]).toEqual([1, [`${GOOD} recorder_good_driver ${rule}`], []]);
    expect(change.introduced[0].hook).toEqual({ before: 'present', after: state });
  });

  it('behind a comment that suppresses the finding is said, and fails nothing', async () => {
    repository.edit(GOOD, (text) => text.replace(/^(?=static struct platform_driver)/m, SUPPRESS));
    repository.commit('suppress');
    repository.edit(GOOD, dropHook);
    const { code, introduced, weaker, change } = await since();
    expect([code, introduced, weaker]).toEqual([0, [], [`${GOOD} recorder_good_driver `]]);
    expect(change.weaker[0]).toMatchObject({ rule: null, hook: { before: 'present', after: 'missing' } });
    const { stdout } = await quiesce(['check', '--since', 'HEAD'], { cwd: repository.root });
    expect(stdout).toContain('weaker: the .shutdown hook of recorder_good_driver was present and is missing');
    repository.commit('drop it');
    const mbox = repository.put('s.mbox', repository.mails('HEAD~1').join(''));
    repository.git('checkout', '-q', 'HEAD~1');
    const reply = await quiesce(['check', '--reply', '--mbox', mbox], { cwd: repository.root });
    expect(reply.stdout.replace(/\s+/g, ' ')).toContain(
      'Made weaker: the .shutdown hook of recorder_good_driver was present and is missing',
    );
  });

  it('is a finding that weighs more now: a driver that only might do DMA, and does it', async () => {
    const does = repository.read(BAD);
    repository.edit(BAD, (text) =>
      text.replace(/^\t(rec->buf = )dmam?_alloc_coherent.*$/m, '\tdma_set_mask(&pdev->dev, 32);\n\t$1rec;'),
    );
    repository.commit('only a mask');
    repository.write(BAD, does);
    const { code, introduced, weaker } = await since();
    expect([code, introduced, weaker]).toEqual([0, [], [`${BAD} recorder_driver missing-shutdown`]]);
    const { stdout } = await quiesce(['check', '--since', 'HEAD'], { cwd: repository.root });
    expect(stdout).toContain('missing-shutdown of recorder_driver is a warning now');
  });

  it('is none by configuration, which holds for both sides as it is today', async () => {
    repository.write('.quiesce.yaml', 'root: true\nrules:\n  missing-shutdown: note\n');
    repository.commit('mild');
    repository.write('.quiesce.yaml', 'root: true\nrules:\n  missing-shutdown: warning\n');
    repository.edit(BAD, (text) => `${text}\n/* a word */\n`);
    expect(await since()).toMatchObject({ code: 0, introduced: [], fixed: [], weaker: [] });
  });

  it('is not spoken of where the driver does no DMA', async () => {
    repository.edit(LEDS, (text) =>
      text
        .replace(
          /^(?=static struct platform_driver)/m,
          'static void leds_shutdown(struct platform_device *pdev)\n{\n\twritel(0, leds_regs);\n}\n\n',
        )
        .replace(/^(\t\.probe\s*=.*\n)/m, '$1\t.shutdown = leds_shutdown,\n'),
    );
    repository.commit('off at shutdown');
    repository.edit(LEDS, dropHook);
    expect(await since()).toMatchObject({ code: 0, introduced: [], fixed: [], weaker: [] });
  });
});

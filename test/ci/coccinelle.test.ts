/** docs/coccinelle: the rule finds in the examples what it says that it finds. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const RULE = 'docs/coccinelle/missing-shutdown.cocci';
const isSkipped = spawnSync('spatch', ['--version']).status !== 0;
if (isSkipped) process.stderr.write('SKIPPED: the rule for Coccinelle, no spatch here\n');

describe.skipIf(isSkipped)('missing-shutdown.cocci', () => {
  /** Driver structs that the rule points at, as `file struct`. */
  const found = (): string[] => {
    const args = ['--sp-file', RULE, '--very-quiet', '--dir', 'test/fixtures/examples'];
    const { stdout } = spawnSync('spatch', args, { encoding: 'utf8' });
    let file = '';
    return stdout.split('\n').flatMap((line) => {
      file = /^--- (?:.*\/)?examples\/(\S+)/.exec(line)?.[1] ?? file;
      const struct = /^-static struct \w+ (\w+)/.exec(line)?.[1];
      return struct ? [`${file} ${struct}`] : [];
    });
  };

  it('finds the drivers whose own file does the DMA, and no driver with a hook', () => {
    expect(found().sort()).toEqual([
      'amba/dmac.c dmac_driver',
      'platform/recorder.c recorder_driver',
      // Its hook is where the platform bus never looks.
      'platform/scaler_dead.c scaler_driver',
      // A comment with a reason, which Coccinelle does not read.
      'platform/tuner_suppressed.c tuner_driver',
    ]);
  });
});

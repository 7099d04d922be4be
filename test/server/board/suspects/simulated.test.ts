import { expect, test } from 'vitest';
import { todayFor } from '../../../../server/board/advice/advice.ts';
import { deviceScenario } from '../../../../server/board/advice/scenario.ts';
import type { JoinedMachine, Row } from '../../../../server/board/model.ts';
import { LandingPlayer } from '../../../../server/board/suspects/landings.ts';
import { type Lineup, suspectsOf } from '../../../../server/board/suspects/suspects.ts';
import { masterOf, smmuOf } from '../../../../server/board/through.ts';
import { resolveScenario } from '../../../../simulator/kexec/scenario.ts';
import type { Today } from '../../../../simulator/kexec/today.ts';
import { type Landings, landingsOf } from '../../../../simulator/kexec/ways.ts';
import { InputError, PAGE } from '../../../../simulator/machine/address.ts';
import { createRandom, type Random } from '../../../../simulator/machine/random.ts';
import { machineOf } from './machines.ts';

/** All 500 of issue and CI, or enough to see that it holds. */
const CASES = Number(process.env.SUSPECTS ?? 30);
const EACH = 10;
const TODAY: readonly Today[] = (['bypass'] as const).map((policy) => ({
  v2: { policy, says: 'a test' },
  v3: { policy, says: 'a test' },
}));

/** Where a device writes in a kexec that nobody has seen. */
function kexecOf({ machine }: JoinedMachine, row: Row, today: Today, seed: number): number[] {
  const master = masterOf(machine, row.device);
  const { policy } = todayFor(master, smmuOf(machine, master) ?? null, today);
  const { input } = deviceScenario(machine, machine.memory!, row);
  let runs: Landings['runs'] = [];
  try {
    runs = landingsOf(resolveScenario(input), policy, 1, seed).runs;
  } catch (error) {
    // A variation that the machine has no room for.
    if (!(error instanceof InputError)) throw error;
  }
  return runs.flatMap(({ pages }) => pages.map(({ page }) => page));
}

/** A device that wrote, and a page that it wrote to. */
function culprit(joined: JoinedMachine, today: Today, random: Random) {
  for (let tries = 0; tries < 40; tries++) {
    const row = joined.rows[random.below(joined.rows.length)]!;
    const seed = random.u32();
    const pages = kexecOf(joined, row, today, seed);
    if (pages.length > 0) return { row, page: pages[random.below(pages.length)]! + random.below(PAGE) };
  }
  return undefined;
}

const SAMPLED = { runs: 12, seed: 7 };

async function ask(joined: JoinedMachine, today: Today, player: LandingPlayer, at: number): Promise<Lineup> {
  const address = { start: at, end: at + 1 };
  const [lineup] = await suspectsOf(joined, { address, today, policies: [null], ...SAMPLED, player });
  return lineup!;
}

test(`who wrote is among the first three suspects in at least 95 %% of ${CASES} simulated kexecs`, {
  timeout: 600_000,
}, async () => {
  let asked = 0;
  let found = 0;
  for (let seed = 1; asked < CASES; seed++) {
    const joined = machineOf(seed);
    const random = createRandom(seed).fork('culprits');
    const player = new LandingPlayer(joined.machine, joined.machine.memory!, SAMPLED);
    const today = TODAY[seed % TODAY.length]!;
    for (let n = 0; n < EACH && asked < CASES; n++) {
      const truth = culprit(joined, today, random);
      if (!truth) break;
      const { suspects } = await ask(joined, today, player, truth.page);
      const rank = suspects.findIndex(({ row }) => row === truth.row) + 1;
      asked++;
      if (rank > 0 && rank <= 3) found++;
    }
  }

  expect(found / asked).toBeGreaterThanOrEqual(0.95);
});

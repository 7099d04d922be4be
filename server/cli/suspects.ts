import { Command } from 'commander';
import { PHASES, type Phase } from '../../simulator/kexec/clock.ts';
import type { PolicyChoice } from '../../simulator/kexec/scenario-types.ts';
import { InputError, parseAmount, type Span } from '../../simulator/machine/address.ts';
import { POLICY_OPTIONS } from '../../simulator/view/matrix.ts';
import { accuse } from '../board/accuse.ts';
import { readFaults } from '../board/fault-log.ts';
import { suspectsOf } from '../board/suspects/suspects.ts';
import { TOOL_VERSION } from '../project/version.ts';
import { suspectsJson } from '../report/suspects/json.ts';
import { placeOf } from '../report/suspects/place.ts';
import { suspectsPretty } from '../report/suspects/pretty.ts';
import { todayIn } from './advice.ts';
import { withAuditFlags } from './audit.ts';
import { type InventoryFlags, joinedMachine, withInventoryFlag } from './machine-input.ts';
import { print } from './output.ts';
import { Progress } from './progress.ts';
import { oneOf, readInput, UsageError, wholeNumber } from './usage.ts';

const FORMATS = ['pretty', 'json'] as const;
/** With `hook` there is nothing to ask. */
const POLICIES = ['today', 'all', ...POLICY_OPTIONS.filter((policy) => policy !== 'hook')] as const;

interface SuspectsFlags extends InventoryFlags {
  readonly pa?: string;
  readonly policy: string;
  readonly phase?: string;
  readonly log?: string;
  readonly runs: string;
  readonly seed: string;
  readonly limit: string;
  readonly format: string;
}

/** `quiesce suspects --pa ADDRESS FILE…`. */
export function suspectsCommand(): Command {
  return withInventoryFlag(withAuditFlags(new Command('suspects')))
    .description('rank the devices of one machine that can have overwritten a physical address at a kexec')
    .argument('[file...]', 'what describes the machine, as for `board`')
    .option('--pa <address>', 'physical address: 0x8b400000, a range 0x8b400000-0x8b400fff, or 0x8b400000+4K')
    .option('--policy <name>', `what the SMMU is left with: ${POLICIES.join(', ')}`, 'today')
    .option('--phase <name>', `only writes of one phase of the kexec: ${PHASES.slice(1).join(', ')}`)
    .option('--log <file>', "kernel log with SMMU faults, '-' for standard input: whom it names comes first")
    .option('--runs <n>', 'kexecs that are simulated for each device', '16')
    .option('--seed <n>', 'seed of the simulations', '1')
    .option('--limit <n>', 'suspects that are shown', '10')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .action(async (files: string[], flags: SuspectsFlags) => {
      const format = oneOf('format', flags.format, FORMATS);
      const address = addressOf(flags.pa);
      const policy = oneOf('policy', flags.policy, POLICIES);
      const phase = flags.phase === undefined ? undefined : oneOf('phase', flags.phase, PHASES.slice(1));
      const runs = wholeNumber('--runs', flags.runs, 1);
      const seed = wholeNumber('--seed', flags.seed, 0);
      const limit = wholeNumber('--limit', flags.limit, 1);
      if (files.length === 0) throw new UsageError('no file given that describes the machine');
      const faults = flags.log === undefined ? [] : readFaults(readInput('--log', flags.log));
      const joined = await joinedMachine(files, flags);
      const { memory, title } = joined.machine;
      const place = memory && placeOf(memory, address);
      if (memory && place === null)
        throw new UsageError(`--pa ${flags.pa}: nothing lies there in the memory map of ${title}`);
      const progress = new Progress();
      try {
        const lineups = await suspectsOf(joined, {
          address,
          today: await todayIn(flags.tree),
          policies: policiesOf(policy),
          runs,
          seed,
          accusations: accuse(faults, joined),
          ...(phase ? { phase: phase as Phase } : {}),
          breathe: (done, total) => {
            progress.update(done, total, 'simulate');
            return new Promise((go) => setImmediate(go));
          },
        });
        progress.end();
        const page = { title, address, place: place ?? '', lineups, limit };
        await print(
          format === 'json'
            ? suspectsJson(page, TOOL_VERSION)
            : suspectsPretty(page, process.stdout.isTTY === true),
        );
      } catch (error) {
        progress.end();
        if (error instanceof InputError) throw new UsageError(error.message);
        throw error;
      }
    });
}

function policiesOf(policy: (typeof POLICIES)[number]): (PolicyChoice | null)[] {
  if (policy === 'today') return [null];
  return policy === 'all' ? POLICY_OPTIONS.filter((one) => one !== 'hook') : [policy];
}

/** One byte, `A-B` with B inside, or `A+LENGTH`. @throws UsageError */
function addressOf(text: string | undefined): Span {
  if (text === undefined) throw new UsageError('no address given: --pa 0x8b400000');
  const [, first, sign, second] = /^([^-+]+)(?:([-+])(.+))?$/.exec(text.trim()) ?? [];
  try {
    const start = parseAmount(first ?? text, `--pa ${text}`);
    if (sign === undefined) return { start, end: start + 1 };
    const amount = parseAmount(second!, `--pa ${text}`);
    const end = sign === '+' ? start + amount : amount + 1;
    if (end > start) return { start, end };
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(error.message);
    throw error;
  }
  throw new UsageError(`--pa ${text}: the range ends before it begins`);
}

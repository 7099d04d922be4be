import { Command } from 'commander';
import picocolors from 'picocolors';
import { simulate, simulateRuns } from '../../simulator/kexec/engine.ts';
import { runTransactionLine } from '../../simulator/transaction/run.ts';
import { simulationJson } from '../../simulator/view/json.ts';
import { simulationSvg } from '../../simulator/view/svg.ts';
import { PLAIN, simulationTable } from '../../simulator/view/table.ts';
import { ConfigStore } from '../project/config-store.ts';
import { withConfiguredBoard } from './configured-board.ts';
import { print, setExit } from './output.ts';
import {
  asUsage,
  type LoadDrivers,
  type ScenarioFlags,
  scenarioOf,
  splitArgument,
} from './simulate-machine.ts';
import { EXIT, oneOf, readInput, UsageError, wholeNumber } from './usage.ts';

const FORMATS = ['pretty', 'json', 'svg'] as const;
/** Beyond this a person should think about what they ask for. */
const MOST_RUNS = 100_000;

/** Options of `quiesce simulate`. */
export interface SimulateFlags extends ScenarioFlags {
  format: string;
  trace?: boolean;
  runs?: string;
  transaction?: string;
}

/** Text for standard output and the exit code. */
export interface SimulateOutput {
  readonly text: string;
  readonly code: number;
}

/** One JSON object for each line of the file, in its order. A bad line gives its error and exit 2, the rest runs. */
function transactions(path: string): SimulateOutput {
  let code: number = EXIT.ok;
  const lines: string[] = [];
  for (const line of readInput('--transaction', path).split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const result = runTransactionLine(line);
    if ('error' in result) code = EXIT.usage;
    lines.push(JSON.stringify(result));
  }
  return { text: lines.map((line) => `${line}\n`).join(''), code };
}

function onlyTransaction(argument: string | undefined, flags: SimulateFlags): void {
  const others = Object.entries(flags).filter(
    ([name, value]) => !['transaction', 'format'].includes(name) && value !== undefined,
  );
  const [other] = argument !== undefined ? [argument] : others.map(([name]) => `--${name}`);
  if (other) throw new UsageError(`--transaction runs the lines of its file and takes no ${other}`);
}

/**
 * Runs the command without touching standard output.
 * @param color the output is a terminal
 * @throws UsageError for anything that the person has to mend
 */
export async function runSimulate(
  argument: string | undefined,
  flags: SimulateFlags,
  load: LoadDrivers,
  color: boolean,
): Promise<SimulateOutput> {
  const format = oneOf('format', flags.format, FORMATS);
  if (flags.transaction !== undefined) {
    onlyTransaction(argument, flags);
    return transactions(flags.transaction);
  }
  try {
    const scenario = await scenarioOf(argument, flags, load);
    const runs = flags.runs === undefined ? undefined : wholeNumber('--runs', flags.runs, 1);
    if (runs !== undefined && runs > MOST_RUNS) throw new UsageError(`--runs: at most ${MOST_RUNS}`);
    if (format === 'svg' && runs !== undefined)
      throw new UsageError('--runs has no picture: use --format pretty or json');
    const trace = flags.trace ?? false;
    const result = simulate(scenario, { timeline: trace || format === 'svg', explain: trace });
    const frequencies =
      runs === undefined ? {} : { frequencies: simulateRuns(scenario, runs, scenario.seed) };
    switch (format) {
      case 'json':
        return {
          text: `${JSON.stringify(simulationJson(result, { trace, ...frequencies }), null, 2)}\n`,
          code: EXIT.ok,
        };
      case 'svg':
        return { text: simulationSvg(result), code: EXIT.ok };
      case 'pretty': {
        const paint = color ? picocolors.createColors(true) : PLAIN;
        return { text: simulationTable(result, { trace, paint, ...frequencies }), code: EXIT.ok };
      }
    }
  } catch (error) {
    throw asUsage(error);
  }
}

/**
 * `quiesce simulate [FILE[:INSTANCE]]`.
 * @param load reads the drivers of a file, as `quiesce inventory` lists them
 */
export function simulateCommand(load: LoadDrivers): Command {
  return new Command('simulate')
    .description('play the kexec of a driver: what its device does to the next kernel under each SMMU policy')
    .argument('[file[:instance]]', 'a driver source file and, where it has several, the driver struct in it')
    .option('--scenario <file>', 'scenario in JSON (docs/schema/scenario.schema.json)')
    .option('--board <name>', 'built-in board')
    .option(
      '--iomem <file>',
      'machine from its /proc/iomem, read as root; a kernel log in the same file is used too',
    )
    .option('--dtb <file>', 'machine from its device tree (.dtb, or .dts without includes)')
    .option('--efi <file>', 'machine from a listing of its EFI memory map')
    .option('--device <node>', 'with --dtb: the device, by node name, for its StreamID')
    .option('--smmu <version>', 'v1, v2, v3 or none, in place of what the machine has')
    .option('--policy <name>', 'policy, several with commas, or all', 'all')
    .option('--target <name>', 'next system: linux, linux-no-smmu, not-smmu-aware')
    .option('--kdump', 'a crash kexec: no hook runs')
    .option('--format <name>', `output format: ${FORMATS.join(', ')}`, 'pretty')
    .option('--trace', 'every transaction and every register write')
    .option('--runs <n>', 'repeat with other placement and timing, print frequencies')
    .option('--seed <n>', 'seed of placement and timing')
    .option('--transaction <file>', 'run single transactions, one JSON object a line (- for standard input)')
    .action(async (argument: string | undefined, given: SimulateFlags, command: Command) => {
      const file = argument === undefined ? undefined : splitArgument(argument).file;
      const flags = file === undefined ? given : withConfiguredBoard(given, file, new ConfigStore());
      // A default is no wish: --transaction must not complain about it.
      if (command.getOptionValueSource('policy') === 'default') delete flags.policy;
      const { text, code } = await runSimulate(argument, flags, load, process.stdout.isTTY === true);
      await print(text);
      if (code !== EXIT.ok) setExit(code);
    });
}

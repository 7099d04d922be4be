/**
 * How long one full policy matrix of the default scenario takes, in Node and on one core.
 *
 *   node test/run.js test/bench/simulator-matrix.ts
 */
import process from 'node:process';
import { simulate } from '../../simulator/kexec/engine.ts';
import { resolveScenario } from '../../simulator/kexec/scenario.ts';
import type { ScenarioInput } from '../../simulator/kexec/scenario-types.ts';
import { simulationSvg } from '../../simulator/view/svg.ts';

const ROUNDS = 25;
/** A full matrix of the default scenario must take less, in milliseconds. */
const LIMIT = 200;

/** Milliseconds of CPU time, which a busy machine does not stretch. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Median and first round of `work`, in milliseconds of CPU time; the first pays for compilation. */
function measure(work: () => unknown): { first: number; median: number; worst: number } {
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const start = cpu();
    work();
    times.push(cpu() - start);
  }
  const sorted = [...times].sort((a, b) => a - b);
  return { first: times[0]!, median: sorted[ROUNDS >> 1]!, worst: sorted.at(-1)! };
}

const CASES: readonly (readonly [string, ScenarioInput])[] = [
  ['default', {}],
  ['default on an SMMUv3', { board: 'thunderx2' }],
  ['USB schedule', { device: { kind: 'usb-schedule' } }],
  ['scan-out, 8 MiB', { device: { kind: 'scanout' } }],
];

const ms = (value: number) => `${value.toFixed(1).padStart(7)} ms`;
let failed = false;
for (const [name, input] of CASES) {
  const scenario = resolveScenario(input);
  const { first, median, worst } = measure(() => simulate(scenario));
  const accesses = simulate(scenario).outcomes.reduce(
    (sum, o) => sum + Object.values(o.phases).reduce((n, p) => n + p.transactions, 0),
    0,
  );
  console.log(
    `${name.padEnd(22)} ${scenario.policies.length} policies, ${String(accesses).padStart(6)} accesses: median ${ms(median)}, first ${ms(first)}, worst ${ms(worst)}`,
  );
  if (name === 'default' && median > LIMIT) failed = true;
}
const result = simulate(resolveScenario({}), { timeline: true });
const svg = measure(() => simulationSvg(result));
console.log(`picture of it          median ${ms(svg.median)}, first ${ms(svg.first)}`);
if (failed) {
  console.error(`the default matrix takes more than ${LIMIT} ms`);
  process.exitCode = 1;
}
